"""The demo's resources, and copies of them in which something is taken away, doubled or put elsewhere."""

import copy
from datetime import date
from random import Random
from typing import Any

import orjson

from pk_api.demo.journeys import all_steps

Json = dict[str, Any]

DEMO = [
    orjson.loads(entry.resource.model_dump_json())
    for step in all_steps(date(2026, 3, 10))
    for entry in step.bundle.entry
]


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Return every container with each of its keys or indexes."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [place for key in keys for place in [(value, key), *_places(value[key])]]


def mutated(resource: Json, choice: Random) -> Json:
    """Return a copy with one thing taken away, doubled, or put in place of another."""
    changed = copy.deepcopy(resource)
    container, key = choice.choice(_places(changed))
    other, source = choice.choice(_places(changed))
    kind = choice.randrange(3)
    if kind == 0:
        del container[key]
    elif kind == 1 and isinstance(container, list):
        container.append(copy.deepcopy(container[key]))
    else:
        container[key] = copy.deepcopy(other[source])
    return changed
