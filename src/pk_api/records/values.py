"""What callers hand to Records and get back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from pk_api.store.rows import Key, Page, Stored, from_micros, to_micros

Method = Literal["create", "update", "delete"]


@dataclass(frozen=True, slots=True)
class Write:
    """One resource to be written.

    `if_match`: the version that must be the present one, or entity tags of which one must be (`*`: any);
    `unless`: tags of which none may be. `temp`: the `urn:uuid:…` by which other writes of the same set refer
    to it.
    """

    method: Method
    type: str
    resource: Mapping[str, Any] | None = None
    id: str | None = None
    if_match: int | frozenset[str] | None = None
    temp: str | None = None
    unless: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Idempotency:
    """A client's key for a request and the hash of its body."""

    key: str
    body_hash: str


@dataclass(frozen=True, slots=True)
class ContractRows:
    """A contract, its revision, and every member that the reader may see."""

    contract: Stored
    revision: int
    members: tuple[Stored, ...]
    directory: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    withheld: bool = False
    stamp: str = ""


@dataclass(frozen=True, slots=True)
class Revision:
    """One committed change of a contract: when, by whom; `changes` holds reference, version, method."""

    number: int
    at: datetime
    by: Mapping[str, str | None]
    changes: tuple[tuple[str, int, str], ...]


__all__ = [
    "ContractRows",
    "Idempotency",
    "Key",
    "Method",
    "Page",
    "Revision",
    "Stored",
    "Write",
    "from_micros",
    "to_micros",
]
