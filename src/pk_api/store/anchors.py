"""Anchors: now and then the last hash of the audit leaves the database, so that a cut-off tail is seen.

A line of JSON in a file and a line of the log. Keep them where nobody who writes to the database may write.
"""

import asyncio
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson
import structlog

LOG = structlog.get_logger("pk_api.store")


@dataclass(frozen=True, slots=True)
class Anchor:
    """The hash of the audit's chain at a sequence, and when it was sealed (microseconds)."""

    sequence: int
    hash: str
    sealed: int


class Anchors:
    """Where anchors are left: always in the log, and in a file where there is one."""

    def __init__(self, path: Path | None = None, *, every: float = 300) -> None:
        self._path = path
        self._every = every
        self._next = 0.0
        self._last = 0

    def is_due(self) -> bool:
        """Say whether it is time for the next one."""
        return time.monotonic() >= self._next

    async def leave(self, anchor: Anchor) -> None:
        """Leave an anchor, once."""
        self._next = time.monotonic() + self._every
        if anchor.sequence == self._last:
            return
        self._last = anchor.sequence
        LOG.info("audit anchor", **asdict(anchor))
        if self._path is not None:
            await asyncio.to_thread(_append, self._path, anchor)


def _append(path: Path, anchor: Anchor) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(orjson.dumps(asdict(anchor)) + b"\n")


def read_anchors(paths: Iterable[Path]) -> tuple[Anchor, ...]:
    """Return the anchors in the files, which may be the log: lines of JSON, others are passed over."""
    return tuple(anchor for path in paths for anchor in _anchors(path.read_bytes().splitlines()))


def _anchors(lines: Iterable[bytes]) -> Iterator[Anchor]:
    for line in lines:
        try:
            told = orjson.loads(line)
            yield Anchor(int(told["sequence"]), str(told["hash"]), int(told["sealed"]))
        except (ValueError, KeyError, TypeError):
            continue
