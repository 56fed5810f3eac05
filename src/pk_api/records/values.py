"""What callers hand to Records and get back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from pk_api.fhir.search.query import Query
from pk_api.store.law import Said
from pk_api.store.rows import FOREVER, Key, Page, Stored, from_micros, to_micros

Method = Literal["create", "update", "delete"]
Patch = Callable[[Mapping[str, Any]], dict[str, Any]]
"""Makes of a resource, which it leaves as it is, the changed one."""


@dataclass(frozen=True, slots=True)
class Criteria:
    """A search that says which resource a write is about; `name` is the same for the same criteria."""

    query: Query
    name: str


@dataclass(frozen=True, slots=True)
class Write:
    """One resource to be written.

    `if_match`: the version that must be the present one, or entity tags of which one must be (`*`: any);
    `unless`: tags of which none may be. `temp`: the `urn:uuid:…` by which other writes of the same set refer
    to it. `where`: the search that finds what is written, in place of an id (a create is done when it finds
    nothing); `most`: how many a deletion may find. `patch` stands in place of the resource of an update.
    `unlabels`: security labels are to be taken away, which no change does by leaving them out.
    `based_on`: the version that the resource was made from, to be made anew when it is another one.
    `is_touch`: a version is made even of what is the same, for what stands beside it has changed.
    """

    method: Method
    type: str
    resource: Mapping[str, Any] | None = None
    id: str | None = None
    if_match: int | frozenset[str] | None = None
    temp: str | None = None
    unless: frozenset[str] | None = None
    where: Criteria | None = None
    most: int = 1
    patch: Patch | None = None
    based_on: int | None = None
    unlabels: bool = False
    is_touch: bool = False


@dataclass(frozen=True, slots=True)
class Idempotency:
    """A client's key for a request and the hash of its body."""

    key: str
    body_hash: str


@dataclass(frozen=True, slots=True)
class AsOf:
    """As of when a contract is asked for: one of a revision, an instant, and a milestone's code."""

    revision: int | None = None
    instant: datetime | None = None
    milestone: str | None = None


@dataclass(frozen=True, slots=True)
class ContractRows:
    """A contract, its revision, and every member that the reader may see.

    `at` is the time as of which it is told, None for now. `withheld`: there are members that are not open to
    this reader of care; `hides`: that something is hidden from this reader, who is the patient.
    """

    contract: Stored
    revision: int
    members: tuple[Stored, ...]
    directory: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    withheld: bool = False
    hides: bool = False
    stamp: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Revision:
    """One committed change of a contract: when, by whom; `changes` holds reference, version, method."""

    number: int
    at: datetime
    by: Mapping[str, str | None]
    changes: tuple[tuple[str, int, str], ...]


@dataclass(frozen=True, slots=True)
class Step:
    """What one revision wrote of what the reader sees, when and by whom; a deletion has an empty body.

    `revision` is None for what was written outside the contract; `before` is the version before, where it was
    asked for.
    """

    revision: int | None
    at: datetime
    by: Mapping[str, str | None]
    changes: tuple[Stored, ...]
    before: Stored | None = None


def moment_of(micros: int) -> datetime | None:
    """Return the aware UTC instant, None for the beginning and the end of time."""
    return from_micros(micros) if 0 < micros < FOREVER else None


__all__ = [
    "AsOf",
    "ContractRows",
    "Criteria",
    "Idempotency",
    "Key",
    "Method",
    "Page",
    "Patch",
    "Revision",
    "Said",
    "Step",
    "Stored",
    "Write",
    "from_micros",
    "moment_of",
    "to_micros",
]
