"""Contracts that a worker keeps put together: what is written since, and the time, decide all the same."""

import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pk_api.access.actor import Actor
from pk_api.fhir.problems import Problem
from pk_api.records.drafts import Policy
from pk_api.records.records import Records
from pk_api.records.values import Stored, Write
from tests.rules.people import (
    CLINIC,
    GP,
    HOME_CARE,
    NURSING,
    PATIENT,
    REGION,
    UNITS,
    WARD,
    World,
    labelled,
    organisation,
    staff,
    system,
    world,
)
from tests.support.actors import ALL
from tests.support.resources import a_contract, a_team

READERS = (staff(WARD), system(CLINIC), system(GP), system(NURSING), system(HOME_CARE), PATIENT)
SEEDS = [23, 31, *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, 31) if n != 23)]
RULES = Policy(base_url="http://testserver/fhir")


def a_goal(patient: str, plan: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": {"text": "Gå i trappor"},
        "subject": {"reference": patient},
        "extension": [
            {
                "url": "http://hl7.org/fhir/StructureDefinition/resource-pertainsToGoal",
                "valueReference": {"reference": plan},
            }
        ],
        **more,
    }


@dataclass
class Stage:
    """A contract with a team of three providers, what happens to it, and a clock that can be moved."""

    here: World
    plan: Stored
    team: Stored
    consent: Stored
    visit: Stored
    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def day(self, n: int) -> str:
        return (self.now() + timedelta(days=n)).isoformat()

    async def change(self, by: Actor, stored: Stored, **more: Any) -> Stored:
        """Change fields of the present version of a resource."""
        now = await self.here.records.read(by, stored.type, stored.id)
        body = {**now.resource, **more}
        (one,) = await self.here.records.write(by, [Write("update", stored.type, body, stored.id)])
        return one

    async def goal(self) -> None:
        body = a_goal(self.here.patient.reference, self.plan.reference)
        goal = await self.here.write(system(WARD), body)
        plan = await self.here.records.read(system(WARD), "CarePlan", self.plan.id)
        named = [*plan.resource.get("goal", []), {"reference": goal.reference}]
        await self.change(system(WARD), self.plan, goal=named)

    async def hide(self) -> None:
        """Hide the latest goal from the patient."""
        hidden = labelled("staff-only", self.here.at[WARD])
        await self.change(system(WARD), await self._last_goal(), meta=hidden)

    async def _last_goal(self) -> Stored:
        plan = await self.here.records.read(system(WARD), "CarePlan", self.plan.id)
        *_, goal = plan.resource.get("goal", [{"reference": "Goal/none"}])
        return await self.here.records.read(system(WARD), "Goal", goal["reference"].partition("/")[2])

    async def team_of(self, *units: str, until: int | None = None) -> None:
        """Let these units alone take part, all but the ward until so many days from now."""
        period = {"period": {"end": self.day(until)}} if until is not None else {}
        member = [{"member": {"reference": self.here.at[WARD]}}]
        member += [{"member": {"reference": self.here.at[unit]}, **period} for unit in units]
        await self.change(system(WARD), self.team, participant=member)

    async def reword(self) -> None:
        """Change the latest goal, and nothing else."""
        await self.change(system(WARD), await self._last_goal(), description={"text": self.day(0)})

    async def rename(self, unit: str, kind: str) -> None:
        """Change name and kind in law of a unit."""
        above = UNITS[unit][0]
        register = Actor("system", "register", provider=above, scopes=ALL)
        stored = await self.here.records.read(register, "Organization", self.here.at[unit].partition("/")[2])
        body = organisation(unit, kind, self.here.at[above]) | {"name": f"{kind} {self.day(0)}"}
        await self.change(register, stored, **body)

    async def block(self, *units: str, begins: int = 0) -> None:
        """Block for two days, from so many days from now."""
        period = {"period": {"start": self.day(begins), "end": self.day(begins + 2)}}
        by = system(WARD if REGION in units else units[0])
        await self.here.says("block-outer" if REGION in units else "block-inner", *units, by=by, **period)

    async def wait(self, days: int) -> None:
        self.ahead += timedelta(days=days)

    def events(self) -> dict[str, Callable[[], Awaitable[Any]]]:
        here = self.here
        return {
            "a relation": lambda: here.relation(CLINIC),
            "a relation that was none": lambda: self.change(
                system(GP), self.visit, status="entered-in-error"
            ),
            "no consent": lambda: self.change(system(GP), self.consent, status="inactive"),
            "a consent": lambda: here.says("sharing", GP),
            "a goal": self.goal,
            "another goal": self.goal,
            "its words": self.reword,
            "a goal is hidden": self.hide,
            "all in the team": lambda: self.team_of(GP, NURSING),
            "for a day": lambda: self.team_of(GP, NURSING, until=1),
            "the ward alone": self.team_of,
            "a unit is another thing in law": lambda: self.rename(NURSING, "omsorgsgivare"),
            "and another name": lambda: self.rename(GP, "vardgivare"),
            "an inner block": lambda: self.block(WARD),
            "an outer block": lambda: self.block(REGION),
            "a block that comes": lambda: self.block(REGION, begins=2),
            "the patient's name": lambda: self.change(
                system(WARD), here.patient, name=[{"family": f"Test {self.day(0)}"}]
            ),
            "a day": lambda: self.wait(1),
            "three days": lambda: self.wait(3),
        }


async def _stage(records: Records) -> Stage:
    here = await world(records)
    patient = here.patient.reference
    team = await here.write(system(WARD), a_team(patient, [here.at[u] for u in (WARD, GP, NURSING)]))
    plan = await here.write(system(WARD), a_contract(patient, team.reference))
    visit, *_ = [await here.relation(unit) for unit in (GP, WARD, NURSING, HOME_CARE)]
    consent = await here.says("sharing", GP)
    for unit in (NURSING, HOME_CARE):
        await here.says("sharing", unit)
    stage = Stage(here, plan, team, consent, visit)
    records._clock = stage.now
    return stage


async def _told(records: Records, reader: Actor, plan: Stored) -> Any:
    try:
        found = await records.contract(reader, plan.id)
    except Problem as problem:
        return problem.kind
    members = [(one.key, one.version, one.body) for one in found.members]
    return members, found.directory, found.revision, found.withheld, found.hides, found.stamp


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_kept_contract_is_what_is_put_together_anew(records: Records, seed: int) -> None:
    stage = await _stage(records)
    keeping = Records(records._db, RULES, clock=stage.now)
    events = list(stage.events().items()) * 2
    random.Random(seed).shuffle(events)  # noqa: S311  # a seed to repeat it by
    told: dict[Actor, set[str]] = {reader: set() for reader in READERS}
    kept = 0

    for name, event in events:
        with suppress(Problem):  # what is hidden or blocked by then is not changed
            await event()
        fresh = Records(records._db, RULES, clock=stage.now)
        for reader in READERS:
            expected = await _told(fresh, reader, stage.plan)
            assert await _told(keeping, reader, stage.plan) == expected, name
            again = await keeping.contract(reader, stage.plan.id) if expected != "not-found" else None
            kept += again is not None and again is await keeping.contract(reader, stage.plan.id)
            told[reader].add(repr(expected))
        await fresh.drain()
    await keeping.drain()

    assert sum(len(seen) for seen in told.values()) >= 20, "much of it changed what somebody was told"
    assert kept >= len(events), "and what had not changed was not put together again"
