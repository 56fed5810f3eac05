"""Writing: locks, the state that decisions need, and the rows of many writes in few round trips."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Table, Text, and_, delete, or_, select, tuple_

from pk_api.store.database import Statement, Transaction
from pk_api.store.dialect import Dialect
from pk_api.store.ids import new_entry
from pk_api.store.reading import KEY_COLUMNS
from pk_api.store.rows import AuditRow, ContractRow, Key, NewVersion
from pk_api.store.tables import (
    AFFILIATION,
    AUDIT,
    CHOSEN_ID,
    CONTRACT,
    CURRENT,
    IDEMPOTENCY,
    IDENTITY,
    LOOKUP,
    MEMBER,
    OUTBOX,
    PATIENT,
    REFERENCE,
    SPAN,
    TEAM,
    VERSION,
)


@dataclass(frozen=True, slots=True)
class Present:
    """What is known of a present version when it is locked."""

    version: int
    deleted: bool
    owner: str
    unit: str | None
    addressed: str | None
    author: str
    fingerprint: str


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


_LOCK = Statement(
    lambda d: d.for_update(
        select(PATIENT.c.patient_key)
        .where(PATIENT.c.patient_key.in_(select(*d.rows("k", {"key": Text()}).c)))
        .order_by(PATIENT.c.patient_key),
        PATIENT,
    )
)

_CONTRACTS = Statement(
    lambda d: select(CONTRACT.c.patient_key, CONTRACT.c.id, CONTRACT.c.status, CONTRACT.c.revision).where(
        CONTRACT.c.patient_key.in_(select(*d.rows("k", {"key": Text()}).c))
    )
)


def _joined(given: Any, table: Table) -> Any:
    return and_(*(table.c[name] == given.c[name] for name in KEY_COLUMNS))


def _present(d: Dialect) -> Any:
    given = d.rows("k", KEY_COLUMNS)
    return select(CURRENT).join(given, _joined(given, CURRENT))


def _members(d: Dialect) -> Any:
    given = d.rows("k", KEY_COLUMNS)
    return select(MEMBER).join(given, _joined(given, MEMBER))


_PRESENT = Statement(_present)
_PRESENT_LOCKED = Statement(lambda d: d.for_update(_present(d), CURRENT))
_MEMBERS = Statement(_members)

_BINDING = Statement(
    lambda d: select(REFERENCE).where(
        REFERENCE.c.patient_key.in_(select(*d.rows("k", {"key": Text()}).c)), REFERENCE.c.binds != ""
    )
)

_ALL_MEMBERS = Statement(
    lambda d: select(MEMBER).where(MEMBER.c.patient_key.in_(select(*d.rows("k", {"key": Text()}).c)))
)

_OWNERS = Statement(
    lambda d: select(CURRENT.c.type, CURRENT.c.id, CURRENT.c.owner).where(
        CURRENT.c.patient_key.in_(select(*d.rows("k", {"key": Text()}).c)),
        or_(*(CURRENT.c.type == t for t in ("CarePlan", "CareTeam", "RelatedPerson", "Consent"))),
    )
)

_TEAMS = Statement(
    lambda d: select(TEAM.c.team_id, TEAM.c.provider).where(
        TEAM.c.patient_key.in_(select(*d.rows("k", {"key": Text()}).c))
    )
)

_REFERRERS = Statement(
    lambda d: (
        select(REFERENCE)
        .where(
            tuple_(REFERENCE.c.target_type, REFERENCE.c.target_id).in_(
                select(*d.rows("k", {"type": Text(), "id": Text()}).c)
            )
        )
        .limit(1000)
    )
)


def _last_changes(d: Dialect) -> Any:
    given = d.rows("k", {"patient_key": Text(), "contract_id": Text(), "type": Text(), "id": Text()})
    return (
        select(OUTBOX.c.type, OUTBOX.c.id, OUTBOX.c.contract_id, OUTBOX.c.revision, OUTBOX.c.version)
        .join(given, and_(*(OUTBOX.c[c.name] == c for c in given.c)))
        .order_by(OUTBOX.c.revision)
    )


_CHANGES = Statement(_last_changes)


async def lock(tx: Transaction, patients: Collection[str]) -> None:
    """Make the patients this transaction's alone until it ends; one order for all, so that none deadlock."""
    if patients:
        await tx.fetch(_LOCK, tx.dialect.pack("k", 1, [(p,) for p in sorted(patients)]))


async def contracts(tx: Any, patients: Collection[str]) -> dict[str, list[ContractRow]]:
    """Return each patient's contracts."""
    out: dict[str, list[ContractRow]] = {p: [] for p in patients}
    if patients:
        for r in await tx.fetch(_CONTRACTS, tx.dialect.pack("k", 1, [(p,) for p in sorted(patients)])):
            out[r["patient_key"]].append(ContractRow(r["patient_key"], r["id"], r["status"], r["revision"]))
    return out


def _pack_keys(tx: Any, keys: Iterable[Key]) -> dict[str, Any]:
    packed: dict[str, Any] = tx.dialect.pack("k", 3, [(k.patient, k.type, k.id) for k in keys])
    return packed


async def present(tx: Transaction, keys: Collection[Key], *, locked: bool = False) -> dict[Key, Present]:
    """Return what is known of the present versions; `locked` keeps those rows from others."""
    if not keys:
        return {}
    rows = await tx.fetch(_PRESENT_LOCKED if locked else _PRESENT, _pack_keys(tx, sorted(keys)))
    return {
        Key(r["patient_key"], r["type"], r["id"]): Present(
            r["version"],
            bool(r["deleted"]),
            r["owner"],
            r["unit"],
            r["addressed"],
            r["author"],
            r["fingerprint"],
        )
        for r in rows
    }


async def members(tx: Any, keys: Collection[Key]) -> dict[Key, set[str]]:
    """Return the contracts that each of the resources belongs to."""
    out: dict[Key, set[str]] = {}
    if keys:
        for r in await tx.fetch(_MEMBERS, _pack_keys(tx, keys)):
            out.setdefault(Key(r["patient_key"], r["type"], r["id"]), set()).add(r["contract_id"])
    return out


async def memberships(tx: Transaction, patients: Collection[str]) -> tuple[list[Any], list[Any]]:
    """Return all binding references and all member rows of the patients."""
    packed = tx.dialect.pack("k", 1, [(p,) for p in sorted(patients)])
    return list(await tx.fetch(_BINDING, packed)), list(await tx.fetch(_ALL_MEMBERS, packed))


async def parties(tx: Transaction, patients: Collection[str]) -> tuple[dict[str, str], dict[str, set[str]]]:
    """Return reference → owner of plans, teams, relatives and consents, and CareTeam → its care providers."""
    packed = tx.dialect.pack("k", 1, [(p,) for p in sorted(patients)])
    owners = {f"{r['type']}/{r['id']}": r["owner"] for r in await tx.fetch(_OWNERS, packed)}
    teams: dict[str, set[str]] = {}
    for r in await tx.fetch(_TEAMS, packed):
        teams.setdefault(f"CareTeam/{r['team_id']}", set()).add(r["provider"])
    return owners, teams


async def referrers(tx: Transaction, keys: Collection[Key]) -> list[tuple[Key, Key]]:
    """Return up to 1000 pairs (target, who refers to it)."""
    if not keys:
        return []
    by_reference = {(k.type, k.id): k for k in keys}
    rows = await tx.fetch(_REFERRERS, tx.dialect.pack("k", 2, list(by_reference)))
    return [
        (by_reference[r["target_type"], r["target_id"]], Key(r["patient_key"], r["type"], r["id"]))
        for r in rows
    ]


async def changes(tx: Transaction, contract: str, keys: Collection[Key]) -> dict[Key, list[tuple[int, int]]]:
    """Return each resource's (revision, version) in the contract, oldest first."""
    out: dict[Key, list[tuple[int, int]]] = {}
    if keys:
        by_reference = {(k.type, k.id): k for k in keys}
        packed = tx.dialect.pack("k", 4, [(k.patient, contract, k.type, k.id) for k in keys])
        for r in await tx.fetch(_CHANGES, packed):
            out.setdefault(by_reference[r["type"], r["id"]], []).append((r["revision"], r["version"]))
    return out


def _clear(table: Table, d: Dialect) -> Any:
    given = d.rows("k", KEY_COLUMNS)
    return delete(table).where(tuple_(*(table.c[n] for n in KEY_COLUMNS)).in_(select(*given.c)))


_CLEAR = [Statement(partial(_clear, t)) for t in (LOOKUP, SPAN, REFERENCE)]
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
_CLEAR_MEMBER = Statement(
    lambda d: delete(MEMBER).where(
        tuple_(MEMBER.c.patient_key, MEMBER.c.contract_id, MEMBER.c.type, MEMBER.c.id).in_(
            select(
                *d.rows("k", {"patient_key": Text(), "contract_id": Text(), "type": Text(), "id": Text()}).c
            )
        )
    )
)


async def clear(
    tx: Transaction, stale: Sequence[Key], gone_members: Sequence[tuple[str, str, str, str]]
) -> None:
    """Remove index rows of versions that are replaced, and memberships that ended."""
    if stale:
        for statement in _CLEAR:
            await tx.fetch(statement, _pack_keys(tx, stale))
        for kind, statement in (("CareTeam", _CLEAR_TEAM), ("Patient", _CLEAR_IDENTITY)):
            rows = [(k.patient, k.id) for k in stale if k.type == kind]
            if rows:
                await tx.fetch(statement, tx.dialect.pack("k", 2, rows))
    if gone_members:
        await tx.fetch(_CLEAR_MEMBER, tx.dialect.pack("k", 4, gone_members))


@dataclass(slots=True)
class Rows:
    """All rows of one transaction."""

    versions: list[NewVersion]
    indexed: list[NewVersion]
    contracts: list[ContractRow]
    members: list[tuple[str, str, str, str]]
    outbox: list[OutboxRow]
    audit: list[AuditRow]
    patients: list[str]
    chosen: list[tuple[str, str, str]]
    idempotency: list[tuple[str, str, str, str]]
    affiliations: list[tuple[str, str, str | None, str | None]]


def _index_rows(new: Sequence[NewVersion]) -> dict[Table, list[tuple[Any, ...]]]:
    return {
        LOOKUP: [(v.key.type, p, value, v.key.patient, v.key.id) for v in new for p, value in v.lookups],
        SPAN: [
            (v.key.patient, v.key.type, v.key.id, n, *span) for v in new for n, span in enumerate(v.spans)
        ],
        REFERENCE: [(v.key.patient, v.key.type, v.key.id, *target) for v in new for target in v.references],
        TEAM: [(v.key.patient, v.key.id, n, *one) for v in new for n, one in enumerate(v.team)],
        IDENTITY: [(*number, v.key.patient, v.key.id) for v in new for number in v.identities],
    }


async def save(tx: Transaction, rows: Rows, *, now: int) -> None:
    """Insert all rows; Clash when a unique key is taken."""
    await tx.insert(
        {
            PATIENT: [(p, now) for p in rows.patients],
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
    return (*place, v.owner, v.unit, v.addressed, v.author, v.ix, v.sort_date, v.fingerprint)


def _outbox(o: OutboxRow, now: int) -> tuple[Any, ...]:
    place = (o.key.patient, o.contract, o.revision, o.key.type, o.key.id, o.version)
    return (*place, o.method, now, o.actor_kind, o.actor_name, o.actor_unit, new_entry())


def audit_rows(rows: Sequence[AuditRow], *, now: int) -> list[tuple[Any, ...]]:
    """Return the rows as the table takes them, each with an id of its own."""
    return [
        (
            *(r.patient, now, new_entry(), r.interaction, r.outcome, r.rule, r.actor_kind, r.client),
            *(r.actor, r.provider, r.unit, r.purpose, r.entities, r.detail, r.request_id),
        )
        for r in rows
    ]


async def save_audit(tx: Transaction, rows: Sequence[AuditRow], *, now: int) -> None:
    """Insert audit rows alone."""
    await tx.insert({AUDIT: audit_rows(rows, now=now)})
