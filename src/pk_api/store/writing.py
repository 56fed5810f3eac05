"""Writing: locks, the state that decisions need, and the rows of many writes in few round trips."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import BigInteger, Table, Text, and_, bindparam, delete, insert, select, tuple_

from pk_api.store.database import Database, Statement, Transaction
from pk_api.store.dialect import Dialect
from pk_api.store.ids import new_entry, new_law
from pk_api.store.locked import pack_keys
from pk_api.store.reading import KEY_COLUMNS
from pk_api.store.rows import AuditRow, ContractRow, Key, NewVersion
from pk_api.store.tables import (
    AFFILIATION,
    AUDIT,
    CHOSEN_ID,
    CONTRACT,
    CURRENT,
    FACT,
    IDEMPOTENCY,
    IDENTITY,
    LOOKUP,
    MEMBER,
    OUTBOX,
    PAST_MEMBER,
    PATIENT,
    REFERENCE,
    SHARED,
    SPAN,
    TEAM,
    VERSION,
)


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One change in one contract ('' and revision 0: in none)."""

    key: Key
    contract: str
    revision: int
    version: int
    method: str
    actor_kind: str
    actor_name: str
    actor_unit: str | None


def _clear(table: Table, d: Dialect) -> Any:
    given = d.rows("k", KEY_COLUMNS)
    return delete(table).where(tuple_(*(table.c[n] for n in KEY_COLUMNS)).in_(select(*given.c)))


_CLEAR = [Statement(partial(_clear, t)) for t in (LOOKUP, SPAN, REFERENCE)]
_CLEAR_FACT = Statement(lambda d: _clear(FACT, d).returning(FACT.c.patient_key))
_CLEAR_TEAM = Statement(
    lambda d: delete(TEAM).where(
        tuple_(TEAM.c.patient_key, TEAM.c.team_id).in_(
            select(*d.rows("k", {"patient_key": Text(), "id": Text()}).c)
        )
    )
)
_CLEAR_IDENTITY = Statement(
    lambda d: delete(IDENTITY).where(
        tuple_(IDENTITY.c.patient_key, IDENTITY.c.id).in_(
            select(*d.rows("k", {"patient_key": Text(), "id": Text()}).c)
        )
    )
)
_GONE = {"patient_key": Text(), "contract_id": Text(), "type": Text(), "id": Text(), "until": BigInteger()}
_HELD = tuple(name for name in _GONE if name != "until")


def _past(d: Dialect) -> Any:
    gone = d.rows("k", _GONE)
    here = and_(*(MEMBER.c[name] == gone.c[name] for name in _HELD))
    rows = select(*(MEMBER.c[name] for name in _HELD), MEMBER.c.since, gone.c.until).join(gone, here)
    return insert(PAST_MEMBER).from_select([*_HELD, "since", "until"], rows)


def _clear_member(d: Dialect) -> Any:
    gone = d.rows("k", _GONE)
    here = tuple_(*(MEMBER.c[name] for name in _HELD))
    return delete(MEMBER).where(here.in_(select(*(gone.c[name] for name in _HELD))))


_PAST_MEMBER = Statement(_past)
_CLEAR_MEMBER = Statement(_clear_member)


async def clear(
    tx: Transaction, stale: Sequence[Key], gone_members: Sequence[tuple[str, str, str, str, int]]
) -> set[str]:
    """Remove index rows of versions that are replaced, and keep memberships that ended as past ones.

    The number of each is the revision of the contract that has the member no more. Return the keys of the
    patients whose facts are removed among them.
    """
    changed: set[str] = set()
    if stale:
        for statement in _CLEAR:
            await tx.fetch(statement, pack_keys(tx, stale))
        changed = {row["patient_key"] for row in await tx.fetch(_CLEAR_FACT, pack_keys(tx, stale))}
        for kind, statement in (("CareTeam", _CLEAR_TEAM), ("Patient", _CLEAR_IDENTITY)):
            rows = [(k.patient, k.id) for k in stale if k.type == kind]
            if rows:
                await tx.fetch(statement, tx.dialect.pack("k", 2, rows))
    if gone_members:
        for statement in (_PAST_MEMBER, _CLEAR_MEMBER):
            await tx.fetch(statement, tx.dialect.pack("k", len(_GONE), gone_members))
    return changed


@dataclass(slots=True)
class Rows:
    """All rows of one transaction."""

    versions: list[NewVersion]
    indexed: list[NewVersion]
    contracts: list[ContractRow]
    members: list[tuple[str, str, str, str, int]]
    outbox: list[OutboxRow]
    audit: list[AuditRow]
    patients: list[str]
    chosen: list[tuple[str, str, str]]
    idempotency: list[tuple[str, str, str, str]]
    affiliations: list[tuple[str, str, str | None, str | None, str | None]]


def _index_rows(new: Sequence[NewVersion]) -> dict[Table, list[tuple[Any, ...]]]:
    return {
        LOOKUP: [(v.key.type, p, value, v.key.patient, v.key.id) for v in new for p, value in v.lookups],
        SPAN: [
            (v.key.patient, v.key.type, v.key.id, n, *span) for v in new for n, span in enumerate(v.spans)
        ],
        REFERENCE: [(v.key.patient, v.key.type, v.key.id, *target) for v in new for target in v.references],
        TEAM: [(v.key.patient, v.key.id, n, *one) for v in new for n, one in enumerate(v.team)],
        FACT: [(v.key.patient, v.key.type, v.key.id, n, *one) for v in new for n, one in enumerate(v.facts)],
        IDENTITY: [(*number, v.key.patient, v.key.id) for v in new for number in v.identities],
    }


async def save(tx: Transaction, rows: Rows, *, unsaid: Collection[str], now: int) -> None:
    """Insert all rows; Clash when a unique key is taken. `unsaid`: patients whose facts have been removed.

    What is about no patient is taken as a fact about all: whoever holds on to what it has read of the
    directory sees by one number that it is another.
    """
    told = {v.key.patient for v in rows.indexed if v.facts}
    directory = {v.key.patient for v in rows.versions} & {SHARED}
    changed = ({*rows.patients, *unsaid, *told} - {SHARED}) | directory
    await tx.insert(
        {
            PATIENT: [(p, now, new_law()) for p in sorted(changed)],
            CHOSEN_ID: rows.chosen,
            VERSION: [
                (v.key.patient, v.key.type, v.key.id, v.version, now, v.method, v.body) for v in rows.versions
            ],
            CURRENT: [_current(v, now) for v in rows.versions],
            **_index_rows(rows.indexed),
            CONTRACT: [(c.patient, c.id, c.status, c.revision, now) for c in rows.contracts],
            MEMBER: rows.members,
            OUTBOX: [_outbox(o, now) for o in rows.outbox],
            AUDIT: audit_rows(rows.audit, now=now),
            IDEMPOTENCY: [(*one, now) for one in rows.idempotency],
            AFFILIATION: rows.affiliations,
        },
        replace=(PATIENT, CURRENT, CONTRACT, MEMBER, AFFILIATION),
    )


def _current(v: NewVersion, now: int) -> tuple[Any, ...]:
    place = (v.key.patient, v.key.type, v.key.id, v.version, int(v.deleted), now)
    return (
        *place,
        v.owner,
        v.unit,
        v.addressed,
        v.author,
        v.ix,
        v.sort_date,
        v.fingerprint,
        v.addressed_unit,
        v.labels,
    )


def _outbox(o: OutboxRow, now: int) -> tuple[Any, ...]:
    place = (o.key.patient, o.contract, o.revision, o.key.type, o.key.id, o.version)
    return (*place, o.method, now, o.actor_kind, o.actor_name, o.actor_unit, new_entry())


def audit_rows(rows: Sequence[AuditRow], *, now: int) -> list[tuple[Any, ...]]:
    """Return the rows as the table takes them, each with an id of its own."""
    return [
        (
            *(r.patient, now, new_entry(), r.interaction, r.outcome, r.rule, r.actor_kind, r.client),
            *(r.actor, r.provider, r.unit, r.purpose, r.entities, r.detail, r.request_id),
            *(r.person, r.name, r.title, r.assignment, r.provider_name, r.unit_name, r.acting_for),
        )
        for r in rows
    ]


async def save_audit(tx: Transaction, rows: Sequence[AuditRow], *, now: int) -> None:
    """Insert audit rows alone."""
    await tx.insert({AUDIT: audit_rows(rows, now=now)})


async def keep_audit(db: Database, rows: Sequence[AuditRow], *, now: int) -> None:
    """Insert audit rows and commit."""
    await db.insert({AUDIT: audit_rows(rows, now=now)})


async def keep_key(db: Database, client: str, key: str, body_hash: str, *, now: int) -> None:
    """Keep that a keyed request wrote nothing; Clash when its key is taken."""
    async with db.transaction() as tx:
        await tx.insert({IDEMPOTENCY: [(client, key, body_hash, "[]", now)]})


_FORGET = Statement(
    lambda _: delete(IDEMPOTENCY).where(IDEMPOTENCY.c.created < bindparam("before", type_=BigInteger))
)


async def forget_keys(db: Database, *, before: int) -> None:
    """Remove the keys of requests that were made before a time."""
    async with db.transaction() as tx:
        await tx.fetch(_FORGET, {"before": before})
