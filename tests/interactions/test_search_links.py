"""Chains, _has, compartments and what comes along: what they find is what follows from all that is visible.

The yardstick reads each resource that the caller sees and follows its links in memory, without SQL.
"""

import json
import random
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
import pytest_asyncio

from pk_api.fhir.resource_types import TYPES
from pk_api.fhir.search.conditions import compartment_types
from pk_api.fhir.search.filters import targets
from pk_api.fhir.search.index_forms import local_form, string_values, token_values
from pk_api.fhir.search.matching import matches
from pk_api.fhir.search.parameters import SEARCH_PARAMETERS, SearchParameter
from pk_api.fhir.search.query import parse_query
from pk_api.fhir.values import parse
from tests.support.resources import a_patient
from tests.support.service import BASE, TOLVAN, Service, create, pages, resources_of

MODULE = pytest.mark.asyncio(loop_scope="module")
Json = dict[str, Any]
Pair = tuple[str, str]
FHIR = f"{BASE}/fhir"
A_FORM = {
    "resourceType": "Questionnaire",
    "url": "https://example.org/follow-up",
    "version": "1",
    "title": "Uppföljning",
    "status": "active",
}


async def seen_by(http: httpx.AsyncClient) -> dict[str, Json]:
    """Everything that a caller sees, by reference."""
    found = []
    for name in sorted(set(TYPES) - {"AuditEvent"}):  # which grows as it is read
        if (await http.get(f"/fhir/{name}?_count=0")).status_code != 403:
            found += resources_of(await pages(http, f"/fhir/{name}?_count=500"))
    return {f"{r['resourceType']}/{r['id']}": parse(json.dumps(r)) for r in found}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def visible(demo: Service) -> dict[str, Json]:
    """Everything that the hospital's system sees, by reference."""
    return await seen_by(demo.http)


def links(resource: Json) -> Iterator[tuple[SearchParameter, str]]:
    """The search parameters of a resource that are references, with where each leads."""
    for parameter in SEARCH_PARAMETERS[resource["resourceType"]].values():
        if parameter.type == "reference":
            for value in parameter.extract(resource):
                literal = value if isinstance(value, str) else value.get("reference", "")
                yield parameter, local_form(literal, FHIR).partition("/_history/")[0]


def end(resource: Json, rng: random.Random) -> Pair | None:
    """A plain condition that the resource meets, or nearly meets."""
    found = []
    for code, parameter in SEARCH_PARAMETERS[resource["resourceType"]].items():
        if code in ("_id", "_lastUpdated"):
            continue
        for value in parameter.extract(resource) if parameter.type in ("token", "string", "date") else ():
            if parameter.type == "date":
                found += [(code, value[:10])] if isinstance(value, str) else []
            else:
                forms = token_values(value) if parameter.type == "token" else string_values(value)
                found += [(code, one.replace("\\", "\\\\").replace(",", "\\,")) for one in forms]
    found += [("_id", resource["id"]), ("status:missing", "true")]
    found = [(c, v) for c, v in found if c.partition(":")[0] in SEARCH_PARAMETERS[resource["resourceType"]]]
    return rng.choice(found)


def walk(start: Json, visible: dict[str, Json], rng: random.Random, steps: int) -> tuple[str, Pair] | None:
    """A condition on the start's type by links that are there: (type, (name, value))."""
    if steps == 0:
        found = end(start, rng)
        return (start["resourceType"], found) if found else None
    there = [(p, visible[ref]) for p, ref in links(start) if ref in visible]
    here = f"{start['resourceType']}/{start['id']}"
    back = [(p, one) for one in visible.values() for p, ref in links(one) if ref == here]
    if back and (not there or rng.random() < 0.5):
        parameter, source = rng.choice(back)
        inner = walk(source, visible, rng, steps - 1)
        if inner is None or start["resourceType"] not in targets(parameter):
            return None
        return start["resourceType"], (f"_has:{inner[0]}:{parameter.code}:{inner[1][0]}", inner[1][1])
    if not there:
        return None
    parameter, target = rng.choice(there)
    inner = walk(target, visible, rng, steps - 1)
    if inner is None or inner[0] not in targets(parameter):
        return None
    needs_type = "*" in parameter.targets or rng.random() < 0.5
    head = f"{parameter.code}:{inner[0]}" if needs_type else parameter.code
    return start["resourceType"], (f"{head}.{inner[1][0]}", inner[1][1])


async def found_by(service: Service, address: str, pairs: list[Pair]) -> list[str]:
    return await found_as(service.http, address, pairs)


async def found_as(http: httpx.AsyncClient, address: str, pairs: list[Pair]) -> list[str]:
    bundles = await pages(http, f"/fhir/{address}?{urlencode([*pairs, ('_count', '20')])}")
    return sorted(f"{r['resourceType']}/{r['id']}" for r in resources_of(bundles))


def expected(visible: dict[str, Json], types: Any, pairs: list[Pair], within: str | None = None) -> list[str]:
    query = parse_query(types, pairs, base_url=FHIR, compartment=within)
    return sorted(ref for ref, one in visible.items() if matches(query, one, base_url=FHIR, others=visible))


@MODULE
@pytest.mark.parametrize("steps", [1, 2, 3])
async def test_links_are_followed_as_far_as_they_go(
    demo: Service, visible: dict[str, Json], steps: int
) -> None:
    rng = random.Random(steps)  # noqa: S311  # the same choice every time
    references = sorted(visible)
    asked = 0
    while asked < 20:
        made = walk(visible[rng.choice(references)], visible, rng, steps)
        if made is None:
            continue
        asked += 1
        name, pair = made

        found = await found_by(demo, name, [pair])

        assert found == expected(visible, name, [pair]), (name, pair)


@MODULE
async def test_links_hold_together_with_other_conditions(demo: Service, visible: dict[str, Json]) -> None:
    rng = random.Random(9)  # noqa: S311  # the same choice every time
    tasks = [r for ref, r in sorted(visible.items()) if ref.startswith("Task/")]
    walks = [made for _ in range(10) if (made := walk(rng.choice(tasks), visible, rng, 1))]
    assert walks
    for made in walks:
        patient = rng.choice(tasks)["for"]["reference"]
        pairs = [made[1], ("status:not", "rejected"), ("patient", patient)]

        assert await found_by(demo, "Task", pairs) == expected(visible, "Task", pairs), pairs


@MODULE
async def test_a_compartment_holds_what_its_definition_says(demo: Service, visible: dict[str, Json]) -> None:
    for patient in sorted(ref for ref in visible if ref.startswith("Patient/")):
        own = patient.partition("/")[2]
        whole = expected(visible, compartment_types(), [], within=own)

        assert await found_by(demo, f"{patient}/*", []) == whole
        assert len(whole) > 1
        for name in ("CarePlan", "Appointment", "Patient", "Provenance", "Organization"):
            assert await found_by(demo, f"{patient}/{name}", []) == [
                ref for ref in whole if ref.startswith(f"{name}/")
            ]
        some = await found_by(demo, f"{patient}/*", [("_type", "Goal,Task")])
        assert some == [ref for ref in whole if ref.startswith(("Goal/", "Task/"))]


@MODULE
async def test_the_whole_service_is_searched_by_what_all_types_have(
    demo: Service, visible: dict[str, Json]
) -> None:
    chosen = sorted(visible)[::17]
    ids = ",".join(ref.partition("/")[2] for ref in chosen)

    by_id = await found_by(demo, "", [("_id", ids)])
    by_type = await found_by(demo, "", [("_type", "Flag,Goal")])
    refused = await demo.http.get("/fhir?_type=Goal,Task&status=x")

    assert set(chosen) <= set(by_id)
    assert by_type == [ref for ref in sorted(visible) if ref.startswith(("Flag/", "Goal/"))]
    assert (refused.status_code, "status" in refused.text) == (400, True)


async def along(service: Service, address: str) -> tuple[list[str], list[str]]:
    """The matches and what came along with them, over all pages."""
    found: dict[str, list[str]] = {"match": [], "include": [], "outcome": []}
    for page in await pages(service.http, address):
        for entry in page.get("entry", ()):
            one = entry["resource"]
            found[entry["search"]["mode"]].append(f"{one['resourceType']}/{one.get('id')}")
    return found["match"], found["include"]


@MODULE
async def test_what_the_matches_refer_to_comes_along(demo: Service, visible: dict[str, Json]) -> None:
    plans = [r for ref, r in visible.items() if ref.startswith("CarePlan/")]
    goals = {ref for p in plans for param, ref in links(p) if param.code == "goal" and ref in visible}
    everything = {ref for p in plans for _, ref in links(p) if ref in visible and visible[ref] not in plans}

    matched, by_goal = await along(demo, "/fhir/CarePlan?_include=CarePlan:goal&_count=500")
    _, by_all = await along(demo, "/fhir/CarePlan?_include=CarePlan:*&_count=500")
    _, by_type = await along(demo, "/fhir/CarePlan?_include=CarePlan:subject:Group&_count=500")

    assert len(matched) == len(plans)
    assert (set(by_goal), len(by_goal)) == (goals, len(goals))
    assert set(by_all) == everything
    assert by_type == []


@MODULE
async def test_what_refers_to_the_matches_comes_along(demo: Service, visible: dict[str, Json]) -> None:
    tasks = {
        ref
        for ref, r in visible.items()
        if ref.startswith("Task/")
        for p, to in links(r)
        if p.code == "based-on" and to.startswith("CarePlan/")
    }

    _, found = await along(demo, "/fhir/CarePlan?_revinclude=Task:based-on&_count=500")

    assert set(found) == tasks


@MODULE
async def test_an_iterated_include_goes_on_from_what_it_brought(
    demo: Service, visible: dict[str, Json]
) -> None:
    once = "/fhir/PractitionerRole?_include=PractitionerRole:organization&_count=500"
    again = f"{once}&_include:iterate=Organization:partof"

    _, first = await along(demo, once)
    _, whole = await along(demo, again)

    reached = set(first)
    for _ in range(10):
        reached |= {to for ref in reached for p, to in links(visible[ref]) if p.code == "partof"}
    assert set(whole) == reached
    assert len(whole) > len(first)


@MODULE
async def test_a_page_brings_along_what_goes_with_it_alone(demo: Service, visible: dict[str, Json]) -> None:
    first = (await demo.http.get("/fhir/Task?_count=1&_include=Task:patient")).json()

    modes = [entry["search"]["mode"] for entry in first["entry"]]
    assert modes == ["match", "include"]
    patient = first["entry"][0]["resource"]["for"]["reference"]
    assert first["entry"][1]["resource"]["id"] == patient.partition("/")[2]


@MODULE
@pytest.mark.parametrize("name", ["system-municipality", "system-booking", "system-rehab", "patient-cancer"])
async def test_links_tell_nothing_of_what_the_caller_does_not_see(
    demo: Service, visible: dict[str, Json], name: str
) -> None:
    http = demo.as_(name)
    own = await seen_by(http)
    hidden = [r for ref, r in sorted(visible.items()) if ref not in own]
    rng = random.Random(name)  # noqa: S311  # the same choice every time
    asked = 0
    while asked < 20:
        made = walk(rng.choice(hidden if rng.random() < 0.7 else list(own.values())), visible | own, rng, 2)
        if made is None or (await http.get(f"/fhir/{made[0]}?_count=0")).status_code == 403:
            continue
        asked += 1
        resource_type, pair = made

        assert await found_as(http, resource_type, [pair]) == expected(own, resource_type, [pair]), pair


@MODULE
@pytest.mark.parametrize("name", ["system-municipality", "system-booking", "patient-cancer"])
async def test_nothing_comes_along_that_the_caller_does_not_see(demo: Service, name: str) -> None:
    http = demo.as_(name)
    own = await seen_by(http)
    assert own
    for resource_type in sorted({ref.partition("/")[0] for ref in own}):
        asked = f"/fhir/{resource_type}?_include=*&_include:iterate=*&_revinclude=*&_count=500"
        found = resources_of(await pages(http, asked))

        assert {f"{r['resourceType']}/{r['id']}" for r in found} <= own.keys()


async def test_a_canonical_is_followed_by_the_address_of_what_it_names(service: Service) -> None:
    form = await create(service.http, A_FORM)
    patient = await create(service.http, a_patient(TOLVAN))
    answers = {
        "status": "completed",
        "questionnaire": f"{A_FORM['url']}|1",
        "resourceType": "QuestionnaireResponse",
    }
    given = await create(service.http, answers | {"subject": {"reference": f"Patient/{patient['id']}"}})

    _, along_with = await along(
        service, "/fhir/QuestionnaireResponse?_include=QuestionnaireResponse:questionnaire"
    )
    _, back = await along(service, "/fhir/Questionnaire?_revinclude=QuestionnaireResponse:questionnaire")
    by_title = await found_by(service, "QuestionnaireResponse", [("questionnaire.title", "uppf")])
    unlike = await found_by(service, "QuestionnaireResponse", [("questionnaire.title", "annan")])
    answered = await found_by(
        service, "Questionnaire", [("_has:QuestionnaireResponse:questionnaire:status", "completed")]
    )

    assert along_with == answered == [f"Questionnaire/{form['id']}"]
    assert back == by_title == [f"QuestionnaireResponse/{given['id']}"]
    assert unlike == []


def a_place(name: str, within: str | None = None) -> Json:
    place = {"resourceType": "Location", "name": name}
    return place | ({"partOf": {"reference": f"Location/{within}"}} if within else {})


async def test_a_place_stands_for_all_that_is_within_it(service: Service) -> None:
    house = (await create(service.http, a_place("Huset")))["id"]
    ward = (await create(service.http, a_place("Avdelning 3", house)))["id"]
    room = (await create(service.http, a_place("Rum 7", ward)))["id"]
    await create(service.http, a_place("Ett annat hus"))
    slot = {"resourceType": "Schedule", "actor": [{"reference": f"Location/{room}"}]}
    plan = (await create(service.http, slot))["id"]

    within = await found_by(service, "Location", [("partof:below", f"Location/{house}")])
    without = await found_by(service, "Location", [("partof:above", room)])
    booked = await found_by(service, "Schedule", [("actor:below", f"Location/{house}")])
    chained = await found_by(service, "Slot", [("schedule:Schedule.actor:below", f"Location/{house}")])
    refused = await service.http.get("/fhir/Schedule?actor:below=Patient/x")

    assert within == sorted([f"Location/{ward}", f"Location/{room}"])
    assert without == sorted([f"Location/{ward}", f"Location/{room}"])
    assert (booked, chained) == ([f"Schedule/{plan}"], [])
    assert refused.status_code == 400
