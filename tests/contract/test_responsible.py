"""Who is responsible for the contract: by rule, or assigned with a reason, told and kept at both doors."""

from typing import Any

import pytest

from pk_api.contract.reading.contacts import contacts
from pk_api.contract.reading.covered import changes
from pk_api.contract.reading.responsible import responsible
from pk_api.fhir import systems
from pk_api.fhir.problems import Problem
from pk_api.records.values import Write
from tests.contract.cases import CONTRACT, DIRECTORY, MEMBERS, Json, reading
from tests.contract.wire import Api, opened, registered
from tests.support.actors import HOSPITAL, PATIENT, SYSTEM_HOSPITAL


def a_contact(name: str, code: str, member: str, **more: Any) -> Json:
    role = {"coding": [{"system": systems.KV_FAST_KONTAKT, "code": code}]}
    whole = {"participant": [{"role": [role], "member": {"reference": member}}], "id": name}
    return {**MEMBERS["CareTeam/contact"], **whole, **more}


def rule_of(*more: Json) -> tuple[str, str] | None:
    now = reading(*more)
    found = responsible(contacts(now), now)
    return (found["rule"], found["contact"]) if found else None


DOCTOR = a_contact("doctor", "2", "PractitionerRole/nurse", period={"start": "2026-01-01"})
ELSEWHERE = a_contact("other", "1", "PractitionerRole/elsewhere")
HERE = a_contact("here", "1", "PractitionerRole/nurse", period={"start": "2026-03-01"})
OFF = {**MEMBERS["CareTeam/contact"], "status": "inactive"}


def said(contact: str) -> Json:
    parts = [
        {"url": "contact", "valueReference": {"reference": f"CareTeam/{contact}"}},
        {"url": "since", "valueDate": "2026-03-08"},
        {"url": "reason", "valueCode": "most-contact"},
    ]
    return {**MEMBERS[CONTRACT], "extension": [{"url": systems.EXT_RESPONSIBLE, "extension": parts}]}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ((), ("only-contact", "contact")),
        ((OFF,), None),
        ((ELSEWHERE,), None),
        ((ELSEWHERE, a_contact("co", "4", "PractitionerRole/elsewhere")), ("coordinating", "co")),
        ((OFF, ELSEWHERE, DOCTOR), ("primary-care", "doctor")),
        ((ELSEWHERE, DOCTOR, HERE), ("primary-care", "here")),
        ((ELSEWHERE, DOCTOR, said("other")), ("assigned", "other")),
        ((OFF, ELSEWHERE, said("contact")), ("only-contact", "other")),
    ],
    ids=[
        "one",
        "none",
        "several",
        "coordinating",
        "physician",
        "at-primary-care",
        "assigned",
        "assigned-ended",
    ],
)
def test_without_a_word_of_it_the_rule_says_who_is_responsible(
    more: tuple[Json, ...], expected: tuple[str, str] | None
) -> None:
    assert "PractitionerRole/elsewhere" not in DIRECTORY

    assert rule_of(*more) == expected


def test_another_who_is_responsible_is_a_change_since_agreed() -> None:
    then, now = reading(HERE, said("here")), reading(HERE, said("contact"))

    told = [each for each in changes(then, now) if each["part"] == "contract"]

    change = {"id": "c", "what": "responsible", "before": "here", "after": "contact"}
    assert told == [{"part": "contract", **change}]


@pytest.mark.one_database
async def test_who_is_responsible_is_assigned_with_a_reason_and_told_in_the_history(api: Api) -> None:
    patient, references = await registered(api.records)
    contract = await opened(api, patient)
    path = f"/contracts/{contract['id']}"

    async with api.of(SYSTEM_HOSPITAL) as hospital, api.of(PATIENT) as tolvan:
        named = {"kind": "fast-vardkontakt", "member": {"reference": references[f"{HOSPITAL}-nurse"]}}
        contact = (await hospital.post(f"{path}/contacts", json=named)).json()
        body = {"contact": contact["id"], "reason": "other"}
        silent = await hospital.post(f"{path}/responsible", json=body)
        by_patient = await tolvan.post(f"{path}/responsible", json={**body, "text": "Så"})
        nobody = await hospital.post(f"{path}/responsible", json={"contact": "x", "reason": "most-contact"})
        done = await hospital.post(f"{path}/responsible", json={**body, "text": "Känner patienten."})
        told = (await tolvan.get(f"{path}/changes", params={"from": "revision:2"})).json()["sentences"]
        before = (await tolvan.get(path, params={"asOf": "revision:2"})).json()["responsible"]

    assert [each.status_code for each in (silent, by_patient, nobody)] == [422, 403, 422]
    assert (done.status_code, done.json()["rule"], done.json()["text"]) == (
        200,
        "assigned",
        "Känner patienten.",
    )
    assert any("vem som ansvarar för patientkontraktet" in each and "Petra Lund" in each for each in told), (
        told
    )
    assert before["rule"] == "only-contact"


async def test_who_is_responsible_is_a_contact_in_force_whoever_says_it(api: Api) -> None:
    patient, references = await registered(api.records)
    contract = await opened(api, patient)
    records = api.records
    async with api.of(SYSTEM_HOSPITAL) as hospital:
        named = {"kind": "fast-vardkontakt", "member": {"reference": references[f"{HOSPITAL}-nurse"]}}
        path = f"/contracts/{contract['id']}/contacts"
        contact, ended = [(await hospital.post(path, json=named)).json()["id"] for _ in range(2)]
        await hospital.post(f"{path}/{ended}/end")
    plan = await records.read(SYSTEM_HOSPITAL, "CarePlan", contract["id"])

    def saying(whom: str, **more: Any) -> Write:
        (extension,) = said(whom)["extension"]
        parts = [{**each, **more} if each["url"] == "reason" else each for each in extension["extension"]]
        resource = {**plan.resource, "extension": [{**extension, "extension": parts}]}
        return Write("update", "CarePlan", resource, id=plan.id)

    for wrong in (saying(ended), saying(contact, valueCode="other")):
        with pytest.raises(Problem) as refusal:
            await records.write(SYSTEM_HOSPITAL, [wrong])
        assert refusal.value.kind == "business-rule", refusal.value.detail
    assert await records.write(SYSTEM_HOSPITAL, [saying(contact)])
