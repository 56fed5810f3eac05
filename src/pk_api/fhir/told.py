"""What of a resource its sender tells: all but what the server alone says of its version."""

from collections.abc import Mapping
from typing import Any, Final

_SERVERS: Final = frozenset({"versionId", "lastUpdated"})


def told_meta(meta: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a meta without the server's part."""
    return {name: value for name, value in (meta or {}).items() if name not in _SERVERS}


def as_told(resource: Mapping[str, Any]) -> dict[str, Any]:
    """Return a resource without the server's part."""
    meta = told_meta(resource.get("meta"))
    body = {name: value for name, value in resource.items() if name != "meta"}
    return {**body, "meta": meta} if meta else body
