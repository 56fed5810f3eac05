"""The primitive types of FHIR R4: what each accepts, and what to tell those who wrote something else.

Source: https://hl7.org/fhir/R4/datatypes.html#primitive; the expressions are the specification's, tightened
where it says more in words (dates must exist). All are linear: no part can match the same text in two ways.
"""

import binascii
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

LONGEST_STRING: Final = 1024 * 1024

_YEAR = r"(?!0000)[0-9]{4}"
_DAY = (
    r"(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    r"|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    r"|02-(?:0[1-9]|[12][0-9]))"
)
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?"
_ZONE = r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Primitive:
    """A primitive type: its test, the text that says what it expects, a quick test that usual texts pass."""

    accepts: Callable[[Any], object]
    expected: str
    usual: Callable[[str], object] | None = None


def _string(value: Any) -> bool:
    return (
        type(value) is str
        and value != ""
        and len(value) <= LONGEST_STRING
        and (value.isprintable() or not _FORBIDDEN.search(value))
    )


def _base64(value: Any) -> bool:
    if type(value) is not str or not value:
        return False
    try:
        return binascii.a2b_base64("".join(value.split()), strict_mode=True) != b""
    except ValueError:
        return False


def _decimal(value: Any) -> bool:
    if isinstance(value, Decimal):
        return value.is_finite()
    return type(value) is int or (type(value) is float and math.isfinite(value))


def _whole(least: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and least <= value < 2**31


def _dated(pattern: str, expected: str) -> Primitive:
    """Return a type of dates whose pattern leaves the 29 February to a look at the year."""
    usual = re.compile(f"(?!.{{4}}-02-29){pattern}").fullmatch
    match = re.compile(pattern).fullmatch
    return Primitive(
        lambda value: type(value) is str and match(value) is not None and _is_in_year(value), expected, usual
    )


def _is_in_year(text: str) -> bool:
    year = int(text[:4])
    return text[5:10] != "02-29" or (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0))


def _formed(pattern: str, expected: str) -> Primitive:
    match = re.compile(pattern).fullmatch
    return Primitive(lambda value: type(value) is str and match(value) is not None, expected, match)


_SHORT_TEXT = re.compile("[!-~][ -~\xa1-\xff]{0,500}").fullmatch
_HEX = "[0-9a-f]"
_OID = r"urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+"
_UUID = f"urn:uuid:{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}"
_URI = rf"(?!urn:(?:uuid|oid):)[^\s\x00-\x1f]+|{_UUID}|{_OID}"
_CANONICAL = (
    rf"(?:(?!urn:(?:uuid|oid):)[A-Za-z][A-Za-z0-9+.-]*:|\#)[^\s\x00-\x1f]*"
    rf"|(?:{_UUID}|{_OID})(?:[|#][^\s\x00-\x1f]*)?"
)

PRIMITIVES: Final[Mapping[str, Primitive]] = MappingProxyType(
    {
        "string": Primitive(
            _string, "text is expected, not empty and without control characters", _SHORT_TEXT
        ),
        "markdown": Primitive(
            _string, "text is expected, not empty and without control characters", _SHORT_TEXT
        ),
        "boolean": Primitive(lambda value: value is True or value is False, "true or false is expected"),
        "integer": Primitive(_whole(-(2**31)), "a whole number of 32 bits is expected"),
        "unsignedInt": Primitive(_whole(0), "a whole number from 0 to 2147483647 is expected"),
        "positiveInt": Primitive(_whole(1), "a whole number from 1 to 2147483647 is expected"),
        "decimal": Primitive(_decimal, "a number is expected"),
        "base64Binary": Primitive(_base64, "base64 is expected"),
        "code": _formed(r"[^\s]+(?: [^\s]+)*", "a code is expected: no space at its ends, none doubled"),
        "id": _formed(r"[A-Za-z0-9\-.]{1,64}", "1 to 64 letters, digits, hyphens and dots are expected"),
        "uri": _formed(_URI, "a URI without spaces is expected; OIDs and UUIDs in their form"),
        "url": _formed(_URI, "a URL without spaces is expected"),
        "canonical": _formed(_CANONICAL, "an absolute URL without spaces, or # and an id, is expected"),
        "oid": _formed(_OID, "an OID as urn:oid:… is expected"),
        "uuid": _formed(
            _UUID,
            "a UUID as urn:uuid:… in lower case is expected",
        ),
        "time": _formed(_TIME, "a time as HH:MM:SS is expected"),
        "date": _dated(
            f"{_YEAR}(?:-(?:{_DAY}|0[1-9]|1[0-2]))?",
            "a date that exists is expected: YYYY, YYYY-MM or YYYY-MM-DD",
        ),
        "dateTime": _dated(
            f"{_YEAR}(?:-(?:{_DAY}(?:T{_TIME}{_ZONE})?|0[1-9]|1[0-2]))?",
            "a date that exists is expected: YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss with a zone",
        ),
        "instant": _dated(
            f"{_YEAR}-{_DAY}T{_TIME}{_ZONE}",
            "a time that exists is expected: YYYY-MM-DDThh:mm:ss with a zone",
        ),
    }
)
"""Tests and texts by type; `xhtml` is narrative and has a module of its own."""
