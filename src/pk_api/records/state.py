"""What is read under the lock, and what a set of writes comes to."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pk_api.store.locked import Present
from pk_api.store.rows import ContractRow, Key, NewVersion, Stored
from pk_api.store.writing import OutboxRow


@dataclass(slots=True)
class State:
    """What was read under the lock."""

    present: Mapping[Key, Present]
    contracts: Mapping[str, list[ContractRow]]
    members: Mapping[Key, set[str]]
    binding: Sequence[Any] = ()
    all_members: Sequence[Any] = ()
    owners: Mapping[str, str] = field(default_factory=dict)
    teams: Mapping[str, set[str]] = field(default_factory=dict)
    referrers: Sequence[tuple[Key, Key]] = ()
    changes: Mapping[Key, list[tuple[int, int]]] = field(default_factory=dict)
    unchanged: Mapping[Key, Stored] = field(default_factory=dict)
    """What stands and would only be repeated: no version comes of it."""

    needless: set[Key] = field(default_factory=set)
    """What the door would have added to what changes nothing."""


@dataclass(slots=True)
class Settled:
    """What a set will write."""

    versions: list[NewVersion] = field(default_factory=list)
    created: list[bool] = field(default_factory=list)
    stale_index: list[Key] = field(default_factory=list)
    contracts: list[ContractRow] = field(default_factory=list)
    members: list[tuple[str, str, str, str]] = field(default_factory=list)
    gone_members: list[tuple[str, str, str, str]] = field(default_factory=list)
    outbox: list[OutboxRow] = field(default_factory=list)
    numbers: Mapping[str, int] = field(default_factory=dict)
    """The revision of each contract of the patients, after the set."""
    joined: set[Key] = field(default_factory=set)
    unchanged: Sequence[tuple[Key, int]] = ()
    """What was asked for and stands already."""

    needless: Collection[Key] = ()
    """What the door has not added after all."""
