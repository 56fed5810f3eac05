"""What is told in words: written through either door, by whom it may, and read through both."""

import pytest

from pk_api.fhir import systems
from pk_api.fhir.profiles.known import KNOWN
from pk_api.fhir.validate import check
from pk_api.records.records import Records
from pk_api.records.values import Write
from tests.contract.wire import Api, Json, opened, registered
from tests.support.actors import PATIENT, SYSTEM_HOSPITAL, SYSTEM_PRIMARY
from tests.support.profiles import profile_of

pytestmark = pytest.mark.one_database


async def a_contract(api: Api) -> tuple[Json, str]:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)
    return contract, f"/contracts/{contract['id']}/notes"


async def test_the_patient_tells_and_care_reads_it_by_both_apis(api: Api, records: Records) -> None:
    contract, path = await a_contract(api)

    async with api.of(PATIENT) as patient, api.of(SYSTEM_HOSPITAL) as hospital:
        told = await patient.post(path, json={"kind": "worry", "text": "Att falla hemma"})
        shown = (await hospital.get(f"/contracts/{contract['id']}")).json()["notes"]

    assert told.status_code == 201, told.text
    assert (told.json()["toldBy"], told.json()["kind"]) == ("patient", "worry")
    assert shown == [told.json()]
    stored = (await records.read(SYSTEM_HOSPITAL, "Observation", told.json()["id"])).resource
    assert stored["valueString"] == "Att falla hemma"
    assert check(stored) == []
    profile = profile_of(stored)
    assert profile is not None
    assert KNOWN.check(stored, profile) == []


async def test_what_is_told_by_fhir_is_a_note(api: Api, records: Records) -> None:
    contract, path = await a_contract(api)
    observation = {
        "resourceType": "Observation",
        "basedOn": [{"reference": contract["reference"]}],
        "status": "final",
        "code": {"coding": [{"system": systems.NARRATIVE, "code": "abilities"}]},
        "subject": contract["patient"]["reference"] and {"reference": contract["patient"]["reference"]},
        "valueString": "Jag lagar maten själv",
    }

    (stored,) = await records.write(PATIENT, [Write("create", "Observation", observation)])

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        (note,) = (await hospital.get(path)).json()["items"]
    assert (note["id"], note["kind"], note["text"]) == (stored.id, "abilities", "Jag lagar maten själv")


async def test_why_a_child_was_not_heard_is_told_with_its_reason(api: Api, records: Records) -> None:
    _, path = await a_contract(api)
    body = {
        "kind": "child-voice",
        "notHeard": {"reason": "asked-declined", "text": "Ville inte prata i dag"},
        "comment": "Frågas igen vid nästa besök.",
    }

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        told = await hospital.post(path, json=body)
        heard = await hospital.patch(
            f"{path}/{told.json()['id']}", json={"text": "Jag vill simma", "notHeard": None, "how": "Bilder"}
        )

    assert told.status_code == 201, told.text
    assert told.json()["notHeard"] == {"reason": "asked-declined", "text": "Ville inte prata i dag"}
    assert (told.json()["text"], told.json()["toldBy"]) == (None, "care")
    assert (heard.json()["text"], heard.json()["notHeard"], heard.json()["how"]) == (
        "Jag vill simma",
        None,
        "Bilder",
    )
    stored = (await records.read(SYSTEM_HOSPITAL, "Observation", told.json()["id"])).resource
    assert check(stored) == []


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "worry"},
        {"kind": "child-voice", "text": "x", "notHeard": {"reason": "not-asked"}},
        {"kind": "story", "notHeard": {"reason": "not-asked"}},
        {"kind": "relatives-wish", "text": "x"},
    ],
)
async def test_a_note_is_words_or_why_there_are_none(api: Api, body: Json) -> None:
    _, path = await a_contract(api)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        refused = await hospital.post(path, json=body)

    assert refused.status_code == 400, refused.text


async def test_a_change_leaves_words_or_why_there_are_none(api: Api) -> None:
    _, path = await a_contract(api)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        told = (await hospital.post(path, json={"kind": "story", "text": "Snickare"})).json()
        emptied = await hospital.patch(f"{path}/{told['id']}", json={"text": None})

    assert emptied.status_code == 422, emptied.text


async def test_nobody_else_tells_or_reads(api: Api) -> None:
    contract, path = await a_contract(api)

    async with api.of(SYSTEM_PRIMARY) as primary, api.of(PATIENT) as patient:
        written = await primary.post(path, json={"kind": "story", "text": "x"})
        read = await primary.get(path)
        in_cares_name = await patient.post(path, json={"kind": "story", "text": "x", "toldBy": "care"})
        shown = (await patient.get(f"/contracts/{contract['id']}")).json()["notes"]

    assert (written.status_code, read.status_code) == (404, 404)
    assert in_cares_name.status_code == 201, in_cares_name.text
    assert [each["toldBy"] for each in shown] == ["patient"]
