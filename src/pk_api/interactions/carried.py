"""The carried artefacts as they are served: each with a version that its content gives, and what links them.

Source of the links: https://hl7.org/fhir/R4/search.html#revinclude, over reference parameters whose values
are canonicals.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from itertools import chain
from types import MappingProxyType
from typing import Any, Final
from zlib import crc32

from pk_api.fhir.artefacts import registry
from pk_api.fhir.artefacts.building import DATE
from pk_api.fhir.resource_types import CONFORMANCE_TYPES
from pk_api.fhir.search.includes import Include
from pk_api.fhir.search.parameters import SEARCH_PARAMETERS, SearchParameter
from pk_api.fhir.values import dump
from pk_api.records.values import Key, Stored

Json = dict[str, Any]

CARRIED: Final = CONFORMANCE_TYPES | {"Questionnaire"}
"""The types of which artefacts are carried."""
_RELEASED: Final = datetime.fromisoformat(DATE).replace(tzinfo=UTC)


@cache
def resources(resource_type: str) -> Mapping[str, Json]:
    """Return the carried artefacts of a type by id, in the order of their ids."""
    return MappingProxyType(
        {name: _with_meta(each) for name, each in sorted(registry.of_type(resource_type).items())}
    )


@cache
def versions(resource_type: str) -> Mapping[str, Stored]:
    """Return them as versions with their text."""
    return MappingProxyType({name: _stored(each) for name, each in resources(resource_type).items()})


@cache
def all_resources() -> Mapping[str, Json]:
    """Return all carried artefacts by `Type/id`."""
    found = chain.from_iterable(resources(kind).values() for kind in sorted(CONFORMANCE_TYPES))
    return MappingProxyType({f"{each['resourceType']}/{each['id']}": each for each in found})


def _with_meta(artefact: Json) -> Json:
    meta = {"versionId": str(crc32(dump(artefact)) % 10**9), "lastUpdated": f"{DATE}T00:00:00Z"}
    kind, name = artefact["resourceType"], artefact["id"]
    rest = {key: value for key, value in artefact.items() if key not in ("resourceType", "id")}
    return {"resourceType": kind, "id": name, "meta": meta, **rest}


def _stored(resource: Json) -> Stored:
    key = Key("", resource["resourceType"], resource["id"])
    return Stored(key, int(resource["meta"]["versionId"]), _RELEASED, dump(resource).decode())


def included(matches: Iterable[Stored], includes: Sequence[Include]) -> tuple[Stored, ...]:
    """Return the carried artefacts that come along with these, each once; iterated links go on to the end."""
    seen = {each.reference for each in matches}
    found: dict[str, Json] = {}
    ahead, is_first = [all_resources()[reference] for reference in sorted(seen)], True
    while ahead:
        following: list[Json] = []
        for include in includes:
            if is_first or include.is_iterated:
                following += _linked(include, ahead)
        ahead = [each for each in following if f"{each['resourceType']}/{each['id']}" not in seen]
        found |= {f"{each['resourceType']}/{each['id']}": each for each in ahead}
        seen |= found.keys()
        is_first = False
    return tuple(versions(each["resourceType"])[each["id"]] for each in found.values())


def named_by(stored: Iterable[Stored], includes: Sequence[Include]) -> tuple[Stored, ...]:
    """Return the carried artefacts that stored resources name by canonical, each once."""
    forward = [each for each in includes if not each.is_reverse]
    sources = [each.resource for each in stored] if forward else []
    found = {each["url"]: each for include in forward for each in _linked(include, sources)}
    return tuple(versions(each["resourceType"])[each["id"]] for each in found.values())


def _linked(include: Include, sources: Sequence[Json]) -> Iterator[Json]:
    if include.is_reverse:
        urls = {each["url"] for each in sources if "url" in each}
        for other in all_resources().values():
            if include.source in (None, other["resourceType"]) and urls & set(_canonicals(include, other)):
                yield other
        return
    for each in sources:
        if include.source in (None, each["resourceType"]):
            for canonical in _canonicals(include, each):
                for kind in (include.target,) if include.target else sorted(CARRIED):
                    target = registry.find(kind, canonical)
                    if target is not None:
                        yield resources(kind)[target["id"]]


def _canonicals(include: Include, resource: Json) -> Iterator[str]:
    """Yield the canonicals that a resource links to by the parameter, or by any."""
    for parameter in _parameters(include, resource["resourceType"]):
        for value in parameter.extract(resource):
            if isinstance(value, str):
                yield value


def _parameters(include: Include, resource_type: str) -> Iterable[SearchParameter]:
    if include.parameter is not None:
        return (include.parameter,)
    return (each for each in SEARCH_PARAMETERS[resource_type].values() if each.type == "reference")
