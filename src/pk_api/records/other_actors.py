"""What must hold of what an actor outside care answers, whatever way it is written: `fhir.other_actors`.

Such an actor answers for itself where it has a login. Else care notes what it was told, in its own name:
nobody answers for others, and no patient is asked to vouch for an authority.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from pk_api.access.actor import Actor
from pk_api.access.persons import PERSONS
from pk_api.fhir import other_actors as others
from pk_api.fhir import systems
from pk_api.fhir.problems import Problem
from pk_api.records.affiliation import Affiliation, Known
from pk_api.records.drafts import Draft, placed
from pk_api.records.jobs import Job
from pk_api.records.units import activity_of
from pk_api.store import unasked
from pk_api.store.database import Transaction
from pk_api.store.locked import Present

Json = Mapping[str, Any]

_UNANSWERED: Final = frozenset({"draft", "requested", "received"})
_OUTSIDE: Final = "other-actor"
_ANSWER: Final = "Task.extension"
_NOBODY: Final = "An answer is noted as told of actors outside care alone; others answer for themselves."
_UNTOLD: Final = (
    "What an actor outside care answers is noted as told: pk-other-actor with `answer`, of the same code."
)
_KEPT: Final = "What was told stays for as long as it is how the actor has answered."
_NOT_OWN: Final = "Who notes an answer is who was told it: `to` is the writer, or where the writer works."
_AHEAD: Final = "An answer has been given: its day is not ahead."


def require_kept(draft: Draft, before: Json, actor: Actor, present: Present) -> None:
    """Raise Problem when what was told is left out, while the same owner stands as having answered."""
    after = draft.resource
    if after is None or draft.key.type != "Task" or others.told_in(before) is None:
        return
    stands = before.get("owner") == after.get("owner") and after.get("status") in others.ANSWERS
    if stands and others.told_in(after) is None and present.addressed != actor.provider:
        raise _refused(_KEPT)


async def check_other_actors(tx: Transaction, job: Job, *, base_url: str, now: datetime) -> None:
    """Raise Problem business-rule, or forbidden for a patient, when an answer is told that may not be."""
    found = [
        (n, draft, draft.resource)
        for n, draft in enumerate(job.drafts.drafts)
        if draft.resource and (others.is_on_their_side(draft.resource) or others.marks(draft.resource))
    ]
    if not found:
        return
    before = await unasked.bodies(tx, [draft.key for _, draft, _ in found])
    tomorrow = (now + timedelta(days=1)).date().isoformat()  # the day of the earliest time zone
    for n, draft, task in found:
        asked = _Asked(tx, task, before.get(draft.key, {}), job.actor)
        try:
            await asked.check(base_url, tomorrow)
        except Problem as problem:
            raise placed(problem, n) from problem


class _Asked:
    """One action, as it was and as it comes to be."""

    def __init__(self, tx: Transaction, task: Json, before: Json, actor: Actor) -> None:
        self._tx = tx
        self._task = task
        self._before = before
        self._actor = actor
        told = others.told_in(task)
        self._new = told if told != others.told_in(before) else None

    async def check(self, base_url: str, tomorrow: str) -> None:
        """Raise Problem when the answer is not one that this writer may note."""
        if others.marks(self._task) and not others.is_on_their_side(self._task):
            raise _refused(_NOBODY)
        answer = others.new_answer(self._before, self._task)
        if answer is None and self._new is None:
            return
        known = Known(self._tx, base_url, _named)
        await known.learn({"Task/this": self._task})
        owner = known.of((self._task.get("owner") or {}).get("reference"))
        is_outside = others.is_on_their_side(self._task) and await self._is_outside(owner)
        if self._new is not None:
            self._check_told(self._new, known, is_outside=is_outside, tomorrow=tomorrow)
        is_own = owner is not None and owner.provider == self._actor.provider
        if not is_outside or is_own:
            return
        if answer is not None and (self._new is None or self._new.code != answer):
            raise _refused(_UNTOLD)

    async def _is_outside(self, owner: Affiliation | None) -> bool:
        if owner is None:
            return others.is_named_only(self._task.get("owner") or {})
        return await activity_of(self._tx, owner.provider, owner.unit) == _OUTSIDE

    def _check_told(self, told: others.Told, known: Known, *, is_outside: bool, tomorrow: str) -> None:
        if self._actor.kind in PERSONS:
            raise Problem("forbidden", "Not permitted: care notes what an actor outside care has answered.")
        if not is_outside:
            raise _refused(_NOBODY)
        status = str(self._task.get("status"))
        is_answer = told.code in {others.ACCEPTED, others.DECLINED} and status not in _UNANSWERED
        if not is_answer or others.ANSWERS.get(status) not in {None, told.code}:
            raise _refused(_UNTOLD)
        if not self._is_writer(told.to or {}, known):
            raise _refused(_NOT_OWN)
        if str(told.on) > tomorrow:
            raise _refused(_AHEAD)

    def _is_writer(self, to: Json, known: Known) -> bool:
        """Say whether a reference is to the writer, or its place; a system writes for its care provider."""
        identifier = to.get("identifier") or {}
        system = str(identifier.get("system", ""))
        system = systems.SYNONYMS.get(system, system)
        mine = {self._actor.employee, self._actor.unit, self._actor.provider} - {None}
        if "reference" not in to:
            return system == systems.HSA_ID and identifier.get("value") in mine
        place = known.of(to["reference"])
        if place is None or place.provider != self._actor.provider:
            return False
        is_whole = self._actor.kind == "system" or self._actor.unit is None
        return is_whole or place.unit in {None, self._actor.unit}


def _named(task: Json) -> Iterator[str]:
    for each in (task.get("owner") or {}, *(told.to or {} for told in [others.told_in(task)] if told)):
        if "reference" in each:
            yield str(each["reference"])


def _refused(detail: str) -> Problem:
    return Problem("business-rule", detail, expression=_ANSWER)
