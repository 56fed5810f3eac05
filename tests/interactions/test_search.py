"""Search against the yardstick: what it finds is what `fhir.search.matching` finds among all that is visible.

Looped over every type and every parameter that the type defines; the six journeys are the data.
"""

import asyncio
import itertools
import json
import random
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
import pytest_asyncio

from pk_api.fhir.resource_types import TYPES as ALL_TYPES
from pk_api.fhir.search.index_forms import string_values, token_values
from pk_api.fhir.search.index_values import ENTRY, VALUE, index_of
from pk_api.fhir.search.matching import matches
from pk_api.fhir.search.parameters import SEARCH_PARAMETERS, SORT_DATE, SearchParameter
from pk_api.fhir.search.query import parse_query
from pk_api.fhir.systems import BASE as OURS
from pk_api.fhir.values import parse
from tests.support.reader import as_model
from tests.support.resources import a_goal, a_patient
from tests.support.service import BASE, TOLVAN, Service, create, delete, pages, put, resources_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

TYPES = sorted(set(ALL_TYPES) - {"AuditEvent"})
"""What the hospital's system may search; the audit has tests of its own."""
PREFIXES = ("", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")
ASKED_FOR = ("_id", "identifier", "patient", "subject", "status", "category", "date", "_lastUpdated")
Pairs = list[tuple[str, str]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def visible(demo: Service) -> dict[str, dict[str, dict[str, Any]]]:
    """Everything that the hospital's system sees, by type and id, as the store has it."""
    out: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in TYPES}
    for name in TYPES:
        for page in await pages(demo.http, f"/fhir/{name}?_count=500"):
            out[name] |= {e["resource"]["id"]: e["resource"] for e in page.get("entry", ())}
    return out


def exactly(resource: dict[str, Any]) -> dict[str, Any]:
    return parse(json.dumps(resource))


def indexed(resources: list[dict[str, Any]], code: str) -> list[str]:
    """The values under which the resources are indexed by a parameter."""
    head = f"{code}{VALUE}"
    entries = (e for r in resources for e in index_of(r, base_url=f"{BASE}/fhir").ix.split(ENTRY))
    return list(dict.fromkeys(e.removeprefix(head) for e in entries if e.startswith(head) and e != head))


def moments(value: Any) -> Iterator[str]:
    """The dates in a value, each also shortened to its day, month and year."""
    if isinstance(value, dict):
        for part in value.values():
            yield from moments(part)
    elif isinstance(value, list):
        for part in value:
            yield from moments(part)
    elif isinstance(value, str) and value[:4].isdecimal():
        yield from dict.fromkeys([value, value[:10], value[:7], value[:4]])


def escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace(",", "\\,").replace("$", "\\$")


def paired(parameter: SearchParameter, resources: list[dict[str, Any]]) -> list[str]:
    """Values of a composite: what is there together, and the code with a value of another element."""
    first, other = parameter.components
    elements = [e for r in resources for e in parameter.extract(r)]
    codes = [c for e in elements for v in first.extract(e) for c in token_values(v)]
    found = [v for e in elements for v in other.extract(e)]
    if other.type in ("date", "quantity"):
        ends = [p + m for v in found for m in moments(v) for p in PREFIXES] if other.type == "date" else []
        ends += [f"{p}{v['value']}" for v in found if "value" in v for p in PREFIXES]
    elif other.type == "reference":
        ends = [v["reference"] for v in found if "reference" in v]
    else:
        ends = [f for v in found for f in (token_values(v) if other.type == "token" else string_values(v))]
    return [f"{escaped(code)}${escaped(end)}" for code, end in itertools.product(codes, ends)]


def modified(
    parameter: SearchParameter,
    resources: list[dict[str, Any]],
    values: list[str],
    few: Callable[[list[str]], list[str]],
) -> Iterator[Pairs]:
    """Queries by one parameter with the modifiers of its type."""
    code, value = parameter.code, escaped(values[0])
    if parameter.type == "token":
        yield [(f"{code}:not", value)]
        yield from ([(f"{code}:text", escaped(one[:9]))] for one in few(indexed(resources, f"{code}:text")))
    if code == "identifier":
        yield from ([(f"{code}:of-type", one)] for one in few(indexed(resources, f"{code}:of-type")))
    if parameter.type == "string":
        exact = few(indexed(resources, f"{code}:exact")) or ["nothing"]
        yield from ([(f"{code}:exact", escaped(one))] for one in [*exact, exact[0].upper()])
        yield from ([(f"{code}:contains", escaped(one[1:5]) or "x")] for one in exact)
    if parameter.type == "uri":
        yield from ([(f"{code}:below", escaped(one[:-2] or "x"))] for one in values if "urn:" not in one)
        yield from ([(f"{code}:above", f"{escaped(one)}/x")] for one in values if "urn:" not in one)


def asked(name: str, code: str, resources: list[dict[str, Any]], rng: random.Random) -> Iterator[Pairs]:
    """Queries by one parameter: values that are there, some that are not, lists, modifiers, prefixes."""
    parameter = SEARCH_PARAMETERS[name][code]

    def few(values: list[str]) -> list[str]:
        return rng.sample(values, min(2, len(values)))

    if code == "_id":
        yield from ([("_id", one)] for one in few([r["id"] for r in resources]))
        yield [("_id", ",".join([*few([r["id"] for r in resources]), "nobody"]))]
        return
    if parameter.type == "composite":
        yield from ([(code, one)] for one in few(paired(parameter, resources)) or ["x$5"])
        yield [(code, "nothing$5,a|b$eq5")]
        return
    if parameter.type in ("date", "number", "quantity"):
        found = [m for r in resources for v in parameter.extract(r) for m in moments(v)]
        chosen = few(list(dict.fromkeys(found))) or ["2026-03", "1999"]
        for prefix, one in itertools.product(PREFIXES, chosen if parameter.type == "date" else ["5", "72.5"]):
            yield [(code, prefix + one)]
    else:
        values = few(indexed(resources, code)) or ["nothing"]
        yield from ([(code, escaped(one))] for one in values)
        yield [(code, ",".join(map(escaped, [*values, "else"])))]
        yield from modified(parameter, resources, values, few)
        if parameter.type == "reference":
            yield from ([(code, one.rpartition("/")[2])] for one in values if one.count("/") == 1)
    if code != "_lastUpdated":
        yield [(f"{code}:missing", "true")]
        yield [(f"{code}:missing", "false")]


async def found_by(service: Service, name: str, pairs: Pairs) -> list[str]:
    bundles = await pages(service.http, f"/fhir/{name}?{urlencode([*pairs, ('_count', '40')])}")
    return [one["id"] for one in resources_of(bundles)]


def expected_by(resources: dict[str, dict[str, Any]], name: str, pairs: Pairs) -> list[str]:
    query = parse_query(name, pairs, base_url=f"{BASE}/fhir")
    return [id_ for id_, one in resources.items() if matches(query, one, base_url=f"{BASE}/fhir")]


@pytest.mark.parametrize("name", TYPES)
async def test_search_finds_what_matches_among_all_that_is_visible(
    demo: Service, visible: dict[str, dict[str, dict[str, Any]]], name: str
) -> None:
    rng = random.Random(name)  # noqa: S311  # the same choice every time
    resources = {id_: exactly(one) for id_, one in visible[name].items()}
    codes = [c for c, p in SEARCH_PARAMETERS[name].items() if p.is_searchable]
    queries = [(c, q) for c in codes for q in asked(name, c, list(resources.values()), rng)]
    others = [q for q in queries if q[0] not in ASKED_FOR]
    queries = [q for q in queries if q[0] in ASKED_FOR] + rng.sample(others, min(10, len(others)))

    wrong = [
        pairs
        for _, pairs in queries
        if sorted(await found_by(demo, name, pairs)) != sorted(expected_by(resources, name, pairs))
    ]

    assert wrong == []


async def test_search_shows_what_read_and_history_show(
    demo: Service, visible: dict[str, dict[str, dict[str, Any]]]
) -> None:
    told = [e for page in await pages(demo.http, "/fhir/_history?_count=100") for e in page["entry"]]
    newest = {e["fullUrl"].split("/fhir/")[1]: e for e in reversed(told)}
    present = {ref: e["resource"] for ref, e in newest.items() if e["request"]["method"] != "DELETE"}

    stored = {f"{name}/{id_}": r for name, found in visible.items() for id_, r in found.items()}
    carried = {ref for ref, one in stored.items() if str(one.get("url", "")).startswith(OURS)}
    assert present == {ref: one for ref, one in stored.items() if ref not in carried}
    for reference, resource in present.items():
        assert (await demo.http.get(f"/fhir/{reference}")).json() == resource


@pytest.mark.parametrize("name", ["CarePlan", "Task", "Goal", "Appointment", "Patient", "Organization"])
async def test_several_parameters_must_all_hold(
    demo: Service, visible: dict[str, dict[str, dict[str, Any]]], name: str
) -> None:
    rng = random.Random(name)  # noqa: S311  # the same choice every time
    resources = {id_: exactly(one) for id_, one in visible[name].items()}
    codes = [c for c, p in SEARCH_PARAMETERS[name].items() if p.is_searchable]
    single = [q for c in codes for q in asked(name, c, list(resources.values()), rng)]

    for _ in range(12):
        pairs = [*rng.choice(single), *rng.choice(single)]
        assert sorted(await found_by(demo, name, pairs)) == sorted(expected_by(resources, name, pairs)), pairs


@pytest.mark.parametrize("name", TYPES)
async def test_the_pages_hold_each_match_once_under_every_sort(
    demo: Service, visible: dict[str, dict[str, dict[str, Any]]], name: str
) -> None:
    rng = random.Random(name)  # noqa: S311  # the same choice every time
    whole = sorted(visible[name])
    codes = [c for c, p in SEARCH_PARAMETERS[name].items() if p.is_searchable and p.type != "composite"]
    chief = [c for c in (*ASKED_FOR, SORT_DATE[name]) if c in codes]
    keys = [sign + code for code in dict.fromkeys([*chief, *rng.sample(codes, 3)]) for sign in ("", "-")]
    sorts = [*keys, ",".join(rng.sample(keys, 2)), ",".join(rng.sample(keys, 3))]

    for sort in sorts:
        size = rng.choice([1, 2, 5]) if len(whole) < 12 else len(whole) // rng.choice([3, 4, 5])
        bundles = await pages(demo.http, f"/fhir/{name}?_sort={sort}&_count={size}")
        found = [one["id"] for one in resources_of(bundles)]
        assert sorted(found) == whole, sort
        assert all(len(page["entry"]) == size for page in bundles[:-1]), sort


async def test_a_sort_puts_the_pages_in_order(
    demo: Service, visible: dict[str, dict[str, dict[str, Any]]]
) -> None:
    for name, element in (("Appointment", "start"), ("Task", "authoredOn"), ("CarePlan", "created")):
        code = {"start": "date", "authoredOn": "authored-on", "created": "_lastUpdated"}[element]
        up = resources_of(await pages(demo.http, f"/fhir/{name}?_sort={code}&_count=3"))
        down = resources_of(await pages(demo.http, f"/fhir/{name}?_sort=-{code}&_count=3"))
        if element == "created":
            told = [one["meta"]["lastUpdated"] for one in up]
            assert told == sorted(told)
        else:
            told = [one[element] for one in up if element in one]
            assert [t[:10] for t in told] == sorted(t[:10] for t in told)
            assert all(element not in one for one in up[len(told) :])
        assert sorted(one["id"] for one in up) == sorted(one["id"] for one in down)


@pytest.mark.parametrize("kind", ["Task", "Goal", "Appointment"])
async def test_a_search_within_a_patient_tells_the_total(demo: Service, kind: str) -> None:
    code = "actor" if kind == "Appointment" else "patient"
    found = (await demo.http.get(f"/fhir/{kind}?{code}=Patient/stroke-patient&_count=1")).json()
    asked_for = (
        await demo.http.get(f"/fhir/{kind}?{code}=Patient/stroke-patient&_count=0&_total=accurate")
    ).json()

    assert asked_for["total"] > 1
    assert "entry" not in asked_for
    if kind != "Appointment":
        assert found["total"] == asked_for["total"]


@pytest.mark.parametrize("name", TYPES)
async def test_everything_that_is_told_parses_elsewhere(
    demo: Service, visible: dict[str, dict[str, dict[str, Any]]], name: str
) -> None:
    page = (await demo.http.get(f"/fhir/{name}?_count=20")).json()
    history = (await demo.http.get(f"/fhir/{name}/_history?_count=20")).json()

    assert as_model(page).type == "searchset"
    assert as_model(history).type == "history"


async def test_post_search_is_search(demo: Service) -> None:
    form = {"patient": "Patient/stroke-patient", "status": "active"}
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    posted = await demo.http.post("/fhir/CarePlan/_search", content=urlencode(form), headers=headers)
    both = await demo.http.post(
        "/fhir/CarePlan/_search?status=active", content="patient=Patient/stroke-patient", headers=headers
    )
    got = await demo.http.get("/fhir/CarePlan", params=form)

    ids = [[e["resource"]["id"] for e in one.json()["entry"]] for one in (posted, both, got)]
    assert ids[0] == ids[1] == ids[2] != []


async def test_all_of_a_patient_is_searched_by_post_too(demo: Service) -> None:
    got = await demo.http.get("/fhir/Patient/stroke-patient/*?_type=Goal,Task&_count=200")
    posted = await demo.http.post(
        "/fhir/Patient/stroke-patient/_search",
        content="_type=Goal,Task&_count=200",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    other = await demo.http.post("/fhir/Goal/stroke-walk/_search", content="")

    ids = [[e["resource"]["id"] for e in one.json()["entry"]] for one in (got, posted)]
    assert ids[0] == ids[1] != []
    assert other.status_code == 404


async def test_a_lenient_caller_is_told_what_was_ignored(demo: Service) -> None:
    answer = await demo.http.get(
        "/fhir/CarePlan?colour=red&status=active", headers={"Prefer": "handling=lenient"}
    )

    modes = [e["search"]["mode"] for e in answer.json()["entry"]]
    outcome = answer.json()["entry"][modes.index("outcome")]["resource"]
    assert "colour" in outcome["issue"][0]["diagnostics"]
    assert as_model(answer.json())


@pytest.mark.asyncio(loop_scope="function")
async def test_rows_that_nobody_touches_are_seen_once_while_others_write(service: Service) -> None:
    patient = await create(service.http, a_patient(TOLVAN))
    goals = [await create(service.http, a_goal(f"Patient/{patient['id']}")) for _ in range(60)]
    still, moving = goals[::2], goals[1::2]
    stop = asyncio.Event()

    async def writer() -> None:
        for goal in itertools.cycle(moving):
            if stop.is_set():
                return
            await put(service.http, goal | {"lifecycleStatus": "on-hold"})
            made = await create(service.http, a_goal(f"Patient/{patient['id']}"))
            await delete(service.http, made)

    writing = asyncio.create_task(writer())
    try:
        for sort in ("_lastUpdated", "-_lastUpdated", "_id", "-_id", "start-date", "lifecycle-status"):
            found = resources_of(await pages(service.http, f"/fhir/Goal?_sort={sort}&_count=7"))
            seen = [one["id"] for one in found]
            assert [seen.count(one["id"]) for one in still] == [1] * len(still), sort
    finally:
        stop.set()
        await writing
