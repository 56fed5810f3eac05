"""Who asks, at which door, when and in which language; and the conditions of a write."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from pk_api.access.actor import Actor
from pk_api.access.persons import PERSONS
from pk_api.contract.dates import local_day
from pk_api.contract.elements import Json, target_of
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.languages import kept_language
from pk_api.contract.reading.plans import is_contract
from pk_api.contract.service.cursors import opened
from pk_api.contract.texts import LANGUAGES
from pk_api.fhir.problems import Problem
from pk_api.fhir.search.query import parse_query
from pk_api.records.records import Records
from pk_api.records.values import AsOf, ContractRows, Idempotency, Key, Page, Stored, Write

ANY = "*"
_PEOPLE: Final = ("Patient", "RelatedPerson")
_MOST: Final = 500
"""People who are told by name in one answer."""

Pairs = Sequence[tuple[str, str]]
"""The parameters of a query."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a write depends on.

    `if_match`: the tags of which one must be the item's version (`*` for any); `base_revision`: the revision
    that the writer looked at.
    """

    if_match: frozenset[str] | None = None
    base_revision: int | None = None
    idempotency: Idempotency | None = None

    def base_of(self, contract: str) -> tuple[str, int] | None:
        """Return the contract with the revision that the writer looked at; None where none is named."""
        return None if self.base_revision is None else (contract, self.base_revision)

    def require_version(self, version: int | None) -> None:
        """Raise Problem `stale` unless the present version is one that If-Match names."""
        if self.if_match is None or ANY in self.if_match or str(version) in self.if_match:
            return
        told = f"the current one is {version}" if version is not None else "there is none now"
        raise Problem(
            "stale",
            f"The version named in If-Match is not the current one: {told}.",
            facts={"current": version},
        )


UNCONDITIONAL: Final = Conditions()


@dataclass(slots=True)
class Tongue:
    """The language of one call's texts: as asked; else, once a contract is read, as kept for its patient."""

    asked: str | None = None
    kept: str | None = None

    @property
    def language(self) -> str:
        """`sv` or `en`; Swedish where nothing is asked for and nothing is kept."""
        return self.asked or self.kept or LANGUAGES[0]


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller, the door as it is to them, the moment of the call, and the language of the answer."""

    records: Records
    actor: Actor
    now: datetime
    tongue: Tongue
    request_id: str = ""

    @property
    def language(self) -> str:
        """`sv` or `en`."""
        return self.tongue.language

    @property
    def is_spoken_to(self) -> bool:
        """Whether the language is yet to be found: a patient, or who acts for one, has asked for none."""
        return self.tongue.asked is None and self.tongue.kept is None and self.actor.kind in PERSONS

    @property
    def today(self) -> date:
        """The Swedish calendar day."""
        return local_day(self.now)

    async def read(self, resource_type: str, resource_id: str) -> Stored:
        """Return a resource, as `Records.read`."""
        return await self.records.read(self.actor, resource_type, resource_id, request_id=self.request_id)

    async def search(self, resource_type: str, pairs: Pairs, *, after: tuple[Any, ...] | None = None) -> Page:
        """Return the first page of what a query finds, or the one after a row."""
        query = parse_query(resource_type, pairs, lenient=False)
        return await self.records.search(self.actor, query, after=after, request_id=self.request_id)

    async def page(
        self, resource_type: str, pairs: Pairs, *, limit: int, cursor: str | None, sort: str = "-_lastUpdated"
    ) -> Page:
        """Return the page of what a query finds that a cursor leads to, the latest changed first."""
        paged = [*pairs, ("_sort", sort), ("_count", str(limit))]
        return await self.search(resource_type, paged, after=opened(cursor, int, str, str))

    async def contracts(self, **sought: Any) -> Page:
        """Return contracts, as `Records.contracts`."""
        return await self.records.contracts(self.actor, **sought, request_id=self.request_id)

    async def directory(self, references: Iterable[str]) -> Mapping[str, Json]:
        """Return who and what is named, by reference."""
        return await self.records.directory(self.actor, references)

    async def write(
        self,
        writes: Sequence[Write],
        conditions: Conditions = UNCONDITIONAL,
        *,
        base: tuple[str, int] | None = None,
        identified: frozenset[str] = frozenset(),
        tries_again: bool = False,
    ) -> tuple[Stored, ...]:
        """Return what is written, as `Records.write` does."""
        return await self.records.write(
            self.actor,
            writes,
            base=base,
            idempotency=conditions.idempotency,
            identified=identified,
            tries_again=tries_again,
            request_id=self.request_id,
        )

    async def keep_key(self, conditions: Conditions) -> None:
        """Keep that the request wrote nothing, so that it is no other one when it is sent again."""
        if conditions.idempotency is not None:
            await self.records.keep_key(self.actor, conditions.idempotency, request_id=self.request_id)

    async def replayed(self, conditions: Conditions) -> Sequence[Stored] | None:
        """Return what the same request wrote before: its own effect may be why it is not possible now."""
        if conditions.idempotency is None:
            return None
        return await self.records.replay(self.actor, conditions.idempotency, request_id=self.request_id)

    async def refused(self, problem: Problem, key: Key | None = None) -> Problem:
        """Return a refusal that rests on who asks, its audit row kept; `key` is what it was about."""
        await self.records.refuse(self.actor, key, problem, request_id=self.request_id)
        return problem

    @asynccontextmanager
    async def refusing(self, key: Key) -> AsyncIterator[None]:
        """Keep the audit row of what is refused within."""
        try:
            yield
        except Problem as problem:
            await self.refused(problem, key)
            raise


@dataclass(frozen=True, slots=True)
class Done:
    """A write's outcome: the item as JSON, and the contract's revision after it (None: nothing written)."""

    item: Json
    revision: int | None = None


async def contract_of(caller: Caller, patient: str, *statuses: str | None) -> str | None:
    """Return the id of a patient's contract that the caller sees, of the first status that has one."""
    for status in statuses:
        page = await caller.contracts(patient=patient, status=status, limit=1)
        if page.items:
            return page.items[0].id
    return None


async def rows_of(caller: Caller, contract: str, as_of: AsOf | None = None) -> ContractRows:
    """Return the contract's rows, as they are or were.

    Problem not-found when it is not open to the caller, is no contract, or was not there then.
    """
    told = {"request_id": caller.request_id}
    if as_of is not None and caller.is_spoken_to:
        reading_of(caller, await rows_of(caller, contract))  # the language that is kept today
    if as_of is None:
        rows = await caller.records.contract(caller.actor, contract, **told)
    else:
        rows = await caller.records.contract_as_of(caller.actor, contract, as_of, **told)
    if not is_contract(rows.contract.resource):
        raise Problem("not-found", "There is no such contract here, or it is not open to this caller.")
    return rows


def reading_of(caller: Caller, rows: ContractRows) -> Reading:
    """Return the rows as a reading: what was, with the eyes of its day; it settles the answer's language."""
    reading = Reading(
        contract=rows.contract.reference,
        members={each.reference: each.resource for each in rows.members},
        directory=rows.directory,
        language=caller.language,
        today=caller.today if rows.at is None else local_day(rows.at),
        revision=rows.revision,
        withheld=rows.withheld,
        hides=rows.hides,
        me=_names_of(caller.actor, rows),
    )
    if not caller.is_spoken_to:
        return reading
    caller.tongue.kept = kept_language(reading) or LANGUAGES[0]
    return replace(reading, language=caller.language, seen={})


async def reading_about(caller: Caller, names: Iterable[str | None]) -> Reading:
    """Return a reading of no contract: it knows who and what is named."""
    named = sorted({each for each in names if each})
    people = [person for kind in _PEOPLE for person in await _people(caller, kind, named)]
    members = {each.reference: each.resource for each in people}
    return Reading("", members, await caller.directory(named), caller.language, caller.today)


async def _people(caller: Caller, kind: str, named: Sequence[str]) -> Sequence[Stored]:
    """Return the patients, or relatives, of these references that are open to the caller."""
    ids = [each.partition("/")[2] for each in named if each.startswith(f"{kind}/")][:_MOST]
    if not ids or not caller.actor.may("s", kind):
        return ()
    pairs = [("_id", ",".join(ids)), ("_count", str(len(ids))), ("_total", "none")]
    return (await caller.search(kind, pairs)).items


def _names_of(actor: Actor, rows: ContractRows) -> frozenset[str]:
    if actor.kind in PERSONS:
        return frozenset({target_of(rows.contract.resource.get("subject")) or ""})
    return frozenset(name for name in (actor.unit or actor.provider,) if name)
