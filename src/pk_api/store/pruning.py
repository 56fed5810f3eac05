"""Cutting the audit off after its time: a cut first, with the hash there, then the rows before it.

The database's triggers let a cut stand only at a seal that is five years old, and delete only before a cut.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import BigInteger, Delete, bindparam, delete, insert, select

from pk_api.store import writing
from pk_api.store.anchors import Anchor
from pk_api.store.audit_tables import AUDIT_CUT
from pk_api.store.database import Database, Statement
from pk_api.store.dialect import Dialect
from pk_api.store.rows import AuditRow
from pk_api.store.tables import AUDIT, SEAL

_LOT: Final = 2_000

_OLDEST = Statement(
    lambda _: (
        select(SEAL.c.sequence, SEAL.c.hash, SEAL.c.sealed)
        .where(SEAL.c.chain == "audit", SEAL.c.sequence > bindparam("after", type_=BigInteger))
        .order_by(SEAL.c.sequence)
        .limit(_LOT)
    )
)
_LAST_CUT = Statement(lambda _: select(AUDIT_CUT).order_by(AUDIT_CUT.c.sequence.desc()).limit(1))
_CUT = Statement(lambda _: insert(AUDIT_CUT).values({c.name: bindparam(c.name) for c in AUDIT_CUT.columns}))
_UPTO = (SEAL.c.chain == "audit", SEAL.c.sequence <= bindparam("upto", type_=BigInteger))


def _rows(d: Dialect) -> Delete:
    return delete(AUDIT).where(d.number(AUDIT).in_(select(SEAL.c.n).where(*_UPTO)))


_DROP_ROWS = Statement(_rows)
_DROP_SEALS = Statement(lambda _: delete(SEAL).where(*_UPTO))


async def last_cut(db: Database) -> int:
    """Return the sequence of the last cut, 0 when there is none."""
    found = await db.fetch(_LAST_CUT, {})
    return found[0]["sequence"] if found else 0


async def find(db: Database, *, before: int) -> tuple[Anchor | None, int]:
    """Return where the rows end that were sealed before a time (microseconds), and how many they are."""
    last: Any = None
    rows, after = 0, await last_cut(db)
    while seals := await db.fetch(_OLDEST, {"after": after}):
        older = [seal for seal in seals if seal["sealed"] < before]
        last, rows, after = (older[-1] if older else last), rows + len(older), seals[-1]["sequence"]
        if len(older) < len(seals):
            break
    at = Anchor(last["sequence"], last["hash"], last["sealed"], is_cut=True) if last else None
    return at, rows


async def cut(db: Database, at: Anchor, note: Sequence[AuditRow], *, rows: int, now: int) -> None:
    """Note the cut, and in the audit itself that it was made."""
    told = {"sequence": at.sequence, "hash": at.hash, "sealed": at.sealed, "cut": now, "rows": rows}
    async with db.transaction() as tx:
        await tx.fetch(_CUT, told)
        await writing.save_audit(tx, note, now=now)


async def clear(db: Database) -> None:
    """Remove what lies before the last cut, a lot at a time; what was interrupted is ended."""
    last = await last_cut(db)
    while seals := await db.fetch(_OLDEST, {"after": 0}):
        upto = min(last, seals[-1]["sequence"])
        if seals[0]["sequence"] > last:
            return
        async with db.transaction() as tx:
            await tx.fetch(_DROP_ROWS, {"upto": upto})
            await tx.fetch(_DROP_SEALS, {"upto": upto})
