"""A small audit, sealed and anchored, and what an owner of the tables could do to it."""

from dataclasses import dataclass
from typing import Any

from pk_api.store import writing
from pk_api.store.anchors import Anchor, Anchors
from pk_api.store.chain import row_hash
from pk_api.store.database import Database
from pk_api.store.rows import AuditRow
from pk_api.store.seal import Sealer
from tests.support.tables import rows, run, select

SECOND = 1_000_000
START = 1_700_000_000 * SECOND
TABLES = ("audit", "seal", "audit_cut")


class Kept(Anchors):
    """Anchors that are kept at hand."""

    def __init__(self) -> None:
        super().__init__(every=0)
        self.found: list[Anchor] = []

    async def leave(self, anchor: Anchor) -> None:
        self.found.append(anchor)


def a_row(n: int, **changes: Any) -> AuditRow:
    told = {
        "patient": f"p{n % 3}",
        "interaction": "read",
        "outcome": "allowed",
        "rule": "own-organisation",
        "actor_kind": "staff",
        "client": "journal",
        "actor": f"SE1-{n % 4}",
        "provider": "SE1",
        "unit": None,
        "purpose": "care",
        "entities": f'["Goal/{n}/_history/1"]',
        "detail": None,
        "request_id": f"r{n}",
    }
    return AuditRow(**(told | changes))


async def filled(db: Database, *, lots: int = 5, a_lot: int = 8, start: int = START) -> list[Anchor]:
    """Write lots of rows a minute apart, seal and anchor each; return the anchors."""
    now = [start]
    kept = Kept()
    sealer = Sealer(db, kept, clock=lambda: now[0] + SECOND)
    for lot in range(lots):
        async with db.transaction() as tx:
            some = [a_row(lot * a_lot + n) for n in range(a_lot)]
            await writing.save_audit(tx, some, now=now[0])
        await sealer.seal()
        await sealer.anchor()
        now[0] += 60 * SECOND
    return kept.found


async def unprotected(url: str) -> None:
    """Drop the triggers, as only the owner of the tables can."""
    is_sqlite = url.startswith("sqlite")
    names = [(f"{table}_{what}", table) for table in TABLES for what in ("stays", "kept")]
    for name, table in (*names, ("audit_cut_late", "audit_cut")):
        await run(url, f"DROP TRIGGER {name}" if is_sqlite else f"DROP TRIGGER {name} ON {table}")


def number(url: str) -> str:
    return "rowid" if url.startswith("sqlite") else "n"


@dataclass(frozen=True, slots=True)
class Way:
    """One way to tamper: statements with a place in the chain, and a number that varies them."""

    name: str
    told: tuple[str, ...]

    def statements(self, url: str, place: int, more: int) -> list[str]:
        """Return the statements for a database."""
        values = {
            "number": number(url),
            "place": place,
            "other": place % 40 + 1,
            "more": more + 1,
            "copied": _COPIED,
            "text": _TEXTS[more % len(_TEXTS)],
            "absent": _ABSENT[more % len(_ABSENT)],
            "present": _PRESENT[more % len(_PRESENT)],
        }
        return [statement.format(**values) for statement in self.told]


_ABSENT = ("unit", "detail", "person", "name", "title", "unit_name")
_PRESENT = ("actor", "provider", "purpose")
_TEXTS = (
    *("patient_key", "interaction", "outcome", "rule", "actor_kind", "client", "entities", "request_id"),
    *(*_ABSENT, *_PRESENT),
)
_COPIED = "patient_key, interaction, outcome, rule, actor_kind, client, entities, request_id"
_DROP_ROW = "DELETE FROM audit WHERE {number} = {place}"

WAYS = (
    Way("a value is changed", ("UPDATE audit SET {text} = 'x' WHERE {number} = {place}",)),
    Way("an absent value becomes empty", ("UPDATE audit SET {absent} = '' WHERE {number} = {place}",)),
    Way("a value is taken away", ("UPDATE audit SET {present} = NULL WHERE {number} = {place}",)),
    Way("a time is moved", ("UPDATE audit SET recorded = recorded + {more} WHERE {number} = {place}",)),
    Way("a row is removed", (_DROP_ROW,)),
    Way(
        "a row and its seal are removed",
        (_DROP_ROW, "DELETE FROM seal WHERE chain = 'audit' AND n = {place}"),
    ),
    Way("a seal is removed", ("DELETE FROM seal WHERE chain = 'audit' AND sequence = {place}",)),
    Way("a hash is changed", ("UPDATE seal SET hash = '2:{more:064x}' WHERE sequence = {place}",)),
    Way(
        "the end is cut off",
        ("DELETE FROM audit WHERE {number} >= {place}", "DELETE FROM seal WHERE n >= {place}"),
    ),
    Way(
        "a row is put in",
        (
            "INSERT INTO audit (recorded, id, {copied}) SELECT recorded + {more}, 'new', {copied} "
            "FROM audit WHERE {number} = {place}",
        ),
    ),
    Way(
        "a seal is put in",
        (
            "INSERT INTO seal (chain, sequence, n, hash, sealed) SELECT chain, sequence + 1, n + 1000, hash, "
            "sealed FROM seal WHERE chain = 'audit' ORDER BY sequence DESC LIMIT 1",
        ),
    ),
    Way(
        "two rows change places",
        (
            "UPDATE seal SET n = -1 WHERE sequence = {place}",
            "UPDATE seal SET n = {place} WHERE sequence = {other}",
            "UPDATE seal SET n = {other} WHERE sequence = {place}",
        ),
    ),
    Way(
        "the beginning is cut off before its time",
        (
            "INSERT INTO audit_cut SELECT sequence, hash, sealed, sealed, {place} FROM seal "
            "WHERE chain = 'audit' AND sequence = {place}",
            "DELETE FROM audit WHERE {number} <= {place}",
            "DELETE FROM seal WHERE chain = 'audit' AND sequence <= {place}",
        ),
    ),
)


_RESEAL = "UPDATE seal SET hash = '{hash}' WHERE sequence = {sequence}"


async def rechained(url: str, change: str) -> None:
    """Change rows and make every hash anew, as one who knows how they are made could."""
    await run(url, change)
    told = (
        "SELECT rowid AS number, * FROM audit"
        if number(url) == "rowid"
        else "SELECT n AS number, * FROM audit"
    )
    found = {row["number"]: {k: v for k, v in row.items() if k != "n"} for row in await select(url, told)}
    link = ""
    for seal in sorted(await rows(url, "seal"), key=lambda each: each["sequence"]):
        link = row_hash(link, found[seal["n"]])
        await run(url, _RESEAL.format(hash=link, sequence=seal["sequence"]))
