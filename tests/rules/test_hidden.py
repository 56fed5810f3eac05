"""What is hidden from a patient or a guardian: by care, with its reasons; and who takes the label away.

Sources: PDL 2008:355 5 kap. 5 §; OSL 2009:400 12 kap. 3 §, 25 kap. 6 §.
"""

from dataclasses import replace
from typing import Any

import pytest

from pk_api.access.actor import Actor
from pk_api.fhir.problems import Problem
from pk_api.fhir.search.query import parse_query
from pk_api.fhir.systems import SECURITY, SECURITY_LABEL
from pk_api.records.records import Records
from pk_api.records.values import Write
from tests.rules.identity import WAYS, answers, case_of
from tests.rules.people import (
    CLINIC,
    GP,
    PATIENT,
    WARD,
    World,
    labelled,
    observation,
    staff,
    system,
    world,
)
from tests.support.resources import a_goal, a_patient

OFFICER = replace(staff(CLINIC), roles=("label-officer",))


async def _kind(here: World, actor: Actor, write: Write) -> str:
    try:
        await here.records.write(actor, [write])
    except Problem as problem:
        return problem.kind
    return "done"


def _without(resource: Any) -> dict[str, Any]:
    return {**resource, "meta": {n: v for n, v in resource["meta"].items() if n != "security"}}


@pytest.mark.parametrize("code", ["hidden-from-patient", "hidden-from-guardian"])
async def test_what_is_hidden_says_why_by_whom_and_until_when(records: Records, code: str) -> None:
    here = await world(records)
    whole = labelled(code, here.at[WARD])
    parts = whole["extension"][0]["extension"]
    past = [parts[0], parts[1], {"url": "review", "valueDate": "2020-01-01"}]
    lacking = [[p for p in parts if p is not one] for one in parts] + [past]

    given = [{**whole, "extension": [{**whole["extension"][0], "extension": some}]} for some in lacking]
    given.append({"security": whole["security"]})
    notes = [observation(here.patient.reference, meta=meta) for meta in (*given, whole)]

    kinds = [await _kind(here, system(WARD), Write("create", "Observation", note)) for note in notes]

    assert kinds == ["business-rule"] * 5 + ["done"]


async def test_care_alone_hides_something(records: Records) -> None:
    here = await world(records)
    goal = a_goal(here.patient.reference) | {"meta": labelled("hidden-from-guardian", here.at[WARD])}

    kinds = [await _kind(here, actor, Write("create", "Goal", goal)) for actor in (PATIENT, staff(WARD))]

    assert kinds == ["forbidden", "done"]


@pytest.mark.parametrize(
    ("actor", "kind"),
    [
        (system(WARD), "done"),
        (system(CLINIC), "forbidden"),
        (system(GP), "forbidden"),
        (OFFICER, "done"),
        (replace(OFFICER, roles=()), "forbidden"),
    ],
)
async def test_a_label_is_taken_away_by_its_own_unit_or_a_label_officer(
    records: Records, actor: Actor, kind: str
) -> None:
    here = await world(records)
    await here.relation(CLINIC)
    note = await here.note(WARD, meta=labelled("hidden-from-patient", here.at[WARD]))
    write = Write("update", "Observation", _without(note.resource), note.id, unlabels=True)

    by_leaving_it_out = await _kind(here, actor, replace(write, unlabels=False))

    assert by_leaving_it_out == "forbidden"
    assert await _kind(here, actor, write) == kind
    assert await here.sees(PATIENT, note) is (kind == "done")


async def test_a_protected_identity_ends_by_a_label_officer_alone(records: Records) -> None:
    protected = {"meta": {"security": [{"system": SECURITY_LABEL, "code": "sekretessmarkering"}]}}
    here = await world(records, a_patient("191212121212") | protected)
    for unit in (WARD, CLINIC):
        await here.relation(unit)
    write = Write("update", "Patient", _without(here.patient.resource), here.patient.id, unlabels=True)

    kinds = [await _kind(here, actor, write) for actor in (system(WARD), OFFICER)]

    assert kinds == ["forbidden", "done"]


async def test_no_way_out_leads_a_staff_note_to_the_patient(records: Records) -> None:
    case = await case_of(records)
    security = [{"system": SECURITY, "code": "staff-only"}]
    note = await case.world.note(WARD, meta={"security": security}, valueString="Bara för personal")
    ways = {way: await answers(case, PATIENT, way) for way in WAYS}
    ways["observations"] = await case.asked(PATIENT, "search", type="Observation", query="_total=accurate")
    ways["by staff"] = await case.asked(staff(WARD), "search", type="Observation", query="")
    for name, call in (
        ("read", {"id": note.id}),
        ("vread", {"id": note.id, "version": "1"}),
        ("history", {"id": note.id}),
        ("operation", {"id": note.id, "operation": "diff"}),
    ):
        with pytest.raises(Problem) as refused:
            await case.asked(PATIENT, name, type="Observation", **call)
        assert refused.value.kind == "not-found"

    told = [way for way, answer in ways.items() if note.id in answer or "bara för personal" in answer]

    assert told == ["by staff"]


@pytest.mark.parametrize("code", ["staff-only", "hidden-from-patient"])
async def test_the_patients_log_tells_who_was_there_and_not_what_is_hidden(
    records: Records, code: str
) -> None:
    here = await world(records)
    hidden = await here.note(WARD, meta=labelled(code, here.at[WARD]))
    told = await here.note(WARD)
    for note in (hidden, told):
        await here.sees(system(WARD), note)

    query = parse_query("AuditEvent", [("action", "R"), ("_count", "100")], lenient=False)
    page = await records.audit_events(PATIENT, query)
    by_hidden = parse_query("AuditEvent", [("entity", hidden.reference)], lenient=False)

    named = [entity for one in page.items for entity in one.resource["entity"][1:]]
    assert [one.get("what", {}).get("reference", one.get("name")) for one in named] == [
        f"{told.reference}/_history/1",
        "Observation",
    ]
    assert (await records.audit_events(PATIENT, by_hidden)).items == ()
