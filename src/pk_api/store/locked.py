"""What decisions need, read under the lock: present versions, contracts, members, parties, referrers."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, Text, and_, or_, select, tuple_

from pk_api.store.database import Statement, Transaction
from pk_api.store.dialect import Dialect
from pk_api.store.reading import KEY_COLUMNS
from pk_api.store.rows import ContractRow, Key
from pk_api.store.tables import CONTRACT, CURRENT, MEMBER, OUTBOX, PATIENT, REFERENCE, TEAM


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
    addressed_unit: str | None = None
    labels: str | None = None


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
            ),
            or_(REFERENCE.c.type != REFERENCE.c.target_type, REFERENCE.c.id != REFERENCE.c.target_id),
            # a Provenance tells of what has been: its targets may go
            or_(REFERENCE.c.type != "Provenance", REFERENCE.c.binds != "up"),
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


async def lock(tx: Transaction, patients: Collection[str]) -> set[str]:
    """Make the patients this transaction's alone until it ends; one order for all, so that none deadlock.

    Return those that are there.
    """
    if not patients:
        return set()
    found = await tx.fetch(_LOCK, tx.dialect.pack("k", 1, [(p,) for p in sorted(patients)]))
    return {r["patient_key"] for r in found}


async def contracts(tx: Any, patients: Collection[str]) -> dict[str, list[ContractRow]]:
    """Return each patient's contracts."""
    out: dict[str, list[ContractRow]] = {p: [] for p in patients}
    if patients:
        for r in await tx.fetch(_CONTRACTS, tx.dialect.pack("k", 1, [(p,) for p in sorted(patients)])):
            out[r["patient_key"]].append(ContractRow(r["patient_key"], r["id"], r["status"], r["revision"]))
    return out


def pack_keys(tx: Any, keys: Iterable[Key]) -> dict[str, Any]:
    """Return the keys as the parameter `k` of three columns."""
    packed: dict[str, Any] = tx.dialect.pack("k", 3, [(k.patient, k.type, k.id) for k in keys])
    return packed


async def present(tx: Transaction, keys: Collection[Key], *, locked: bool = False) -> dict[Key, Present]:
    """Return what is known of the present versions; `locked` keeps those rows from others."""
    if not keys:
        return {}
    rows = await tx.fetch(_PRESENT_LOCKED if locked else _PRESENT, pack_keys(tx, sorted(keys)))
    return {
        Key(r["patient_key"], r["type"], r["id"]): Present(
            r["version"],
            bool(r["deleted"]),
            r["owner"],
            r["unit"],
            r["addressed"],
            r["author"],
            r["fingerprint"],
            r["addressed_unit"],
            r["labels"],
        )
        for r in rows
    }


async def members(tx: Any, keys: Collection[Key]) -> dict[Key, set[str]]:
    """Return the contracts that each of the resources belongs to."""
    out: dict[Key, set[str]] = {}
    if keys:
        for r in await tx.fetch(_MEMBERS, pack_keys(tx, keys)):
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
