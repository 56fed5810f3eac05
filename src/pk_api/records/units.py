"""Where an actor's unit stands in the directory, and what it is in the act on shared documentation."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pk_api.access.actor import Actor
from pk_api.access.facts import Facts
from pk_api.store import reading
from pk_api.store.database import Database
from pk_api.store.reading import Placed

_KEPT: Final = 2.0
"""Seconds for which the directory of a care provider is remembered: units are moved seldom."""
_PROVIDERS: Final = 5_000


@dataclass(frozen=True, slots=True)
class _Tree:
    """The organisations of one care provider by HSA-id: what each is part of, and its kinds in law."""

    read: float
    parents: Mapping[str, str]
    kinds: Mapping[str, frozenset[str]]
    facts: dict[tuple[str, str | None], Facts] = field(default_factory=dict)

    def above(self, unit: str) -> Iterator[str]:
        """Yield what the unit is part of, the nearest first."""
        seen = {unit}
        while (unit := self.parents.get(unit, "")) and unit not in seen:
            seen.add(unit)
            yield unit

    def below(self, unit: str) -> set[str]:
        """Return what is part of the unit."""
        return {one for one in self.parents if unit in self.above(one)}


class Units:
    """Looks up units; remembers each care provider's for two seconds."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._trees: dict[str, _Tree] = {}

    def forget(self) -> None:
        """Read everything anew: the directory has changed."""
        self._trees.clear()

    async def facts(self, actor: Actor) -> Facts:
        """Return the facts of one who acts for a unit, or for a whole care provider."""
        provider = actor.provider or ""
        tree = self._trees.get(provider)
        if tree is None or time.monotonic() - tree.read > _KEPT:
            tree = _tree(provider, await reading.units(self._db, provider))
            if len(self._trees) >= _PROVIDERS:
                self._trees.clear()
            self._trees[provider] = tree
        known = tree.facts.get((actor.kind, actor.unit))
        if known is None:
            known = tree.facts[actor.kind, actor.unit] = _facts(tree, actor, provider)
        return known


async def activity_of(db: Any, provider: str, unit: str | None) -> str:
    """Return what a unit is part of, in the act's sense; health care where nothing is said of it."""
    return _activity(_tree(provider, await reading.units(db, provider)), unit or provider, provider)


def _facts(tree: _Tree, actor: Actor, provider: str) -> Facts:
    unit = actor.unit or provider
    if actor.kind == "system" and not actor.unit:
        kinds = frozenset().union(*tree.kinds.values()) if tree.kinds else frozenset[str]()
        return Facts(unit_kind=_strictest(kinds))
    above = tuple(one for one in tree.above(unit) if one != provider)
    below = tuple(sorted(tree.below(unit))) if actor.kind == "system" else ()
    own = _strictest(tree.kinds.get(unit, frozenset()))
    return Facts(unit_kind=own, activity=_activity(tree, unit, provider), above=above, below=below)


def _activity(tree: _Tree, unit: str, provider: str) -> str:
    """Return what the unit is part of: its own kind, else that of the nearest above, else health care."""
    for one in (unit, *tree.above(unit), provider):
        if (kind := _strictest(tree.kinds.get(one, frozenset()))) is not None:
            return kind
    return "vardgivare"


def _strictest(kinds: frozenset[str]) -> str | None:
    """Return the kind that opens least, where the directory says several things."""
    for kind in ("other-actor", "social-services", "omsorgsgivare", "vardgivare"):
        if kind in kinds:
            return kind
    return None


def _tree(provider: str, rows: Mapping[str, Placed]) -> _Tree:
    place = {reference: unit or provider for reference, (_, unit, _, _) in rows.items()}
    parents: dict[str, str] = {}
    kinds: dict[str, frozenset[str]] = {}
    for reference, (_, _, parent, kind) in rows.items():
        own = place[reference]
        if parent in place and place[parent] != own:
            parents[own] = place[parent]
        if kind:
            kinds[own] = kinds.get(own, frozenset()) | {kind}
    return _Tree(time.monotonic(), parents, kinds)
