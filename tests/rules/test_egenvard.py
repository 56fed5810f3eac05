"""Egenvård is assessed by licensed staff, whatever way it is written; patients' own actions are not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pk_api.fhir import systems
from pk_api.fhir.egenvard import RULES, Egenvard, is_licensed
from pk_api.fhir.problems import Problem
from pk_api.fhir.rules import lacking
from pk_api.records.records import Records
from pk_api.records.values import Stored, Write
from tests.rules.people import PATIENT, WARD, World, staff, system, world
from tests.rules.standins import a_related_person

WHOLE = Egenvard(frozenset({"egenvard"}), 1, (True,), "2026-03-01", "2026-03-02", ("RelatedPerson",))
BROKEN: dict[str, tuple[dict[str, Any], ...]] = {
    "kind": ({"kinds": frozenset({"own-action"})}, {"kinds": frozenset({"egenvard", "own-action"})}),
    "assessed": ({"assessments": 0, "licensed": (), "on": None}, {"assessments": 2}, {"on": None}),
    "licensed": ({"licensed": (False,)},),
    "day": ({"on": "2026-03-03"},),
    "helper": ({"helpers": ("Organization",)}, {"helpers": ("RelatedPerson", "RelatedPerson")}),
    "doer": ({"is_done_by_them": False},),
}
NURSE = {"code": {"text": "Sjuksköterska"}, "identifier": [{"system": systems.LICENCE, "value": "123456"}]}
DOCTOR = {"code": {"coding": [{"system": systems.OCCUPATION, "code": "LK"}]}}


def test_every_rule_is_broken_below() -> None:
    assert set(BROKEN) == {rule.name for rule in RULES}


@pytest.mark.parametrize(("rule", "less"), [(name, one) for name, ways in BROKEN.items() for one in ways])
def test_each_rule_of_egenvard_is_broken_alone_and_told_by_name(rule: str, less: dict[str, Any]) -> None:
    assert lacking(RULES, WHOLE) == []
    assert [one.name for one in lacking(RULES, replace(WHOLE, **less))] == [rule]


@pytest.mark.parametrize("helpers", [(), (None,), ("PractitionerRole",)])
def test_egenvard_is_done_alone_or_with_a_person_named_or_registered(helpers: tuple[str | None, ...]) -> None:
    assert lacking(RULES, replace(WHOLE, helpers=helpers)) == []


@pytest.mark.parametrize(
    ("qualification", "licensed"),
    [
        (NURSE, True),
        (DOCTOR, True),
        ({**NURSE, "period": {"start": "2020-01-01", "end": "2026-03-01"}}, True),
        ({**NURSE, "period": {"end": "2026-02"}}, False),
        ({**NURSE, "period": {"start": "2026-03-02"}}, False),
        ({**NURSE, "identifier": [{"system": systems.LICENCE}]}, False),
        ({**NURSE, "identifier": [{"system": systems.HSA_ID, "value": "123456"}]}, False),
        ({"code": {"text": "Undersköterska"}}, False),
    ],
)
def test_a_licence_is_one_of_hosp_that_is_valid_on_the_day(
    qualification: dict[str, Any], *, licensed: bool
) -> None:
    assert is_licensed({"qualification": [qualification]}, day="2026-03-01") is licensed


async def _staff(records: Records, here: World, *qualifications: dict[str, Any]) -> tuple[Stored, Stored]:
    """Register one of staff, as a person and in a role at the ward."""
    person = {"resourceType": "Practitioner", "qualification": list(qualifications)}
    if not qualifications:
        del person["qualification"]
    role = {
        "resourceType": "PractitionerRole",
        "practitioner": {"reference": "urn:uuid:p"},
        "organization": {"reference": here.at[WARD]},
    }
    writes = [
        Write("create", "Practitioner", person, temp="urn:uuid:p"),
        Write("create", "PractitionerRole", role),
    ]
    one, in_role = await records.write(system(WARD), writes)
    return one, in_role


def _assessed(assessor: str | None, on: str = "2026-03-01", **helper: Any) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = [{"url": "on", "valueDate": on}]
    if assessor:
        parts.append({"url": "assessor", "valueReference": {"reference": assessor}})
    if helper:
        parts.append({"url": "helper", "valueReference": helper})
    return [{"url": systems.EXT_EGENVARD, "extension": parts}]


def _task(here: World, *assessed: dict[str, Any], kind: str = "egenvard", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Task",
        **({"extension": list(assessed)} if assessed else {}),
        "status": "requested",
        "intent": "plan",
        "code": {"coding": [{"system": systems.TASK_KIND, "code": kind}]},
        "description": "Ta sprutan",
        "for": {"reference": here.patient.reference},
        "owner": {"reference": here.patient.reference},
        **more,
    }


async def test_egenvard_is_stored_with_the_assessment_of_licensed_staff_alone(records: Records) -> None:
    here = await world(records)
    await here.relation(WARD)
    nurse, in_role = await _staff(records, here, NURSE)
    aide, _ = await _staff(records, here)
    wife = await here.write(
        system(WARD), a_related_person(here.patient.reference, (systems.ROLE_CODE, "SPS"))
    )
    ahead = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    wrong = {
        "assessed": _task(here),
        "licensed": _task(here, *_assessed(aide.reference)),
        "kind": _task(here, *_assessed(nurse.reference), kind="own-action"),
        "day": _task(here, *_assessed(nurse.reference, ahead)),
        "helper": _task(here, *_assessed(nurse.reference, reference=here.at[WARD])),
        "doer": _task(here, *_assessed(nurse.reference), owner={"reference": here.at[WARD]}),
    }

    told = {}
    for name, task in wrong.items():
        with pytest.raises(Problem) as refusal:
            await here.write(system(WARD), task)
        told[name] = (refusal.value.kind, refusal.value.facts["lacking"])
    by_wife = _assessed(in_role.reference, reference=wife.reference)
    right = [
        _task(here, *_assessed(nurse.reference)),
        _task(here, *_assessed(in_role.reference, display="Dottern Anna")),
        _task(here, *by_wife, owner={"reference": wife.reference}),
    ]

    assert told == {name: ("business-rule", [name]) for name in wrong}
    for task in right:
        assert (await here.write(staff(WARD), task)).version == 1


async def test_a_patient_does_egenvard_and_does_not_call_something_egenvard(records: Records) -> None:
    here = await world(records)
    await here.relation(WARD)
    nurse, _ = await _staff(records, here, NURSE)
    own = await here.write(PATIENT, _task(here, kind="own-action"))
    given = await here.write(system(WARD), _task(here, *_assessed(nurse.reference)))

    refused = []
    for resource in (_task(here), _task(here, *_assessed(nurse.reference))):
        with pytest.raises(Problem) as refusal:
            await here.write(PATIENT, resource)
        refused.append(refusal.value.kind)
    marked = {**own.resource, **_task(here, *_assessed(nurse.reference)), "id": own.id}
    with pytest.raises(Problem) as refusal:
        await records.write(PATIENT, [Write("update", "Task", marked, id=own.id)])
    done = {**given.resource, "status": "in-progress"}
    (progress,) = await records.write(PATIENT, [Write("update", "Task", done, id=given.id)])

    assert [*refused, refusal.value.kind] == ["forbidden"] * 3
    assert progress.resource["status"] == "in-progress"


async def test_a_licence_that_ends_later_stops_no_progress_and_allows_no_new_assessment(
    records: Records,
) -> None:
    here = await world(records)
    await here.relation(WARD)
    nurse, _ = await _staff(records, here, NURSE)
    given = await here.write(system(WARD), _task(here, *_assessed(nurse.reference)))
    ended = {**nurse.resource, "qualification": [{**NURSE, "period": {"end": "2020-01-01"}}]}
    await records.write(system(WARD), [Write("update", "Practitioner", ended, id=nurse.id)])

    (done,) = await records.write(
        system(WARD), [Write("update", "Task", {**given.resource, "status": "completed"}, id=given.id)]
    )
    anew = {**done.resource, "extension": _assessed(nurse.reference, "2026-03-02")}
    with pytest.raises(Problem) as refusal:
        await records.write(system(WARD), [Write("update", "Task", anew, id=given.id)])

    assert done.resource["status"] == "completed"
    assert refusal.value.facts["lacking"] == ["licensed"]
