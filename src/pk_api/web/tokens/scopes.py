"""SMART scopes, version 1 and 2, as what an actor may: whole, or within the limits that they name.

Source: SMART App Launch 2.2, scopes and launch context.
"""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from pk_api.access.actor import ActorKind, LimitedScope, Scopes
from pk_api.fhir.problems import Problem
from pk_api.fhir.resource_types import TYPES
from pk_api.fhir.search.filters import Filter
from pk_api.fhir.search.query import parse_query

UNATTENDED: Final[frozenset[ActorKind]] = frozenset({"system", "statistics", "operator"})
"""Actors whose scopes are `system/`; those of all others, persons, are `user/` and `patient/`."""

OWN_CONTEXT: Final[frozenset[ActorKind]] = frozenset({"patient", "proxy", "app"})
"""Actors whose grounds are one patient's: without a patient in context, `patient/` limits no further."""

_SCOPE: Final = re.compile(
    r"(system|user|patient)/(\*|[A-Z][A-Za-z]+)\.(\*|read|write|c?r?u?d?s?)(?:\?(.*))?", re.ASCII
)
_V1: Final = {"read": "rs", "write": "cud", "*": "cruds"}
_DECENT: Final = re.compile(r"[A-Za-z_][A-Za-z:_-]{0,39}", re.ASCII)
_NEVER: Final = frozenset({"identifier", "_id"})
_MOST: Final = 100
_MOST_LIMITED: Final = 20


@dataclass(frozen=True, slots=True)
class Opened:
    """What scopes open: types as a whole, and types within limits."""

    scopes: Scopes = ()
    limited: tuple[LimitedScope, ...] = ()


def read_scopes(text: str, kind: ActorKind, *, has_context: bool) -> Opened:
    """Return what the scopes open for an actor of this kind; those that are about nothing here are left out.

    Problem forbidden for a restriction that would not be kept: it is named, never ignored.
    """
    whole: dict[str, set[str]] = {}
    limited: list[LimitedScope] = []
    for part in text.split()[:_MOST]:
        match = _SCOPE.fullmatch(part)
        if match is None or not match[3] or (match[1] == "system") != (kind in UNATTENDED):
            continue
        letters = "".join(sorted(_V1.get(match[3], match[3])))
        in_context = match[1] == "patient" and (has_context or kind not in OWN_CONTEXT)
        if match[4] is None and not in_context:
            whole.setdefault(match[2], set()).update(letters)
        else:
            tokens = () if match[4] is None else _restriction(match[2], match[4], is_v1=match[3] in _V1)
            limited.append(LimitedScope(match[2], letters, in_context, tokens))
    if len(limited) > _MOST_LIMITED:
        raise _unkept(f"more than {_MOST_LIMITED} scopes with limits")
    opened = tuple(sorted((type_, "".join(sorted(letters))) for type_, letters in whole.items()))
    return Opened(opened, tuple(dict.fromkeys(limited)))


def parse_scopes(text: str) -> Scopes:
    """Return (type or `*`, letters) of scopes without restrictions, whatever their level. ValueError else."""
    found: dict[str, set[str]] = {}
    for part in text.split():
        match = _SCOPE.fullmatch(part)
        if match is None or not match[3] or match[4] is not None:
            raise ValueError("scopes of a client have the form system/Type.cruds")
        found.setdefault(match[2], set()).update(_V1.get(match[3], match[3]))
    return tuple(sorted((type_, "".join(sorted(letters))) for type_, letters in found.items()))


def within(opened: Opened, most: Scopes) -> Opened:
    """Return what both allow."""
    limited = [
        LimitedScope(type_, letters, one.patient, one.tokens)
        for one in opened.limited
        for type_, letters in narrowed(((one.type, one.letters),), most)
    ]
    return Opened(narrowed(opened.scopes, most), tuple(limited))


def narrowed(asked: Scopes, most: Scopes) -> Scopes:
    """Return what both allow, of scopes without limits."""
    out = []
    for kind in sorted({k for k, _ in asked} | {k for k, _ in most}):
        letters = _letters(asked, kind) & _letters(most, kind)
        if letters:
            out.append((kind, "".join(sorted(letters))))
    return tuple(out)


def _letters(scopes: Scopes, kind: str) -> set[str]:
    return {letter for k, letters in scopes if k in ("*", kind) for letter in letters}


def _restriction(type_: str, text: str, *, is_v1: bool) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the parameters of kind token that a scope names; Problem forbidden for all others."""
    if is_v1 or type_ not in TYPES:
        raise _unkept(f"{type_}: a restriction goes with a type and the letters of version 2")
    try:
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True, max_num_fields=10)
        conditions = parse_query(type_, pairs).conditions
    except (ValueError, Problem) as error:
        raise _unkept(f"{type_}: its restriction cannot be read") from error
    if not pairs or len(conditions) != len(pairs):
        raise _unkept(f"{type_}: its restriction is no search")
    out = []
    for (name, _), condition in zip(pairs, conditions, strict=True):
        if not isinstance(condition, Filter) or not _is_kept(name, condition):
            raise _unkept(f"{type_}?{name}" if _DECENT.fullmatch(name) else type_)
        out.append((condition.parameter.code, condition.values))
    return tuple(out)


def _is_kept(name: str, condition: Filter) -> bool:
    """Say whether the index alone can tell if a resource meets it: codes, without modifiers."""
    parameter = condition.parameter
    is_plain = name == parameter.code and condition.modifier is None and condition.is_missing is None
    return is_plain and parameter.type == "token" and parameter.code not in _NEVER and bool(condition.values)


def _unkept(what: str) -> Problem:
    headers = {"www-authenticate": 'Bearer error="insufficient_scope"'}
    text = f"A scope asks for a restriction that this service does not enforce ({what}): ask for another."
    return Problem("forbidden", text, facts={"headers": headers})
