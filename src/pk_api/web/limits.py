"""What a request may cost before anything is done for it. Sources: RFC 9110 15.5.15, RFC 6585 5."""

import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from pk_api.fhir.problems import Problem
from pk_api.web.asgi import Scope

LONGEST_ADDRESS: Final = 32_768
MOST_HEADERS: Final = 100
LARGEST_HEADERS: Final = 65_536

_SECONDS: Final = 10
_MOST_CALLERS: Final = 100_000

Caller = tuple[object, ...]


def require_modest(scope: Scope) -> None:
    """Raise Problem for an address or a head that is too large."""
    if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > LONGEST_ADDRESS:
        text = f"An address has at most {LONGEST_ADDRESS} bytes: send a long search by POST to _search."
        raise Problem("uri-too-long", text)
    headers = scope["headers"]
    if len(headers) > MOST_HEADERS or sum([len(k) + len(v) for k, v in headers]) > LARGEST_HEADERS:
        raise Problem(
            "headers-too-large", f"A request has at most {MOST_HEADERS} headers, {LARGEST_HEADERS} bytes."
        )


class Rates:
    """Counts the requests of each caller: so many a second, over ten seconds."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left: dict[Caller, tuple[float, float]] = {}

    def spend(self, caller: Caller, each_second: float) -> None:
        """Count one; Problem too-many-requests when the caller has none left. 0: there is no limit."""
        if not each_second:
            return
        now, most = self._clock(), each_second * _SECONDS
        left, counted = self._left.get(caller, (most, now))
        left = min(most, left + (now - counted) * each_second)
        if left < 1:
            facts = {"retry-after": int((1 - left) / each_second) + 1}
            text = f"At most {each_second:g} requests a second of one caller."
            raise Problem("too-many-requests", text, facts=facts)
        if len(self._left) >= _MOST_CALLERS:
            self._left.clear()  # a full bucket for everybody is kinder than no memory
        self._left[caller] = (left - 1, now)


class Crowd:
    """Counts the requests of each caller that are under way."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._under_way: Counter[Caller] = Counter()

    def enter(self, caller: Caller) -> None:
        """Count one in; Problem too-many-requests when the caller has too many under way already."""
        if self._under_way[caller] >= self._most:
            text = f"At most {self._most} requests of one caller are under way at once."
            raise Problem("too-many-requests", text)
        self._under_way[caller] += 1

    def leave(self, caller: Caller) -> None:
        """Count one out."""
        self._under_way[caller] -= 1
        if not self._under_way[caller]:
            del self._under_way[caller]
