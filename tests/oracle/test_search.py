"""The service finds what an independent reading of the specification finds, on both databases."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.oracle.asking import QUESTIONS
from tests.oracle.links import World, is_found
from tests.oracle.making import POPULATIONS, STANDING, place
from tests.oracle.meaning import Asked, Json, Step
from tests.support.service import Service, bundle, entry, served

FEW, MANY = 8, 1000
"""Populations, each asked twenty queries."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A service, the loop that it runs in, and numbers for populations that do not meet."""

    service: Service
    loop: asyncio.Runner
    numbers: Iterator[int]


@pytest.fixture
def asking(database_url: str, tmp_path: Path) -> Iterator[Asking]:
    with asyncio.Runner() as loop:
        stack = AsyncExitStack()
        service = loop.run(stack.enter_async_context(served(database_url, tmp_path)))
        loop.run(_standing(service))
        yield Asking(service, loop, count(1))
        loop.run(stack.aclose())


async def _standing(service: Service) -> None:
    for resource in STANDING:
        answer = await service.http.put(f"/fhir/{resource['resourceType']}/{resource['id']}", json=resource)
        assert answer.status_code == 201, answer.text


def escaped(value: str, kind: str) -> str:
    """Return a value as it stands in a query: the separators that it does not mean are escaped."""
    kept = "|" if kind == "system" else ""
    return "".join(f"\\{c}" if c in "\\,$|" and c not in kept else c for c in value)


def written(asked: Asked) -> str:
    """Return a parameter as an address has it."""
    values = ",".join(quote(_value(each), safe="") for each in asked.values)
    path = "".join(_step(each) for each in asked.path)
    return f"{path}{asked.code}{':' if asked.modifier else ''}{asked.modifier}={values}"


def _step(step: Step) -> str:
    return f"_has:{step.type}:{step.code}:" if step.back else f"{step.code}:{step.type}."


def _value(value: str | tuple[str, ...]) -> str:
    if isinstance(value, tuple):
        return "$".join(_value(each) for each in value)
    system, bar, code = value.rpartition("|")
    if bar and system in ("", "http://example.org/one", "http://example.org/two"):
        return f"{escaped(system, '')}|{escaped(code, '')}"
    return escaped(value, "system" if "unitsofmeasure" in value or "||" in value else "")


async def found(service: Service, kind: str, asked: tuple[Asked, ...], tag: str) -> set[str]:
    """Return the ids that the service finds, over all pages."""
    address = f"/fhir/{kind}?_tag={tag}&_count=200&" + "&".join(written(each) for each in asked)
    answer = await service.http.get(address)
    assert answer.status_code == 200, f"{address}: {answer.text}"
    return {each["resource"]["id"] for each in answer.json().get("entry", ())}


async def stored(service: Service, population: list[Json], tag: str) -> list[Json]:
    """Store a population in one transaction, and return it with its ids."""
    marked = [resource | {"meta": {"tag": [{"code": tag}]}} for resource in population]
    entries = [entry("POST", r["resourceType"], r, full_url=place(i)) for i, r in enumerate(marked)]
    answer = await bundle(service.http, "transaction", *entries, Prefer="return=minimal")
    assert answer.status_code == 200, answer.text
    found = [each["response"]["location"].split("/fhir/")[1].split("/") for each in answer.json()["entry"]]
    text = json.dumps(marked)
    for index, (kind, name, *_) in enumerate(found):
        text = text.replace(place(index), f"{kind}/{name}")
    return [resource | {"id": name} for resource, (_, name, *_) in zip(json.loads(text), found, strict=True)]


async def compared(asking: Asking, population: list[Json], questions: list[Any]) -> None:
    tag = f"population-{next(asking.numbers)}"
    resources = await stored(asking.service, population, tag)
    world: World = {f"{r['resourceType']}/{r['id']}": r for r in (*STANDING, *resources)}
    for kind, asked in questions:
        wanted = {r["id"]: r for r in resources if r["resourceType"] == kind}
        expected = {name for name, r in wanted.items() if all(is_found(world, r, each) for each in asked)}
        got = await found(asking.service, kind, asked, tag)
        differing = [wanted.get(name, name) for name in got ^ expected]
        assert got == expected, f"{[written(each) for each in asked]}: {differing}, found {got - expected}"


def run(asking: Asking, populations: int) -> None:
    @settings(
        max_examples=populations,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        derandomize=populations == FEW,
        suppress_health_check=list(HealthCheck),
    )
    @given(POPULATIONS, QUESTIONS)
    def agree(population: list[Json], questions: list[Any]) -> None:
        asking.loop.run(compared(asking, population, questions))

    agree()
    print(f"{populations * 20} queries agree")


def test_a_few_hundred_queries_find_what_the_specification_says(asking: Asking) -> None:
    run(asking, FEW)


@pytest.mark.slow
def test_thousands_of_queries_find_what_the_specification_says(asking: Asking) -> None:
    run(asking, MANY)
