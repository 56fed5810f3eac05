"""The slow, explaining JSON reader: used when the fast one refuses a text or cannot vouch for it.

Sources: RFC 8259, https://hl7.org/fhir/R4/json.html (no duplicate keys), https://hl7.org/fhir/R4/datatypes.html#string
(no characters below U+0020 but tab, line feed and carriage return).
"""

import json
import re
from collections.abc import Callable, Iterator
from itertools import accumulate, islice
from typing import Any, NoReturn

from pk_api.fhir.problems import Issue, Problem

_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_STEPS = tuple((chr(byte) in "[{") - (chr(byte) in "]}") for byte in range(256))
_NO_BRACKETS = bytes(byte for byte in range(256) if not _STEPS[byte])
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_NAME = re.compile(r"(?!.*[0-9]{6})[A-Za-z_][A-Za-z0-9_]{0,99}\Z")
_LONGEST_INTEGER = 128
_MOST_ISSUES = 50


class _Pairs(list[tuple[str, Any]]):
    """The members of one object as they were written, duplicates included."""


def parse(raw: bytes | str, *, max_depth: int, number: Callable[[str], Any]) -> dict[str, Any]:
    """Return the JSON object, or raise Problem `invalid` that says what is wrong and where."""
    text = _decoded(raw)
    if _is_deeper(text.encode("utf-8", "surrogatepass"), max_depth):
        refuse("too-costly", f"JSON may be nested at most {max_depth} levels deep")
    pairs = _loaded(text, number)
    if not isinstance(pairs, _Pairs):
        refuse("structure", "The body must be one JSON object")
    root = _root_name(pairs)
    if issues := list(islice(_faults(pairs, root), _MOST_ISSUES)):
        raise Problem("invalid", issues[0].diagnostics, issues=issues)
    resource: dict[str, Any] = _as_plain(pairs)
    return resource


def refuse(code: str, text: str, expression: str = "") -> NoReturn:
    """Raise Problem `invalid` with one issue."""
    raise Problem("invalid", text, issues=[Issue(code, text, expression)])


def _decoded(raw: bytes | str) -> str:
    if isinstance(raw, str):
        return raw
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        refuse("structure", f"The text is not UTF-8 (byte {error.start})")


def _loaded(text: str, number: Callable[[str], Any]) -> Any:
    decoder = json.JSONDecoder(
        object_pairs_hook=_Pairs,
        parse_float=number,
        parse_int=lambda digits: _integer(digits, number),
        parse_constant=lambda _: refuse("structure", "The text is not JSON: NaN and Infinity are no numbers"),
    )
    try:
        return decoder.decode(text)
    except json.JSONDecodeError as error:
        refuse("structure", f"The text is not JSON: {error.msg} (line {error.lineno}, column {error.colno})")
    except (ValueError, ArithmeticError):
        refuse("value", "The text holds a number that is too large")


def _integer(digits: str, number: Callable[[str], Any]) -> Any:
    if len(digits) > _LONGEST_INTEGER:
        refuse("value", "The text holds a number that is too large")
    return number(digits) if digits == "-0" else int(digits)


def _is_deeper(data: bytes, most: int) -> bool:
    """Say whether the text is nested deeper, without a step of ours for each of its characters."""
    brackets = _STRINGS.sub(b"", data).translate(None, _NO_BRACKETS)
    return max(accumulate(map(_STEPS.__getitem__, brackets)), default=0) > most


def _root_name(pairs: _Pairs) -> str:
    name = dict(pairs).get("resourceType")
    return name if isinstance(name, str) and _NAME.match(name) else ""


def _faults(value: Any, path: str) -> Iterator[Issue]:
    if isinstance(value, _Pairs):
        yield from _faults_of_object(value, path)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _faults(item, f"{path}[{index}]")
    elif isinstance(value, str) and _FORBIDDEN.search(value):
        yield Issue("value", "Text may not hold control characters or halves of surrogate pairs", path)


def _faults_of_object(pairs: _Pairs, path: str) -> Iterator[Issue]:
    seen: set[str] = set()
    for key, value in pairs:
        below = _below(path, key)
        if _FORBIDDEN.search(key):
            yield Issue("structure", "The name of a property holds a forbidden character", path)
        if key in seen:
            yield Issue("structure", "A property may occur only once in an object", below)
        seen.add(key)
        yield from _faults(value, below)


def _below(path: str, key: str) -> str:
    if not _NAME.match(key):
        return path
    return f"{path}.{key}" if path else key


def _as_plain(value: Any) -> Any:
    if isinstance(value, _Pairs):
        return {key: _as_plain(item) for key, item in value}
    if isinstance(value, list):
        return [_as_plain(item) for item in value]
    return value
