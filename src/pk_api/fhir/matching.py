"""Whether a resource in hand matches a query: what the store's search means, said once without SQL.

Needed where a resource is not looked up but judged: what an index cannot tell (`:exact`, `:contains`), and
as the yardstick of the store's statements.
"""

from collections.abc import Mapping
from typing import Any

from pk_api.fhir.filters import Filter
from pk_api.fhir.index_values import IndexValues, index_of, normalise, string_parts
from pk_api.fhir.query import Query
from pk_api.fhir.spans import time_bounds


def matches(query: Query, resource: dict[str, Any], *, base_url: str = "") -> bool:
    """Say whether the resource is of the query's type and every filter holds."""
    if resource["resourceType"] != query.type:
        return False
    index = index_of(resource, base_url=base_url)
    return all(_holds(filter_, resource, index) for filter_ in query.filters)


def _holds(filter_: Filter, resource: dict[str, Any], index: IndexValues) -> bool:
    if filter_.parameter.code == "_id":
        return resource.get("id") in filter_.values
    if filter_.parameter.code == "_lastUpdated":
        return _is_updated_within(filter_, resource.get("meta", {}))
    if filter_.modifier in ("exact", "contains"):
        return _has_text(filter_, resource)
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


def _has_text(filter_: Filter, resource: dict[str, Any]) -> bool:
    texts = [text for value in filter_.parameter.extract(resource) for text in string_parts(value)]
    if filter_.modifier == "exact":
        return any(value in texts for value in filter_.values)
    return any(value in normalise(text) for value in filter_.values for text in texts)
