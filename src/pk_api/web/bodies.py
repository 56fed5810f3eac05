"""Bodies of requests: how large, how slow, and inflated when they come compressed.

Sources: RFC 9110 8.4 and 15.5.16, RFC 1950, RFC 1951, RFC 1952.
"""

import asyncio
import zlib
from typing import Final

from pk_api.fhir.problems import Problem
from pk_api.web.asgi import Headers, Message, Receive

CODINGS: Final = ("gzip", "deflate")
_MOST_MEMBERS: Final = 16
"""Of a gzip file; each costs, however small it is."""

_GZIP, _ZLIB, _RAW = 31, 15, -15


class TooLarge(Exception):
    """The body is larger than the limit."""


class Body:
    """A receive that gives the plain body, and refuses what is too large, too slow or broken."""

    def __init__(self, given: Headers, receive: Receive, *, most: int, seconds: float) -> None:
        declared = given.get(b"content-length", b"0")
        if declared.isdigit() and int(declared[:20]) > most:
            raise TooLarge
        self._receive = receive
        self._most = most
        self._inflater = _inflater(given.get(b"content-encoding", b"identity").decode("latin-1"), most)
        self._deadline = asyncio.get_running_loop().time() + seconds
        self._sent = self._read = 0
        self._is_whole = False

    async def __call__(self) -> Message:
        """Return the next message."""
        if self._is_whole:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError as error:
            raise Problem("timeout", "The body did not arrive in time.") from error
        if message["type"] != "http.request":
            return message
        self._is_whole = not message.get("more_body", False)
        body = message.get("body", b"")
        self._sent += len(body)
        if self._inflater is not None:
            body = self._inflater.plain(body, is_last=self._is_whole)
        self._read += len(body)
        if max(self._read, self._sent) > self._most:
            raise TooLarge
        return {**message, "body": body}


def _inflater(coding: str, most: int) -> "Inflater | None":
    name = coding.strip().lower().removeprefix("x-")
    if name in ("identity", ""):
        return None
    if name not in CODINGS:
        text = f"A body is sent plain or as one of {', '.join(CODINGS)}."
        raise Problem(
            "unsupported-media-type", text, facts={"headers": {"Accept-Encoding": ", ".join(CODINGS)}}
        )
    return Inflater(name, most)


class Inflater:
    """Inflates one body bit by bit, never further than the limit."""

    def __init__(self, coding: str, most: int) -> None:
        self._coding = coding
        self._left = most
        self._waiting = b""
        self._stream: zlib._Decompress | None = None
        self._members = 0

    def plain(self, data: bytes, *, is_last: bool) -> bytes:
        """Return what the bytes hold. TooLarge beyond the limit; Problem `invalid` for a broken body."""
        try:
            out = self._inflated(self._waiting + data, is_last=is_last)
        except zlib.error as error:
            raise _broken() from error
        if is_last and self._stream is not None and not self._stream.eof:
            raise _broken()
        return out

    def _inflated(self, data: bytes, *, is_last: bool) -> bytes:
        """Go through all members; a gzip file may have several."""
        out = []
        self._waiting = b""
        while data:
            if self._stream is None or self._stream.eof:
                if len(data) < 2 and not is_last:
                    self._waiting = data
                    break
                self._members += 1
                if self._members > (_MOST_MEMBERS if self._coding == "gzip" else 1):
                    raise _broken()
                self._stream = zlib.decompressobj(_GZIP if self._coding == "gzip" else _window(data))
            out.append(self._stream.decompress(data, self._left + 1))
            self._left -= len(out[-1])
            if self._left < 0:
                raise TooLarge
            data = self._stream.unused_data
        return b"".join(out)


def _window(data: bytes) -> int:
    """Tell zlib's form from bare deflate, which some send under the same name."""
    has_head = len(data) > 1 and data[0] & 0x0F == 8 and (data[0] * 256 + data[1]) % 31 == 0
    return _ZLIB if has_head else _RAW


def _broken() -> Problem:
    return Problem("invalid", "The compressed body is broken.")
