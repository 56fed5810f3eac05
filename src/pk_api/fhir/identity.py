"""Swedish identity numbers: personnummer, samordningsnummer, reserve numbers, organisation numbers, HSA-id.

Sources: the check digit is Luhn over the last ten digits, as written (Skatteverket); HL7 Sweden base profiles
1.1.0 for the systems and the form of the national reserve number, whose check character has no published rule
here. A samordningsnummer has 60 added to the day; day 60 and month 00 stand for unknown ones.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any, Final, Literal

from pk_api.fhir.problems import Issue, Problem
from pk_api.fhir.systems import (
    HSA_ID,
    NATIONELLT_RESERVNUMMER,
    ORGANISATIONSNUMMER,
    PERSONNUMMER,
    SAMORDNINGSNUMMER,
    SYNONYMS,
)

Severity = Literal["error", "warning", "off"]

_TWELVE: Final = re.compile(r"(?:18|19|20)[0-9]{10}")
_WRITTEN: Final = re.compile(r"((?:18|19|20)?)([0-9]{6})([-+]?)([0-9]{4})")
_WITHIN: Final = re.compile(r"(?<![0-9])(?:[0-9]{2})?[0-9]{6}[-+]?[0-9]{4}(?![0-9])")
_NATIONAL_RESERVE: Final = re.compile(r"(?:[0-9]{6}[0-9]{2})[A-HJ-NPR-UX-Z]{2}[0-9A-Z][0-9A-Z]")
_HSA: Final = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")

_DIGIT: Final = "a right check digit is expected"


def check_identifier(system: str | None, value: str) -> str | None:
    """Return what is wrong with an identifier, None if nothing is or we do not know the system.

    It says what was expected and never holds the value.
    """
    check = _CHECKS.get(canonical_system(system))
    return check(value) if check else None


def canonical_system(system: str | None) -> str:
    """Return the FHIR system of an identifier system, which may be the OID of the same thing."""
    return SYNONYMS.get(system or "", system or "")


def normalise_person(text: str, *, today: date | None = None) -> tuple[str, str]:
    """Return system and twelve characters of an identity number as people write it.

    Ten digits get the latest century that is not in the future at `today`, with `+` the one before. National
    reserve numbers are taken as they are. Raises Problem `invalid`, without the text, for anything else.
    """
    compact = "".join(text.split())
    if _NATIONAL_RESERVE.fullmatch(compact):
        return NATIONELLT_RESERVNUMMER, compact
    written = _WRITTEN.fullmatch(compact)
    if not written:
        raise _not_a_number("an identity number of ten or twelve digits is expected")
    century, day, sign, last = written.groups()
    value = f"{century or _century(day, sign, today or datetime.now(UTC).date())}{day}{last}"
    system = SAMORDNINGSNUMMER if int(value[6:8]) >= 60 else PERSONNUMMER
    if wrong := check_identifier(system, value):
        raise _not_a_number(wrong)
    return system, value


def names_person(text: str) -> bool:
    """Say whether a text holds an identity number of a person, as people write it, among other characters."""
    return any(is_person(found[0]) for found in _WITHIN.finditer(text))


def is_person(text: str) -> bool:
    """Say whether a text is an identity number of a person, as people write it."""
    try:
        normalise_person(text)
    except Problem:
        return False
    return True


def birth_date(value: str) -> date | None:
    """Return the date of birth in a personnummer or samordningsnummer, None if it does not tell one."""
    year, month, day = int(value[:4]), int(value[4:6]), int(value[6:8])
    try:
        return date(year, month, day - 60 if day >= 60 else day)
    except ValueError:
        return None


def identity_issues(resource: Mapping[str, Any], severity: Severity) -> list[Issue]:
    """Return what is wrong with identity numbers anywhere in a valid resource, with the given severity.

    A reserve number of another form, and a birth date unlike the number's, are warnings at most: both are in
    official examples. `off` gives nothing.
    """
    if severity == "off":
        return []
    root = str(resource.get("resourceType", ""))
    issues = [
        Issue("value", wrong, f"{path}.value", "warning" if is_local else severity)
        for path, system, value in _identifiers(resource, root)
        if (wrong := check_identifier(system, value))
        for is_local in (canonical_system(system) == NATIONELLT_RESERVNUMMER,)
    ]
    return issues + list(_unlike_birth_date(resource))


def _century(day: str, sign: str, today: date) -> str:
    """Return the century of six digits: the latest that is not in the future, one earlier with a `+`."""
    month_day = f"{day[2:4]}{int(day[4:6]) % 60:02}"
    latest = next(c for c in (20, 19) if f"{c}{day[:2]}{month_day}" <= f"{today:%Y%m%d}")
    return str(latest - 1 if sign == "+" else latest)


def _not_a_number(text: str) -> Problem:
    return Problem("invalid", text, issues=[Issue("value", text)])


def _has_check_digit(digits: str) -> bool:
    """Apply Luhn's rule to digits of which the last is the check digit."""
    doubled = [int(digit) * (2 - index % 2) for index, digit in enumerate(reversed(digits), start=1)]
    return sum(number // 10 + number % 10 for number in doubled) % 10 == 0


def _person(value: str) -> str | None:
    if not _TWELVE.fullmatch(value):
        return "twelve digits are expected, the century 18, 19 or 20"
    if birth_date(value) is None or int(value[6:8]) >= 60:
        return "a date that exists is expected in the first eight digits"
    return None if _has_check_digit(value[2:]) else _DIGIT


def _coordination(value: str) -> str | None:
    if not _TWELVE.fullmatch(value):
        return "twelve digits are expected, the century 18, 19 or 20"
    month, day = int(value[4:6]), int(value[6:8])
    is_partly_unknown = month <= 12 and (day == 60 or (month == 0 and 60 <= day <= 91))
    if day < 60 or (not is_partly_unknown and birth_date(value) is None):
        return "a date that exists with 60 added to the day is expected in the first eight digits"
    return None if _has_check_digit(value[2:]) else _DIGIT


def _reserve(value: str) -> str | None:
    if _NATIONAL_RESERVE.fullmatch(value):
        return None
    return "eight digits, two letters and two more characters are expected, as in XXYYMMDDNNGC"


def _organisation(value: str) -> str | None:
    if not re.fullmatch(r"[0-9]{10}", value) or value[2] < "2":
        return "ten digits are expected, the third 2 or more"
    return None if _has_check_digit(value) else _DIGIT


def _hsa(value: str) -> str | None:
    if len(value) <= 32 and _HSA.fullmatch(value):
        return None
    return "at most 32 letters, digits and single hyphens are expected"


_CHECKS: Final[Mapping[str, Callable[[str], str | None]]] = MappingProxyType(
    {
        PERSONNUMMER: _person,
        SAMORDNINGSNUMMER: _coordination,
        NATIONELLT_RESERVNUMMER: _reserve,
        ORGANISATIONSNUMMER: _organisation,
        HSA_ID: _hsa,
    }
)


def _identifiers(tree: Any, path: str) -> Iterator[tuple[str, str, str]]:
    """Yield path, system and value of everything in the resource that has both."""
    if isinstance(tree, dict):
        system, value = tree.get("system"), tree.get("value")
        if isinstance(system, str) and isinstance(value, str):
            yield path, system, value
        for key, item in tree.items():
            if isinstance(item, dict | list):
                yield from _identifiers(item, f"{path}.{key}")
    elif isinstance(tree, list):
        for index, item in enumerate(tree):
            yield from _identifiers(item, f"{path}[{index}]")


def _unlike_birth_date(resource: Mapping[str, Any]) -> Iterator[Issue]:
    told = resource.get("birthDate", "")
    if resource.get("resourceType") != "Patient" or len(told) != 10:
        return
    for identifier in resource.get("identifier", ()):
        system, value = canonical_system(identifier.get("system")), identifier.get("value", "")
        born = birth_date(value) if system in _DATED and check_identifier(system, value) is None else None
        if born and born.isoformat() != told:
            text = "the date of birth in the identity number is expected"
            yield Issue("value", text, "Patient.birthDate", "warning")
            return


_DATED: Final = frozenset({PERSONNUMMER, SAMORDNINGSNUMMER})
