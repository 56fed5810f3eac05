"""JSON in and out without loss: decimals as they were written, no duplicate keys, no forbidden characters.

Sources: https://hl7.org/fhir/R4/json.html, https://hl7.org/fhir/R4/datatypes.html#decimal, RFC 8259.
`parse` is fast on ordinary input; what it cannot vouch for it hands to `strict_json`, which explains.
"""

import re
from decimal import Decimal
from typing import Any, Self

import msgspec
import orjson

from pk_api.fhir import strict_json

_LONGEST_NUMBER = 128
_LARGEST_EXPONENT = 999
_MINUS_ZERO = re.compile(rb"-0(?=[\s,}\]])")
_DOUBTFUL_ESCAPE = re.compile(rb"\\(?:[bf]|u00[013])")
_REFUSALS = (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError, ArithmeticError)


class Number(Decimal):
    """A decimal that remembers how it was written: `72.50` stays `72.50`, `1.0E-2` stays `1.0E-2`.

    It compares and counts as the Decimal it is; a result of arithmetic is a plain Decimal.
    """

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> Self:
        """Read a JSON number; ValueError beyond 128 characters or an exponent beyond 999."""
        number = super().__new__(cls, text)
        if len(text) > _LONGEST_NUMBER or not -_LARGEST_EXPONENT <= number.adjusted() <= _LARGEST_EXPONENT:
            raise ValueError("number out of range")
        number.text = text
        return number

    def __str__(self) -> str:
        return self.text

    def __reduce__(self) -> tuple[type[Self], tuple[str]]:
        return type(self), (self.text,)


_decode = msgspec.json.Decoder(dict[str, Any], float_hook=Number).decode


def parse(raw: bytes | str, *, max_depth: int = 100) -> dict[str, Any]:
    """Return the JSON object with keys in order, decimals as `Number`, other values as Python's own.

    Raises Problem `invalid` for anything but one well-formed object: malformed JSON, duplicate keys, NaN,
    nesting beyond `max_depth`, text that is not UTF-8, lone surrogates, control characters that FHIR forbids.
    """
    try:
        data = raw.encode() if isinstance(raw, str) else raw
        resource: dict[str, Any] = _decode(data)
    except _REFUSALS:
        return strict_json.parse(raw, max_depth=max_depth, number=Number)
    if _is_doubtful(data, resource, max_depth):
        return strict_json.parse(data, max_depth=max_depth, number=Number)
    return resource


def dump(resource: Any) -> bytes:
    """Return compact JSON in UTF-8, keys in their order, decimals as they came."""
    try:
        return orjson.dumps(resource, default=_fragment)
    except TypeError:  # an integer beyond 64 bits
        return orjson.dumps(_with_big_integers(resource), default=_fragment)


def is_same(one: Any, other: Any) -> bool:
    """Say whether two values are the same JSON, to the last digit; members of an object have no order."""
    return one is other or dump_sorted(one) == dump_sorted(other)


def dump_sorted(value: Any) -> bytes:
    """Return compact JSON in UTF-8, members of objects in order of their names, decimals as they came."""
    try:
        return orjson.dumps(value, default=_fragment, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # an integer beyond 64 bits
        return orjson.dumps(_with_big_integers(value), default=_fragment, option=orjson.OPT_SORT_KEYS)


def _is_doubtful(data: bytes, resource: dict[str, Any], max_depth: int) -> bool:
    """Say whether the fast parse may have hidden something: a duplicate, `-0`, depth, a control character.

    Every key has a colon, so fewer of them after a round trip mean that a key was there twice; an escaped
    colon is a doubt of its own.
    """
    try:
        written = orjson.dumps(resource, default=_fragment)
    except TypeError:  # nested beyond what it writes, or an integer beyond 64 bits
        return True
    return (
        data.count(b":") != written.count(b":")
        or _DOUBTFUL_ESCAPE.search(data) is not None
        or _MINUS_ZERO.search(data) is not None
        or (data.count(b"{") + data.count(b"[") > max_depth and _depth(resource) > max_depth)
    )


def _depth(resource: dict[str, Any]) -> int:
    depth = 0
    level: list[Any] = [resource]
    while level:
        depth += 1
        level = [
            child
            for parent in level
            for child in (parent.values() if type(parent) is dict else parent)
            if type(child) is dict or type(child) is list
        ]
    return depth


def _fragment(value: Any) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value))
    raise TypeError(f"a value of type {type(value).__name__} has no JSON form")


def _with_big_integers(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_big_integers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_big_integers(item) for item in value]
    if type(value) is int and value.bit_length() > 63:
        return Decimal(value)
    return value
