"""What comes along with the matches of a search: resources that they refer to, or that refer to them."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Integer, Select, and_, select, tuple_

from pk_api.access.visible import Visible
from pk_api.fhir.search.includes import Include
from pk_api.store import within
from pk_api.store.database import Statement
from pk_api.store.dialect import Dialect
from pk_api.store.masking import hidden_by, is_told, told
from pk_api.store.reading import KEY_COLUMNS, body_of
from pk_api.store.rows import Key, Stored, stored_of
from pk_api.store.searching.conditions import canonical_links, param, reference_links
from pk_api.store.tables import CURRENT, LOOKUP, REFERENCE

MOST_INCLUDED: Final = 1_000
MOST_ROUNDS: Final = 10


@lru_cache(maxsize=1000)
def _statement(shape: within.Shape, include: Include) -> Statement:
    """Select what one kind of link leads to from the resources that are given, within what is visible."""

    def build(d: Dialect) -> Select[Any]:
        here, there = CURRENT.alias("here"), CURRENT.alias("there")
        source, target = (there, here) if include.is_reverse else (here, there)
        given = d.rows("given", KEY_COLUMNS)
        linked = [*_links(d, include, source, target), is_told(shape, source, target.c.type)]
        from_given = and_(*(here.c[key] == given.c[key] for key in KEY_COLUMNS))
        types = [source.c.type == include.source] if include.source else []
        types += [target.c.type == include.target] if include.target else []
        found = select(*(there.c[key] for key in KEY_COLUMNS)).where(from_given, *types, *linked)
        columns = (CURRENT.c[name] for name in ("patient_key", "type", "id", "version", "updated"))
        return (
            select(*columns, body_of().label("body"), hidden_by(shape))
            .where(
                tuple_(*(CURRENT.c[key] for key in KEY_COLUMNS)).in_(found),
                CURRENT.c.deleted == 0,
                within.filter_of(shape),
            )
            .order_by(*(CURRENT.c[key] for key in KEY_COLUMNS))
            .limit(param("limit", Integer))
        )

    return Statement(build)


def _links(d: Dialect, include: Include, source: Any, target: Any) -> Sequence[Any]:
    code = include.parameter.code if include.parameter else None
    if include.parameter is not None and include.parameter.is_canonical:
        return canonical_links(d, code, LOOKUP, source, target)
    return reference_links(d, code, REFERENCE, source, target)


async def included(
    db: Any, includes: Sequence[Include], matches: Sequence[Stored], visible: Visible, *, now: int
) -> tuple[tuple[Stored, ...], bool]:
    """Return what comes along, each once and none of the matches, and whether more would have come.

    At most MOST_INCLUDED come; iterated ones go on for at most MOST_ROUNDS.
    """
    found: dict[Key, Stored] = {}
    known = {stored.key for stored in matches}
    fresh: Sequence[Stored] = matches
    for turn in range(MOST_ROUNDS):
        asked = [one for one in includes if turn == 0 or one.is_iterated]
        brought = await _brought(db, asked, fresh, visible, now) if fresh else ()
        fresh = [stored for stored in brought if stored.key not in known]
        known |= {stored.key for stored in fresh}
        found |= {stored.key: stored for stored in fresh}
        if len(found) > MOST_INCLUDED:
            return tuple(found.values())[:MOST_INCLUDED], True
        if not fresh:
            return tuple(found.values()), False
    return tuple(found.values()), any(one.is_iterated for one in includes)


async def _brought(
    db: Any, includes: Iterable[Include], matches: Sequence[Stored], visible: Visible, now: int
) -> Iterable[Stored]:
    values = within.values(visible, now=now) | {"limit": MOST_INCLUDED + 1}
    out: dict[Key, Stored] = {}
    for include in includes:
        here = [s.key for s in matches if include.is_reverse or include.source in (None, s.type)]
        if here:
            given = db.dialect.pack("given", 3, [(k.patient, k.type, k.id) for k in here])
            found = await db.fetch(_statement(within.shape(visible), include), values | given)
            rows = await told(db, found)
            out |= {stored.key: stored for stored in map(stored_of, rows)}
    return out.values()
