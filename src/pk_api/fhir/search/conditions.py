"""What a search demands of a resource: a filter of its own, or one of a resource that it is linked with.

Source: https://hl7.org/fhir/R4/search.html#chaining, #has, https://hl7.org/fhir/R4/compartmentdefinition.html.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final, Union

from pk_api.fhir.resource_types import TYPES
from pk_api.fhir.search.filter_values import read_filter
from pk_api.fhir.search.filters import Filter, is_modifier, targets
from pk_api.fhir.search.parameters import COMPARTMENT, SEARCH_PARAMETERS, SearchParameter

MOST_LINKS: Final = 4
"""Resources that one condition may go through, by chains and `_has` together."""


class NotSupported(ValueError):
    """A parameter, a modifier or a link that does not exist here."""


@dataclass(frozen=True, slots=True)
class Chain:
    """A reference leads to a resource of one of the types that meets the condition for that type."""

    parameter: SearchParameter
    branches: "tuple[tuple[str, Condition], ...]"


@dataclass(frozen=True, slots=True)
class Has:
    """A resource of the type refers here by the parameter and meets the condition."""

    type: str
    parameter: SearchParameter
    condition: "Condition"


Condition = Union[Filter, Chain, Has]  # noqa: UP007  # a union of names that refer to it


@dataclass(frozen=True, slots=True)
class Compartment:
    """What is in the compartment of the Patient with this id."""

    patient: str

    def filters(self, resource_type: str) -> tuple[Filter, ...]:
        """Return the filters of which one must hold; none when the type is in no Patient compartment."""
        if resource_type == "Patient":
            return (Filter(SEARCH_PARAMETERS["Patient"]["_id"], values=(self.patient,)),)
        value = f"Patient/{self.patient}"
        codes = COMPARTMENT.get(resource_type, ())
        return tuple(Filter(SEARCH_PARAMETERS[resource_type][code], values=(value,)) for code in codes)


@cache
def compartment_types() -> tuple[str, ...]:
    """Return the stored types that a Patient compartment holds."""
    return tuple(sorted({"Patient", *(TYPES.keys() & COMPARTMENT.keys())}))


def read_condition(resource_type: str, name: str, text: str, base_url: str = "", links: int = 0) -> Condition:
    """Return what `name=text` demands of a resource of the type.

    Raises NotSupported for what does not exist here, ValueError for a value that cannot be read.
    """
    if links > MOST_LINKS:
        raise ValueError(f"at most {MOST_LINKS} links may be followed")
    if name.startswith("_has:"):
        return _has(resource_type, name, text, base_url, links)
    head, dot, rest = name.partition(".")
    if dot:
        return _chain(resource_type, head, rest, (text, base_url, links))
    code, colon, modifier = name.partition(":")
    parameter = SEARCH_PARAMETERS[resource_type].get(code)
    if parameter is None or not parameter.is_searchable:
        raise NotSupported("it is not supported")
    if colon and not is_modifier(parameter, modifier):
        raise NotSupported("the modifier is not supported")
    return read_filter(parameter, modifier or None, text, base_url)


def _link(resource_type: str, code: str) -> SearchParameter:
    parameter = SEARCH_PARAMETERS[resource_type].get(code)
    if parameter is None or parameter.type != "reference":
        raise NotSupported("a chain goes by a reference parameter of the type")
    return parameter


def _chain(resource_type: str, head: str, rest: str, asked: tuple[str, str, int]) -> Chain:
    code, colon, named = head.partition(":")
    parameter = _link(resource_type, code)
    text, base_url, links = asked
    branches: list[tuple[str, Condition]] = []
    for target in _chained_types(parameter, named if colon else None):
        try:
            branches.append((target, read_condition(target, rest, text, base_url, links + 1)))
        except NotSupported:
            continue
    if not branches:
        raise NotSupported("no type that it may lead to has this parameter")
    return Chain(parameter, tuple(branches))


def _chained_types(parameter: SearchParameter, named: str | None) -> list[str]:
    stored = [target for target in targets(parameter) if target in TYPES]
    if named is not None:
        if named not in stored:
            raise NotSupported("it does not lead to this type")
        return [named]
    if "*" in parameter.targets:
        raise NotSupported("it leads to any type: say which, as in focus:Task.status")
    return stored


def _has(resource_type: str, name: str, text: str, base_url: str, links: int) -> Has:
    parts = name.split(":", 3)
    if len(parts) != 4:
        raise NotSupported("_has:Type:reference:parameter is expected")
    _, source, code, rest = parts
    if source not in TYPES:
        raise NotSupported("_has names a resource type of this service")
    parameter = _link(source, code)
    if resource_type not in targets(parameter):
        raise NotSupported("_has goes by a reference that may lead here")
    return Has(source, parameter, read_condition(source, rest, text, base_url, links + 1))
