"""What chains, `_has` and composites mean, read from the specification a second time.

Source: https://hl7.org/fhir/R4/search.html, 3.1.1.5 and 3.1.1.6. A composite is found where one element, not
several together, has all its parts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from pk_api.fhir.structures import table
from tests.oracle.meaning import Asked, Json, Step, definition, found_by, holds, matching, values

World = Mapping[str, Json]
"""All that stands, by reference."""


def is_found(world: World, resource: Json, asked: Asked) -> bool:
    """Say whether a resource is found by a parameter, with all that it refers to and is referred to by."""
    ends = [resource]
    for step in asked.path:
        ends = [each for end in ends for each in _next(world, end, step)]
    plain = replace(asked, path=())
    return any(_holds(end, plain) for end in ends)


def _next(world: World, resource: Json, step: Step) -> Iterator[Json]:
    if not step.back:
        named = _references(resource, step.code) & world.keys()
        yield from (world[name] for name in named if name and name.startswith(f"{step.type}/"))
        return
    me = f"{resource['resourceType']}/{resource['id']}"
    for each in world.values():
        if each["resourceType"] == step.type and me in _references(each, step.code):
            yield each


def _references(resource: Json, code: str) -> set[str | None]:
    return {found.get("reference") for found in values(resource, code)}


def _holds(resource: Json, asked: Asked) -> bool:
    official = definition(resource["resourceType"], asked.code)
    if official["type"] != "composite":
        return holds(resource, asked)
    elements = [e for part in official["expression"].split("|") for e in _elements(resource, part.strip())]
    return any(
        all(
            _part_holds(resource, element, component, part)
            for component, part in zip(official["components"], value, strict=True)
        )
        for element in elements
        for value in asked.values
    )


def _elements(resource: Json, expression: str) -> list[str]:
    """Return an expression for each of the elements that this one finds."""
    if "." not in expression:
        return [expression]
    return [f"{expression}[{index}]" for index in range(len(found_by(resource, expression)))]


def _part_holds(resource: Json, element: str, component: list[str], value: str) -> bool:
    url, expression = component
    match = matching(_type_of(url))
    for way in expression.split(" | "):
        exact = way.replace(".as(", ".ofType(").replace("DateTime", "dateTime")
        if any(match(each, value, "") for each in found_by(resource, f"{element}.{exact}")):
            return True
    return False


@cache
def _type_of(url: str) -> str:
    every: Mapping[str, Mapping[str, Any]] = table("search_parameters")["parameters"]
    return next(row["type"] for rows in every.values() for row in rows.values() if row["url"] == url)
