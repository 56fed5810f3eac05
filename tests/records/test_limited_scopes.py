"""Scopes with limits open what meets them, by whatever way it is asked for. On both databases.

Source: SMART App Launch 2.2, scopes and launch context.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from pk_api.access.actor import Actor, LimitedScope
from pk_api.fhir.problems import Problem
from pk_api.fhir.search.query import parse_query
from pk_api.fhir.systems import PERSONNUMMER
from pk_api.records.exports.values import actor_from_json, actor_to_json
from pk_api.records.records import Records
from pk_api.records.values import Stored, Write
from tests.support.actors import SYSTEM_HOSPITAL, TOLVAN
from tests.support.resources import a_patient

OTHER = "195009072553"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
LABORATORY = (("category", (f"{CATEGORY}|laboratory", "vital-signs")),)


def limited(*scopes: LimitedScope, context: str | None = None) -> Actor:
    return replace(SYSTEM_HOSPITAL, scopes=(), limited=scopes, context=context)


def an_observation(patient: str, category: str) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [{"system": CATEGORY, "code": category}]}],
        "code": {"text": "Vikt"},
        "subject": {"reference": patient},
    }


async def _made(records: Records, resource: dict[str, Any]) -> Stored:
    (made,) = await records.write(SYSTEM_HOSPITAL, [Write("create", resource["resourceType"], resource)])
    return made


async def _two_patients(records: Records) -> Sequence[Stored]:
    return [await _made(records, a_patient(number)) for number in (TOLVAN, OTHER)]


async def _seen(records: Records, actor: Actor, type_: str, *params: tuple[str, str]) -> set[str]:
    page = await records.search(actor, parse_query(type_, params))
    return {one.id for one in (*page.items, *page.included)}


async def test_a_scope_with_a_category_opens_that_category_alone(records: Records) -> None:
    patient, _ = await _two_patients(records)
    right, sign, other = [
        await _made(records, an_observation(patient.reference, one))
        for one in ("laboratory", "vital-signs", "survey")
    ]
    actor = limited(LimitedScope("Observation", "rsu", tokens=LABORATORY))

    history = await records.history(actor, "Observation", None, since=None, limit=9, after=None)
    with pytest.raises(Problem) as refusal:
        await records.read(actor, "Observation", other.id)

    assert await _seen(records, actor, "Observation") == {right.id, sign.id}
    assert await _seen(records, actor, "Observation", ("category", "survey")) == set()
    assert {one.id for one in history.items} == {right.id, sign.id}
    assert (await records.read(actor, "Observation", right.id)).id == right.id
    assert refusal.value.kind == "not-found"


async def test_nothing_is_written_out_of_a_scopes_category_or_into_it(records: Records) -> None:
    patient, _ = await _two_patients(records)
    inside = await _made(records, an_observation(patient.reference, "laboratory"))
    outside = await _made(records, an_observation(patient.reference, "survey"))
    actor = limited(LimitedScope("Observation", "cruds", tokens=LABORATORY))

    for one, category in ((inside, "survey"), (outside, "laboratory")):
        changed = an_observation(patient.reference, category) | {"id": one.id}
        with pytest.raises(Problem) as refusal:
            await records.write(actor, [Write("update", "Observation", changed, one.id)])
        assert refusal.value.kind in ("forbidden", "not-found")
    with pytest.raises(Problem):
        await records.write(
            actor, [Write("create", "Observation", an_observation(patient.reference, "survey"))]
        )

    new = an_observation(patient.reference, "laboratory")
    assert await records.write(actor, [Write("create", "Observation", new)])


async def test_a_scope_for_the_patient_in_context_opens_no_other_patient(records: Records) -> None:
    one, two = await _two_patients(records)
    mine, others = [await _made(records, an_observation(p.reference, "laboratory")) for p in (one, two)]
    actor = limited(LimitedScope("*", "cruds", patient=True), context=one.id)

    with pytest.raises(Problem) as refusal:
        await records.read(actor, "Observation", others.id)
    with pytest.raises(Problem):
        await records.write(
            actor, [Write("create", "Observation", an_observation(two.reference, "laboratory"))]
        )

    assert await _seen(records, actor, "Observation") == {mine.id}
    assert await _seen(records, actor, "Patient") == {one.id}
    assert await _seen(records, actor, "Observation", ("_include", "Observation:subject")) == {
        mine.id,
        one.id,
    }
    assert await _seen(records, actor, "Observation", ("subject", two.reference)) == set()
    assert refusal.value.kind == "not-found"


async def test_a_scope_for_the_patient_in_context_finds_no_other_by_number(records: Records) -> None:
    one, _ = await _two_patients(records)
    actor = limited(LimitedScope("*", "cruds", patient=True), context=one.id)

    assert await records.patient_by_identifier(actor, PERSONNUMMER, TOLVAN) == one.id
    assert await records.patient_by_identifier(actor, PERSONNUMMER, OTHER) is None
    assert await records.patient_by_identifier(SYSTEM_HOSPITAL, PERSONNUMMER, OTHER) is not None


async def test_a_chain_or_reverse_chain_leads_to_nothing_that_the_scope_does_not_open(
    records: Records,
) -> None:
    patient, _ = await _two_patients(records)
    await _made(records, an_observation(patient.reference, "survey"))
    actor = limited(
        LimitedScope("Observation", "rs", tokens=LABORATORY), LimitedScope("Patient", "rs", patient=False)
    )

    hidden = await _seen(records, actor, "Patient", ("_has:Observation:subject:category", "survey"))

    assert hidden == set()


async def test_a_scope_for_the_patient_in_context_opens_nothing_without_one(records: Records) -> None:
    await _two_patients(records)
    actor = limited(LimitedScope("*", "cruds", patient=True))

    with pytest.raises(Problem) as refusal:
        await records.search(actor, parse_query("Observation", []))

    assert refusal.value.kind == "forbidden"


async def test_a_scope_without_limits_beside_one_with_them_opens_all(records: Records) -> None:
    one, two = await _two_patients(records)
    actor = replace(
        limited(LimitedScope("Patient", "rs", patient=True), context=one.id), scopes=(("Patient", "s"),)
    )

    assert await _seen(records, actor, "Patient") == {one.id, two.id}
    with pytest.raises(Problem):
        await records.read(actor, "Patient", two.id)


def test_a_job_keeps_the_limits_of_whoever_began_it() -> None:
    actor = limited(LimitedScope("Observation", "rs", patient=True, tokens=LABORATORY), context="x")
    kept = replace(actor, roles=("a", "b"), assurance=3)

    assert actor_from_json(actor_to_json(kept)) == kept
