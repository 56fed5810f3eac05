"""Three-way merge of an item by its fields: what it was, what others made of it, what is asked for. Pure.

A field is a name of the item's JSON; of what merges by parts (`when`, `period`, `may`) each part is one,
such as `when.latest`. Lists are one field each: places in a list have no name that lasts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pk_api.contract.elements import Json

BY_PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "when": ("text", "earliest", "latest"),
    "period": ("start", "end"),
    "may": ("cancel", "rebook", "message"),
    "guarantee": ("type", "start", "due", "paused", "text"),
    "otherActor": ("contact", "telecom", "answer"),
    "egenvard": ("assessor", "on", "helper", "followUp", "reassess"),
}
"""Fields that merge by parts, as a merge patch does, and their parts."""

_NOT_MERGED: Final = frozenset({"id", "version", "reference"})
Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """A field of an item as it was, as others made it, and (in a conflict) as it was to be."""

    field: str
    base: Any
    theirs: Any
    yours: Any = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is yours alone, what others changed that may stand, and where the two do not go together."""

    yours: frozenset[str] = frozenset()
    theirs: tuple[Difference, ...] = ()
    conflicts: tuple[Difference, ...] = ()


def fields_of(item: Json | None) -> Fields:
    """Return the fields of an item; none for one that is not there."""
    return dict(_fields(item)) if item is not None else {}


def _fields(item: Json) -> Iterator[tuple[str, Any]]:
    for name, value in item.items():
        if name in BY_PARTS:
            yield from ((f"{name}.{part}", (value or {}).get(part)) for part in BY_PARTS[name])
        elif name not in _NOT_MERGED:
            yield name, value


def judge(base: Fields, theirs: Fields, yours: Fields) -> Verdict:
    """Return which fields each has changed; both may have changed one to the same."""
    mine, stand, clash = set(), [], []
    for field in dict.fromkeys((*base, *theirs, *yours)):
        was, now, asked = base.get(field), theirs.get(field), yours.get(field)
        if asked != was and now == was:
            mine.add(field)
        elif now != was and asked in (was, now):
            stand.append(Difference(field, was, now))
        elif now != was:
            clash.append(Difference(field, was, now, asked))
    return Verdict(frozenset(mine), tuple(stand), tuple(clash))


def undone(verdict: Verdict, merged: Fields) -> tuple[Difference, ...]:
    """Return what others changed and the merged item does not keep: a consequence of what is asked for."""
    return tuple(
        Difference(each.field, each.base, each.theirs, merged.get(each.field))
        for each in verdict.theirs
        if merged.get(each.field) != each.theirs
    )


def limited(asked: Json, yours: frozenset[str]) -> Json:
    """Return of a merge patch what changes one of these fields."""
    out: Json = {}
    for name, value in asked.items():
        parts = [part for part in BY_PARTS.get(name, ()) if f"{name}.{part}" in yours]
        if name in yours:
            out[name] = value
        elif parts:
            out[name] = {part: (value or {}).get(part) for part in parts if value is None or part in value}
    return out
