"""What a bulk export is asked for, how strict the door is with it, and what it tells.

Source: https://hl7.org/fhir/uv/bulkdata/STU2/export.html.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, Literal

import orjson

from pk_api.access.actor import Actor, LimitedScope

Level = Literal["system", "patient", "group"]


@dataclass(frozen=True, slots=True)
class ExportRules:
    """Limits: how long files are kept, how long a worker holds a job, bytes of an export, jobs of a caller.

    `part_lines` and `part_size` end a file; `attempts` is how often a job is begun before it is given up;
    `skew` is how much the clocks of two machines may differ: by so much `_since` is read earlier.
    """

    kept: timedelta = timedelta(hours=24)
    lease: timedelta = timedelta(seconds=30)
    most_bytes: int = 2_000_000_000
    at_once: int = 2
    most_kept: int = 20
    attempts: int = 5
    skew: timedelta = timedelta(seconds=5)
    part_lines: int = 5_000
    part_size: int = 4_000_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be exported: of all, of all patients or of the patients of a Group.

    `types` None is every type; `since` in microseconds; `filters` holds (type, query), of which one must
    match a resource of that type; `patients` are ids that the export is limited to; `ignored` names what a
    lenient caller asked for in vain.
    """

    level: Level
    group: str | None = None
    types: tuple[str, ...] | None = None
    since: int | None = None
    filters: tuple[tuple[str, str], ...] = ()
    patients: tuple[str, ...] | None = None
    ignored: tuple[str, ...] = ()

    def to_json(self) -> str:
        """Return it as the store keeps it."""
        return orjson.dumps({f.name: getattr(self, f.name) for f in fields(self)}).decode()

    @classmethod
    def from_json(cls, text: str) -> "Asked":
        """Return what `to_json` gave."""
        given: dict[str, Any] = orjson.loads(text)
        given["filters"] = tuple((kind, query) for kind, query in given["filters"])
        for name in ("types", "patients", "ignored"):
            given[name] = None if given[name] is None else tuple(given[name])
        return cls(**given)


def actor_to_json(actor: Actor) -> str:
    """Return an actor as the store keeps it: without the caller's own identity number."""
    told = {f.name: getattr(actor, f.name) for f in fields(actor) if f.name != "person"}
    return orjson.dumps(told).decode()


def actor_from_json(text: str) -> Actor:
    """Return what `actor_to_json` gave."""
    given = orjson.loads(text)
    given |= {"scopes": tuple((kind, letters) for kind, letters in given["scopes"])}
    given |= {"roles": tuple(given.get("roles", ()))}
    given |= {"limited": tuple(_limited_scope(one) for one in given.get("limited", ()))}
    return Actor(**given)


def _limited_scope(given: Mapping[str, Any]) -> LimitedScope:
    tokens = tuple((code, tuple(values)) for code, values in given["tokens"])
    return LimitedScope(given["type"], given["letters"], given["patient"], tokens)


@dataclass(frozen=True, slots=True)
class ExportState:
    """How a job stands: `files` holds (number, kind, type, lines) once it is done."""

    status: str
    request: str
    written: int
    moment: datetime | None
    expires: datetime
    files: Sequence[tuple[int, str, str, int]] = ()
    problem: Mapping[str, str] = field(default_factory=dict)
