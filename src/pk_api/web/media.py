"""What a caller accepts: media types and codings with their weights. Source: RFC 9110 12.4, 12.5."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

_ITEMS: Final = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*")+')
_PARTS: Final = re.compile(r'(?:[^;"]|"(?:[^"\\]|\\.)*")+')
_WEIGHT: Final = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")
_MOST: Final = 50
_LONGEST: Final = 1000
"""Letters that are read of a header: what comes after is not heeded."""

Weighted = tuple[str, int, float]
"""A name in lower case, the number of its parameters, its weight."""


def accepts(accept: str | None, offered: tuple[str, ...]) -> bool:
    """Say whether one of the media types is acceptable: for each the most specific range decides."""
    return accept is None or _accepts(accept[:_LONGEST], offered)


@lru_cache(maxsize=1000)
def _accepts(accept: str, offered: tuple[str, ...]) -> bool:
    ranges = _weighted(accept)
    return not accept.strip() or any(_weight_of(kind, ranges) > 0 for kind in offered)


def preferred(accept: str | None, offered: tuple[str, ...]) -> str:
    """Return the media type with the greatest weight, of equal ones the first; the first if none is taken."""
    ranges = _weighted((accept or "")[:_LONGEST])
    return max(offered, key=lambda kind: (_weight_of(kind, ranges), -offered.index(kind)))


def accepts_coding(accept_encoding: bytes | None, coding: str) -> bool:
    """Say whether a content coding is accepted, and no less than the plain content."""
    return accept_encoding is not None and _accepts_coding(accept_encoding[:_LONGEST], coding)


@lru_cache(maxsize=1000)
def _accepts_coding(accept_encoding: bytes, coding: str) -> bool:
    weights = {name: weight for name, _, weight in _weighted(accept_encoding.decode("latin-1"))}
    weight = weights.get(coding, weights.get("*", 0.0))
    return weight > 0 and weight >= weights.get("identity", 0.0)


def _weight_of(kind: str, ranges: Sequence[Weighted]) -> float:
    """Return the weight of the most specific range that the type is in, the highest of equal ones."""
    steps = {kind: 2, f"{kind.partition('/')[0]}/*": 1, "*/*": 0}
    found = [(steps[name], weight) for name, _, weight in ranges if name in steps]
    if not found:
        return 0.0
    most_specific = max(step for step, _ in found)
    return max(weight for step, weight in found if step == most_specific)


def _weighted(text: str) -> list[Weighted]:
    out = []
    for item in _ITEMS.findall(text)[:_MOST]:
        name, *parameters = [part.strip() for part in _PARTS.findall(item)] or [""]
        weight: float | None = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip().lower() == "q":
                weight = float(value) if _WEIGHT.fullmatch(value.strip()) else None
        if name and weight is not None:
            out.append((name.lower(), len(parameters), weight))
    return out


def essence(content_type: str | None) -> str:
    """Return a media type without its parameters, in lower case; empty when there is none."""
    return (content_type or "").partition(";")[0].strip().lower()


def is_utf8(content_type: str | None) -> bool:
    """Say whether a media type names no character set but UTF-8."""
    found = re.search(r';\s*charset\s*=\s*"?([^\s;"]*)', content_type or "", re.IGNORECASE)
    return found is None or found[1].lower() in ("utf-8", "utf8", "us-ascii")
