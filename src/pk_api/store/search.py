"""Search: a parsed query within what is visible, page after page by keyset, never by offset.

Equality-like values are tests for a substring of `current.ix`; dates and numbers are ranges in `span`; a
search that names no patient starts from `lookup` where it can. Source: https://hl7.org/fhir/R4/search.html.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    tuple_,
)

from pk_api.access.visible import Visible
from pk_api.fhir.filters import Filter
from pk_api.fhir.index_values import ENTRY, VALUE, lookup_codes
from pk_api.fhir.problems import Problem
from pk_api.fhir.query import SEVERAL_PATIENTS, WITHIN_PATIENT, Query, Sort
from pk_api.fhir.search_params import SORT_DATE
from pk_api.store import within
from pk_api.store.database import Statement
from pk_api.store.dialect import Dialect
from pk_api.store.reading import body_of
from pk_api.store.rows import Key, Page, Stored, from_micros
from pk_api.store.tables import CURRENT, LOOKUP, SPAN

_LAST_TEXT = "\U0010ffff"
_LAST_NUMBER = 2**62


@dataclass(frozen=True, slots=True)
class Test:
    """The form of one filter: what the text of the statement depends on."""

    kind: str
    code: str
    negated: bool = False
    many: int = 0
    ops: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """The form of a search: what the text of its statement depends on."""

    shape: within.Shape
    tests: tuple[Test, ...]
    start: Test | None
    patients: bool
    sort: tuple[tuple[str, str, bool], ...]
    after: bool


def _test(filter_: Filter) -> Test:
    parameter = filter_.parameter
    if parameter.type == "string" and filter_.modifier in ("exact", "contains"):
        raise Problem("invalid", f"Search parameter {parameter.code}: the modifier is not supported.")
    if filter_.ranges and filter_.is_missing is None:
        ops = tuple((r.op, _unit_kind(r.unit)) for r in filter_.ranges)
        kind = "updated" if parameter.code == "_lastUpdated" else "span"
        return Test(kind, parameter.code, ops=ops)
    if parameter.code == "_id":
        return Test("id", "_id", many=len(filter_.values))
    return Test("needle", filter_.code, filter_.is_negated, many=len(filter_.needles()))


def _unit_kind(unit: str) -> str:
    return "" if not unit else "code" if unit.startswith("|") else "whole"


def _values(n: int, filter_: Filter) -> dict[str, Any]:
    """The parameters of the n-th filter."""
    if filter_.ranges and filter_.is_missing is None:
        out: dict[str, Any] = {}
        for i, r in enumerate(filter_.ranges):
            out |= {f"f{n}_low{i}": r.low, f"f{n}_high{i}": r.high, f"f{n}_unit{i}": r.unit}
        return out
    texts = filter_.values if filter_.parameter.code == "_id" else filter_.needles()
    return {f"f{n}_{i}": text for i, text in enumerate(texts)}


def _param(name: str, type_: Any = Text) -> Any:
    return bindparam(name, type_=type_)


def _condition(d: Dialect, n: int, test: Test) -> ColumnElement[bool]:
    if test.kind == "id":
        return CURRENT.c.id.in_([_param(f"f{n}_{i}") for i in range(test.many)])
    if test.kind == "updated":
        low, high = CURRENT.c.updated, CURRENT.c.updated + 1
        return or_(*(_range(n, i, op, low, high) for i, (op, _) in enumerate(test.ops)))
    if test.kind == "span":
        return _span(n, test)
    found = or_(false(), *(d.contains(CURRENT.c.ix, _param(f"f{n}_{i}")) for i in range(test.many)))
    return not_(found) if test.negated else found


def _span(n: int, test: Test) -> ColumnElement[bool]:
    """Some value of the parameter lies as one of the ranges asks."""
    matches = []
    for i, (op, unit) in enumerate(test.ops):
        match = _range(n, i, op, SPAN.c.low, SPAN.c.high)
        if unit == "whole":
            match = and_(match, SPAN.c.unit == _param(f"f{n}_unit{i}"))
        if unit == "code":
            ending = func.substr(
                SPAN.c.unit, func.length(SPAN.c.unit) - func.length(_param(f"f{n}_unit{i}")) + 1
            )
            match = and_(match, ending == _param(f"f{n}_unit{i}"))
        matches.append(match)
    return exists(
        select(literal(1)).where(
            SPAN.c.patient_key == CURRENT.c.patient_key,
            SPAN.c.type == CURRENT.c.type,
            SPAN.c.id == CURRENT.c.id,
            SPAN.c.param == test.code,
            or_(*matches),
        )
    )


def _range(n: int, i: int, op: str, low: Any, high: Any) -> ColumnElement[bool]:
    """The comparison of `filters.Range.holds`, in SQL; a null end is open."""
    asked_low, asked_high = _param(f"f{n}_low{i}", BigInteger), _param(f"f{n}_high{i}", BigInteger)
    inside = and_(func.coalesce(low >= asked_low, false()), func.coalesce(high <= asked_high, false()))
    before = or_(low.is_(None), low < asked_low)
    after = or_(high.is_(None), high > asked_high)
    conditions: dict[str, ColumnElement[bool]] = {
        "eq": inside,
        "ne": not_(inside),
        "gt": after,
        "lt": before,
        "ge": or_(after, inside),
        "le": or_(before, inside),
        "sa": low >= asked_high,
        "eb": high <= asked_low,
        "ap": and_(or_(low.is_(None), low < asked_high), or_(high.is_(None), high > asked_low)),
    }
    return conditions[op]


def _started(n: int, start: Test) -> ColumnElement[bool]:
    """The resource is among those that `lookup` gives for the n-th filter."""
    values = [_param(f"s{n}_{i}") for i in range(start.many)]
    if start.kind == "prefix":
        match = or_(*(and_(LOOKUP.c.value >= v, LOOKUP.c.value < v.concat(_LAST_TEXT)) for v in values))
    else:
        match = LOOKUP.c.value.in_(values)
    found = select(LOOKUP.c.patient_key, LOOKUP.c.id).where(
        LOOKUP.c.type == _param("type"), LOOKUP.c.param == start.code, match
    )
    return tuple_(CURRENT.c.patient_key, CURRENT.c.id).in_(found)


def _start(query: Query) -> tuple[int, Test] | None:
    """Pick the filter from which a search without a patient starts."""
    codes = lookup_codes(query.type)
    for n, f in enumerate(query.filters):
        is_plain = not f.is_negated and f.modifier in (None, "identifier")
        whole_systems = any(v.endswith("|") for v in f.values)  # `system|` is not among the look-ups
        if f.code in codes and is_plain and f.values and not whole_systems and not _is_about(query, f):
            return n, Test("prefix" if f.is_prefix else "value", f.code, many=len(f.values))
    return None


def _is_about(query: Query, filter_: Filter) -> bool:
    """Whether a value may name the patient whom a resource is about: `lookup` has no rows of that."""
    is_about = filter_.code in WITHIN_PATIENT and query.type not in SEVERAL_PATIENTS
    return is_about and any(value.startswith("Patient/") for value in filter_.values)


def _sort_form(resource_type: str, sort: Sequence[Sort]) -> tuple[tuple[str, str, bool], ...]:
    out = []
    for key in sort:
        code, kind = key.parameter.code, key.parameter.type
        if code in ("_id", "_lastUpdated"):
            out.append((code, code, key.is_descending))
        elif code == SORT_DATE[resource_type]:
            out.append(("date", code, key.is_descending))
        elif kind in ("date", "number", "quantity"):
            out.append(("span", code, key.is_descending))
        else:
            out.append(("text", code, key.is_descending))
    return tuple(out)


def _sort_key(d: Dialect, kind: str, code: str, *, down: bool) -> ColumnElement[Any]:
    """The value to sort by; resources without one come last either way."""
    if kind == "_id":
        return CURRENT.c.id
    if kind == "_lastUpdated":
        return CURRENT.c.updated
    if kind == "date":
        return func.coalesce(CURRENT.c.sort_date, -_LAST_NUMBER if down else _LAST_NUMBER)
    if kind == "span":
        end = (
            func.max(func.coalesce(SPAN.c.low, SPAN.c.high))
            if down
            else func.min(func.coalesce(SPAN.c.low, SPAN.c.high))
        )
        found = select(end).where(
            SPAN.c.patient_key == CURRENT.c.patient_key,
            SPAN.c.type == CURRENT.c.type,
            SPAN.c.id == CURRENT.c.id,
            SPAN.c.param == code,
        )
        return func.coalesce(found.scalar_subquery(), -_LAST_NUMBER if down else _LAST_NUMBER)
    head = f"{ENTRY}{code}{VALUE}"
    rest = func.substr(CURRENT.c.ix, d.position(CURRENT.c.ix, literal(head)) + len(head))
    value = func.substr(rest, 1, d.position(rest, literal(ENTRY)) - 1)
    return case((d.contains(CURRENT.c.ix, literal(head)), value), else_="" if down else _LAST_TEXT)


def _beyond(keys: Sequence[tuple[ColumnElement[Any], bool]]) -> ColumnElement[bool]:
    """Rows after the mark in an order with directions of its own for each key."""
    marks = [_param(f"after{i}", key.type) for i, (key, _) in enumerate(keys)]
    steps = []
    for i, (key, down) in enumerate(keys):
        same = [k == m for (k, _), m in zip(keys[:i], marks[:i], strict=True)]
        steps.append(and_(*same, key < marks[i] if down else key > marks[i]))
    return or_(*steps)


def _patients(d: Dialect) -> Select[Any]:
    return select(*d.rows("patients", {"key": Text()}).c)


def _where(d: Dialect, form: Form) -> list[ColumnElement[bool]]:
    conditions = [
        CURRENT.c.type == _param("type"),
        CURRENT.c.deleted == 0,
        within.filter_of(form.shape, patients=_patients(d) if form.patients else None),
        *(_condition(d, n, test) for n, test in enumerate(form.tests)),
    ]
    if form.patients:
        conditions.append(CURRENT.c.patient_key.in_(_patients(d)))
    if form.start is not None:
        conditions.append(_started(0, form.start))
    return conditions


@lru_cache(maxsize=2000)
def _page_statement(form: Form) -> Statement:
    def build(d: Dialect) -> Select[Any]:
        keys = [(_sort_key(d, kind, code, down=down), down) for kind, code, down in form.sort]
        keys += [(CURRENT.c.patient_key, False), (CURRENT.c.id, False)]
        statement = (
            select(CURRENT.c.patient_key, CURRENT.c.id, CURRENT.c.version, CURRENT.c.updated)
            .add_columns(body_of().label("body"), *(k.label(f"key{i}") for i, (k, _) in enumerate(keys)))
            .where(*_where(d, form))
            .order_by(*(k.desc() if down else k for k, down in keys))
            .limit(_param("limit", Integer))
        )
        return statement.where(_beyond(keys)) if form.after else statement

    return Statement(build)


@lru_cache(maxsize=2000)
def _count_statement(form: Form) -> Statement:
    return Statement(lambda d: select(func.count().label("n")).select_from(CURRENT).where(*_where(d, form)))


async def search(
    db: Any,
    query: Query,
    visible: Visible,
    *,
    patients: Sequence[str] | None,
    now: int,
    after: Sequence[Any] | None = None,
) -> Page:
    """Return a page of what matches. `patients`: the keys within which all matches are; None: not limited.

    The total is counted when asked for, and without being asked when the search is within patients.
    """
    picked = _start(query) if patients is None else None
    form = Form(
        within.shape(visible),
        tuple(_test(f) for f in query.filters),
        picked[1] if picked else None,
        patients is not None,
        _sort_form(query.type, query.sort),
        after=False,
    )
    values = within.values(visible, now=now) | {"type": query.type}
    for n, f in enumerate(query.filters):
        values |= _values(n, f)
    if picked:
        values |= {f"s0_{i}": v for i, v in enumerate(query.filters[picked[0]].values)}
    if patients is not None:
        values |= db.dialect.pack("patients", 1, [(p,) for p in patients])
    total = None
    if query.total in ("accurate", "estimate") or (query.total is None and patients is not None):
        total = (await db.fetch(_count_statement(form), values))[0]["n"]
    if query.count == 0:
        return Page((), None, total)
    return await _page(db, form, query, values, after, total)


async def _page(
    db: Any, form: Form, query: Query, values: dict[str, Any], after: Sequence[Any] | None, total: int | None
) -> Page:
    form = Form(form.shape, form.tests, form.start, form.patients, form.sort, after=after is not None)
    values = values | {"limit": query.count + 1} | {f"after{i}": m for i, m in enumerate(after or ())}
    rows = await db.fetch(_page_statement(form), values)
    items = tuple(
        Stored(Key(r["patient_key"], query.type, r["id"]), r["version"], from_micros(r["updated"]), r["body"])
        for r in rows[: query.count]
    )
    if len(rows) <= query.count:
        return Page(items, None, total)
    last = rows[query.count - 1]
    return Page(items, tuple(last[f"key{i}"] for i in range(len(form.sort) + 2)), total)
