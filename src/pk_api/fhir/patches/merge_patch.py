"""JSON merge patch: a fragment whose members take the place of the resource's. Source: RFC 7386."""

from collections.abc import Mapping
from typing import Any


def apply(fragment: Mapping[str, Any], resource: Mapping[str, Any]) -> dict[str, Any]:
    """Return the resource with the fragment's members; null takes one away, a list replaces a list."""
    out = dict(resource)
    for name, value in fragment.items():
        if value is None:
            out.pop(name, None)
        elif isinstance(value, Mapping):
            old = out.get(name)
            out[name] = apply(value, old if isinstance(old, Mapping) else {})
        else:
            out[name] = value
    return out
