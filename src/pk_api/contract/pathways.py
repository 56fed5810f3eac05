"""A pathway (PlanDefinition) as what it proposes: goals and actions, each with its days counted from a start.

What cannot be proposed as it is written is refused with its place, never left out: conditions, dynamic
values, definitions elsewhere, repeated times. Source: https://hl7.org/fhir/R4/plandefinition.html#apply.
"""

import calendar
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from pk_api.contract.codes import FORMS, PLAN_KINDS
from pk_api.contract.dates import day_of
from pk_api.contract.elements import Json, code_in, extension_value, text_of
from pk_api.fhir import egenvard, systems
from pk_api.fhir.problems import Problem

_UNREAD: Final = (
    "condition",
    "dynamicValue",
    "relatedAction",
    "definitionCanonical",
    "definitionUri",
    "transform",
)
_TIMES: Final = frozenset({"timingDuration", "timingRange", "timingPeriod", "timingDateTime"})
_MONTHS: Final[Mapping[str, int]] = MappingProxyType({"mo": 1, "a": 12})
_DAYS: Final[Mapping[str, int]] = MappingProxyType({"d": 1, "wk": 7})
_SIDES: Final[Mapping[str, str]] = MappingProxyType(
    {"patient": "patient", "practitioner": "care", "related-person": "relative"}
)
_DEEPEST: Final = 5
_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Aim:
    """A goal: its id in the pathway, words, codings of it, and by when."""

    id: str | None
    text: str
    coding: tuple[Json, ...]
    due: str | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """An action: words, a note, whose side, its own kind or the form of a time, goals by id, and when.

    `role` is what kind of staff does it, `options` are the alternatives of a choice.
    """

    text: str
    note: str | None
    side: str
    role: Json | None
    kind: str | None
    form: str | None
    when: Json | None
    goals: tuple[str, ...]
    options: tuple["Proposal", ...] = ()


@dataclass(frozen=True, slots=True)
class Pathway:
    """What a PlanDefinition comes to from a day on."""

    canonical: str
    title: str
    description: str | None
    kind: str
    aims: tuple[Aim, ...]
    proposals: tuple[Proposal, ...]


def read_pathway(definition: Json, *, start: date) -> Pathway:
    """Return what a PlanDefinition proposes. Problem business-rule with the place of what is not read."""
    if definition.get("status") != "active" or not definition.get("url"):
        raise _refused(
            "PlanDefinition.status", "A pathway that is started is active, and has a canonical url."
        )
    aims = tuple(_aim(each, start) for each in definition.get("goal", ()))
    proposals = tuple(_proposals(definition.get("action", ()), "PlanDefinition.action", start))
    if not proposals or len(proposals) > _MOST:
        raise _refused("PlanDefinition.action", f"A pathway has between 1 and {_MOST} actions.")
    version = definition.get("version")
    _require_goals(proposals, {each.id for each in aims})
    kinds = [code_in([each], system) for each in definition.get("topic", ()) for system in _KIND_SYSTEMS]
    return Pathway(
        canonical=f"{definition['url']}|{version}" if version else definition["url"],
        title=definition.get("title") or definition.get("name") or definition["url"],
        description=definition.get("description"),
        kind=next((each for each in kinds if each and each in PLAN_KINDS), "vardforlopp"),
        aims=aims,
        proposals=proposals,
    )


_KIND_SYSTEMS: Final = (systems.PLAN_KIND, systems.STATUTORY_PLAN)


def _require_goals(proposals: Iterable[Proposal], known: set[str | None]) -> None:
    for each in proposals:
        if not known.issuperset(each.goals):
            raise _refused("PlanDefinition.action.goalId", "An action is for a goal that the pathway has.")
        _require_goals(each.options, known)


def _aim(goal: Json, start: date) -> Aim:
    description = goal["description"]
    targets = goal.get("target", ())
    due = targets[0].get("due") if targets else None
    return Aim(
        id=goal.get("id"),
        text=text_of(description) or "",
        coding=tuple(description.get("coding", ())),
        due=_after(start, due, "PlanDefinition.goal.target").isoformat() if due else None,
    )


def _proposals(actions: list[Json], path: str, start: date, depth: int = 0) -> Iterator[Proposal]:
    """Yield the actions of a group, and of groups within it; one of several is a choice."""
    if depth > _DEEPEST:
        raise _refused(path, "Groups of actions are nested too deep.")
    for n, action in enumerate(actions):
        at = f"{path}[{n}]"
        within = action.get("action", [])
        inner = tuple(_proposals(within, f"{at}.action", start, depth + 1))
        if not within:
            yield _proposal(action, at, start)
        elif action.get("selectionBehavior") == "exactly-one":
            yield _choice(action, inner, at, start)
        elif action.get("selectionBehavior", "all") == "all":
            yield from inner
        else:
            raise _refused(
                f"{at}.selectionBehavior", "Of a group, all are proposed, or exactly one is chosen."
            )


def _choice(action: Json, options: tuple[Proposal, ...], at: str, start: date) -> Proposal:
    if len(options) < 2 or any(each.options or each.form for each in options):
        raise _refused(at, "A choice has two or more actions, that are neither choices nor times themselves.")
    found = _proposal({**action, "participant": [{"type": "patient"}]}, at, start)
    return Proposal(found.text, found.note, "patient", None, None, None, found.when, found.goals, options)


def _proposal(action: Json, at: str, start: date) -> Proposal:
    for name in _UNREAD:
        if name in action:
            raise _refused(f"{at}.{name}", f"The service does not read {name} of an action.")
    text = action.get("title") or action.get("description")
    if not text:
        raise _refused(f"{at}.title", "An action says what is to be done.")
    participant: Json = next(iter(action.get("participant", ())), {})
    kind = code_in(action.get("code", ()), systems.TASK_KIND)
    if kind is not None and kind not in {"own-action", "care-action", "book-time"}:
        why = "it is assessed for each patient" if kind == egenvard.KIND else "it comes of what happens"
        raise _refused(f"{at}.code", f"This kind of action cannot be proposed by a pathway: {why}.")
    form = code_in(action.get("code", ()), systems.FORM)
    side = extension_value(participant, systems.EXT_SIDE, "valueCode")
    return Proposal(
        text=text,
        note=action.get("description") if action.get("title") else None,
        side=side or _SIDES.get(participant.get("type", "practitioner"), "other"),
        role=participant.get("role"),
        kind=kind,
        form=form if form in FORMS else None,
        when=_when(action, at, start),
        goals=tuple(action.get("goalId", ())),
    )


def _when(action: Json, at: str, start: date) -> Json | None:
    timing = next((name for name in action if name.startswith("timing")), None)
    if timing is None:
        return None
    value = action[timing]
    if timing not in _TIMES:
        raise _refused(f"{at}.{timing}", "When it is to be done is a duration, a range, a period or a day.")
    if timing == "timingDuration":
        return {"latest": _after(start, value, f"{at}.{timing}").isoformat()}
    if timing == "timingDateTime":
        return {"latest": day_of(value)}
    ends = (value.get("start"), value.get("end")) if timing == "timingPeriod" else None
    if ends is not None:
        days = {"earliest": day_of(ends[0]), "latest": day_of(ends[1])}
        return {name: day for name, day in days.items() if day}
    found = {"earliest": value.get("low"), "latest": value.get("high")}
    place = f"{at}.{timing}"
    return {name: _after(start, each, place).isoformat() for name, each in found.items() if each}


def _after(start: date, duration: Json, place: str) -> date:
    """Return the day so long after the start: by days and weeks, or months and years of the calendar."""
    value, unit = duration.get("value"), duration.get("code")
    if value is None or value != int(value) or unit not in {*_DAYS, *_MONTHS} or not 0 <= value <= 4000:
        raise _refused(place, "A duration is a whole number of d, wk, mo or a (UCUM).")
    counted = int(value) * _DAYS.get(unit, 366)
    if start.toordinal() + counted * _MONTHS.get(unit, 1) > date.max.toordinal():
        raise _refused(place, "A pathway ends within the calendar.")
    if unit in _DAYS:
        return start + timedelta(days=counted)
    months = start.month - 1 + int(value) * _MONTHS[unit]
    year, month = start.year + months // 12, months % 12 + 1
    return date(year, month, min(start.day, calendar.monthrange(year, month)[1]))


def _refused(path: str, detail: str) -> Problem:
    return Problem("business-rule", detail, expression=path)
