"""Admissions: who may make what happen when, what is told to whom, and what is due by when after it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any, get_args

import pytest

from pk_api.access.actor import Actor
from pk_api.contract.clocks import clocks
from pk_api.contract.discharge import EVENTS, Event, State, require_possible, state_of
from pk_api.fhir import systems
from pk_api.fhir.problems import Problem
from pk_api.fhir.profiles.known import KNOWN
from pk_api.fhir.validate import check
from pk_api.records.drafts import Policy
from pk_api.records.records import Records
from pk_api.records.values import Write
from pk_api.store.database import Database
from tests.conftest import BASE
from tests.contract.wire import Api, Json, key, opened, registered, with_municipality
from tests.support.actors import (
    HOSPITAL,
    MUNICIPALITY,
    NURSE,
    PATIENT,
    PRIMARY,
    SYSTEM_HOSPITAL,
    SYSTEM_MUNICIPALITY,
    SYSTEM_PRIMARY,
)

ADMITTED = "2026-03-10T09:00:00+01:00"
BOTH = {"principals": ["region", "municipality"], "assessedOn": "2026-03-11T08:00:00+01:00"}
TO = {"to": [{"hsaId": PRIMARY}, {"hsaId": MUNICIPALITY}]}
BODIES: dict[Event, Json] = {
    "needs": BOTH,
    "notice": TO,
    "ready": TO,
    "not-ready": {"reason": "Feber"},
    "information": TO,
    "discharged": {},
}


@pytest.fixture
async def api(db: Database) -> AsyncIterator[Api]:
    door = Records(db, Policy(base_url=BASE), clocks=clocks(draft_days=3))
    yield Api(door)
    await door.drain()


async def told(api: Api, actor: Actor, path: str, body: Json | None = None, **headers: str) -> Json:
    async with api.of(actor) as http:
        response = await (http.get(path) if body is None else http.post(path, json=body, headers=headers))
    assert response.status_code in {200, 201}, response.text
    return dict(response.json())


async def status(api: Api, actor: Actor, path: str, body: Json) -> int:
    async with api.of(actor) as http:
        return (await http.post(path, json=body)).status_code


async def admitted(api: Api, **more: Any) -> tuple[str, str, dict[str, str]]:
    """The path of an admission, the patient and references by HSA-id; the municipality says what it is."""
    patient, references = await registered(api.records)
    municipality = await api.records.read(
        SYSTEM_MUNICIPALITY, "Organization", references[MUNICIPALITY].partition("/")[2]
    )
    principal = {"extension": [{"url": systems.EXT_PRINCIPAL, "valueCode": "municipality"}]}
    await api.records.write(
        SYSTEM_MUNICIPALITY,
        [Write("update", "Organization", {**municipality.resource, **principal}, id=municipality.id)],
    )
    body = {"patient": {"reference": patient}, "admittedOn": ADMITTED, **more}
    made = await told(api, SYSTEM_HOSPITAL, "/admissions", body)
    return f"/admissions/{made['id']}", patient, references


async def due(api: Api, path: str, kind: str) -> list[tuple[str, datetime | None]]:
    """State and due time of the clocks of one kind, as the hospital sees them."""
    found = (await told(api, SYSTEM_HOSPITAL, path))["clocks"]
    ends = [(each["state"], each["due"]) for each in found if each["kind"] == kind]
    return [(state, datetime.fromisoformat(end) if end else None) for state, end in ends]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(("state", "event"), list(product(get_args(State), get_args(Event))))
def test_only_what_the_table_has_can_happen(state: State, event: Event) -> None:
    ready = {"url": systems.EXT_DISCHARGE, "extension": [{"url": "ready", "valueDateTime": ADMITTED}]}
    statuses = {"discharged": "finished", "cancelled": "cancelled"}
    encounter = {
        "status": statuses.get(state, "in-progress"),
        "extension": [ready] if state == "ready" else [],
    }

    assert state_of(encounter) == state
    if (state, event) in EVENTS:
        require_possible(encounter, event)
    else:
        with pytest.raises(Problem, match=f"The admission is {state}"):
            require_possible(encounter, event)


async def test_two_who_tell_at_once_are_both_heard(api: Api) -> None:
    needs = f"{(await admitted(api))[0]}/needs"

    answers = await asyncio.gather(*(status(api, SYSTEM_HOSPITAL, needs, BOTH) for _ in range(2)))

    assert answers == [200, 200]


async def test_every_event_in_every_state_by_everyone(api: Api) -> None:
    path, _, _ = await admitted(api)
    seen: dict[tuple[str, str], int] = {}
    onwards: dict[State, Event | None] = {"admitted": "ready", "ready": "discharged", "discharged": None}

    for state, onward in onwards.items():
        for event, body in BODIES.items():
            for actor in (SYSTEM_PRIMARY, SYSTEM_MUNICIPALITY):
                assert await status(api, actor, f"{path}/{event}", body) == 404
            assert await status(api, PATIENT, f"{path}/{event}", body) == 403
            if (state, event) not in EVENTS:
                seen[state, event] = await status(api, SYSTEM_HOSPITAL, f"{path}/{event}", body)
        if onward:
            await told(api, SYSTEM_HOSPITAL, f"{path}/{onward}", BODIES[onward])

    assert set(seen.values()) == {409}
    assert (await told(api, SYSTEM_HOSPITAL, path))["state"] == "discharged"


async def test_the_notice_is_due_24_hours_after_admission_or_the_later_assessment(api: Api) -> None:
    path, _, _ = await admitted(api)
    before = await due(api, path, "send-admission-notice")
    await told(api, SYSTEM_HOSPITAL, f"{path}/needs", BOTH)
    after = await due(api, path, "send-admission-notice")

    assert before == [("requested", at(ADMITTED) + timedelta(hours=24))]
    assert after == [("requested", at("2026-03-12T08:00:00+01:00"))]


async def test_when_nobody_is_needed_no_notice_is_due_until_somebody_is(api: Api) -> None:
    path, _, _ = await admitted(api, needs={"principals": [], "assessedOn": ADMITTED})
    none = await due(api, path, "send-admission-notice")
    await told(api, SYSTEM_HOSPITAL, f"{path}/needs", BOTH)

    assert none == []
    assert await due(api, path, "send-admission-notice") == [("requested", at("2026-03-12T08:00:00+01:00"))]


async def test_what_was_cancelled_is_asked_for_again(api: Api) -> None:
    path, _, _ = await admitted(api)
    await told(api, SYSTEM_HOSPITAL, f"{path}/needs", {"principals": []})
    cancelled = await due(api, path, "send-admission-notice")
    await told(api, SYSTEM_HOSPITAL, f"{path}/needs", BOTH)

    assert [state for state, _ in cancelled] == ["cancelled"]
    assert [state for state, _ in await due(api, path, "send-admission-notice")] == ["requested"]


async def test_units_that_are_told_see_the_notice_and_what_they_are_to_do(api: Api) -> None:
    path, _, _ = await admitted(api, needs={**BOTH, "expectedDischarge": "2099-03-16"})

    item = await told(api, SYSTEM_HOSPITAL, f"{path}/notice", TO)

    sent = {(each["kind"], each["to"]["unit"]["hsaId"]) for each in item["notices"]}
    assert sent == {("admission-notice", PRIMARY), ("admission-notice", MUNICIPALITY)}
    assert [state for state, _ in await due(api, path, "send-admission-notice")] == ["completed"]
    primary = (await told(api, SYSTEM_PRIMARY, "/clocks"))["items"]
    ends = [(each["kind"], each["due"]) for each in primary]
    assert ends == [("name-contact", "2099-03-16T23:59:59+01:00")]
    assert (await told(api, SYSTEM_MUNICIPALITY, "/clocks"))["items"] == []


async def test_who_receives_reads_what_the_notice_must_tell(api: Api) -> None:
    path, patient, _ = await admitted(api, needs={**BOTH, "expectedDischarge": "2099-03-16"})
    person = (await api.records.read(SYSTEM_HOSPITAL, *patient.split("/"))).resource
    at = {"use": "home", "line": ["Storgatan 1"], "postalCode": "123 45", "city": "Byn"}
    named = {**person, "name": [{"text": "Tolvan Tolvansson"}], "address": [at]}
    await api.records.write(SYSTEM_HOSPITAL, [Write("update", "Patient", named, id=person["id"])])
    await told(api, SYSTEM_HOSPITAL, f"{path}/notice", TO)

    for actor, hsa in ((SYSTEM_PRIMARY, PRIMARY), (SYSTEM_MUNICIPALITY, MUNICIPALITY)):
        (notice,) = (await told(api, actor, "/notices"))["items"]
        assert await told(api, actor, f"/notices/{notice['id']}") == notice
        assert (notice["kind"], notice["expectedDischarge"]) == ("admission-notice", "2099-03-16")
        assert [each["unit"]["hsaId"] for each in notice["to"]] == [hsa]
        assert notice["from"]["unit"]["hsaId"] == HOSPITAL
        person = notice["patient"]
        assert (person["reference"], person["identifier"]["value"]) == (patient, "191212121212")
        assert (person["name"], person["address"]) == ("Tolvan Tolvansson", "Storgatan 1, 123 45, Byn")


async def test_a_fast_vardkontakt_of_the_unit_stops_its_clock_and_no_other_units(api: Api) -> None:
    path, patient, references = await admitted(api, needs=BOTH)
    await told(api, SYSTEM_HOSPITAL, f"{path}/notice", TO)
    seen = []
    for actor, hsa in ((SYSTEM_HOSPITAL, HOSPITAL), (SYSTEM_PRIMARY, PRIMARY)):
        contact = _a_contact(patient, references[hsa], references[f"{hsa}-nurse"])
        await api.records.write(actor, [Write("create", "CareTeam", contact)])
        seen += [state for state, _ in await due(api, path, "name-contact")]

    assert seen == ["requested", "completed"]


def _a_contact(patient: str, unit: str, nurse: str) -> Json:
    role = {"coding": [{"system": systems.KV_FAST_KONTAKT, "code": "1"}]}
    return {
        "resourceType": "CareTeam",
        "status": "active",
        "category": [{"coding": [{"system": systems.INERA_CARE_TEAM, "code": systems.FAST_KONTAKT}]}],
        "subject": {"reference": patient},
        "participant": [{"role": [role], "member": {"reference": nurse}}],
        "managingOrganization": [{"reference": unit}],
        "telecom": [{"system": "phone", "value": "0980-319211"}],
    }


async def test_ready_with_both_needed_makes_the_call_due_within_three_days(api: Api) -> None:
    path, _, _ = await admitted(api, needs=BOTH)
    await told(api, SYSTEM_HOSPITAL, f"{path}/notice", TO)

    item = await told(api, SYSTEM_HOSPITAL, f"{path}/ready", {})

    ((state, end),) = await due(api, path, "call-to-sip")
    ready = at(item["readySince"])
    assert (state, end) == ("requested", ready + timedelta(days=3))
    assert [end for _, end in await due(api, path, "name-contact")] == [ready]


@pytest.mark.parametrize(
    "needs", [{"principals": ["region"]}, {**BOTH, "compulsory": "opt"}, {**BOTH, "compulsory": "orv"}]
)
async def test_one_principal_alone_and_compulsory_care_make_no_call_due(api: Api, needs: Json) -> None:
    path, _, _ = await admitted(api, needs=needs)

    await told(api, SYSTEM_HOSPITAL, f"{path}/ready", TO)

    assert await due(api, path, "call-to-sip") == []
    assert len(await due(api, path, "compulsory-care-plan")) == ("compulsory" in needs)


async def test_not_ready_after_all_cancels_the_call_and_ready_again_counts_anew(api: Api) -> None:
    path, _, _ = await admitted(api, needs=BOTH)
    await told(api, SYSTEM_HOSPITAL, f"{path}/ready", TO)
    item = await told(api, SYSTEM_HOSPITAL, f"{path}/not-ready", {"reason": "Feber"})
    off = await due(api, path, "call-to-sip")
    await told(api, SYSTEM_HOSPITAL, f"{path}/ready", {})

    assert (item["state"], item["readySince"]) == ("admitted", None)
    assert [state for state, _ in off] == ["cancelled"]
    assert sorted(state for state, _ in await due(api, path, "call-to-sip")) == ["cancelled", "requested"]


async def test_information_is_due_on_the_day_of_discharge(api: Api) -> None:
    path, _, _ = await admitted(api, needs=BOTH)
    before = await due(api, path, "transfer-information")
    await told(api, SYSTEM_HOSPITAL, f"{path}/discharged", {"on": "2026-03-16T13:00:00+01:00"})
    after = await due(api, path, "transfer-information")
    await told(api, SYSTEM_HOSPITAL, f"{path}/information", TO)

    assert before == [("requested", None)]
    assert after == [("requested", at("2026-03-16T23:59:59+01:00"))]
    assert [state for state, _ in await due(api, path, "transfer-information")] == ["completed"]


async def test_a_units_overdue_list_has_what_is_past_its_time_alone(api: Api) -> None:
    await admitted(api, needs=BOTH)
    now = datetime.now(UTC).isoformat()
    other = (await told(api, SYSTEM_HOSPITAL, "/admissions", {"patient": _tolvan(), "admittedOn": now}))["id"]

    late = (await told(api, SYSTEM_HOSPITAL, f"/clocks?overdue=true&unit={HOSPITAL}"))["items"]

    assert {each["kind"] for each in late} == {"draft-contract", "send-admission-notice"}
    assert all(each["overdue"] and each["admission"] != f"Encounter/{other}" for each in late)
    assert (await told(api, SYSTEM_HOSPITAL, f"/clocks?overdue=true&unit={PRIMARY}"))["items"] == []


def _tolvan() -> Json:
    return {"personnummer": "191212121212"}


async def test_a_visit_asks_to_reassess_the_goals_and_information_to_revise_the_contract(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)
    admission = await told(api, SYSTEM_HOSPITAL, "/admissions", {"patient": {"reference": patient}})
    path = f"/admissions/{admission['id']}"
    asked = await due(api, path, "reassess-goals")
    await told(api, SYSTEM_HOSPITAL, f"{path}/information", TO)
    await told(api, SYSTEM_HOSPITAL, f"/contracts/{contract['id']}/goals", {"text": "Gå 500 m"})

    assert asked == [("requested", at(admission["admittedOn"]) + timedelta(days=7))]
    assert [state for state, _ in await due(api, path, "reassess-goals")] == ["completed"]
    for actor in (SYSTEM_PRIMARY, SYSTEM_MUNICIPALITY):
        (clock,) = (await told(api, actor, "/clocks"))["items"]
        assert clock["kind"] == "revise-contract"
        assert at(clock["due"]) - at(clock["since"]) == timedelta(days=14)


async def test_a_goal_of_somebody_else_leaves_the_goals_to_be_reassessed(api: Api) -> None:
    contract, _ = await with_municipality(api)
    patient = contract["patient"]["reference"]
    path = (await told(api, SYSTEM_HOSPITAL, "/admissions", {"patient": {"reference": patient}}))["id"]
    seen = []

    for actor in (PATIENT, SYSTEM_MUNICIPALITY, SYSTEM_HOSPITAL):
        await told(api, actor, f"/contracts/{contract['id']}/goals", {"text": "Gå 500 m"})
        seen += [state for state, _ in await due(api, f"/admissions/{path}", "reassess-goals")]

    assert seen == ["requested", "requested", "completed"]


async def test_the_same_key_tells_once(api: Api) -> None:
    path, _, _ = await admitted(api, needs=BOTH)
    same = key()

    first = await told(api, SYSTEM_HOSPITAL, f"{path}/ready", TO, **same)
    again = await told(api, SYSTEM_HOSPITAL, f"{path}/ready", TO, **same)

    assert again["version"] == first["version"]
    assert len(again["notices"]) == 2


async def test_whom_to_tell_is_said_the_first_time(api: Api) -> None:
    path, _, _ = await admitted(api, needs=BOTH)

    assert await status(api, NURSE, f"{path}/ready", {}) == 422


async def test_what_is_written_is_fhir_that_holds_to_its_profiles(api: Api) -> None:
    path, _, _ = await admitted(api, needs={**BOTH, "compulsory": "opt"})
    item = await told(api, SYSTEM_HOSPITAL, f"{path}/ready", TO)

    named = [item["reference"], *(e["reference"] for e in (*item["notices"], *item["clocks"]))]
    for reference in named:
        kind, _, id_ = reference.partition("/")
        stored = await api.records.read(SYSTEM_HOSPITAL, kind, id_)
        assert check(stored.resource) == []
        if kind == "Encounter":
            parts = {part["url"] for part in stored.resource["extension"][0]["extension"]}
            assert parts == {"assessed", "principal", "compulsory", "ready"}
        if kind == "Task":
            assert KNOWN.check(stored.resource, f"{systems.BASE}/StructureDefinition/pk-proposal") == []
