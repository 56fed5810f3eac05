"""The demo's stand-ins, young patient and municipal actors, each with what is open to them by the law."""

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
        (
            "homecare-municipality",
            (
                "CarePlan/stroke-contract",
                "CarePlan/stroke-home-care",
                "Task/stroke-shower",
                "CarePlan/stroke-sip",
            ),
            ("CarePlan/cancer-contract", "Patient/cancer-patient", "CarePlan/child-contract"),
        ),
        (
            "social-worker",
            ("Patient/psychiatry-patient", "CarePlan/psychiatry-sip", "Task/psychiatry-support-at-home"),
            (
                *(
                    "CarePlan/psychiatry-contract",
                    "CarePlan/psychiatry-coordinated",
                    "Task/psychiatry-shopping",
                ),
                *(
                    "Task/psychiatry-medicine",
                    "Consent/psychiatry-social-services-consent",
                    "CarePlan/stroke-sip",
                ),
            ),
        ),
    ],
)
async def test_each_reads_what_is_open(as_, actor, opened, closed):
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


@pytest.mark.parametrize(
    ("actor", "task", "status"),
    [
        ("guardian-child", "child-drive", "in-progress"),
        ("godman", "psychiatry-rent", "on-hold"),
        ("social-worker", "psychiatry-support-at-home", "accepted"),
        ("homecare-municipality", "stroke-shower", "on-hold"),
    ],
)
async def test_each_answers_what_they_are_asked(as_, actor, task, status):
    async with as_(actor) as client:
        asked = await client.read("Task", task)
        asked.status = status
        answered = await client.update(asked)

    assert answered.status == status


async def test_social_services_find_what_is_disclosed_and_asked_and_nothing_else(as_):
    async with as_("social-worker") as client:
        found = {
            kind: [each.id async for each in client.search(kind, patient="Patient/psychiatry-patient")]
            for kind in ("CarePlan", "Task", "Goal", "Observation", "Appointment", "Consent")
        }
        with pytest.raises((NotFound, Refused)):
            await client.contracts.get("psychiatry-contract")

    assert {kind: ids for kind, ids in found.items() if ids} == {
        "CarePlan": ["psychiatry-sip"],
        "Task": ["psychiatry-support-at-home"],
    }
