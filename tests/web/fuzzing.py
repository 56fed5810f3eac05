"""Strategies for requests that nobody meant: broken resources, strange addresses, odd headers."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from pk_api.fhir.resource_types import TYPES
from pk_api.fhir.search.parameters import SEARCH_PARAMETERS

EXAMPLES = Path(__file__).parents[1] / "fhir" / "examples"

JUNK: list[Any] = [
    *(None, True, False, 0, -1, 1.5, 1e308, 2**31, 2**63, 2**70, -(2**63), 1e-300),
    *(
        "",
        " ",
        "x",
        "å" * 300,
        "\x00",
        "a\x1fb",
        "\ud800",
        "😀",
        "\u202e",
        "x" * 70_000,
        "'; --",
        "%00",
        "$x",
    ),
    *("2026", "2026-13", "2026-02-30", "0000", "9999-12-31T23:59:60Z", "0001-01-01", "24:00:00"),
    *("Patient/1", "Patient/x/_history/0", "#", "#x", "urn:uuid:x", "http://", "Patient?identifier=a|b", "/"),
    *("http://127.0.0.1:8000/fhir/Patient/1", "Patient/" + "x" * 65, "Organization/1", "Goal?", "?"),
    *([], {}, [None], [[]], [{}], {"a": None}, {"": ""}, {"reference": "Patient/1"}, {"coding": []}),
    *({"resourceType": "Patient"}, {"extension": [{"url": "x"}]}, [{"url": "x", "valueString": "x"}] * 50),
    *({"start": "9999", "end": "0001"}, {"value": 1e308}, {"low": {"value": -1e308}}),
]
junk = (
    st.sampled_from(JUNK) | st.text(max_size=20) | st.integers() | st.floats(allow_nan=False) | st.booleans()
)


def paths(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value."""
    yield at
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from paths(inner, (*at, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from paths(inner, (*at, index))


def changed(value: Any, at: tuple[Any, ...], how: str, to: Any) -> Any:
    """Return a copy with one place replaced, removed, doubled, or with something added to it."""
    out = copy.deepcopy(value)
    if not at:
        return to if how == "replace" else out
    holder = out
    for step in at[:-1]:
        holder = holder[step]
    last = at[-1]
    if how == "replace":
        holder[last] = to
    elif how == "remove":
        del holder[last]
    elif how == "double":
        holder[last] = [holder[last], holder[last]]
    elif isinstance(holder[last], dict):
        holder[last]["extra" if not isinstance(to, str) else to[:50]] = to
    return out


@st.composite
def broken(draw: st.DrawFn, originals: list[Any]) -> Any:
    """One of the originals with one to three places spoilt."""
    value = draw(st.sampled_from(originals))
    for _ in range(draw(st.integers(1, 3))):
        places = list(paths(value))
        how = draw(st.sampled_from(["replace", "replace", "remove", "double", "add"]))
        value = changed(value, draw(st.sampled_from(places)), how, draw(junk))
        if not isinstance(value, dict):
            return value
    return value


def own_examples() -> list[dict[str, Any]]:
    return [json.loads(path.read_text("utf-8")) for path in sorted(EXAMPLES.glob("*.json"))]


WORDS = [
    *TYPES,
    *(
        "_history",
        "_search",
        "metadata",
        "$everything",
        "$",
        "..",
        ".",
        "",
        "x" * 65,
        "1",
        "\x00",
        "å",
        "%2f",
    ),
    *(
        "nobody",
        "0-" + "a" * 26,
        "a" * 26,
        f"{'a' * 26}-{'b' * 13}",
        "Bundle",
        "StructureDefinition",
        "*",
        "a b",
    ),
]
NAMES = sorted({code for found in SEARCH_PARAMETERS.values() for code in found})
VALUES = [
    *(
        "",
        "a",
        "active",
        "a|b",
        "|",
        "a|",
        "|a",
        ",",
        "\\",
        "\\,",
        "2026",
        "gt2026",
        "ap9999",
        "eb0001-01-01",
    ),
    *(
        "1e99",
        "lt1e308",
        "5||kg",
        "true",
        "x" * 3000,
        "\x00",
        "\x1f",
        "\ud800",
        "Patient/1",
        "http://x/Patient/1",
    ),
    *("-1", "0", "500", "99999999999", "_id", "-_lastUpdated,_id", "nothing", "Patient", "12e999", "9" * 300),
]
MODIFIERS = [
    "",
    "",
    "",
    ":missing",
    ":not",
    ":exact",
    ":contains",
    ":identifier",
    ":Patient",
    ":x",
    ":",
    ".name",
]
RESULTS = ["_count", "_sort", "_total", "_cursor", "_format", "_pretty", "_since", "_has:Task:patient:status"]
HEADERS = {
    "If-Match": ['W/"1"', "*", "x", "", "W/", '"1","2"', "\xe5", 'W/"99999999999999999999"'],
    "If-None-Match": ['W/"1"', "*", "", "W/", "\xe5"],
    "Prefer": ["return=minimal", "handling=lenient", "return=x", "", ",;,"],
    "Accept": ["application/fhir+json", "*/*", "text/xml", "", ";", "application/json;q=0"],
    "Content-Type": [
        "application/fhir+json",
        "application/json",
        "",
        "text/xml",
        "application/x-www-form-urlencoded",
    ],
    "X-Request-Id": ["a", "", "\xe5", "x" * 100],
    "Idempotency-Key": ["k", "", "x" * 300, "\xe5"],
    "Base-Revision": ["0", "1", "-1", "x", "99999999999999999999"],
    "Accept-Language": ["en", "sv;q=x", "", ";;", "*"],
    "If-None-Exist": ["identifier=a"],
}


@st.composite
def headers(draw: st.DrawFn) -> dict[str, bytes]:
    names = draw(st.lists(st.sampled_from(sorted(HEADERS)), max_size=4, unique=True))
    return {name: draw(st.sampled_from(HEADERS[name])).encode("latin-1") for name in names}


@st.composite
def queries(draw: st.DrawFn) -> list[tuple[str, str]]:
    name = st.builds("{}{}".format, st.sampled_from(NAMES), st.sampled_from(MODIFIERS))
    name |= st.sampled_from(RESULTS)
    pair = st.tuples(name | st.text(max_size=8), st.sampled_from(VALUES) | st.text(max_size=12))
    return draw(st.lists(pair, max_size=4))


segments = st.lists(st.sampled_from(WORDS) | st.text(max_size=6), max_size=5)
methods = st.sampled_from(["GET", "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
