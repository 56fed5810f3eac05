"""Which request this is: the caller's name for it, and the trace that it is part of.

Sources: W3C, Trace Context (level 1), HSLF-FS 2016:40 (no identity numbers in logs).
"""

import re
import secrets
from dataclasses import dataclass
from typing import Final

from pk_api.fhir.identity import names_person
from pk_api.web.asgi import Header, Scope, header

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


def request_id(scope: Scope) -> str:
    """Return the caller's X-Request-Id when it is decent and names nobody, else a new one: it is logged."""
    for key, value in scope["headers"]:
        if key == b"x-request-id" and _REQUEST_ID.fullmatch(value) and not names_person(value.decode()):
            return str(value.decode())
    return secrets.token_hex(8)


def trace_of(scope: Scope) -> Trace | None:
    """Return the trace that the caller names; what is malformed, or names a person, is ignored."""
    found = _PARENT.fullmatch(header(scope, b"traceparent") or "")
    if found is None or (found[1] == "00" and found[4]) or names_person(found[2]):
        return None
    state = header(scope, b"tracestate")
    kept = state if state and _STATE.fullmatch(state) and not names_person(state) else None
    return Trace(found[2], secrets.token_hex(8), found[3], kept)
