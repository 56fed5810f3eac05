"""The sealer: numbers audit and outbox rows in commit order and chains the audit by hash.

One sealer at a time, whatever the number of workers. The rows themselves are never touched: what is sealed
stands in a table of its own. Source: HSLF-FS 2016:40 4 kap. 9 § (the log cannot be changed unseen).
"""

import asyncio
import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import structlog
from sqlalchemy import BigInteger, Integer, Select, Table, Text, bindparam, or_, select

from pk_api.store.database import Clash, Database, Retry, Statement, Transaction
from pk_api.store.dialect import Dialect
from pk_api.store.tables import AUDIT, OUTBOX, SEAL, given

LOG = structlog.get_logger("pk_api.store")
_BATCH = 2_000
_PAUSE = 0.25
_LATE = 60.0
"""Seconds for which the sealer waits for a number that it has not seen: its transaction may yet commit."""
_REMEMBERED = 2_000

CHAINS: dict[str, Table] = {"audit": AUDIT, "outbox": OUTBOX}


def _unsealed(table: Table, d: Dialect) -> Select[Any]:
    """Rows above a number, and those whose numbers were passed over."""
    n = d.number(table)
    missing = select(*d.rows("missing", {"n": BigInteger()}).c)
    return (
        select(n.label("number"), *given(table))
        .where(or_(n > bindparam("above", type_=BigInteger), n.in_(missing)))
        .order_by(n)
        .limit(bindparam("limit", type_=Integer))
    )


_UNSEALED = {name: Statement(partial(_unsealed, table)) for name, table in CHAINS.items()}
_LAST = Statement(
    lambda _: (
        select(SEAL.c.sequence, SEAL.c.hash, SEAL.c.n)
        .where(SEAL.c.chain == bindparam("chain", type_=Text))
        .order_by(SEAL.c.sequence.desc())
        .limit(bindparam("limit", type_=Integer))
    )
)


def row_hash(before: str, row: Any) -> str:
    """Return the hash of a row, its number first, chained to the hash before it ('' before the first).

    64 hexadecimal digits.
    """
    told = "\x1f".join("" if value is None else str(value) for value in tuple(row))
    return hashlib.sha256(f"{before}\x1e{told}".encode()).hexdigest()


@dataclass(slots=True)
class _Mark:
    """How far a chain is sealed: the highest number, and those below it that were missing, since when."""

    above: int = 0
    missing: dict[int, float] = field(default_factory=dict)

    def learn(self, numbers: Sequence[int], now: float) -> None:
        """Note the numbers that were found."""
        for n in numbers:
            self.missing.pop(n, None)
            if n > self.above:
                self.missing |= dict.fromkeys(range(self.above + 1, n), now)
                self.above = n
        self.missing = {n: since for n, since in self.missing.items() if now - since < _LATE}


class Sealer:
    """A loop that seals what was committed since it last looked."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._task: asyncio.Task[None] | None = None
        self._marks: dict[str, _Mark] = {}

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Seal what is left and end."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            await self.seal()

    async def _run(self) -> None:
        while True:
            try:
                done = await self.seal()
            except (Clash, Retry):
                self._marks.clear()
                done = 0
            except Exception as error:  # noqa: BLE001  # the loop must go on
                LOG.error(
                    "sealing failed", error=type(error).__qualname__
                )  # no traceback: it could name a person
                done = 0
            await asyncio.sleep(0 if done >= _BATCH else _PAUSE)

    async def seal(self) -> int:
        """Seal up to 2000 rows of each chain; return how many were sealed."""
        if not await self._is_work():
            return 0
        async with self._db.transaction() as tx:
            if not await tx.alone("pk_api sealer"):
                return 0
            found = {name: await self._extend(tx, name) for name in CHAINS}
        for name, numbers in found.items():
            self._marks[name].learn(numbers, time.monotonic())
        return sum(map(len, found.values()))

    async def _is_work(self) -> bool:
        """Look without a lock first: an idle service writes nothing."""
        return any([await self._rows(self._db, name, limit=1) for name in CHAINS])

    async def _rows(self, db: Any, name: str, *, limit: int) -> Sequence[Any]:
        mark = self._marks.get(name) or _Mark()
        missing = db.dialect.pack("missing", 1, [(n,) for n in mark.missing])
        rows: Sequence[Any] = await db.fetch(_UNSEALED[name], {"above": mark.above, "limit": limit} | missing)
        return rows

    async def _extend(self, tx: Transaction, name: str) -> list[int]:
        sealed = await tx.fetch(_LAST, {"chain": name, "limit": _REMEMBERED})
        number, link = (sealed[0]["sequence"], sealed[0]["hash"]) if sealed else (0, "")
        self._catch_up(name, sorted(r["n"] for r in sealed))
        rows = await self._rows(tx, name, limit=_BATCH)
        now, out = time.time_ns() // 1000, []
        for row in rows:
            number, link = number + 1, row_hash(link, row)
            out.append((name, number, row["number"], link, now))
        if out:
            await tx.insert({SEAL: out})
        return [row["number"] for row in rows]

    def _catch_up(self, name: str, sealed: Sequence[int]) -> None:
        """Learn how far the chain is sealed, by this sealer or by another."""
        if name not in self._marks:
            self._marks[name] = _Mark(above=sealed[0] - 1 if sealed else 0)
        self._marks[name].learn(sealed, time.monotonic())
