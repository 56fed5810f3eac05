"""The sealer: numbers audit and outbox rows in commit order and chains the audit by hash.

One sealer at a time, whatever the number of workers. The rows themselves are never touched: what is sealed
stands in a table of its own. Source: HSLF-FS 2016:40 4 kap. 9 § (the log cannot be changed unseen).
"""

import asyncio
import hashlib
import time
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import BigInteger, Column, Integer, Select, Table, Text, and_, bindparam, exists, select

from pk_api.store.database import Clash, Database, Retry, Statement, Transaction
from pk_api.store.tables import AUDIT, OUTBOX, SEAL

LOG = structlog.get_logger("pk_api.store")
_BATCH = 2_000
_PAUSE = 0.25
_LATE = 600 * 1_000_000
"""A row may be committed this many microseconds after the time it bears, and is sealed all the same."""


@dataclass(frozen=True, slots=True)
class Chain:
    """A table whose rows are sealed, by the column that names each."""

    name: str
    table: Table
    entry: Column[str]

    def unsealed(self) -> Statement:
        """Rows that are not sealed, in the order of their times, from `since` on."""
        return Statement(lambda _: self._unsealed())

    def _unsealed(self) -> Select[Any]:
        sealed = exists().where(SEAL.c.chain == self.name, SEAL.c.entry == self.entry)
        recorded = self.table.c.recorded
        return (
            select(self.table)
            .where(recorded >= bindparam("since", type_=BigInteger), ~sealed)
            .order_by(recorded, self.entry)
            .limit(bindparam("limit", type_=Integer))
        )


CHAINS = (Chain("audit", AUDIT, AUDIT.c.id), Chain("outbox", OUTBOX, OUTBOX.c.entry))
_UNSEALED = {chain.name: chain.unsealed() for chain in CHAINS}
_LAST = Statement(
    lambda _: (
        select(SEAL.c.sequence, SEAL.c.hash)
        .where(and_(SEAL.c.chain == bindparam("chain", type_=Text)))
        .order_by(SEAL.c.sequence.desc())
        .limit(1)
    )
)


def row_hash(before: str, row: Any) -> str:
    """Return the hash of a row chained to the hash before it ('' for the first): 64 hexadecimal digits."""
    told = "\x1f".join("" if value is None else str(value) for value in tuple(row))
    return hashlib.sha256(f"{before}\x1e{told}".encode()).hexdigest()


class Sealer:
    """A loop that seals what was committed since it last looked."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._task: asyncio.Task[None] | None = None
        self._since = dict.fromkeys(_UNSEALED, 0)

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
                done = 0
            except Exception as error:  # noqa: BLE001  # the loop must go on; what went wrong is in the log
                LOG.error("sealing failed", error=type(error).__qualname__)
                done = 0
            await asyncio.sleep(0 if done >= _BATCH else _PAUSE)

    async def seal(self) -> int:
        """Seal up to 2000 rows of each chain; return how many were sealed."""
        if not await self._is_work():
            return 0
        async with self._db.transaction() as tx:
            if not await tx.alone("pk_api sealer"):
                return 0
            return sum([await self._extend(tx, chain) for chain in CHAINS])

    async def _is_work(self) -> bool:
        """Look without a lock first: an idle service writes nothing."""
        for name, statement in _UNSEALED.items():
            if await self._db.fetch(statement, {"since": self._since[name], "limit": 1}):
                return True
        return False

    async def _extend(self, tx: Transaction, chain: Chain) -> int:
        rows = await tx.fetch(_UNSEALED[chain.name], {"since": self._since[chain.name], "limit": _BATCH})
        if not rows:
            return 0
        last = await tx.fetch(_LAST, {"chain": chain.name})
        number, link = (last[0]["sequence"], last[0]["hash"]) if last else (0, "")
        now, out = time.time_ns() // 1000, []
        for row in rows:
            number, link = number + 1, row_hash(link, row)
            out.append((chain.name, number, row[chain.entry.name], link, now))
        await tx.insert({SEAL: out})
        if len(rows) < _BATCH:
            self._since[chain.name] = max(0, rows[-1]["recorded"] - _LATE)
        return len(out)
