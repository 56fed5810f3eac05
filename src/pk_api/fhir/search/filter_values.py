"""The value of a search parameter, read into a Filter: escapes, lists, prefixes, modifiers.

Source: https://hl7.org/fhir/R4/search.html#escaping, #prefix, #modifiers.
"""

import re
from collections.abc import Sequence
from typing import Final, cast

from pk_api.fhir import terminology
from pk_api.fhir.search.filters import HIERARCHIES, Filter, Operator, Range, targets
from pk_api.fhir.search.index_forms import local_form, normalise
from pk_api.fhir.search.index_values import JOIN
from pk_api.fhir.search.parameters import Component, ParameterType, SearchParameter
from pk_api.fhir.search.spans import point, rounded, when

MOST_ALTERNATIVES: Final = 1_000
"""Values in one list, and codes of a value set that a search may go through."""

_PREFIXED = re.compile(r"(eq|ne|gt|lt|ge|le|sa|eb|ap)?([^a-z].*)")
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_CODE_FORM = "code, system|code, |code or system| is expected"


def read_filter(parameter: SearchParameter, modifier: str | None, text: str, base_url: str = "") -> Filter:
    """Return the filter for one `name:modifier=text`; ValueError says what was expected."""
    if modifier == "missing":
        return Filter(parameter, modifier, is_missing=_boolean(text))
    alternatives = split(text, ",")
    if any(not one.strip() or _CONTROL.search(one) for one in alternatives):
        raise ValueError("a value must not be empty or hold control characters")
    if len(alternatives) > MOST_ALTERNATIVES:
        raise ValueError(f"at most {MOST_ALTERNATIVES} alternatives may be given")
    if parameter.type == "composite":
        return _composite(parameter, alternatives, base_url)
    if parameter.type in _RANGES:
        days = alternatives if all(_DAY.fullmatch(one) for one in alternatives) else ()
        read = _RANGES[parameter.type]
        return Filter(parameter, modifier, tuple(days), tuple(read(one) for one in alternatives))
    found = [value for one in alternatives for value in _values(parameter, modifier, one, base_url)]
    if len(found) > MOST_ALTERNATIVES and modifier is not None:
        raise ValueError(f"the value set has more than {MOST_ALTERNATIVES} codes")
    return Filter(parameter, modifier, tuple(dict.fromkeys(found)))


def escaped(text: str) -> str:
    r"""Return a text as a part of a value: with a backslash before what would divide it."""
    return re.sub(r"([\\,$|])", r"\\\1", text)


def split(text: str, separator: str) -> list[str]:
    r"""Return the parts of a value at separators that no backslash precedes; escapes are kept."""
    parts = [""]
    escaped = False
    for character in text:
        if character == separator and not escaped:
            parts.append("")
            continue
        parts[-1] += character
        escaped = character == "\\" and not escaped
    return parts


def unescape(text: str) -> str:
    r"""Return a value without the backslashes before `,`, `|`, `$` and `\`."""
    return re.sub(r"\\([,|$\\])", r"\1", text)


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError("true or false is expected")
    return text == "true"


def _values(parameter: SearchParameter, modifier: str | None, text: str, base_url: str) -> list[str]:
    if parameter.code == "_id":
        return [_plain_id(text)]
    if modifier == "identifier":
        return [_token(text, None)]
    if parameter.type == "token":
        return _tokens(parameter, modifier, text)
    if parameter.type == "reference":
        return _references(parameter, modifier, unescape(text), base_url)
    if parameter.type == "uri" and modifier in ("above", "below"):
        return _addresses(modifier, unescape(text))
    is_compared_plainly = parameter.type == "string" and modifier != "exact"
    return [normalise(unescape(text)) if is_compared_plainly else unescape(text)]


def _plain_id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise ValueError("an id is expected: at most 64 letters, digits, hyphens and points")
    return text


def _tokens(parameter: SearchParameter, modifier: str | None, text: str) -> list[str]:
    if modifier == "text":
        return [normalise(unescape(text))]
    if modifier == "of-type":
        return [_of_type(text)]
    if modifier in ("in", "not-in"):
        return _in_value_set(parameter, unescape(text))
    if modifier in ("above", "below"):
        return _subsumed(parameter, modifier, text)
    return [_token(text, parameter.system)]


def _token(text: str, implied: str | None) -> str:
    parts = split(text, "|")
    if len(parts) > 2:
        raise ValueError(_CODE_FORM)
    value = "|".join(unescape(part) for part in parts)
    if value == "|":
        raise ValueError(_CODE_FORM)
    return _without_implied(value, implied)


def _without_implied(value: str, system: str | None) -> str:
    """An element of type code is indexed without its system, which its definition implies."""
    head = f"{system}|"
    return value[len(head) :] if system and len(value) > len(head) and value.startswith(head) else value


def _of_type(text: str) -> str:
    parts = [unescape(part) for part in split(text, "|")]
    if len(parts) != 3 or not parts[1] or not parts[2]:
        raise ValueError("system|code|value is expected: the type of the identifier and its value")
    return "|".join(parts)


def _in_value_set(parameter: SearchParameter, canonical: str) -> list[str]:
    codes = terminology.expand(canonical)
    if codes is None:
        raise ValueError("a value set that this service knows is expected")
    return [_without_implied(f"{system}|{code}", parameter.system) for system, code in sorted(codes)]


def _subsumed(parameter: SearchParameter, modifier: str, text: str) -> list[str]:
    parts = [unescape(part) for part in split(text, "|")]
    system, code = parts if len(parts) == 2 else (parameter.system or "", parts[0])
    if not system or not code:
        raise ValueError("system|code is expected")
    related = terminology.below if modifier == "below" else terminology.above
    codes = {code, *related(system, code)}
    return [_without_implied(f"{system}|{one}", parameter.system) for one in sorted(codes)]


def _addresses(modifier: str, text: str) -> list[str]:
    """Return the beginnings to look for below an address, or the addresses above it, itself included."""
    if text.startswith("urn:"):
        raise ValueError("an address with steps is expected: a urn has none")
    if modifier == "below":
        return [text]
    head, _, path = text.partition("://")
    steps = path.split("/")
    return [f"{head}://{'/'.join(steps[:n])}" for n in range(len(steps), 0, -1)] if path else [text]


def _references(parameter: SearchParameter, modifier: str | None, text: str, base_url: str) -> list[str]:
    """Return what a reference may be indexed as; a bare id may be of every type that the parameter allows."""
    if modifier in ("above", "below"):
        named = _references(parameter, None, text, base_url)
        found = [one for one in named if one.partition("/")[0] in HIERARCHIES]
        if not found:
            raise ValueError(f"one of {', '.join(HIERARCHIES)} is expected: they are parts of one another")
        return found
    if modifier is not None:
        tail = text.removeprefix(f"{modifier}/")
        return [f"{modifier}/{_plain_id(tail)}"]
    if not _ID.fullmatch(text):
        return [local_form(text, base_url)]
    return [f"{type_}/{text}" for type_ in targets(parameter)]


def _prefixed(text: str) -> tuple[Operator, str]:
    match = _PREFIXED.fullmatch(text)
    if match is None:
        raise ValueError("a value is expected after one of eq, ne, gt, lt, ge, le, sa, eb, ap or nothing")
    return cast("Operator", match.group(1) or "eq"), match.group(2)


def _date(text: str) -> Range:
    """Return the range of a date; `ap` widens it by its own precision to either side."""
    op, value = _prefixed(text)
    try:
        low, high = when(value.replace(" ", "+"))
    except ValueError as error:
        raise ValueError("a date is expected: YYYY, YYYY-MM, YYYY-MM-DD or with Thh:mm and a zone") from error
    widened = high - low if op == "ap" else 0
    return Range(op, low - widened, high + widened)


def _number(text: str, unit: str = "") -> Range:
    """Return the range of a number: its precision counts for eq, ne and ap; `ap` adds a tenth of it."""
    op, value = _prefixed(text)
    try:
        low, high = rounded(value) if op in ("eq", "ne", "ap") else point(value)
    except ValueError as error:
        raise ValueError("a number is expected") from error
    widened = abs(point(value)[0]) // 10 if op == "ap" else 0
    return Range(op, low - widened, high + widened, unit)


def _quantity(text: str) -> Range:
    parts = [unescape(part) for part in split(text, "|")]
    if len(parts) not in (1, 3):
        raise ValueError("number, number|system|code or number||code is expected")
    unit = "|".join(parts[1:])
    if unit.endswith("|"):
        raise ValueError("number, number|system|code or number||code is expected")
    return _number(parts[0], unit)


_RANGES: Final = {"date": _date, "number": _number, "quantity": _quantity}


def _composite(parameter: SearchParameter, alternatives: Sequence[str], base_url: str) -> Filter:
    """Return the filter of `one$other` alternatives."""
    first, other = parameter.components
    heads, tails, ranges = [], [], []
    for alternative in alternatives:
        parts = split(alternative, "$")
        if len(parts) != 2 or not all(part.strip() for part in parts):
            raise ValueError("two values with $ between them are expected")
        heads.append(_component(first, parts[0], base_url)[0])
        if other.type in _RANGES:
            ranges.append(_RANGES[other.type](parts[1]))
        else:
            tails.append(_component(other, parts[1], base_url))
    if ranges:
        return Filter(parameter, None, tuple(heads), tuple(ranges))
    pairs = (f"{head}{JOIN}{one}" for head, found in zip(heads, tails, strict=True) for one in found)
    return Filter(parameter, None, tuple(dict.fromkeys(pairs)))


def _component(component: Component, text: str, base_url: str) -> list[str]:
    """Return what a part of a composite may be indexed as."""
    kind: ParameterType = component.type
    if kind == "token":
        return [_token(text, component.system)]
    if kind == "reference":
        plain = unescape(text)
        if _ID.fullmatch(plain):
            return [f"{type_}/{plain}" for type_ in component.targets]
        return [local_form(plain, base_url)]
    return [normalise(unescape(text))] if kind == "string" else [unescape(text)]
