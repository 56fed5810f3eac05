"""Group commit: what waits while a commit is under way goes into the next one together.

No window is waited for: a lone item is flushed at once. Source: docs/decisions/0004-group-commit.md.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Lane(Generic[Item, Result]):
    """Hands items in batches to `flush`, one batch at a time; every item gets its own result or error.

    `together` picks from the waiting items those that may share a batch; the others stay in order.
    """

    def __init__(
        self,
        flush: Callable[[Sequence[Item]], Awaitable[Sequence[Result | BaseException]]],
        *,
        together: Callable[[Sequence[Item]], Sequence[int]] | None = None,
        most: int = 64,
    ) -> None:
        self._flush = flush
        self._together = together
        self._most = most
        self._waiting: deque[tuple[Item, asyncio.Future[Result]]] = deque()
        self._running: asyncio.Task[None] | None = None

    async def submit(self, item: Item) -> Result:
        """Return the item's result once its batch is committed."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())
        return await future

    async def drain(self) -> None:
        """Wait until nothing is under way."""
        while self._running is not None and not self._running.done():
            await asyncio.wait([self._running])

    def _take(self) -> list[tuple[Item, asyncio.Future[Result]]]:
        head = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
        if self._together is None:
            return head
        chosen = set(self._together([item for item, _ in head]))
        self._waiting.extendleft(reversed([one for n, one in enumerate(head) if n not in chosen]))
        return [one for n, one in enumerate(head) if n in chosen]

    async def _run(self) -> None:
        while self._waiting:
            batch = self._take()
            results = await self._results([item for item, _ in batch])
            for (_, future), result in zip(batch, results, strict=True):
                if future.done():
                    continue
                if isinstance(result, BaseException):
                    future.set_exception(result)
                else:
                    future.set_result(result)

    async def _results(self, items: Sequence[Item]) -> Sequence[Result | BaseException]:
        try:
            return await self._flush(items)
        except Exception as error:  # noqa: BLE001  # handed to every waiter, which raises it
            return [error for _ in items]
