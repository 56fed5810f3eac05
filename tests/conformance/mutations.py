"""Resources with one thing changed, made from valid ones: the same list for the same number, always.

Most are wrong then, some stay valid: both verdicts are compared with those of HL7's validator.
"""

import copy
import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pk_api.fhir.primitives import PRIMITIVES
from pk_api.fhir.structures import Element, structure
from tests.conformance.breaking import BREAKING

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """A property that is there: where it stands, its type, and its element (None for `resourceType`)."""

    parent: Json
    key: str
    type: str
    element: Element

    @property
    def value(self) -> Any:
        return self.parent[self.key]

    @property
    def one(self) -> Any:
        """The value, or the first of an array."""
        return self.value[0] if isinstance(self.value, list) else self.value

    def put(self, value: Any) -> None:
        """Change the value, or the first of an array."""
        if isinstance(self.value, list):
            self.value[0] = value
        else:
            self.parent[self.key] = value


@dataclass(frozen=True, slots=True)
class Mutant:
    """A changed resource, how it was changed, and where: `CarePlan: removed status`."""

    how: str
    what: str
    resource: Json


Change = Callable[[Place, random.Random], bool]
"""Changes a place; False where it does not apply."""


def places(value: Json, kind: str | None = None) -> Iterator[Place]:
    """Yield every property in a resource, those of what it holds too."""
    elements = structure(kind or value["resourceType"]).elements
    named = {name: (e, a.type) for e in elements.values() for name, a in e.alternatives.items()}
    for key, item in value.items():
        if key not in named:
            continue
        element, inner = named[key]
        yield Place(value, key, inner, element)
        for one in item if isinstance(item, list) else [item]:
            if isinstance(one, dict):
                yield from places(one, None if inner == "Resource" else inner)


def _removed(place: Place, rng: random.Random) -> bool:
    if isinstance(place.value, list) and len(place.value) > 1 and rng.random() < 0.5:
        place.value.pop()
    else:
        del place.parent[place.key]
    return True


def _doubled(place: Place, _rng: random.Random) -> bool:
    if isinstance(place.value, list):
        place.value.append(copy.deepcopy(place.one))
    else:
        place.parent[place.key] = [place.value, copy.deepcopy(place.value)]
    return True


def _renamed(place: Place, rng: random.Random) -> bool:
    names = (f"{place.key}s", place.key.capitalize(), place.key[:-1], f"{place.key}_", f"_{place.key}")
    new = rng.choice([name for name in names if name and name not in place.parent])
    place.parent[new] = place.parent.pop(place.key)
    return True


def _emptied(place: Place, rng: random.Random) -> bool:
    empty = {} if isinstance(place.one, dict) else rng.choice(["", None])
    place.parent[place.key] = rng.choice([[], [empty]]) if isinstance(place.value, list) else empty
    return True


def _wrong_type(place: Place, rng: random.Random) -> bool:
    others: list[Any] = [5, 1.5, True, "text", {"text": "text"}, ["text"], {"value": "text"}]
    if isinstance(place.one, dict):
        others = ["text", 5, True, [place.one], [[place.one]]]
    elif isinstance(place.one, bool | int | float):
        others = [str(place.one).lower(), "text", {"value": place.one}]
    place.put(rng.choice([other for other in others if type(other) is not type(place.one)]))
    return True


def _wrong_code(place: Place, rng: random.Random) -> bool:
    if isinstance(place.one, str) and place.type in ("code", "uri", "string") and place.element.codes:
        place.put(rng.choice(["wrong-code", place.one.upper(), f"{place.one} ", f"{place.one}s"]))
        return True
    codings = place.one.get("coding", [place.one]) if isinstance(place.one, dict) else []
    if place.type not in ("Coding", "CodeableConcept") or not codings or "code" not in codings[0]:
        return False
    codings[0]["code"] = rng.choice(["wrong-code", codings[0]["code"].upper(), ""])
    return True


_REFERENCES: Final = (
    *("Medication/1", "Patient/1", "Organization/1", "Binary/1", "Location/1", "Encounter/1", "Goal/1"),
    *("Patient/a b", "#missing", "#", "", "Substance/1", "Substance/1/_history/1", "Patient/1/_history/2"),
    *("http://example.org/fhir/Patient/1", "http://example.org/fhir/Slot/1/_history/2", "Slot/1", "Task/1"),
    *("urn:oid:1.2.752", "urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7", "Patient/1/_history/1", "Flag/1"),
)


def _wrong_reference(place: Place, rng: random.Random) -> bool:
    if place.type != "Reference" or not isinstance(place.one, dict):
        return False
    change = rng.randrange(8)
    if change == 0:
        place.one["type"] = rng.choice(["Patient", "Wrong", "", "Slot"])
    elif change == 1 and "display" in place.one:
        place.one.pop("reference", None)
    else:
        place.one["reference"] = rng.choice(_REFERENCES)
    return True


def _wrong_choice(place: Place, rng: random.Random) -> bool:
    if len(place.element.alternatives) < 2 and not place.key.startswith(("value", "effective")):
        return False
    names = [*place.element.alternatives, f"{place.element.name}Wrong", f"{place.element.name}Money"]
    new = rng.choice([name for name in names if name != place.key])
    if rng.random() < 0.5:
        place.parent[new] = place.parent.pop(place.key)
    else:
        place.parent[new] = copy.deepcopy(place.value)
    return True


def _broken_invariant(place: Place, rng: random.Random) -> bool:
    rows = BREAKING.get(place.type, ())
    if not rows or not isinstance(place.one, dict):
        return False
    _apply(place.one, rng.choice(rows))
    return True


def _apply(value: Json, row: tuple[Sequence[str], Mapping[str, Any]]) -> None:
    gone, new = row
    for key in gone:
        value.pop(key, None)
    value.update(copy.deepcopy(dict(new)))


_DAYS: Final = (
    "2020",
    "2020-02",
    "2020-02-30",
    "2020-2-1",
    "0000-01-01",
    "20200101",
    "2020-13",
    "2020-00-10",
)
_TIMES: Final = (
    *("2020-02-01T10:00:00Z", "2020-02-01T10:00:00", "2020-02-01T24:00:00Z", "2020-02-01T10:00Z"),
    *("2020-02-01T10:00:00+15:00", "2020-02-01T10:00:60Z", "2020-02-01T10:00:00.123456789Z", "2020-02-01T10"),
    *("2020-02-01 10:00:00Z", "2020-02-01T10:00:00z", "2020-02-30T10:00:00Z", "2020-02-01T10:61:00Z"),
)
_NUMBERS: Final = (-1, 0, 1, 2147483647, 2147483648, 1.5, "1", 1e3, -0.0)
BAD: Final[Mapping[str, tuple[Any, ...]]] = {
    "date": (*_DAYS, "2020-02-01T10:00:00Z", " 2020"),
    "dateTime": (*_DAYS, *_TIMES),
    "instant": (*_DAYS, *_TIMES),
    "time": ("10:00:00", "10:00", "24:00:00", "10:00:60", "10:00:00.5", "10:00:00Z", "1:00:00"),
    "boolean": ("true", 1, "yes", None),
    "integer": _NUMBERS,
    "unsignedInt": _NUMBERS,
    "positiveInt": _NUMBERS,
    "decimal": ("1.5", 1.0, -2, 1e400, 1e-10, 123456789012345678901234567890),
    "string": (" text", "text ", " ", "a" * 2000, "a\tb", "\u00e5\u00e4\u00f6", "\ud83d\ude00", "\n"),
    "markdown": (" text", "**b**", "a\u0001b", "\n", "<b>b</b>"),
    "code": ("a b", "a  b", " a", "a ", "a\tb", "\u00e5"),
    "id": ("a_b", "a b", "a" * 64, "a" * 65, "\u00e5", "a.b-c", ""),
    "uri": (
        "a b",
        "http://a b",
        "urn:oid:1.2.752.129",
        "urn:oid:1.02",
        "urn:uuid:A",
        "x",
        "http://example.org/\u00e5",
    ),
    "url": ("a b", "http://example.org", "x", "mailto:a@example.org", "htp//x"),
    "canonical": ("a b", "http://example.org|1", "Questionnaire/1", "#a", "http://example.org|1|2", "x"),
    "oid": ("urn:oid:1.2.752.129", "1.2.752", "urn:oid:9.2.3", "urn:oid:1", "urn:oid:1.02.3"),
    "uuid": (
        "urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7",
        "urn:uuid:53FEFA32-fcbb-4ff8-8a92-55ee120877b7",
    ),
    "base64Binary": ("AAAA", "A", "AA=", "AA AA", "####", "AAA=", "A===", "AA\nAA"),
    "xhtml": (
        *("<div>text</div>", "<div xmlns='http://www.w3.org/1999/xhtml'>text</div>", "text", "<p>text</p>"),
        *("<div xmlns='http://www.w3.org/1999/xhtml'><script>a</script></div>", "<div xmlns='wrong'>a</div>"),
        *("<div xmlns='http://www.w3.org/1999/xhtml'> </div>", "<div xmlns='http://www.w3.org/1999/xhtml'>"),
        "<div xmlns='http://www.w3.org/1999/xhtml'><a onclick='x()'>a</a></div>",
        "<div xmlns='http://www.w3.org/1999/xhtml'>&nbsp;&eacute;&unknown;</div>",
        "<div xmlns='http://www.w3.org/1999/xhtml'><img src='a.png'/></div>",
        "<div xmlns='http://www.w3.org/1999/xhtml'><form>a</form></div>",
        "<div xmlns='http://www.w3.org/1999/xhtml'><b>a</i></div>",
    ),
}
"""Values at and beyond the borders of each primitive type, some of them right."""


def _bad_primitive(place: Place, rng: random.Random) -> bool:
    if place.type not in BAD or isinstance(place.one, dict) or place.key == "reference":
        return False
    place.put(rng.choice(BAD[place.type]))
    return True


KINDS: Final[Mapping[str, Change]] = {
    "removed": _removed,
    "doubled": _doubled,
    "renamed": _renamed,
    "emptied": _emptied,
    "wrong type": _wrong_type,
    "wrong code": _wrong_code,
    "wrong reference": _wrong_reference,
    "wrong choice": _wrong_choice,
    "broken invariant": _broken_invariant,
    "bad primitive": _bad_primitive,
}
"""The ways in which a resource is changed."""


def mutants(valid: Sequence[Json], number: int, *, seed: int = 1) -> list[Mutant]:
    """Return this many different mutants, every kind and every resource in turn."""
    rng = random.Random(seed)  # noqa: S311  # repeatable on purpose: nothing secret is made
    found: dict[str, Mutant] = {}
    kinds = list(KINDS)
    turn = 0
    while len(found) < number:
        source = valid[turn % len(valid)]
        mutant = _mutant(source, kinds[(turn // len(valid) + turn % len(valid)) % len(kinds)], rng)
        turn += 1
        if mutant is not None:
            found.setdefault(json.dumps(mutant.resource), mutant)
        if turn > number * 20:
            raise ValueError(f"only {len(found)} different mutants could be made")
    return list(found.values())


def _mutant(source: Json, how: str, rng: random.Random) -> Mutant | None:
    resource = copy.deepcopy(source)
    whole = [Place({"resource": resource}, "resource", source["resourceType"], _WHOLE)]
    candidates = [*places(resource), *(whole if how == "broken invariant" else ())]
    rng.shuffle(candidates)
    if how in _EVENLY:
        candidates = list({place.type: place for place in candidates}.values())
    for place in candidates:
        if KINDS[how](place, rng):
            return Mutant(how, f"{source['resourceType']}: {how} {place.key}", resource)
    return None


_EVENLY: Final = ("broken invariant", "bad primitive")
"""Where each type has its turn, however many codings or texts a resource has."""
_WHOLE: Final = structure("Bundle.entry").elements["resource"]
assert BAD.keys() <= PRIMITIVES.keys() | {"xhtml"}
