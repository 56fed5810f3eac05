"""Calls to a SIP: who may let what happen when, what each party sees and says, and what stops the clock."""

import contextlib
from datetime import UTC, date, datetime
from itertools import product
from typing import Any

import pytest

from pk_api.access.actor import Actor
from pk_api.contract.clocks import clocks
from pk_api.contract.editing.sip_calls import STEPS, new_call, require_possible
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.sip_calls import call_state
from pk_api.contract.reading.sip_need import sip_need
from pk_api.fhir.problems import Problem
from pk_api.fhir.profiles.known import KNOWN
from pk_api.fhir.sip import actor_of
from pk_api.fhir.validate import check
from pk_api.records.drafts import Policy
from pk_api.records.records import Records
from pk_api.records.values import Write
from pk_api.store.database import Database
from tests.conftest import BASE
from tests.contract.wire import Api, Json, key, opened, registered
from tests.support.actors import (
    HOSPITAL,
    MUNICIPALITY,
    PATIENT,
    PRIMARY,
    SYSTEM_HOSPITAL,
    SYSTEM_MUNICIPALITY,
    SYSTEM_PRIMARY,
)
from tests.support.profiles import profile_of

NOW = datetime(2026, 3, 16, 9, tzinfo=UTC)
TIME = {"start": "2099-03-18T13:00:00+01:00", "end": "2099-03-18T14:00:00+01:00"}
STATUSES = {"called": "pending", "confirmed": "booked", "held": "fulfilled", "called-off": "cancelled"}
POSSIBLE = {
    *product(("called", "confirmed"), ("accept", "decline"), ("called",)),
    *product(("called", "confirmed"), ("note", "held", "call-off"), ("caller",)),
    ("called", "confirm", "caller"),
}


@pytest.fixture
async def api(db: Database) -> Any:
    door = Records(db, Policy(base_url=BASE), clocks=clocks(draft_days=3))
    yield Api(door)
    await door.drain()


def a_call(status: str = "pending", **more: Any) -> Json:
    made = new_call(
        {**TIME, "form": "video", "place": "Rum 3", "text": "Kom", "instruction": "Ta med dig frågor"},
        patient="Patient/p",
        caller=actor_of("Organization/c", "Vårdcentralen"),
        parties=[actor_of("Organization/m", None)],
        contract="k",
        now=NOW,
    )
    return {**made, "id": "a", "status": status, **more}


@pytest.mark.parametrize(
    ("state", "event", "who"), list(product(STATUSES, STEPS, ("caller", "called", "nobody")))
)
def test_every_event_in_every_state_by_everyone(state: str, event: str, who: str) -> None:
    call = a_call(STATUSES[state])
    assert call_state(call) == state

    try:
        require_possible(call, event, frozenset({who}))
        outcome = "possible"
    except Problem as problem:
        outcome = problem.kind

    refused = "forbidden" if STEPS[event].who != who else "not-allowed-in-state"
    assert outcome == ("possible" if (state, event, who) in POSSIBLE else refused)


def test_a_call_follows_its_profile() -> None:
    call = a_call()
    profile = profile_of(call)

    assert check(call) == []
    assert profile is not None
    assert KNOWN.check(call, profile) == []


@pytest.mark.parametrize(
    ("told", "status", "state"),
    [
        (None, "pending", "called"),
        ("2026-03-16T09:59:00+01:00", "pending", "called"),
        ("2026-03-16T10:00:00.1+01:00", "pending", "declined"),
        ("2026-03-16T11:00:00+01:00", "pending", "declined"),
        ("2026-03-16T09:59:00+01:00", "cancelled", "declined"),
        (None, "cancelled", "not-asked"),
    ],
)
def test_a_call_tells_of_the_need_until_something_else_is_told(
    told: str | None, status: str, state: str
) -> None:
    members: dict[str, Json] = {"Appointment/a": a_call(status)}
    if told:
        coding = {"system": "https://patientkontrakt.org/fhir/CodeSystem/pk-sip"}
        members["Observation/o"] = {
            "resourceType": "Observation",
            "id": "o",
            "code": {"coding": [{**coding, "code": "need"}]},
            "valueCodeableConcept": {"coding": [{**coding, "code": "declined"}]},
            "effectiveDateTime": told,
        }

    shown = sip_need(Reading("CarePlan/k", members, {}, "sv", date(2026, 3, 16)))

    assert shown["state"] == state
    assert shown["call"] == ("Appointment/a" if status == "pending" else None)


async def told(api: Api, actor: Actor, path: str, body: Json | None = None, **headers: str) -> Json:
    async with api.of(actor) as http:
        response = await (http.get(path) if body is None else http.post(path, json=body, headers=headers))
    assert response.status_code in {200, 201}, response.text
    return dict(response.json())


async def refused(api: Api, actor: Actor, path: str, body: Json) -> int:
    async with api.of(actor) as http:
        return (await http.post(path, json=body)).status_code


async def called(api: Api, **more: Any) -> tuple[str, str, dict[str, str]]:
    """The path of a call by primary care to the municipality, the patient, and references by HSA-id."""
    patient, references = await registered(api.records)
    body = {"patient": {"reference": patient}, "parties": [{"hsaId": MUNICIPALITY}], **TIME, **more}
    made = await told(api, SYSTEM_PRIMARY, "/sip-calls", body)
    return f"/sip-calls/{made['id']}", patient, references


def answers(call: Json) -> list[str | None]:
    return [each["answer"] for each in call["parties"]]


async def test_who_is_called_sees_the_call_alone_and_answers_for_itself(api: Api) -> None:
    path, patient, _ = await called(api)

    seen = (await told(api, SYSTEM_MUNICIPALITY, "/sip-calls?open=true"))["items"]
    town = await told(api, SYSTEM_MUNICIPALITY, f"{path}/accept", {"comment": "Vi kommer"})
    own = await told(api, PATIENT, f"{path}/decline", {})
    shown = await told(api, SYSTEM_PRIMARY, path)

    assert [f"/sip-calls/{each['id']}" for each in seen] == [path]
    assert (seen[0]["by"]["unit"]["hsaId"], seen[0]["start"]) == (PRIMARY, TIME["start"])
    assert (answers(town), town["parties"][1]["comment"]) == ([None, "accepted"], "Vi kommer")
    assert answers(own) == answers(shown) == ["declined", "accepted"]
    assert await refused(api, SYSTEM_HOSPITAL, f"{path}/accept", {}) == 404
    assert await refused(api, SYSTEM_MUNICIPALITY, f"{path}/confirm", {}) == 403
    async with api.of(SYSTEM_MUNICIPALITY) as http:
        contracts = await http.post("/contracts/search", json={"patient": {"reference": patient}})
    assert contracts.json()["items"] == []


@pytest.mark.one_database
async def test_the_caller_notes_confirms_holds_and_calls_off(api: Api) -> None:
    path, _, references = await called(api)
    town = {"reference": references[MUNICIPALITY]}

    noted = await told(api, SYSTEM_PRIMARY, f"{path}/note", {"party": town, "answer": "accepted"})
    nobody = await refused(
        api, SYSTEM_PRIMARY, f"{path}/note", {"party": {"hsaId": HOSPITAL}, "answer": "accepted"}
    )
    confirmed = await told(api, SYSTEM_PRIMARY, f"{path}/confirm", {})
    changed = await told(api, SYSTEM_MUNICIPALITY, f"{path}/decline", {})
    held = await told(api, SYSTEM_PRIMARY, f"{path}/held", {})
    late = await refused(api, SYSTEM_PRIMARY, f"{path}/call-off", {"reason": "Sjuk"})

    assert (answers(noted), nobody) == ([None, "accepted"], 422)
    assert [each["state"] for each in (confirmed, changed, held)] == ["confirmed", "confirmed", "held"]
    assert (answers(changed), late) == ([None, "declined"], 409)


@pytest.mark.one_database
async def test_a_call_stops_the_clock_and_called_off_it_runs_again(api: Api) -> None:
    patient, _ = await registered(api.records)
    needs = {"principals": ["region", "municipality"], "assessedOn": "2026-03-11T08:00:00+01:00"}
    stay = await told(
        api, SYSTEM_HOSPITAL, "/admissions", {"patient": {"reference": patient}, "needs": needs}
    )
    await told(api, SYSTEM_HOSPITAL, f"/admissions/{stay['id']}/ready", {"to": [{"hsaId": PRIMARY}]})
    body = {"patient": {"reference": patient}, "parties": [{"hsaId": MUNICIPALITY}], **TIME}

    async def clock() -> list[str]:
        shown = await told(api, SYSTEM_HOSPITAL, f"/admissions/{stay['id']}")
        return [each["state"] for each in shown["clocks"] if each["kind"] == "call-to-sip"]

    states = [await clock()]
    made = await told(api, SYSTEM_PRIMARY, "/sip-calls", body)
    states += [await clock()]
    await told(api, SYSTEM_PRIMARY, f"/sip-calls/{made['id']}/call-off", {"reason": "Sjuk"})
    states += [await clock()]

    assert states == [["requested"], ["completed"], ["requested"]]


@pytest.mark.one_database
async def test_a_call_under_a_contract_stands_in_it(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = (await opened(api, patient))["id"]
    body = {"contract": contract, "parties": [{"hsaId": MUNICIPALITY}], **TIME}
    same = key()

    made = await told(api, SYSTEM_HOSPITAL, "/sip-calls", body, **same)
    again = await told(api, SYSTEM_HOSPITAL, "/sip-calls", body, **same)
    named = {**{k: v for k, v in body.items() if k != "contract"}, "patient": {"reference": patient}}
    found = await told(api, SYSTEM_HOSPITAL, "/sip-calls", named)
    await told(api, SYSTEM_HOSPITAL, f"/sip-calls/{found['id']}/call-off", {"reason": "Dubbelt"})
    answered = await told(api, SYSTEM_MUNICIPALITY, f"/sip-calls/{made['id']}/accept", {})
    shown = await told(api, PATIENT, f"/contracts/{contract}")
    await told(api, SYSTEM_HOSPITAL, f"/contracts/{contract}/sip-need", {"state": "declined"})

    assert (again["id"], made["contract"]) == (made["id"], contract)
    assert found["contract"] == contract
    assert answers(answered) == [None, "accepted"]
    assert {each["start"] for each in shown["appointments"]} == {TIME["start"]}
    assert (shown["sipNeed"]["state"], shown["sipNeed"]["call"]) == ("called", made["reference"])
    assert shown["sipNeed"]["by"]["unit"]["hsaId"] == HOSPITAL
    assert await refused(api, SYSTEM_HOSPITAL, "/sip-calls", body) == 409
    assert await refused(api, PATIENT, "/sip-calls", body) == 403


@pytest.mark.one_database
async def test_by_fhir_alone_a_party_answers_and_the_call_says_so(api: Api) -> None:
    path, _, references = await called(api)
    name = path.rpartition("/")[2]
    response = {
        "resourceType": "AppointmentResponse",
        "appointment": {"reference": f"Appointment/{name}"},
        "actor": {"reference": references[f"{MUNICIPALITY}-nurse"]},
        "participantStatus": "accepted",
    }

    await api.records.write(SYSTEM_MUNICIPALITY, [Write("create", "AppointmentResponse", response)])
    call = (await api.records.read(SYSTEM_PRIMARY, "Appointment", name)).resource

    assert [each["status"] for each in call["participant"]] == ["accepted", "needs-action", "accepted"]
    assert check(call) == []
    with pytest.raises(Problem, match="Not permitted"):
        await api.records.write(SYSTEM_MUNICIPALITY, [Write("update", "Appointment", call, id=name)])


@pytest.mark.one_database
async def test_a_call_by_fhir_has_one_caller_a_patient_and_another_unit_and_keeps_its_time(api: Api) -> None:
    path, _, _ = await called(api)
    name = path.rpartition("/")[2]
    call = (await api.records.read(SYSTEM_PRIMARY, "Appointment", name)).resource
    caller, own, town = call["participant"]
    new = {k: v for k, v in call.items() if k not in {"id", "meta"}}
    wrong = [
        ("create", {**new, "participant": [own, town]}, "exactly one unit"),
        ("create", {**new, "participant": [caller, own]}, "at least one other unit"),
        ("update", {**call, "end": "2099-03-18T15:00:00+01:00"}, "call anew"),
        ("update", {**call, "participant": [{**caller, "actor": town["actor"]}, own, town]}, "stands"),
    ]

    for method, resource, why in wrong:
        write = Write(method, "Appointment", resource, id=name if method == "update" else None)  # type: ignore[arg-type]
        with pytest.raises(Problem, match=why):
            await api.records.write(SYSTEM_PRIMARY, [write])


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("writer", "actor"),
    [
        (PATIENT, {"type": "RelatedPerson", "display": "Siv"}),
        (SYSTEM_HOSPITAL, {"display": "Sjukhuset"}),
        (SYSTEM_PRIMARY, {"display": "Vårdcentralen"}),
    ],
    ids=["patient", "stranger", "caller"],
)
async def test_nobody_answers_in_the_name_of_another(api: Api, writer: Actor, actor: Json) -> None:
    path, _, references = await called(api)
    name = path.rpartition("/")[2]
    town = actor_of(references[MUNICIPALITY], None)
    response = {
        "resourceType": "AppointmentResponse",
        "appointment": {"reference": f"Appointment/{name}"},
        "actor": {**actor, "extension": town["extension"]},
        "participantStatus": "accepted",
    }

    with contextlib.suppress(Problem):
        await api.records.write(writer, [Write("create", "AppointmentResponse", response)])

    assert answers(await told(api, SYSTEM_PRIMARY, path)) == [None, None]


@pytest.mark.one_database
async def test_nobody_calls_in_the_name_of_another_care_provider(api: Api) -> None:
    path, _, references = await called(api)
    call = (await api.records.read(SYSTEM_PRIMARY, "Appointment", path.rpartition("/")[2])).resource
    caller, own, town = call["participant"]
    forged = {**caller, "actor": actor_of(references[HOSPITAL], None)}
    new = {name: value for name, value in call.items() if name not in {"id", "meta"}}

    with pytest.raises(Problem, match="care provider that writes"):
        await api.records.write(
            SYSTEM_PRIMARY, [Write("create", "Appointment", {**new, "participant": [forged, own, town]})]
        )
