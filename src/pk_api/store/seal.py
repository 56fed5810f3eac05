"""The sealer: numbers audit and outbox rows in commit order and chains the audit by hash.

One sealer at a time, whatever the number of workers. The rows themselves are never touched: what is sealed
stands in a table of its own. Source: HSLF-FS 2016:40 4 kap. 9 § (the log cannot be changed unseen).
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import structlog
from sqlalchemy import BigInteger, Integer, Select, Table, Text, bindparam, select

from pk_api.store.anchors import Anchor, Anchors
from pk_api.store.audit_tables import AUDIT_CUT
from pk_api.store.chain import row_hash
from pk_api.store.database import Clash, Database, Retry, Statement, Transaction
from pk_api.store.dialect import Dialect
from pk_api.store.tables import AUDIT, OUTBOX, SEAL, given

LOG = structlog.get_logger("pk_api.store")
_BATCH = 2_000
_PAUSE = 0.25
_LATE = 60.0
"""Seconds for which the sealer waits for a number that it has not seen: its transaction may yet commit."""
_REMEMBERED = 2_000
_WIDEST = 100_000
"""The widest gap in the numbers that is waited for: nobody's transactions are that many."""

_CUT = Statement(lambda _: select(AUDIT_CUT).order_by(AUDIT_CUT.c.sequence.desc()).limit(1))

CHAINS: dict[str, Table] = {"audit": AUDIT, "outbox": OUTBOX}


def _above(table: Table, d: Dialect) -> Select[Any]:
    """Rows above a number: read by the index from there, however long the table."""
    n = d.number(table)
    return (
        select(n.label("number"), *given(table))
        .where(n > bindparam("above", type_=BigInteger))
        .order_by(n)
        .limit(bindparam("limit", type_=Integer))
    )


def _passed_over(table: Table, d: Dialect) -> Select[Any]:
    """Rows whose numbers were not there when higher ones were."""
    n = d.number(table)
    missing = d.rows("missing", {"n": BigInteger()})
    return select(n.label("number"), *given(table)).join(missing, missing.c.n == n)


_ABOVE = {name: Statement(partial(_above, table)) for name, table in CHAINS.items()}
_PASSED_OVER = {name: Statement(partial(_passed_over, table)) for name, table in CHAINS.items()}
_LAST = Statement(
    lambda _: (
        select(SEAL.c.sequence, SEAL.c.hash, SEAL.c.n, SEAL.c.sealed)
        .where(SEAL.c.chain == bindparam("chain", type_=Text))
        .order_by(SEAL.c.sequence.desc())
        .limit(bindparam("limit", type_=Integer))
    )
)


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
                self.missing |= dict.fromkeys(range(max(self.above + 1, n - _WIDEST), n), now)
                self.above = n
        self.missing = {n: since for n, since in self.missing.items() if now - since < _LATE}


def _now() -> int:
    return time.time_ns() // 1000


class Sealer:
    """A loop that seals what was committed since it last looked, and leaves anchors of the audit."""

    def __init__(
        self, db: Database, anchors: Anchors | None = None, *, clock: Callable[[], int] = _now
    ) -> None:
        self._db = db
        self._anchors = anchors or Anchors()
        self._clock = clock
        self._task: asyncio.Task[None] | None = None
        self._marks: dict[str, _Mark] = {}
        self._ends: dict[str, int] = {}

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Seal what is left and end."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            await self.seal()
            await self.anchor()

    async def _run(self) -> None:
        while True:
            try:
                done = await self.seal()
                if self._anchors.is_due():
                    await self.anchor()
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
        for name, (end, numbers) in found.items():
            self._marks[name].learn(numbers, time.monotonic())
            self._ends[name] = end
        return sum(len(numbers) for _, numbers in found.values())

    async def anchor(self) -> None:
        """Leave the last hash of the audit outside the database."""
        for last in await self._db.fetch(_LAST, {"chain": "audit", "limit": 1}):
            await self._anchors.leave(Anchor(last["sequence"], last["hash"], last["sealed"]))

    async def _is_work(self) -> bool:
        """Look without a lock first: an idle service writes nothing."""
        return any([await self._rows(self._db, name, limit=1) for name in CHAINS])

    async def _rows(self, db: Any, name: str, *, limit: int) -> Sequence[Any]:
        mark = self._marks.get(name) or _Mark()
        late: Sequence[Any] = ()
        if mark.missing:
            missing = db.dialect.pack("missing", 1, [(n,) for n in mark.missing])
            late = sorted(await db.fetch(_PASSED_OVER[name], missing), key=lambda row: int(row["number"]))
        above: Sequence[Any] = await db.fetch(_ABOVE[name], {"above": mark.above, "limit": limit})
        return [*late, *above]

    async def _extend(self, tx: Transaction, name: str) -> tuple[int, list[int]]:
        """Seal rows; return where the chain ends then, and their numbers."""
        sealed = await tx.fetch(_LAST, {"chain": name, "limit": 1})
        number, link = await self._end(tx, name, sealed)
        if name not in self._marks or number != self._ends.get(name):  # another sealer was at it
            before = await tx.fetch(_LAST, {"chain": name, "limit": _REMEMBERED})
            self._catch_up(name, sorted(r["n"] for r in before))
        rows = await self._rows(tx, name, limit=_BATCH)
        now, out = self._clock(), []
        for row in rows:
            number, link = number + 1, row_hash(link, dict(row))
            out.append((name, number, row["number"], link, now))
        if out:
            await tx.insert({SEAL: out})
        return number, [row["number"] for row in rows]

    async def _end(self, tx: Transaction, name: str, sealed: Sequence[Any]) -> tuple[int, str]:
        """Return where the chain ends: at its last seal, or where all before was cut off after its time."""
        last = sealed if sealed or name != "audit" else await tx.fetch(_CUT, {})
        return (last[0]["sequence"], last[0]["hash"]) if last else (0, "")

    def _catch_up(self, name: str, sealed: Sequence[int]) -> None:
        """Learn how far the chain is sealed, by this sealer or by another."""
        if name not in self._marks:
            self._marks[name] = _Mark(above=sealed[0] - 1 if sealed else 0)
        self._marks[name].learn(sealed, time.monotonic())
