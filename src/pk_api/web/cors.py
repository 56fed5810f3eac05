"""Which web pages may ask from a browser. Source: WHATWG, Fetch, CORS protocol.

Tokens travel in a header that pages set themselves, so that no cookies and no credentials mode are needed.
"""

from collections.abc import Collection
from typing import Final

from pk_api.web.asgi import Header, Headers

_EXPOSED: Final = (
    *("ETag", "Location", "Content-Location", "Last-Modified", "Retry-After", "X-Progress", "X-Request-Id"),
    *("Contract-Revision", "Allow", "Accept-Patch", "traceparent"),
)
_TAKEN: Final = (
    *(
        "Authorization",
        "Content-Type",
        "Accept",
        "Accept-Language",
        "Prefer",
        "X-Request-Id",
        "Idempotency-Key",
        "Acting-For",
        "Told-By",
        "Revision-Reason",
    ),
    *("If-Match", "If-None-Match", "If-None-Exist", "If-Modified-Since", "Base-Revision", "Last-Event-ID"),
    *("Content-Encoding", "traceparent", "tracestate"),
)
_METHODS: Final = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
_SECONDS: Final = "600"


class Cors:
    """Answers pages of these origins, and tells all others nothing."""

    def __init__(self, origins: Collection[str]) -> None:
        self._origins = frozenset(origins)

    def headers(self, given: Headers) -> list[Header]:
        """Return what every answer to the request says of it."""
        if not self._origins:
            return []
        origin = given.get(b"origin", b"").decode("latin-1")
        if origin not in self._origins:
            return [(b"vary", b"Origin")]
        told = [
            ("access-control-allow-origin", origin),
            ("access-control-expose-headers", ", ".join(_EXPOSED)),
        ]
        return [(b"vary", b"Origin"), *((name.encode(), str(value).encode()) for name, value in told)]

    def preflight(self, given: Headers) -> list[Header]:
        """Return what the answer to a preflight says beside; nothing when it is none or not allowed."""
        is_allowed = given.get(b"origin", b"").decode("latin-1") in self._origins
        if b"access-control-request-method" not in given or not is_allowed:
            return []
        return [
            (b"access-control-allow-methods", _METHODS.encode()),
            (b"access-control-allow-headers", ", ".join(_TAKEN).encode()),
            (b"access-control-max-age", _SECONDS.encode()),
        ]
