"""Conditional and partial writes: what a set comes to when its searches are run and its patches applied.

That is found out before the lock and looked at again under it: another outcome there means to begin anew.
Sources: https://hl7.org/fhir/R4/http.html#ccreate, #cond-update, #patch, #3.1.0.7.1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from pk_api.access.actor import Actor
from pk_api.access.decide import decide
from pk_api.access.facts import Facts
from pk_api.access.rules import CARE, Action
from pk_api.access.visible import Visible
from pk_api.fhir.problems import Problem
from pk_api.fhir.references import full_url_base, rewrite
from pk_api.fhir.search.filters import Filter
from pk_api.records.checks import require_version
from pk_api.records.drafts import placed
from pk_api.records.keys import key_of, patients_of
from pk_api.records.values import Criteria, Write
from pk_api.store import reading, searching, unasked
from pk_api.store.rows import EPOCH, Key, Stored
from pk_api.store.tables import SHARED

MOST: Final = 500
"""Conditional writes of one set: each is searched for twice and holds a lock."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A search that a set was decided by, and what it found."""

    criteria: Criteria
    visible: Visible
    patients: Sequence[str] | None
    most: int
    keys: frozenset[Key]

    async def holds(self, db: Any, *, now: int) -> bool:
        """Say whether the search finds the same as it did."""
        return {s.key for s in await _search(db, self, now=now)} == self.keys


@dataclass(slots=True)
class Plan:
    """What a set comes to: plain writes, each for the given one in `origins`, and what was found."""

    writes: list[Write] = field(default_factory=list)
    origins: list[int] = field(default_factory=list)
    found: dict[int, Stored] = field(default_factory=dict)
    nothing: dict[int, str] = field(default_factory=dict)
    conditions: list[Condition] = field(default_factory=list)

    def add(self, n: int, write: Write) -> None:
        """Take a plain write for the n-th given one."""
        self.writes.append(write)
        self.origins.append(n)

    def results(self, written: Sequence[Stored]) -> list[Stored]:
        """Return what became of each given write: of several deletions the last, of none a version 0."""
        by_origin = dict(zip(self.origins, written, strict=True)) | self.found
        by_origin |= {n: _nothing(kind) for n, kind in self.nothing.items()}
        return [by_origin[n] for n in sorted(by_origin)]

    def placed(self, problem: Problem) -> Problem:
        """Return the same problem, saying which of the given writes it is about."""
        n = problem.facts.get("write")
        return placed(problem, self.origins[n]) if isinstance(n, int) else problem


def is_plain(writes: Sequence[Write]) -> bool:
    """Say whether a set can be written as it stands."""
    return all(w.where is None and w.patch is None for w in writes)


def turns_of(writes: Sequence[Write]) -> set[str]:
    """Return the names of what a set is decided by."""
    searched = {w.where.name for w in writes if w.where is not None}
    return searched | {f"{w.type}/{w.id}" for w in writes if w.patch is not None and w.id is not None}


class Deciding:
    """Decides what a set comes to for one writer, at one moment."""

    def __init__(self, db: Any, actor: Actor, facts: Facts, *, now: int) -> None:
        self._db = db
        self._actor = actor
        self._facts = facts
        self._now = now
        self._plan = Plan()

    async def plan(self, writes: Sequence[Write]) -> Plan:
        """Return the plan. Problem names the write: precondition-failed, not-found, gone, stale, invalid."""
        if sum(not is_plain([w]) for w in writes) > MOST:
            raise Problem("too-large", f"One set holds at most {MOST} conditional or partial writes.")
        for n, write in enumerate(writes):
            try:
                await self._decide(n, write)
            except Problem as problem:
                raise placed(problem, n) from problem
        self._name_found(writes)
        _require_distinct(self._plan)
        return self._plan

    async def _decide(self, n: int, write: Write) -> None:
        if write.where is None:
            self._plan.add(n, write if write.patch is None else await self._patched(write))
            return
        found = await self._found(write, write.where)
        if len(found) > write.most:
            raise Problem("precondition-failed", f"The criteria match several {write.type}: nothing is done.")
        if write.method != "create" and _is_by_identifier(write.where):
            await self._require_own(write, found)
        if write.method == "delete":
            self._delete(n, write, found)
        elif write.method == "create":
            self._create(n, write, found)
        elif write.patch is not None:
            self._plan.add(n, await self._patched(replace(write, id=_only(write, found).id)))
        else:
            self._plan.add(n, _update(write, found))

    async def _found(self, write: Write, criteria: Criteria) -> Sequence[Stored]:
        visible = self._visible("search", write)
        patients = await patients_of(self._db, criteria.query)
        condition = Condition(criteria, visible, patients, write.most, frozenset())
        found = await _search(self._db, condition, now=self._now)
        self._plan.conditions.append(replace(condition, keys=frozenset(s.key for s in found)))
        return found

    async def _require_own(self, write: Write, found: Sequence[Stored]) -> None:
        """Ids are the sender's own: those that another care provider gives too are no way to what is its."""
        if self._actor.kind not in CARE:
            return
        owners = await unasked.owners(self._db, [each.key for each in found if each.key.patient != SHARED])
        if any(owner != self._actor.provider and ":" not in owner for owner in owners.values()):
            text = "What bears this identifier is another care provider's: change it by its id."
            raise Problem("conflict", text, expression=f"{write.type}.identifier")

    def _visible(self, action: Action, write: Write) -> Visible:
        decision = decide(self._actor, self._facts, action)
        if not decision.visible.for_type(write.type).clauses:
            text = f"Not permitted: {action} {write.type}, which this write rests on."
            raise Problem("forbidden", text, facts={"rule": decision.rule})
        return decision.visible

    def _create(self, n: int, write: Write, found: Sequence[Stored]) -> None:
        if found:
            self._plan.found[n] = found[0]
        else:
            self._plan.add(n, replace(write, where=None))

    def _delete(self, n: int, write: Write, found: Sequence[Stored]) -> None:
        if not found:
            require_version(write, None)
            self._plan.nothing[n] = write.type
        for stored in found:
            self._plan.add(n, replace(write, where=None, id=stored.id))

    async def _patched(self, write: Write) -> Write:
        """Return the update that the patch of what the writer may read comes to."""
        visible = self._visible("read", write)
        key = await key_of(self._db, write.type, write.id)
        stored = await reading.read(self._db, key, visible, now=self._now) if key else None
        if stored is None or write.patch is None:
            raise Problem(
                "not-found", f"There is no such {write.type} here, or it is not open to this caller."
            )
        if stored.deleted:
            raise Problem("gone", f"This {write.type} has been deleted.", facts={"version": stored.version})
        require_version(write, stored.version)
        resource = write.patch(stored.resource)
        _require_same(write, stored, resource)
        return replace(write, resource=resource, where=None, patch=None, based_on=stored.version)

    def _name_found(self, writes: Sequence[Write]) -> None:
        """Let references to what a conditional create found lead there."""
        names = {t: s.reference for n, s in self._plan.found.items() if (t := writes[n].temp) is not None}
        if names:
            self._plan.writes = [_renamed(w, names) for w in self._plan.writes]


def _is_by_identifier(criteria: Criteria) -> bool:
    codes = {one.parameter.code for one in criteria.query.conditions if isinstance(one, Filter)}
    return "identifier" in codes


async def _search(db: Any, condition: Condition, *, now: int) -> Sequence[Stored]:
    query = replace(condition.criteria.query, count=condition.most + 1, total="none", sort=())
    query = await searching.widened(db, query, condition.visible, now=now)
    page = await searching.search(db, query, condition.visible, patients=condition.patients, now=now)
    return page.items


def _update(write: Write, found: Sequence[Stored]) -> Write:
    """Return the update of the one that was found, or the creation of what was not."""
    sent = (write.resource or {}).get("id")
    if not found:
        require_version(write, None)
        return replace(write, method="create", where=None, id=sent)
    if sent not in (None, found[0].id):
        text = "The id in the body is not that of the resource that the criteria match."
        raise Problem("invalid", text, expression=f"{write.type}.id")
    return replace(write, where=None, id=found[0].id)


def _only(write: Write, found: Sequence[Stored]) -> Stored:
    if not found:
        raise Problem("not-found", f"No {write.type} that is open to this caller matches the criteria.")
    return found[0]


def _require_same(write: Write, stored: Stored, resource: Mapping[str, Any]) -> None:
    """A patch changes neither what a resource is nor which one it is."""
    for name, value in (("resourceType", write.type), ("id", stored.id)):
        if resource.get(name) != value:
            text = f"A patch cannot change {name}."
            raise Problem("business-rule", text, expression=f"{write.type}.{name}")


def _renamed(write: Write, names: Mapping[str, str]) -> Write:
    if write.resource is None:
        return write
    base = full_url_base(write.temp or "")
    return replace(write, resource=rewrite(dict(write.resource), names, base=base))


def _require_distinct(plan: Plan) -> None:
    """Raise Problem, naming both, when two writes of the set come to the same resource."""
    ids = [(n, (w.type, w.id)) for n, w in zip(plan.origins, plan.writes, strict=True) if w.id is not None]
    ids += [(n, (s.type, s.id)) for n, s in plan.found.items()]
    first: dict[tuple[str, str | None], int] = {}
    for n, name in ids:
        if first.setdefault(name, n) != n:
            text = "Two writes of one set come to the same resource."
            raise Problem("invalid", text, facts={"writes": tuple(sorted((first[name], n)))})


def _nothing(resource_type: str) -> Stored:
    return Stored(Key(SHARED, resource_type, ""), 0, EPOCH, "", deleted=True, method="DELETE")
