"""A load generator: connections that send prepared requests one after the other, and note how long each took.

It parses no more of an answer than status and length, so that it never is the slowest part.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

import uvloop

Next = Callable[[], bytes]


@dataclass(frozen=True)
class Measured:
    """Requests a second, and latencies in milliseconds."""

    rate: float
    p50: float
    p99: float
    failed: int


class _Connection(asyncio.Protocol):
    def __init__(self, next_request: Next, until: float, took: list[float], wanted: bytes) -> None:
        self._next = next_request
        self._until = until
        self._took = took
        self._wanted = wanted
        self._buffer = b""
        self.failed = 0
        self.first_failure = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._send()

    def _send(self) -> None:
        self._began = time.perf_counter()
        if self._began >= self._until:
            self._transport.close()
            return
        self._transport.write(self._next())  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        at = self._buffer.find(b"content-length: ", 0, head)
        length = int(self._buffer[at + 16 : self._buffer.find(b"\r\n", at)]) if at >= 0 else 0
        if len(self._buffer) < head + 4 + length:
            return
        self._took.append(time.perf_counter() - self._began)
        if self._buffer[9:12] not in self._wanted:
            self.failed += 1
            self.first_failure = self.first_failure or self._buffer
        self._buffer = b""
        self._send()

    def connection_lost(self, _: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


async def _measure(
    port: int, next_request: Next, *, seconds: float, connections: int, wanted: bytes
) -> Measured:
    took: list[float] = []
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    made = [
        (
            await loop.create_connection(
                lambda: _Connection(next_request, began + seconds, took, wanted), "127.0.0.1", port
            )
        )[1]
        for _ in range(connections)
    ]
    await asyncio.gather(*(c.done for c in made))
    elapsed = time.perf_counter() - began
    took.sort()
    failed = sum(c.failed for c in made)
    for c in made:
        if c.first_failure:
            raise RuntimeError(f"{failed} of {len(took)} requests failed: {c.first_failure[:600]!r}")
    return Measured(
        len(took) / elapsed, took[len(took) // 2] * 1e3, took[len(took) * 99 // 100] * 1e3, failed
    )


def measure(
    port: int, next_request: Next, *, seconds: float, connections: int = 16, wanted: bytes = b"200 201 304"
) -> Measured:
    """Load 127.0.0.1:port for so many seconds; RuntimeError when an answer has another status."""
    return uvloop.run(_measure(port, next_request, seconds=seconds, connections=connections, wanted=wanted))


def request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """Return a request as bytes."""
    lines = [f"{method} {path} HTTP/1.1", "host: 127.0.0.1", *(f"{k}: {v}" for k, v in headers.items())]
    if body:
        lines.append(f"content-length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
