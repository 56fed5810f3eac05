"""Actions through the contract API: egenvård beside what patients do of themselves."""

from typing import Any

from pk_api.fhir import systems
from pk_api.records.records import Records
from pk_api.records.values import Write
from tests.contract.wire import Api, opened, registered
from tests.support.actors import ALL, HOSPITAL, PATIENT, SYSTEM_HOSPITAL

NURSE = f"{HOSPITAL}-L"


async def licensed_nurse(records: Records, hospital: str) -> str:
    """Register a licensed nurse in a role at the hospital, whose HSA-id is NURSE."""
    licence = {
        "code": {"text": "Sjuksköterska"},
        "identifier": [{"system": systems.LICENCE, "value": "1234"}],
    }
    person = {"resourceType": "Practitioner", "name": [{"text": "Eva Ek"}], "qualification": [licence]}
    role = {
        "resourceType": "PractitionerRole",
        "identifier": [{"system": systems.HSA_ID, "value": NURSE}],
        "practitioner": {"reference": "urn:uuid:p"},
        "organization": {"reference": hospital},
    }
    setup = SYSTEM_HOSPITAL.__class__("system", "setup", provider=HOSPITAL, scopes=ALL)
    writes = [
        Write("create", "Practitioner", person, temp="urn:uuid:p"),
        Write("create", "PractitionerRole", role),
    ]
    return (await records.write(setup, writes))[1].reference


async def test_own_actions_and_egenvard_stand_under_one_heading_and_say_which_they_are(
    records: Records, api: Api
) -> None:
    patient, references = await registered(records)
    role = await licensed_nurse(records, references[HOSPITAL])
    contract = await opened(api, patient)
    path = f"/contracts/{contract['id']}"
    assessment: dict[str, Any] = {
        "assessor": {"hsaId": NURSE},
        "on": "2026-03-01",
        "helper": {"name": "Dottern Anna"},
        "reassess": "2099-01-01",
    }
    injection = {"text": "Ta sprutan", "side": "patient", "kind": "egenvard"}

    async with api.of(SYSTEM_HOSPITAL) as hospital, api.of(PATIENT) as own:
        unassessed = await hospital.post(f"{path}/actions", json=injection)
        made = await hospital.post(f"{path}/actions", json={**injection, "egenvard": assessment})
        walk = await own.post(f"{path}/actions", json={"text": "Gå varje dag", "side": "patient"})
        claimed = await own.post(f"{path}/actions", json={**injection, "egenvard": assessment})
        care = await hospital.post(f"{path}/actions", json={"text": "Ring", "side": "care"})
        item = f"{path}/actions/{made.json()['id']}"
        changed = await hospital.patch(item, json={"egenvard": {"helper": None, "followUp": "2098-01-01"}})
        accepted = await own.post(f"{item}/accept")
        seen = (await own.get(path)).json()

    assert (unassessed.status_code, claimed.status_code, care.status_code) == (422, 403, 201)
    assert "Lag 2022:1250" in unassessed.text
    shown = made.json()
    assert made.status_code == 201, made.text
    assert (shown["kind"], shown["egenvard"]["assessor"]["reference"]) == ("egenvard", role)
    assert shown["egenvard"]["helper"]["name"] == "Dottern Anna"
    assert changed.json()["egenvard"] == {
        **shown["egenvard"],
        "helper": None,
        "followUp": "2098-01-01",
    }
    assert accepted.json()["state"] == "accepted"
    assert seen["atHome"]["title"] == "Det jag gör hemma"
    kinds = {each["id"]: each["kind"] for each in seen["actions"]}
    assert {kinds[each] for each in seen["atHome"]["actions"]} == {"egenvard", "own-action"}
    assert walk.json()["egenvard"] is None


async def test_a_time_that_is_planned_and_not_booked_is_a_step_ahead_until_it_is(
    records: Records, api: Api
) -> None:
    patient, _ = await registered(records)
    contract = await opened(api, patient)
    path = f"/contracts/{contract['id']}"
    when = {"text": "om cirka tre månader", "earliest": "2098-12-01", "latest": "2099-01-31"}
    planned = {"text": "Uppföljning", "side": "care", "kind": "book-time", "when": when}

    async with api.of(SYSTEM_HOSPITAL) as hospital, api.of(PATIENT) as own:
        before = (await own.get(path)).json()
        made = await hospital.post(f"{path}/actions", json=planned)
        seen = (await own.get(path)).json()
        stored = await records.read(PATIENT, "Task", made.json()["id"])
        await hospital.post(f"{path}/actions/{made.json()['id']}/complete")
        after = (await own.get(path)).json()

    kinds = [{gap["kind"] for gap in each["gaps"]} for each in (before, seen, after)]
    assert ["no-next-time" in each for each in kinds] == [True, False, True]
    (action,) = seen["actions"]
    assert (action["kind"], action["when"]) == ("book-time", when)
    assert (seen["nextStep"]["text"], seen["nextStep"]["due"]) == ("Uppföljning", "2099-01-31")
    assert stored.resource["restriction"]["period"] == {"start": "2098-12-01", "end": "2099-01-31"}
