"""What must hold of Tasks and contracts that go on, whatever way they are written: `fhir.taking_on`.

Nobody takes on an action for another, and what is over stays over; another owner answers anew.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from pk_api.access.actor import Actor
from pk_api.access.persons import PERSONS
from pk_api.fhir import choices, membership, taking_on
from pk_api.fhir.problems import Issue, Problem, broken
from pk_api.fhir.systems import EXT_SIDE
from pk_api.records.drafts import Draft, Drafts, placed
from pk_api.records.state import State
from pk_api.records.units import activity_of
from pk_api.store.database import Transaction
from pk_api.store.locked import Present

Json = Mapping[str, Any]


def require_step(draft: Draft, before: Json, actor: Actor, present: Present) -> None:
    """Raise Problem when a change brings a Task to a status that does not follow, or is not the writer's."""
    after = draft.resource
    if after is None:
        return
    was, is_ = str(before.get("status")), str(after.get("status"))
    if membership.is_contract(before) and not taking_on.contract_goes_on(was, is_):
        raise _not_now("CarePlan", was, is_)
    if not _goes_on(before, after):
        return
    if taking_on.is_offer(before) != taking_on.is_offer(after):
        raise broken("An offer is no change of another action, nor the other way about.", "Task.code")
    is_moved = _is_moved(draft, before, after, present)
    if was == is_:
        if is_moved and was in taking_on.ON and not _is_owner(draft, actor, present):
            raise _refused("Another owner answers anew: the status is requested.")
        return
    who = taking_on.step(before, is_, is_moved=is_moved)
    if who is None:
        raise _not_now("Task", was, is_)
    if not _MAY[who](draft, actor, present):
        raise Problem("forbidden", f"Not permitted: '{is_}' is for {_WHO[who]} to say.")


def _goes_on(before: Json, after: Json) -> bool:
    """Say whether the steps hold; what becomes of an option that waits is the choice's to decide."""
    becomes_one = taking_on.is_action(after) and not choices.is_option(after)
    return taking_on.is_action(before) or becomes_one


def _is_moved(draft: Draft, before: Json, after: Json, present: Present) -> bool:
    """Say whether another is to do it: another care provider or person, or another name outside."""
    asked = draft.placement.addressed if draft.placement is not None else None
    return asked != present.addressed or (asked is None and before.get("owner") != after.get("owner"))


async def check_taken_on(tx: Transaction, drafts: Drafts, state: State, actor: Actor) -> None:
    """Raise Problem when a Task says that another care provider has taken it on, and that is new."""
    for n, draft in enumerate(drafts.drafts):
        task = draft.resource
        if task is None or draft.key in drafts.added or not _is_taken_on(task):
            continue
        if draft.key in state.present and not _is_outsides(task):
            continue  # a change has been asked for its step
        if _is_anothers(draft, actor) and not await _is_outside(tx, draft, task):
            raise placed(_refused("What another is to do waits for its answer: the status is requested."), n)


def _is_taken_on(task: Json) -> bool:
    is_one = taking_on.is_action(task) and not choices.is_option(task)
    return is_one and task.get("status") in taking_on.ON


def _is_anothers(draft: Draft, actor: Actor) -> bool:
    """Say whether another care provider is to do it."""
    asked = draft.placement.addressed if draft.placement is not None else None
    return asked is not None and not asked.startswith((*_PEOPLE, _UNCALLED)) and asked != actor.provider


async def _is_outside(tx: Transaction, draft: Draft, task: Json) -> bool:
    """Say whether an actor outside care is to do it, of whose answer care tells."""
    place = draft.placement
    if place is None or place.addressed is None or not _is_outsides(task):
        return False
    return await activity_of(tx, place.addressed, place.addressed_unit) == "other-actor"


_PEOPLE: Final = ("patient:", "RelatedPerson/")
_UNCALLED: Final = "Organization/"
"""What has no HSA-id is known by its reference: a school, an authority, which nobody calls for."""


def _is_owner(draft: Draft, actor: Actor, _: Present) -> bool:
    """Say whether the writer is the one who is to do it; without an owner, whoever is on its side.

    For a relative whoever may write answers, for an owner outside the service whoever of care has asked.
    """
    asked, is_person = draft.placement.addressed if draft.placement is not None else None, _is_person(actor)
    if asked is None:
        task = draft.resource or {}
        return (_side(task) == "patient") == is_person if "owner" not in task else not is_person
    if asked.startswith(_PEOPLE):
        return not asked.startswith("patient:") or is_person
    is_outside = asked.startswith(_UNCALLED) or _is_outsides(draft.resource or {})
    return asked == actor.provider or (is_outside and not is_person)


def _side(task: Json) -> Any:
    told = (one.get("valueCode") for one in task.get("extension", ()) if one.get("url") == EXT_SIDE)
    return next(told, None)


def _is_outsides(task: Json) -> bool:
    return bool(_side(task) == "other")


def _is_person(actor: Actor) -> bool:
    return actor.kind in PERSONS


def _is_recorder(_: Draft, actor: Actor, present: Present) -> bool:
    return not _is_person(actor) or present.owner.startswith("patient:")


_MAY: Final[Mapping[taking_on.Who, Callable[[Draft, Actor, Present], bool]]] = {
    "anyone": lambda _draft, _actor, _present: True,
    "owner": _is_owner,
    "patient": lambda _draft, actor, _present: _is_person(actor),
    "care": lambda _draft, actor, _present: not _is_person(actor),
    "recorder": _is_recorder,
}
_WHO: Final[Mapping[taking_on.Who, str]] = {
    "anyone": "anyone",
    "owner": "the one who is to do it",
    "patient": "the patient",
    "care": "care",
    "recorder": "whoever has recorded it",
}


def _not_now(kind: str, was: str, is_: str) -> Problem:
    detail = f"A {kind} that is {was} does not become {is_}."
    issues = [Issue("conflict", detail, f"{kind}.status")]
    return Problem("not-allowed-in-state", detail, issues=issues, facts={"state": was})


def _refused(detail: str) -> Problem:
    return Problem("business-rule", detail, expression="Task.status")
