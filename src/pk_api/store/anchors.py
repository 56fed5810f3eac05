"""Anchors: now and then the last hash of the audit leaves the database, so that a cut-off tail is seen.

A line of JSON in a file and a line of the log. Keep them where nobody who writes to the database may write.
"""

import asyncio
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson
import structlog

from pk_api.store.rows import from_micros, to_micros

LOG = structlog.get_logger("pk_api.store")


@dataclass(frozen=True, slots=True)
class Anchor:
    """The hash of the audit's chain at a sequence, and when it was sealed (microseconds).

    `is_cut` says that the audit was cut off here after its time.
    """

    sequence: int
    hash: str
    sealed: int
    is_cut: bool = False

    def told(self) -> dict[str, int | str | bool]:
        """Return the anchor in groups: many digits in a row could be a person's number."""
        groups = " ".join(self.hash[n : n + 4] for n in range(0, len(self.hash), 4))
        sealed = from_micros(self.sealed).isoformat()
        return {"sequence": self.sequence, "hash": groups, "sealed": sealed, "cut": self.is_cut}


class Anchors:
    """Where anchors are left: always in the log, and in a file where there is one."""

    def __init__(self, path: Path | None = None, *, every: float = 300) -> None:
        self._path = path
        self._every = every
        self._next = 0.0
        self._last: Anchor | None = None

    def is_due(self) -> bool:
        """Say whether it is time for the next one."""
        return time.monotonic() >= self._next

    async def leave(self, anchor: Anchor) -> None:
        """Leave an anchor, once."""
        self._next = time.monotonic() + self._every
        if anchor == self._last:
            return
        self._last = anchor
        LOG.info("audit anchor", **anchor.told())
        if self._path is not None:
            await asyncio.to_thread(_append, self._path, anchor)


def _append(path: Path, anchor: Anchor) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(orjson.dumps(anchor.told()) + b"\n")


def read_anchors(paths: Iterable[Path]) -> tuple[Anchor, ...]:
    """Return the anchors in the files, which may be the log: lines of JSON, others are passed over."""
    return tuple(anchor for path in paths for anchor in _anchors(path.read_bytes().splitlines()))


def _anchors(lines: Iterable[bytes]) -> Iterator[Anchor]:
    for line in lines:
        try:
            told = orjson.loads(line)
            sealed = to_micros(datetime.fromisoformat(told["sealed"]))
            hash_ = str(told["hash"]).replace(" ", "")
            yield Anchor(int(told["sequence"]), hash_, sealed, told["cut"] is True)
        except (ValueError, KeyError, TypeError):
            continue
