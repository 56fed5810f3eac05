"""By the contract API too, each care provider writes in its own name; patients are told by theirs."""

from dataclasses import replace
from typing import Any

import pytest

from pk_api.access.actor import Actor
from pk_api.records.values import Write
from tests.contract.wire import Api, registered, with_municipality
from tests.support.actors import HOSPITAL, MUNICIPALITY, PATIENT, SYSTEM_HOSPITAL, SYSTEM_MUNICIPALITY


async def test_a_plan_is_made_and_handed_to_no_other_care_provider_by_naming_it_the_owner(api: Api) -> None:
    contract, _ = await with_municipality(api)
    path = f"/contracts/{contract['id']}/plans"
    plan = {"kind": "genomforandeplan", "title": "Hemtjänst"}

    async with api.of(SYSTEM_HOSPITAL) as hospital, api.of(SYSTEM_MUNICIPALITY) as municipality:
        forged = await hospital.post(path, json=plan | {"owner": {"hsaId": MUNICIPALITY}})
        made = await municipality.post(path, json=plan | {"owner": {"hsaId": MUNICIPALITY}})
        own = f"{path}/{made.json()['id']}"
        taken = await hospital.patch(own, json={"owner": {"hsaId": HOSPITAL}})
        given = await municipality.patch(own, json={"owner": {"hsaId": HOSPITAL}})

    assert (forged.status_code, made.status_code) == (403, 201), made.text
    assert (taken.status_code, given.status_code) == (403, 403), taken.text
    assert forged.json()["errors"][0]["expression"] == "CarePlan.author"


SECRET = {"system": "http://hl7.se/fhir/ig/base/CodeSystem/SecurityLabel", "code": "sekretessmarkering"}
UNTRUSTED = replace(
    SYSTEM_HOSPITAL, scopes=(("Task", "rs"), ("Organization", "rs"), ("PractitionerRole", "rs"))
)


async def _wished(api: Api, **more: Any) -> str:
    """A patient by name who wishes for a contract; the Patient."""
    patient, _ = await registered(api.records)
    stored = await api.records.read(SYSTEM_HOSPITAL, "Patient", patient.partition("/")[2])
    known = {**stored.resource, "name": [{"given": ["Tolvan"], "family": "Tolvansson"}], **more}
    await api.records.write(SYSTEM_HOSPITAL, [Write("update", "Patient", known, id=stored.id)])
    async with api.of(PATIENT) as own:
        made = await own.post("/offers", json={"to": {"hsaId": HOSPITAL}, "text": "Jag vill ha ett."})
    assert made.status_code == 201, made.text
    return patient


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("reader", "meta", "name"),
    [
        (PATIENT, {}, "Tolvan Tolvansson"),
        (SYSTEM_HOSPITAL, {}, "Tolvan Tolvansson"),
        (UNTRUSTED, {}, None),
        (SYSTEM_HOSPITAL, {"meta": {"security": [SECRET]}}, "Skyddad uppgift"),
        (PATIENT, {"meta": {"security": [SECRET]}}, "Tolvan Tolvansson"),
    ],
    ids=["patient", "care", "no scope", "protected", "own protected"],
)
async def test_a_patient_who_wishes_is_told_by_name_to_those_who_may_know(
    api: Api, reader: Actor, meta: dict[str, Any], name: str | None
) -> None:
    patient = await _wished(api, **meta)

    async with api.of(reader) as http:
        shown = await http.get("/offers")

    (offer,) = shown.json()["items"]
    assert (offer["by"]["reference"], offer["by"]["name"]) == (patient, name)
