"""Reads of many callers in one statement: those that are asked for in the same turn of the event loop.

Each caller's parameters are a row of their own, to which the statement is applied by LATERAL: what a caller
gets is what the statement alone would have found. No window is waited for.
Source: PostgreSQL 15, 7.2.1.5 (LATERAL subqueries),
docs/decisions/0050-reads-are-gathered.md.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from pk_api.store.dialect import Dialect
from pk_api.store.statements import Statement

_MOST: Final = 32
"""Callers whose reads are one statement."""
_NUMBER: Final = "asked_by"
_PARAMETER: Final = re.compile(r"\$(\d+)::([A-Z]+)")
_TYPES: Final = {"VARCHAR": "text", "BIGINT": "bigint", "INTEGER": "integer"}

Fetch = Callable[[str, Sequence[Any]], Awaitable[Sequence[Any]]]


class _Asked(NamedTuple):
    """One caller's parameters, in order, and where the rows are awaited."""

    given: Sequence[Any]
    rows: asyncio.Future[Sequence[Any]]


class Gathering:
    """Gathers reads of statements that say so (`Statement.is_gathered`)."""

    def __init__(self, dialect: Dialect, fetch: Fetch) -> None:
        self._dialect = dialect
        self._fetch = fetch
        self._waiting: dict[Statement, list[_Asked]] = {}
        self._texts: dict[Statement, str] = {}
        self._running: set[asyncio.Task[None]] = set()

    async def fetch(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[Any]:
        """Return the rows of one caller."""
        loop = asyncio.get_running_loop()
        _, order, fixed = statement.text(self._dialect)
        asked = _Asked([values[n] if n in values else fixed[n] for n in order], loop.create_future())
        waiting = self._waiting.setdefault(statement, [])
        waiting.append(asked)
        if len(waiting) == 1:
            loop.call_soon(self._start, statement)
        return await asked.rows

    def _start(self, statement: Statement) -> None:
        waiting = self._waiting.pop(statement)
        for n in range(0, len(waiting), _MOST):
            task = asyncio.create_task(self._run(statement, waiting[n : n + _MOST]))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _run(self, statement: Statement, asked: Sequence[_Asked]) -> None:
        try:
            found = await self._found(statement, asked)
        except Exception as error:  # noqa: BLE001  # handed to the one who asked, or each asks alone
            if len(asked) > 1:
                await asyncio.gather(*(self._run(statement, [one]) for one in asked))
            elif not asked[0].rows.done():
                asked[0].rows.set_exception(error)
            return
        for one, rows in zip(asked, found, strict=True):
            if not one.rows.done():
                one.rows.set_result(rows)

    async def _found(self, statement: Statement, asked: Sequence[_Asked]) -> list[Sequence[Any]]:
        """Return the rows of each, in the order in which the statement alone gives them."""
        if len(asked) == 1:
            return [await self._fetch(statement.text(self._dialect)[0], asked[0].given)]
        columns = list(zip(*(one.given for one in asked), strict=True))
        found: list[list[Any]] = [[] for _ in asked]
        for row in await self._fetch(self._text(statement), columns):
            found[row[_NUMBER] - 1].append(row)
        return list(found)

    def _text(self, statement: Statement) -> str:
        text = self._texts.get(statement)
        if text is None:
            text = self._texts[statement] = gathered(statement.text(self._dialect)[0])
        return text


def gathered(sql: str) -> str:
    """Return the statement applied to rows of parameters, each parameter an array with a value a caller.

    Every row found bears the number of its caller, from 1.
    """
    types = {int(n): _TYPES[named] for n, named in _PARAMETER.findall(sql)}
    numbers = range(1, len(types) + 1)
    given = ", ".join(f"${n}::{types[n]}[]" for n in numbers)
    names = ", ".join(f"p{n}" for n in numbers)
    each = _PARAMETER.sub(r"asked.p\1", sql)
    asked = f"unnest({given}) WITH ORDINALITY AS asked({names}, {_NUMBER})"
    return " ".join(
        ("SELECT found.*,", f"asked.{_NUMBER} FROM", asked, f"CROSS JOIN LATERAL ({each}) AS found")
    )
