"""The demo's stand-ins and young patient, each with what is open to them by the law."""

import pytest

from pk_api.client import NotFound, Refused

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def _reads(as_, actor, *references):
    """Return which of these the actor reads."""
    seen = []
    async with as_(actor) as client:
        for reference in references:
            try:
                await client.raw.read(*reference.split("/"))
            except (NotFound, Refused):
                continue
            seen.append(reference)
    return seen


@pytest.mark.parametrize(
    ("actor", "opened", "closed"),
    [
        (
            "guardian-child",
            ("Patient/child-patient", "CarePlan/child-contract", "Task/child-stretch"),
            ("CarePlan/stroke-contract", "Patient/teenager-patient"),
        ),
        (
            "godman",
            ("Patient/psychiatry-patient", "CarePlan/psychiatry-contract"),
            ("CarePlan/stroke-contract",),
        ),
        (
            "relative-stroke",
            ("Task/stroke-walk-together",),
            ("CarePlan/stroke-contract", "Task/stroke-exercise", "Patient/stroke-patient"),
        ),
        (
            "teenager",
            ("Patient/teenager-patient", "Task/teenager-exercise", "Appointment/teenager-visit"),
            ("CarePlan/teenager-contract", "Task/teenager-phone-call", "Patient/child-patient"),
        ),
    ],
)
async def test_a_stand_in_or_young_patient_reads_what_is_open(as_, actor, opened, closed):
    assert await _reads(as_, actor, *opened, *closed) == list(opened)


async def test_a_guardian_reads_the_whole_contract(as_):
    async with as_("guardian-child") as client:
        contract = await client.contracts.get("child-contract")

    assert contract.id == "child-contract"


async def test_a_relative_answers_the_own_task(as_):
    async with as_("relative-stroke") as client:
        task = await client.read("Task", "stroke-walk-together")
        task.status = "in-progress"
        answered = await client.update(task)

    assert answered.status == "in-progress"
