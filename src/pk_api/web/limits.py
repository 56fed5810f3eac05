"""What a request may cost before anything is done for it. Sources: RFC 9110 15.5.15, RFC 6585 5."""

from collections import Counter
from typing import Final

from pk_api.fhir.problems import Problem
from pk_api.web.asgi import Scope

LONGEST_ADDRESS: Final = 32_768
MOST_HEADERS: Final = 100
LARGEST_HEADERS: Final = 65_536

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
