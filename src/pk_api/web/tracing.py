"""Which request this is: the caller's name for it, and the trace that it is part of.

Sources: W3C, Trace Context (level 1), HSLF-FS 2016:40 (no identity numbers in logs).
"""

import re
import secrets
from dataclasses import dataclass
from typing import Final

from pk_api.fhir.identity import names_person
from pk_api.web.asgi import Header, Headers

_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._\-]{1,64}")
_PARENT: Final = re.compile(
    r"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(-.*)?"
)
_STATE: Final = re.compile(r"[\x20-\x7e]{1,512}")


@dataclass(frozen=True, slots=True)
class Trace:
    """A trace that goes on here under a span of its own."""

    id: str
    span: str
    flags: str
    state: str | None = None

    @property
    def headers(self) -> list[Header]:
        """The trace as it is told back."""
        told = [(b"traceparent", f"00-{self.id}-{self.span}-{self.flags}".encode())]
        return told + ([(b"tracestate", self.state.encode())] if self.state else [])


def request_id(given: Headers) -> str:
    """Return the caller's X-Request-Id when it is decent and names nobody, else a new one: it is logged."""
    value = given.get(b"x-request-id")
    if value is not None and _REQUEST_ID.fullmatch(value) and not names_person(value.decode()):
        return value.decode()
    return secrets.token_hex(8)


def trace_of(given: Headers) -> Trace | None:
    """Return the trace that the caller names; what is malformed, or names a person, is ignored."""
    if b"traceparent" not in given:
        return None
    found = _PARENT.fullmatch(given[b"traceparent"].decode("latin-1"))
    if found is None or (found[1] == "00" and found[4]) or names_person(found[2]):
        return None
    state = given.get(b"tracestate", b"").decode("latin-1")
    kept = state if state and _STATE.fullmatch(state) and not names_person(state) else None
    return Trace(found[2], secrets.token_hex(8), found[3], kept)
