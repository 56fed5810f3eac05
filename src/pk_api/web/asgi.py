"""The words of ASGI that the front and its parts share. Source: ASGI specification 3.0, HTTP."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Header = tuple[bytes, bytes]
Headers = Mapping[bytes, bytes]
"""The headers of a request by their lower-case names; of several of one name, the last."""


def header(scope: Scope, name: bytes) -> str | None:
    """Return a request header (lower-case name); several of one name are joined by commas."""
    found = [value for key, value in scope["headers"] if key == name]
    return b", ".join(found).decode("latin-1") if found else None
