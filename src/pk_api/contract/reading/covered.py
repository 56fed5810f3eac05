"""What an agreement covers, and what of it has changed since: named fields, never version numbers alone.

The contract as it stood when it was proposed is the base for everybody, each with the own eyes; an acceptance
or progress moves versions, and changes nothing that was agreed.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from pk_api.contract.elements import Json, id_of
from pk_api.contract.reading.actions import PROPOSALS, action_kind, actions
from pk_api.contract.reading.appointments import appointments
from pk_api.contract.reading.contacts import contacts
from pk_api.contract.reading.context import Reading, entered_in_error
from pk_api.contract.reading.directions import directions
from pk_api.contract.reading.goals import goals, what_matters
from pk_api.contract.reading.plans import plans
from pk_api.contract.reading.responsible import responsible

COVERED: Final = frozenset(
    {"CarePlan", "Goal", "Task", "ServiceRequest", "CareTeam", "Appointment", "Observation"}
)
"""Types that parties agree on; who people are, what opens or bars, messages and answers are none of it."""

_UNSHARED: Final = frozenset({"staff-only", "hidden-from-patient", "hidden-from-guardian", "REDACTED"})
"""Labels of what is not shown to all whom it concerns, or not in full: nobody agrees on it."""

Value = Callable[[Json], Any]


def _field(name: str) -> Value:
    return lambda item: item.get(name)


def _in(name: str, part: str) -> Value:
    return lambda item: (item.get(name) or {}).get(part)


def _who(name: str) -> Value:
    """Tell a person or unit by reference: a new name in the directory changes no agreement."""
    return lambda item: (item.get(name) or {}).get("reference") or (item.get(name) or {}).get("name")


def _with(item: Json) -> Any:
    return sorted(str(each.get("reference") or each.get("name")) for each in item.get("with") or ())


def _helper(item: Json) -> Any:
    return _who("helper")(item.get("egenvard") or {})


_PLAN: Final = {"title": _field("title"), "description": _field("description"), "kind": _field("kind")}

FIELDS: Final[Mapping[str, Mapping[str, Value]]] = MappingProxyType(
    {
        "whatMatters": {"text": _field("text")},
        "goals": {"text": _field("text"), "kind": _field("kind"), "due": _field("due")},
        "actions": {
            "text": _field("text"),
            "side": _field("side"),
            "owner": _who("owner"),
            "kind": _field("kind"),
            "earliest": _in("when", "earliest"),
            "due": _in("when", "latest"),
            "whenText": _in("when", "text"),
            "plan": _field("plan"),
            "goals": _field("goals"),
            "turnTo": _field("turnTo"),
            "helper": _helper,
        },
        "contacts": {
            "kind": _field("kind"),
            "coordinating": _field("coordinating"),
            "member": _who("member"),
            "telecom": _field("telecom"),
            "hours": _field("hours"),
            "for": _field("for"),
        },
        "appointments": {
            "text": _field("text"),
            "start": _field("start"),
            "end": _field("end"),
            "with": _with,
            "form": _field("form"),
            "place": _who("place"),
        },
        "plans": {**_PLAN, "owner": _who("owner"), "link": _field("link"), "goals": _field("goals")},
    }
)
"""What is agreed of each part's items: the name under which a change is told, and how it is read."""

ITEMS: Final[Mapping[str, Callable[[Reading], list[Json]]]] = MappingProxyType(
    {
        "whatMatters": what_matters,
        "goals": goals,
        "actions": actions,
        "contacts": contacts,
        "appointments": appointments,
        "plans": plans,
    }
)
"""The parts that an agreement is about, and who reads them."""

OFF: Final = frozenset({"ended", "cancelled", "rejected", "failed", "revoked", "noshow", "entered-in-error"})
"""States of an item that no longer holds; to come there changes what was agreed, progress does not."""


def covered(reading: Reading) -> dict[str, Json]:
    """Return what a party sees that can be agreed on, by reference."""
    return {
        reference: resource
        for reference, resource in reading.members.items()
        if resource["resourceType"] in COVERED and _is_shared(resource)
    }


def covers_all(reading: Reading) -> bool:
    """Say whether the party is shown all that there is to agree on."""
    return (
        not reading.withheld
        and not reading.hides
        and all(_labels(each).isdisjoint(_UNSHARED) for each in reading.members.values())
    )


def changes(then: Reading, now: Reading, *, but: Collection[str] = ()) -> list[Json]:
    """Return what has changed of the items that there were: `{part, id, what, before, after}` each.

    What is no longer there, or no longer holds, is told as `state`; `but` are ids of what was left out.
    """
    found = [change for part in ITEMS for change in _changed(part, then, now)]
    found += [*_of_responsible(then, now), *_of_directions(then, now)]
    return [change for change in found if change["id"] not in but]


def _of_responsible(then: Reading, now: Reading) -> Iterator[Json]:
    """Yield that another contact has become responsible for the contract."""
    was, is_ = (responsible(contacts(each), each) for each in (then, now))
    before, after = (each and each["contact"] for each in (was, is_))
    if before is not None and before != after:
        place = {"part": "contract", "id": id_of(now.contract), "what": "responsible"}
        yield {**place, "before": before, "after": after}


def _of_directions(then: Reading, now: Reading) -> Iterator[Json]:
    """Yield that the contract tells the patient to turn elsewhere; what contacts are for is told of them."""
    was, is_ = (_led(each) for each in (then, now))
    for purpose, before in was.items():
        after = is_.get(purpose, [])
        if before != after and any(one["said"] for one in (*before, *after)):
            place = {"part": "contract", "id": id_of(now.contract), "what": f"directions.{purpose}"}
            yield {**place, "before": _ways(before), "after": _ways(after)}


def _led(reading: Reading) -> dict[str, list[Json]]:
    """Return to whom or what each purpose leads, and whether the contract itself says so."""
    found: dict[str, list[Json]] = {}
    for each in directions(contacts(reading), reading):
        way = {"to": (each["to"] or {}).get("reference"), "text": each["text"], "said": each["said"]}
        found.setdefault(each["purpose"], []).append(way)
    return found


def _ways(led: list[Json]) -> list[Json]:
    return [{"to": each["to"], "text": each["text"]} for each in led]


def added(then: Reading, now: Reading) -> list[Json]:
    """Return the items that came after, and hold: `{part, id, text}` each; nobody has agreed on them."""
    found = []
    for part, read in ITEMS.items():
        known = {each["id"] for each in read(then)}
        found += [
            {
                "part": part,
                "id": each["id"],
                "text": each.get("text") or each.get("title") or each.get("name"),
            }
            for each in read(now)
            if each["id"] not in known and each["state"] not in OFF
        ]
    return found


def _changed(part: str, then: Reading, now: Reading) -> Iterator[Json]:
    present = {each["id"]: each for each in ITEMS[part](now)}
    for before in ITEMS[part](then):
        after = present.get(before["id"])
        if before["state"] in OFF:
            continue
        if after is None or after["state"] in OFF:
            state = None if after is None else after["state"]
            yield {
                "part": part,
                "id": before["id"],
                "what": "state",
                "before": before["state"],
                "after": state,
            }
            continue
        for name, value in FIELDS[part].items():
            if (was := value(before)) != (is_ := value(after)):
                yield {"part": part, "id": before["id"], "what": name, "before": was, "after": is_}


def _is_shared(resource: Json) -> bool:
    if entered_in_error(resource) or not _labels(resource).isdisjoint(_UNSHARED):
        return False
    return resource["resourceType"] != "Task" or action_kind(resource) not in PROPOSALS


def _labels(resource: Json) -> set[str]:
    return {str(each.get("code")) for each in resource.get("meta", {}).get("security", ())}
