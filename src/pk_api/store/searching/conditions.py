"""The conditions of a search in SQL, each linked resource within what is visible too.

Equality-like values are tests for a substring of `current.ix`; dates and numbers are ranges in `span`; links
go by `reference`, those of canonicals by the urls in `lookup`.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Select,
    Text,
    and_,
    bindparam,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
)
from sqlalchemy.sql.expression import FromClause

from pk_api.access.mask import PLACES
from pk_api.fhir.search.conditions import Compartment
from pk_api.fhir.search.index_values import ENTRY, JOIN, VALUE
from pk_api.store import within
from pk_api.store.dialect import Dialect
from pk_api.store.searching.forms import Form, Test
from pk_api.store.tables import CURRENT, LOOKUP, REFERENCE, SPAN


def param(name: str, type_: Any = Text) -> Any:
    """Return a parameter of the statement."""
    return bindparam(name, type_=type_)


@lru_cache(maxsize=1000)
def _seen(shape: within.Shape) -> CTE:
    """Return what is visible, told once in the statement however many links lead there, and never listed."""
    found = select(CURRENT).where(CURRENT.c.deleted == 0, within.filter_of(shape)).cte("seen")
    return found.prefix_with("NOT MATERIALIZED")


@lru_cache(maxsize=5000)
def _far(shape: within.Shape, name: str) -> CTE:
    """Return a name for what is visible, the same wherever the statement repeats it."""
    return _seen(shape).alias(name)


class Conditions:
    """Makes the conditions of one form on one database."""

    def __init__(self, dialect: Dialect, form: Form) -> None:
        self._d = dialect
        self._shape = form.shape

    def met(self, test: Test, name: str, rows: FromClause = CURRENT) -> ColumnElement[bool]:
        """Return the condition on rows of `current` (or an alias); its parameters begin with `name`."""
        made: dict[str, Callable[[Test, str, FromClause], ColumnElement[bool]]] = {
            "id": self._id,
            "updated": self._updated,
            "needle": self._needle,
            "part": self._part,
            "span": self._span,
            "pair": self._pair,
            "chain": self._chain,
            "has": self._has,
        }
        met = made[test.kind](test, name, rows)
        return and_(met, not_(within.masked(self._shape, rows))) if test.is_untold else met

    def _id(self, test: Test, name: str, rows: FromClause) -> ColumnElement[bool]:
        return rows.c.id.in_([param(f"{name}v{i}") for i in range(test.many)])

    def _updated(self, test: Test, name: str, rows: FromClause) -> ColumnElement[bool]:
        low, high = rows.c.updated, rows.c.updated + 1
        return or_(*(compared(op, name, i, low, high) for i, (op, _) in enumerate(test.ops)))

    def _needle(self, test: Test, name: str, rows: FromClause) -> ColumnElement[bool]:
        found = or_(false(), *(self._holds(rows, param(f"{name}v{i}")) for i in range(test.many)))
        return not_(found) if test.negated else found

    def _part(self, test: Test, name: str, rows: FromClause) -> ColumnElement[bool]:
        head = literal(f"{ENTRY}{test.code}{VALUE}")
        return or_(*(self._d.has_part(rows.c.ix, head, param(f"{name}v{i}")) for i in range(test.many)))

    def _holds(self, rows: FromClause, needle: ColumnElement[str]) -> ColumnElement[bool]:
        return self._d.contains(rows.c.ix, needle)

    def _span(self, test: Test, name: str, rows: FromClause) -> ColumnElement[bool]:
        """Some value of the parameter lies as one of the ranges asks."""
        matches = or_(*(_in_range(op, unit, name, i) for i, (op, unit) in enumerate(test.ops)))
        return exists(_spans_of(rows).where(SPAN.c.param == test.code, matches))

    def _pair(self, test: Test, name: str, rows: FromClause) -> ColumnElement[bool]:
        """One element has the code, which `ix` tells with its number, and a value as the range asks."""
        number = func.substr(SPAN.c.param, len(test.code) + len(JOIN) + 1)
        matches = or_(
            *(
                and_(
                    _in_range(op, unit, name, i),
                    self._holds(rows, param(f"{name}v{i}").concat(number).concat(ENTRY)),
                )
                for i, (op, unit) in enumerate(test.ops)
            )
        )
        first, beyond = f"{test.code}{JOIN}", f"{test.code}{VALUE}"
        return exists(_spans_of(rows).where(SPAN.c.param >= first, SPAN.c.param < beyond, matches))

    def _chain(self, test: Test, name: str, rows: FromClause) -> ColumnElement[bool]:
        return or_(*self._chained(test, name, rows))

    def _chained(self, test: Test, name: str, rows: FromClause) -> Iterator[ColumnElement[bool]]:
        """A reference of the row leads to a resource that is visible and meets the inner condition."""
        for n, (type_, inner) in enumerate(zip(test.types, test.inner, strict=True)):
            far = _far(self._shape, f"{name}_{n}")
            meets = and_(self.met(inner, f"{name}_{n}", far), *self._may_lead(type_, rows))
            yield exists(self._linked(test, f"{name}_{n}", rows, far).where(far.c.type == type_, meets))

    def _has(self, test: Test, name: str, rows: FromClause) -> ColumnElement[bool]:
        """A resource that is visible and meets the inner condition refers to the row."""
        far = _far(self._shape, f"{name}_0")
        meets = and_(self.met(test.inner[0], f"{name}_0", far), *self._may_lead(test.base, far))
        linked = self._linked(test, f"{name}_0", far, rows)
        return exists(linked.where(far.c.type == test.types[0], meets))

    def _may_lead(self, target: str, source: FromClause) -> list[ColumnElement[bool]]:
        """A link to a place is not followed from a row whose place is not told."""
        return [not_(within.masked(self._shape, source))] if target in PLACES else []

    def _linked(self, test: Test, name: str, source: FromClause, target: FromClause) -> Select[Any]:
        """Select the links by a parameter from one resource to another."""
        links = LOOKUP.alias(f"{name}u") if test.is_canonical else REFERENCE.alias(f"{name}r")
        joined = canonical_links if test.is_canonical else reference_links
        return select(literal(1)).where(*joined(self._d, test.code, links, source, target))


def reference_links(
    d: Dialect, code: str | None, ref: FromClause, source: FromClause, target: FromClause
) -> list[ColumnElement[bool]]:
    """Return what makes rows of `reference` lead from the one to the other; `code` None: by any parameter."""
    value = ref.c.target_type.concat("/").concat(ref.c.target_id).concat(ENTRY)
    head = f"{ENTRY}{code}{VALUE}" if code else VALUE
    return [
        *(ref.c[key] == source.c[key] for key in ("patient_key", "type", "id")),
        ref.c.target_key == target.c.patient_key,
        ref.c.target_type == target.c.type,
        ref.c.target_id == target.c.id,
        d.contains(source.c.ix, literal(head).concat(value)),
    ]


def canonical_links(
    d: Dialect, code: str | None, url: FromClause, source: FromClause, target: FromClause
) -> list[ColumnElement[bool]]:
    """Return what makes rows of `lookup` the urls of the one that a canonical of the other names."""
    head = f"{ENTRY}{code}{VALUE}" if code else VALUE
    return [
        *(url.c[key] == target.c[key] for key in ("patient_key", "type", "id")),
        url.c.param == "url",
        d.contains(source.c.ix, literal(head).concat(url.c.value).concat(ENTRY)),
    ]


def _spans_of(rows: FromClause) -> Select[Any]:
    return select(literal(1)).where(*(SPAN.c[key] == rows.c[key] for key in ("patient_key", "type", "id")))


def _in_range(op: str, unit: str, name: str, i: int) -> ColumnElement[bool]:
    match = compared(op, name, i, SPAN.c.low, SPAN.c.high)
    asked = param(f"{name}unit{i}")
    if unit == "whole":
        return and_(match, SPAN.c.unit == asked)
    if unit == "code":
        ending = func.substr(SPAN.c.unit, func.length(SPAN.c.unit) - func.length(asked) + 1)
        return and_(match, ending == asked)
    return match


def compared(op: str, name: str, i: int, low: Any, high: Any) -> ColumnElement[bool]:
    """The comparison of `filters.Range.holds`, in SQL; a null end is open."""
    asked_low, asked_high = param(f"{name}low{i}", BigInteger), param(f"{name}high{i}", BigInteger)
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


def in_compartment(d: Dialect, types: tuple[str, ...], rows: FromClause = CURRENT) -> ColumnElement[bool]:
    """Return the condition of being in the compartment of the patient whose id is the parameter."""
    patient = param("compartment")
    by_codes: dict[tuple[str, ...], list[str]] = {}
    for type_ in types:
        if type_ != "Patient":
            codes = tuple(one.code for one in Compartment("").filters(type_))
            by_codes.setdefault(codes, []).append(type_)
    found = [and_(rows.c.type == "Patient", rows.c.id == patient)] if "Patient" in types else []
    for codes, names in by_codes.items():
        heads = (literal(f"{ENTRY}{code}{VALUE}Patient/") for code in codes)
        named = or_(false(), *(d.contains(rows.c.ix, h.concat(patient).concat(ENTRY)) for h in heads))
        found.append(and_(rows.c.type.in_([literal(one) for one in names]), named))
    return or_(false(), *found)
