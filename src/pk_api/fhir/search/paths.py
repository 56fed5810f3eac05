"""Search parameter expressions as fast closures over parsed JSON.

The expressions of R4 are plain paths and seven shapes besides: `(X as T)`, `X.as(T)`, `where(name='text')`,
`where(resolve() is T)`, `X.exists() and X != false`, steps after any of these, and unions of all of them.
`resolve()` looks at the reference alone: what it says of its type, or the contained resource it points at.
Source: https://hl7.org/fhir/R4/searchparameter-registry.html.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import zip_longest
from typing import Any

Extract = Callable[[dict[str, Any]], list[Any]]
Step = Callable[[Any, dict[str, Any], list[Any]], None]
Choices = Mapping[str, Iterable[str]]

_TOKEN = re.compile(
    r"\.?(?:where\((?P<name>\w+)\s*=\s*'(?P<literal>[^']*)'\)"
    r"|where\(resolve\(\) is (?P<is>\w+)\)"
    r"|as\((?P<as>\w+)\)"
    r"|(?P<field>\w+))"
)
_CAST = re.compile(r"\(([\w.]+) as (\w+)\)")
_TRUTH = re.compile(r"([\w.]+)\.exists\(\) and \1 != false")
_TYPED = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)/[A-Za-z0-9\-.]{1,64}(?:/_history/[A-Za-z0-9\-.]{1,64})?$")


def compile_path(expression: str, choices: Choices) -> Extract:
    """Return a function from a resource to the values that the expression finds, in document order.

    `choices` names the types of the choice elements, such as `Goal.start` → (`date`, `CodeableConcept`).
    Raises ValueError for a shape that is not known here.
    """
    parts = [_compile_part(part.strip(), choices) for part in expression.split(" | ")]
    if len(parts) == 1:
        return parts[0]
    return lambda resource: [value for part in parts for value in part(resource)]


def compile_within(base: str, expression: str, choices: Choices, kinds: frozenset[str]) -> Extract:
    """Return a function from an element to what the expression finds in it; `base` is the element's path.

    Of a choice without a cast, only the types in `kinds` count (all, when it is empty).
    """
    limited = {path: [t for t in types if not kinds or t in kinds] for path, types in choices.items()}
    parts = [_built(*_steps_within(base, part.strip(), limited)) for part in expression.split(" | ")]
    return lambda element: [value for part in parts for value in part(element)]


def _steps_within(base: str, part: str, choices: Choices) -> tuple[list[str], list[Callable[[Step], Step]]]:
    keys, steps = _read(f"{base}.{part}", choices, skipped=base.count("."))
    return keys, steps


def reference_type(reference: Mapping[str, Any], resource: Mapping[str, Any]) -> str | None:
    """Return the type of what a Reference within the resource points at, None when it does not say."""
    literal = reference.get("reference")
    if not isinstance(literal, str):
        return None
    if literal.startswith("#"):
        return _contained_type(literal[1:], resource)
    match = _TYPED.search(literal)
    return match.group(1) if match else reference.get("type")


def _contained_type(id: str, resource: Mapping[str, Any]) -> str | None:
    if not id:
        return resource.get("resourceType")
    for contained in resource.get("contained", ()):
        if contained.get("id") == id:
            found: str | None = contained.get("resourceType")
            return found
    return None


def _compile_part(part: str, choices: Choices) -> Extract:
    truth = _TRUTH.fullmatch(part)
    if truth:
        return _truth(_compile_part(truth.group(1), choices))
    if "." not in part:
        return lambda resource: [resource]
    return _built(*_read(_CAST.sub(r"\1.as(\2)", part), choices))


def _built(keys: list[str], steps: list[Callable[[Step], Step]]) -> Extract:
    if len(keys) == 1 and not steps:
        return _single(keys[0])
    step: Step = _collect
    for make in reversed(steps):
        step = make(step)
    first = _field(keys, step)

    def extract(resource: dict[str, Any]) -> list[Any]:
        found: list[Any] = []
        first(resource, resource, found)
        return found

    return extract


def _read(path: str, choices: Choices, *, skipped: int = 0) -> tuple[list[str], list[Callable[[Step], Step]]]:
    """Return the keys of the first step after those that are skipped, and the makers of the other steps."""
    matches = list(_TOKEN.finditer(path))
    if "".join(match.group() for match in matches) != path or len(matches) < 2:
        raise ValueError(f"not a path that is known: {path}")
    written = matches[0].group("field")
    keys: list[list[str]] = []
    steps: list[Callable[[Step], Step]] = []
    for match, following in zip_longest(matches[1:], matches[2:]):
        if match.group("field"):
            written = f"{written}.{match.group('field')}"
            keys.append(_keys(written, following, choices))
            steps.append(partial(_field, keys[-1]))
        elif not match.group("as"):
            steps.append(_condition(match))
    return keys[skipped], steps[skipped + 1 :]


def _keys(written: str, following: re.Match[str] | None, choices: Choices) -> list[str]:
    """Return the JSON keys of an element: several for a choice, one of them when a cast follows."""
    name = written.rpartition(".")[2]
    if written not in choices:
        return [name]
    cast = following.group("as") if following else None
    wanted = (None, cast[0].lower() + cast[1:], cast) if cast else None
    return [
        name + type_[0].upper() + type_[1:] for type_ in choices[written] if wanted is None or type_ in wanted
    ]


def _condition(match: re.Match[str]) -> Callable[[Step], Step]:
    if match.group("is"):
        return partial(_where_type, match.group("is"))
    return partial(_where_equal, match.group("name"), match.group("literal"))


def _truth(extract: Extract) -> Extract:
    return lambda resource: [any(value is not False for value in extract(resource))]


def _single(key: str) -> Extract:
    def extract(resource: dict[str, Any]) -> list[Any]:
        value = resource.get(key)
        if value is None:
            return []
        return [item for item in value if item is not None] if type(value) is list else [value]

    return extract


def _collect(node: Any, _resource: dict[str, Any], found: list[Any]) -> None:
    found.append(node)


def _field(keys: list[str], then: Step) -> Step:
    if len(keys) > 1:
        return _any_field([_field([key], then) for key in keys])
    (key,) = keys

    def step(node: Any, resource: dict[str, Any], found: list[Any]) -> None:
        value = node.get(key) if type(node) is dict else None
        if type(value) is list:
            for item in value:
                if item is not None:
                    then(item, resource, found)
        elif value is not None:
            then(value, resource, found)

    return step


def _any_field(steps: list[Step]) -> Step:
    def step(node: Any, resource: dict[str, Any], found: list[Any]) -> None:
        for one in steps:
            one(node, resource, found)

    return step


def _where_equal(name: str, literal: str, then: Step) -> Step:
    def step(node: Any, resource: dict[str, Any], found: list[Any]) -> None:
        if type(node) is dict and node.get(name) == literal:
            then(node, resource, found)

    return step


def _where_type(wanted: str, then: Step) -> Step:
    def step(node: Any, resource: dict[str, Any], found: list[Any]) -> None:
        if type(node) is dict and reference_type(node, resource) == wanted:
            then(node, resource, found)

    return step
