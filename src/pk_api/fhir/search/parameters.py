"""Search parameters of every served type, with the function that finds their values in a resource.

Source: definitions/search_parameters.json, generated from the official R4 4.0.1 definitions.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib import resources
from types import MappingProxyType
from typing import Any, Final, Literal

from pk_api.fhir.resource_types import CONFORMANCE_TYPES, TYPES
from pk_api.fhir.search.paths import Choices, Extract, compile_path, compile_within
from pk_api.fhir.systems import BASE, EXT_MEASURED_UNDER

ParameterType = Literal[
    "token", "string", "date", "reference", "quantity", "number", "uri", "composite", "special"
]
SEARCHABLE: Final = frozenset(
    {"token", "string", "date", "reference", "quantity", "number", "uri", "composite"}
)
"""Types of parameter that `query` reads; special ones are refused by name."""

_TOKENS: Final = frozenset({"boolean", "code", "id", "string", "Coding", "CodeableConcept", "Identifier"})
"""Types of elements that a token may be compared with."""


def _nothing(_resource: dict[str, Any]) -> list[Any]:
    return []


@dataclass(frozen=True, slots=True)
class Component:
    """A part of a composite: how it is compared, and what finds its values in the composite's element."""

    type: ParameterType
    system: str | None
    targets: tuple[str, ...]
    extract: Extract = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class SearchParameter:
    """A search parameter as it applies to one resource type.

    `targets` holds resource types, or `*` for any; `is_canonical` says that its references are canonicals;
    `system` is the code system that the element's binding implies; `components` are those of a composite,
    whose `extract` finds the elements that they are all within.
    """

    code: str
    type: ParameterType
    expression: str
    url: str
    description: str
    targets: tuple[str, ...] = ()
    is_canonical: bool = False
    components: tuple[Component, ...] = ()
    system: str | None = None
    extract: Extract = field(default=_nothing, compare=False, repr=False)

    @property
    def is_searchable(self) -> bool:
        """Whether a query may name it."""
        return self.type in SEARCHABLE


def _load() -> dict[str, Any]:
    source = resources.files("pk_api.fhir.definitions") / "search_parameters.json"
    table: dict[str, Any] = json.loads(source.read_text("utf-8"))
    return table


def _components(row: Mapping[str, Any], choices: Choices) -> Iterator[Component]:
    base = row["expression"].partition(" | ")[0]
    for definition, expression in row.get("components", ()):
        named = _BY_URL[definition]
        kinds = _TOKENS if named["type"] == "token" else frozenset[str]()
        extract = compile_within(base, expression, choices, kinds)
        yield Component(named["type"], named.get("system"), tuple(named.get("targets", ())), extract)


def _parameter(code: str, row: Mapping[str, Any], choices: Choices) -> SearchParameter:
    return SearchParameter(
        code=code,
        type=row["type"],
        expression=row["expression"],
        url=row["url"],
        description=row["description"],
        targets=tuple(row.get("targets", ())),
        is_canonical=row.get("canonical", False),
        components=tuple(_components(row, choices)),
        system=row.get("system"),
        extract=compile_path(row["expression"], choices) if row["type"] in SEARCHABLE else _nothing,
    )


def _compiled(
    table: Mapping[str, Mapping[str, Any]], choices: Choices
) -> dict[str, Mapping[str, SearchParameter]]:
    rows = {
        base: {code: _parameter(code, row, choices) for code, row in table[base].items()} for base in table
    }
    common = rows.pop("Resource")
    for base, alias, code in ALIASES:
        url = f"{BASE}/SearchParameter/{base}-{alias}"
        rows[base][alias] = replace(rows[base][code], code=alias, url=url)
    for base, own in OWN:
        rows[base][own.code] = own
    served = sorted(TYPES.keys() | CONFORMANCE_TYPES)
    return {base: MappingProxyType(common | rows.get(base, {})) for base in served}


ALIASES: Final = (("Subscription", "uri", "url"),)
"""Names that implementation guides use for a parameter of R4 (IHE Dynamic Care Planning: `uri`)."""


def _own(base: str, code: str, value: str, targets: tuple[str, ...], description: str) -> SearchParameter:
    """Return a parameter over the references in an extension of the product's own."""
    expression = f"{base}.extension.where(url='{value}').value.as(Reference)"
    return SearchParameter(
        code=code,
        type="reference",
        expression=expression,
        url=f"{BASE}/SearchParameter/{base}-{code}",
        description=description,
        targets=targets,
        extract=compile_path(expression, {f"{base}.extension.value": ("Reference",)}),
    )


OWN: Final = (
    (
        "Observation",
        _own(
            "Observation",
            "action",
            EXT_MEASURED_UNDER,
            ("ServiceRequest", "Task"),
            "The action that the patient measures under",
        ),
    ),
)
"""Parameters over what R4 has no element for, by type."""

_TABLE = _load()
_BY_URL: Final = {row["url"]: row for rows in _TABLE["parameters"].values() for row in rows.values()}
SEARCH_PARAMETERS: Final[Mapping[str, Mapping[str, SearchParameter]]] = MappingProxyType(
    _compiled(_TABLE["parameters"], _TABLE["choices"])
)
"""By resource type and code, in each `_id`, `_lastUpdated`, `_profile`, `_security`, `_source` and `_tag`."""

COMPARTMENT: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {base: tuple(codes) for base, codes in _TABLE["compartment"].items()}
)
"""Search parameters that place a resource of the type in a Patient compartment."""

URI_ELEMENTS: Final = frozenset(_TABLE["uris"])
"""Names of elements of type uri, url, oid or uuid."""


_DATES: Final = (
    "date",
    "start",
    "authored-on",
    "authored",
    "sent",
    "recorded",
    "recorded-date",
    "start-date",
)


def _chief_date(base: str) -> str | None:
    for code in _DATES:
        if code in SEARCH_PARAMETERS[base] and SEARCH_PARAMETERS[base][code].type == "date":
            return code
    return None


SORT_DATE: Final[Mapping[str, str | None]] = MappingProxyType(
    {base: _chief_date(base) for base in SEARCH_PARAMETERS}
)
"""The date parameter whose low end is kept as the sort date of the type; `date` where the type has it."""
