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
    """Hands items in batches to `flush`, `width` batches at a time; every item gets its own result or error.

    `together` picks, by number, from the waiting items those that may share a batch, given the items that are
    being flushed; the others stay in order.
    """

    def __init__(
        self,
        flush: Callable[[Sequence[Item]], Awaitable[Sequence[Result | BaseException]]],
        *,
        together: Callable[[Sequence[Item], Sequence[Item]], Sequence[int]] | None = None,
        width: int = 1,
        most: int = 64,
    ) -> None:
        self._flush = flush
        self._together = together
        self._width = width
        self._most = most
        self._waiting: deque[tuple[Item, asyncio.Future[Result]]] = deque()
        self._running: dict[asyncio.Task[None], list[Item]] = {}

    async def submit(self, item: Item) -> Result:
        """Return the item's result once its batch is committed."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        self._start()
        return await future

    async def drain(self) -> None:
        """Wait until nothing is under way."""
        while self._running:
            await asyncio.wait(list(self._running))

    def _start(self) -> None:
        """Begin batches as long as there is room for one and something that may go into it."""
        while self._waiting and len(self._running) < self._width:
            batch = self._take()
            if not batch:
                return
            task = asyncio.create_task(self._run(batch))
            self._running[task] = [item for item, _ in batch]
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        self._start()

    def _take(self) -> list[tuple[Item, asyncio.Future[Result]]]:
        head = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
        if self._together is None:
            return head
        running = [item for items in self._running.values() for item in items]
        chosen = set(self._together([item for item, _ in head], running))
        self._waiting.extendleft(reversed([one for n, one in enumerate(head) if n not in chosen]))
        return [one for n, one in enumerate(head) if n in chosen]

    async def _run(self, batch: Sequence[tuple[Item, asyncio.Future[Result]]]) -> None:
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
