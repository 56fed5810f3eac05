"""`:above` and `:below` of references: places and organisations with those that they are parts of, or hold.

Source: https://hl7.org/fhir/R4/search.html#recursive.
"""

from dataclasses import replace
from typing import Any

from pk_api.access.visible import Visible
from pk_api.fhir.problems import Problem
from pk_api.fhir.search.conditions import Chain, Condition, Has
from pk_api.fhir.search.filters import HIERARCHIES, Filter
from pk_api.fhir.search.includes import Include
from pk_api.fhir.search.parameters import SEARCH_PARAMETERS
from pk_api.fhir.search.query import Query
from pk_api.store import ids
from pk_api.store.reading import chosen_keys
from pk_api.store.rows import EPOCH, Key, Stored
from pk_api.store.searching.included import included


async def widened(db: Any, query: Query, visible: Visible, *, now: int) -> Query:
    """Return the query with each value of such a filter followed by all above or below it that is visible.

    Problem `invalid` when those are too many.
    """
    if not any(_is_wide(one) for one in query.conditions):
        return query
    conditions = [await _condition(db, one, visible, now) for one in query.conditions]
    return replace(query, conditions=tuple(conditions))


def _is_wide(condition: Condition) -> bool:
    if isinstance(condition, Chain):
        return any(_is_wide(one) for _, one in condition.branches)
    if isinstance(condition, Has):
        return _is_wide(condition.condition)
    return condition.is_hierarchical


async def _condition(db: Any, condition: Condition, visible: Visible, now: int) -> Condition:
    if not _is_wide(condition):
        return condition
    if isinstance(condition, Chain):
        branches = [(t, await _condition(db, one, visible, now)) for t, one in condition.branches]
        return replace(condition, branches=tuple(branches))
    if isinstance(condition, Has):
        return replace(condition, condition=await _condition(db, condition.condition, visible, now))
    return await _filter(db, condition, visible, now)


async def _filter(db: Any, filter_: Filter, visible: Visible, now: int) -> Filter:
    named = [value.partition("/") for value in filter_.values]
    places = [(kind, rest.partition("/")[0]) for kind, _, rest in named if kind in HIERARCHIES]
    chosen = await chosen_keys(db, places)
    keys = [Key(ids.key_in_id(*one) or chosen.get(one, ""), *one) for one in places]
    starts = [Stored(key, 0, EPOCH, "") for key in keys]
    links = [_link(kind, down=filter_.modifier == "below") for kind in HIERARCHIES]
    found, is_cut = await included(db, links, starts, visible, now=now)
    if is_cut:
        text = f"Search parameter {filter_.parameter.code}: more is below than can be searched."
        raise Problem("invalid", text)
    values = [*filter_.values, *(stored.reference for stored in found)]
    return replace(filter_, values=tuple(dict.fromkeys(values)))


def _link(kind: str, *, down: bool) -> Include:
    parameter = SEARCH_PARAMETERS[kind][HIERARCHIES[kind]]
    return Include(kind, parameter, kind, is_reverse=down, is_iterated=True)
