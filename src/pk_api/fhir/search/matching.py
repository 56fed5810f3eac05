"""Whether a resource matches a query: what the store's search means, said once without SQL.

Needed where a resource is not looked up but judged, and as the yardstick of the store's statements. Links are
followed among resources that are given.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from pk_api.fhir.search.conditions import Chain, Condition, Has
from pk_api.fhir.search.filters import Filter
from pk_api.fhir.search.index_forms import local_form, normalise, string_parts
from pk_api.fhir.search.index_values import JOIN, IndexValues, index_of
from pk_api.fhir.search.parameters import SearchParameter
from pk_api.fhir.search.query import Query
from pk_api.fhir.search.spans import time_bounds

Json = dict[str, Any]
Others = Mapping[str, Json]
"""The resources that links may lead to, by `Type/id`."""


def matches(query: Query, resource: Json, *, base_url: str = "", others: Others | None = None) -> bool:
    """Say whether the resource is of the query's types and every condition holds."""
    if resource["resourceType"] not in query.types:
        return False
    if query.compartment is not None:
        within = query.compartment.filters(resource["resourceType"])
        if not any(meets(one, resource, base_url=base_url) for one in within):
            return False
    return all(meets(one, resource, base_url=base_url, others=others) for one in query.conditions)


def meets(condition: Condition, resource: Json, *, base_url: str = "", others: Others | None = None) -> bool:
    """Say whether the resource meets one condition."""
    if isinstance(condition, Filter):
        return _holds(condition, resource, index_of(resource, base_url=base_url))
    if isinstance(condition, Chain):
        return _leads(condition, resource, base_url, others or {})
    return _is_led_to(condition, resource, base_url, others or {})


def _leads(chain: Chain, resource: Json, base_url: str, others: Others) -> bool:
    linked = [
        other for ref in _references(chain.parameter, resource, base_url) for other in _named(ref, others)
    ]
    return any(
        other["resourceType"] == target and meets(condition, other, base_url=base_url, others=others)
        for target, condition in chain.branches
        for other in linked
    )


def _is_led_to(has: Has, resource: Json, base_url: str, others: Others) -> bool:
    own = f"{resource['resourceType']}/{resource.get('id')}"
    return any(
        own in _references(has.parameter, other, base_url)
        and meets(has.condition, other, base_url=base_url, others=others)
        for other in others.values()
        if other["resourceType"] == has.type
    )


def _references(parameter: SearchParameter, resource: Json, base_url: str) -> set[str]:
    found = set()
    for value in parameter.extract(resource):
        literal = value if isinstance(value, str) else str(value.get("reference", ""))
        found.add(local_form(literal, base_url).partition("/_history/")[0])
    return found


def _named(reference: str, others: Others) -> Iterable[Json]:
    """What a literal reference or a canonical leads to."""
    if reference in others:
        return [others[reference]]
    url = reference.partition("|")[0]
    return [other for other in others.values() if url and other.get("url") == url]


def _holds(filter_: Filter, resource: Json, index: IndexValues) -> bool:
    if filter_.parameter.code == "_id":
        return resource.get("id") in filter_.values
    if filter_.parameter.code == "_lastUpdated":
        return _is_updated_within(filter_, resource.get("meta", {}))
    if filter_.is_part:
        return _has_part(filter_, resource)
    if filter_.is_paired:
        return _has_pair(filter_, index)
    if filter_.ranges:
        return _is_in_range(filter_, index)
    return any(needle in index.ix for needle in filter_.needles()) != filter_.is_negated


def _is_updated_within(filter_: Filter, meta: Mapping[str, Any]) -> bool:
    bounds = time_bounds(meta.get("lastUpdated"))
    return bounds is not None and any(range_.holds(*bounds) for range_ in filter_.ranges)


def _is_in_range(filter_: Filter, index: IndexValues) -> bool:
    return any(
        range_.holds(span.low, span.high, span.unit)
        for span in index.spans
        if span.param == filter_.parameter.code
        for range_ in filter_.ranges
    )


def _has_pair(filter_: Filter, index: IndexValues) -> bool:
    """Whether one element has both the code and a value within the range."""
    return any(
        range_.holds(span.low, span.high, span.unit) and f"{needle}{number}\x1f" in index.ix
        for span in index.spans
        for code, _, number in [span.param.partition(JOIN)]
        if code == filter_.parameter.code
        for needle, range_ in zip(filter_.needles(), filter_.ranges, strict=True)
    )


def _has_part(filter_: Filter, resource: Json) -> bool:
    texts = [text for value in filter_.parameter.extract(resource) for text in string_parts(value)]
    return any(part in normalise(text) for part in filter_.parts() for text in texts)
