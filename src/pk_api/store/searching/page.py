"""Pages of a search by keyset, never by offset, within what is visible."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, case, func, literal, not_, or_, select, union

from pk_api.access.visible import Visible
from pk_api.fhir.search.index_values import ENTRY, VALUE
from pk_api.fhir.search.query import Query
from pk_api.store import within
from pk_api.store.compartment import is_named_elsewhere
from pk_api.store.database import Statement
from pk_api.store.dialect import Dialect
from pk_api.store.masking import hidden_by, told
from pk_api.store.reading import body_of
from pk_api.store.rows import Page, stored_of
from pk_api.store.searching.conditions import Conditions, in_compartment, param
from pk_api.store.searching.forms import Form, form_of, padded, values_of
from pk_api.store.searching.start import in_compartment_started, started
from pk_api.store.tables import CURRENT, SPAN

_LAST_TEXT = "\U0010ffff"
_LAST_NUMBER = 2**62


def _sort_key(d: Dialect, form: Form, kind: str, code: str, *, down: bool) -> ColumnElement[Any]:
    """The value to sort by; resources without one, or of which it is not told, come last either way."""
    if kind == "untold":
        value, last = _sort_key(d, form, "text", code, down=down), "" if down else _LAST_TEXT
        return case((within.masked(form.shape), last), else_=value)
    if kind == "_id":
        return CURRENT.c.id
    if kind == "_lastUpdated":
        return CURRENT.c.updated
    if kind == "date":
        return func.coalesce(CURRENT.c.sort_date, -_LAST_NUMBER if down else _LAST_NUMBER)
    if kind == "span":
        end = (func.max if down else func.min)(func.coalesce(SPAN.c.low, SPAN.c.high))
        same = (SPAN.c[key] == CURRENT.c[key] for key in ("patient_key", "type", "id"))
        found = select(end).where(*same, SPAN.c.param == code)
        return func.coalesce(found.scalar_subquery(), -_LAST_NUMBER if down else _LAST_NUMBER)
    head = f"{ENTRY}{code}{VALUE}"
    rest = func.substr(CURRENT.c.ix, d.position(CURRENT.c.ix, literal(head)) + len(head))
    value = func.substr(rest, 1, d.position(rest, literal(ENTRY)) - 1)
    return case((d.contains(CURRENT.c.ix, literal(head)), value), else_="" if down else _LAST_TEXT)


def _beyond(keys: Sequence[tuple[ColumnElement[Any], bool]]) -> ColumnElement[bool]:
    """Rows after the mark in an order with directions of its own for each key.

    The first key is bounded by itself too, so that an index can go on from the mark.
    """
    marks = [param(f"after{i}", key.type) for i, (key, _) in enumerate(keys)]
    steps = []
    for i, (key, down) in enumerate(keys):
        same = [k == m for (k, _), m in zip(keys[:i], marks[:i], strict=True)]
        steps.append(and_(*same, key < marks[i] if down else key > marks[i]))
    first, down = keys[0]
    return and_(first <= marks[0] if down else first >= marks[0], or_(*steps))


def _within(form: Form) -> list[ColumnElement[Any]]:
    """The keys of the patients within whom the search is."""
    return [param(f"patient{n}") for n in range(form.patients)]


def _of_types(form: Form) -> ColumnElement[bool]:
    if len(form.types) == 1:
        found: ColumnElement[bool] = CURRENT.c.type == param("type0")
        return found
    return CURRENT.c.type.in_([param(f"type{n}") for n in range(len(form.types))])


def _where(d: Dialect, form: Form) -> list[ColumnElement[bool]]:
    """Every condition but that of being visible."""
    tests = Conditions(d, form)
    conditions = [_of_types(form), CURRENT.c.deleted == 0]
    conditions += [tests.met(test, f"f{n}") for n, test in enumerate(form.tests)]
    if form.compartment:
        conditions.append(in_compartment(d, form.types))
    if form.is_alone:
        conditions.append(not_(is_named_elsewhere(param("patient0"), param("alone"))))
    if form.patients:
        conditions.append(CURRENT.c.patient_key.in_(_within(form)))
    elif form.compartment:
        conditions.append(in_compartment_started())
    elif form.start is not None:
        conditions.append(started(form.tests[form.start], f"f{form.start}", form.types[0]))
    return conditions


def _visible(form: Form) -> ColumnElement[bool]:
    return within.filter_of(form.shape, patients=_within(form) if form.patients else None)


_KEYS = ("patient_key", "type", "id")


def _ordered(d: Dialect, form: Form) -> list[tuple[ColumnElement[Any], bool]]:
    """The keys to sort by, each with whether it goes down; the last ones tell every row from the others."""
    keys = [(_sort_key(d, form, kind, code, down=down), down) for kind, code, down in form.sort]
    return keys + [(CURRENT.c[name], False) for name in _KEYS if name != "type" or len(form.types) > 1]


def _listed(d: Dialect, form: Form, visible: ColumnElement[bool]) -> Select[Any]:
    """The first rows in order, without their bodies."""
    keys = _ordered(d, form)
    columns = (CURRENT.c[name] for name in (*_KEYS, "version", "updated", "labels"))
    statement = (
        select(*columns, *(k.label(f"key{i}") for i, (k, _) in enumerate(keys)))
        .where(*_where(d, form), visible)
        .order_by(*(k.desc() if down else k for k, down in keys))
        .limit(param("limit", Integer))
    )
    return statement.where(_beyond(keys)) if form.after else statement


def _by_ground(d: Dialect, form: Form) -> Select[Any]:
    """The first rows of each ground, which an index can list, and of these the first."""
    parts = [_listed(d, form, one).subquery(f"g{n}") for n, one in enumerate(within.branches(form.shape))]
    found = union(*(select(part) for part in parts)).subquery("found")
    downs = [down for _, down in _ordered(d, form)]
    keys = [found.c[f"key{i}"] for i in range(len(downs))]
    order = (k.desc() if down else k for k, down in zip(keys, downs, strict=True))
    return select(found).order_by(*order).limit(param("limit", Integer))


@lru_cache(maxsize=2000)
def _page_statement(form: Form) -> Statement:
    def build(d: Dialect) -> Select[Any]:
        listed = _by_ground(d, form) if form.is_by_ground else _listed(d, form, _visible(form))
        page = listed.subquery("page")
        downs = [down for _, down in _ordered(d, form)]
        order = (page.c[f"key{i}"].desc() if down else page.c[f"key{i}"] for i, down in enumerate(downs))
        return select(page, body_of(page).label("body"), hidden_by(form.shape, page)).order_by(*order)

    return Statement(build, is_gathered=form.patients == 1)


@lru_cache(maxsize=2000)
def _count_statement(form: Form) -> Statement:
    def build(d: Dialect) -> Select[Any]:
        if not form.is_by_ground:
            rows = select(func.count().label("n")).select_from(CURRENT)
            return rows.where(*_where(d, form), _visible(form))
        keys = [CURRENT.c[name] for name in _KEYS]
        parts = (select(*keys).where(*_where(d, form), one) for one in within.branches(form.shape))
        return select(func.count().label("n")).select_from(union(*parts).subquery("found"))

    return Statement(build)


async def search(
    db: Any,
    query: Query,
    visible: Visible,
    *,
    patients: Sequence[str] | None,
    now: int,
    compartment: str = "",
    alone: str = "",
    after: Sequence[Any] | None = None,
) -> Page:
    """Return a page of what matches a query, once it is `widened`.

    `patients`: the keys within which all matches are; None: not limited.
    `compartment` is the key of the patient in whose compartment is searched, when that is so. `alone` is the
    id of the one Patient within whom all matches may be taken to be, of types whose resources are about
    several: then nothing is found where something that stands elsewhere refers to the Patient. The total is
    counted when asked for, and without being asked when the search is within patients by nature.
    """
    if len(query.types) == 1 and not query.has_links:
        visible = visible.for_type(query.type)
    if patients is not None and not patients:
        return Page((), None, 0)
    keys = padded(tuple(dict.fromkeys(patients or ())))
    form = form_of(query, within.shape(visible), patients=len(keys), is_alone=bool(alone))
    values = within.values(visible, now=now) | values_of(query)
    values |= {f"patient{n}": key for n, key in enumerate(keys)} | {
        "compartment_key": compartment,
        "alone": alone,
    }
    page = Page(()) if query.count == 0 else await _page(db, form, query, values, after)
    if query.total in ("accurate", "estimate") or (
        query.total is None and patients is not None and not alone
    ):
        is_whole = query.count > 0 and after is None and page.next is None
        counted = len(page.items) if is_whole else (await db.fetch(_count_statement(form), values))[0]["n"]
        return replace(page, total=counted)
    return page


async def _page(
    db: Any, form: Form, query: Query, values: dict[str, Any], after: Sequence[Any] | None
) -> Page:
    form = replace(form, after=after is not None)
    values = values | {"limit": query.count + 1} | {f"after{i}": m for i, m in enumerate(after or ())}
    rows = await told(db, await db.fetch(_page_statement(form), values))
    items = tuple(stored_of(row) for row in rows[: query.count])
    if len(rows) <= query.count:
        return Page(items)
    last = rows[query.count - 1]
    marks = len(form.sort) + (2 if len(form.types) == 1 else 3)
    return Page(items, tuple(last[f"key{i}"] for i in range(marks)))
