"""Everything about a patient: a page of the record, and the directory behind it, within what is visible.

The record is the patient's own range of rows, and what stands elsewhere and is in the patient's compartment
(an Appointment of two patients, a Group). Source: https://hl7.org/fhir/R4/patient-operation-everything.html,
https://hl7.org/fhir/R4/compartmentdefinition-patient.html.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Table,
    and_,
    case,
    func,
    literal_column,
    or_,
    select,
    true,
    union_all,
)

from pk_api.access.rules import DIRECTORY
from pk_api.access.visible import Visible
from pk_api.store import within
from pk_api.store.compartment import Form, among, columns, elsewhere, head, limits, own, param, same
from pk_api.store.database import Statement
from pk_api.store.dialect import Dialect
from pk_api.store.masking import hidden_by, is_told, told
from pk_api.store.reading import body_of
from pk_api.store.rows import Key
from pk_api.store.tables import CURRENT, LOOKUP, REFERENCE, SHARED

Place = tuple[str, str]
"""Type and id: the order of a list."""

_CANONICALS: Final = ("questionnaire", "instantiates-canonical")
_DEFINITIONS: Final = ("ActivityDefinition", "Measure", "PlanDefinition", "Questionnaire")


class Line(NamedTuple):
    """A present version as a record lists it.

    Hundreds are made for one answer: it is a plain tuple, and `updated` stays in microseconds.
    """

    patient_key: str
    type: str
    id: str
    version: int
    updated: int
    body: str

    @property
    def key(self) -> Key:
        """Where it stands."""
        return Key(self.patient_key, self.type, self.id)


def _line(row: Any) -> Line:
    return Line._make(map(row.__getitem__, Line._fields))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of a record is asked for; None is no limit.

    `since`: changed at or after; `start` and `end`: of care in this half-open span (what has no date is in).
    Times in microseconds.
    """

    types: frozenset[str] | None = None
    since: int | None = None
    start: int | None = None
    end: int | None = None


def _listed(part: Select[Any], name: str) -> Select[Any]:
    """The first rows of a part in order of type and id."""
    columns = {c.key: c for c in part.selected_columns}
    ordered = part.order_by(columns["type"], columns["id"]).limit(param("limit", Integer))
    return select(ordered.subquery(name))


@lru_cache(maxsize=500)
def _record(form: Form) -> Statement:
    def build(d: Dialect) -> Select[Any]:
        parts = [head(form), _listed(own(d, form), "own")]
        if form.elsewhere:
            parts.append(_listed(elsewhere(d, form), "elsewhere"))
        found = union_all(*parts).subquery("found")
        order = (found.c.rank, found.c.type, found.c.id)
        page = select(found).order_by(*order).limit(param("limit", Integer) + 1).subquery("page")
        told_ = (body_of(page).label("body"), hidden_by(form.shape, page))
        return select(page, *told_).order_by(page.c.rank, page.c.type, page.c.id)

    return Statement(build)


def _values(db: Any, form: Form, wanted: Wanted, visible: Visible, now: int) -> dict[str, Any]:
    values = within.values(visible, now=now)
    if form.types:
        values |= db.dialect.pack("types", 1, [(t,) for t in sorted(wanted.types or ())])
    if form.since:
        values["since"] = wanted.since
    if form.dates:
        values |= {"start": _or(wanted.start, -(2**62)), "end": _or(wanted.end, 2**62)}
    return values


def _or(value: int | None, otherwise: int) -> int:
    return otherwise if value is None else value


def _form(wanted: Wanted, visible: Visible, after: Place | None, *, is_wide: bool) -> Form:
    return Form(
        within.shape(visible),
        types=wanted.types is not None,
        since=wanted.since is not None,
        dates=(wanted.start, wanted.end) != (None, None),
        after=after is not None,
        elsewhere=is_wide,
    )


@dataclass(frozen=True, slots=True)
class Record:
    """The Patient (None when it is not visible), whether rows under other keys refer to it, and rows."""

    patient: Line | None = None
    is_referred: bool = False
    rows: tuple[Line, ...] = ()


async def record(
    db: Any,
    patient: Key,
    wanted: Wanted,
    visible: Visible | None,
    *,
    everywhere: Visible,
    now: int,
    limit: int,
    after: Place | None,
) -> Record:
    """Return the Patient, whatever is wanted of it, and the first rows of the record after a place.

    The rows are in order of type and id. `visible` may be about the patient alone, `everywhere` may not;
    it is None where rows under other keys are known to refer to the Patient.
    """
    found: Sequence[Any] = ()
    for is_wide, seen in ((False, visible), (True, everywhere)):
        if seen is None:
            continue
        form = _form(wanted, seen, after, is_wide=is_wide)
        values = _values(db, form, wanted, seen, now)
        found = await told(db, await db.fetch(_record(form), values | _at(patient, limit, after)))
        if not found or found[0]["rank"] > 0:
            return Record()
        if found[0]["rank"] == 0:
            break
    rows = tuple(map(_line, found))
    return Record(rows[0], found[0]["rank"] < 0, rows[1:])


def _at(patient: Key, limit: int, after: Place | None) -> dict[str, Any]:
    place = dict(zip(("after_type", "after_id"), after, strict=True)) if after else {}
    return {"patient": patient.patient, "id": patient.id, "limit": limit} | place


def _kept(form: Form, table: Table, *limits: ColumnElement[bool]) -> FromClause:
    """What is kept of the record's rows in a table beside: of the patient's own range, listed at once."""
    rows = select(table).where(*limits)
    if form.elsewhere:
        return rows.subquery(f"{table.name}_kept")
    return (
        rows.where(table.c.patient_key == param("patient"))
        .cte(f"{table.name}_kept")
        .prefix_with("MATERIALIZED")
    )


def _named(d: Dialect, form: Form, record: CTE, *, limit: ColumnElement[bool]) -> CTE:
    """The directory's resources that the record names, and those that these name; whether anew.

    By reference or, for forms and definitions, by canonical.
    """
    fresh = (record.c.updated >= param("since", BigInteger)) if form.since else true()
    is_fresh = case((fresh, 1), else_=0).label("fresh")
    links = _kept(form, REFERENCE, among(REFERENCE.c.target_type, sorted(DIRECTORY)))
    by_reference = (
        select(links.c.target_type.label("type"), links.c.target_id.label("id"), is_fresh)
        .select_from(record)
        .join(links, same(links, record))
        .where(limit, is_told(form.shape, record, links.c.target_type))
    )
    canonicals = _kept(form, LOOKUP, among(LOOKUP.c.param, _CANONICALS))
    url = LOOKUP.alias("url")
    by_canonical = (
        select(d.letterwise(url.c.type).label("type"), url.c.id, is_fresh)
        .select_from(record)
        .join(canonicals, same(canonicals, record))
        .join(url, url.c.value == canonicals.c.value)
        .where(limit, url.c.param == "url", among(url.c.type, _DEFINITIONS), url.c.patient_key == SHARED)
    )
    started = by_reference.union(by_canonical).cte("started")
    reached = select(started).cte("reached", recursive=True)
    further = (
        select(REFERENCE.c.target_type, REFERENCE.c.target_id, reached.c.fresh)
        .select_from(reached)
        .join(
            REFERENCE,
            and_(
                REFERENCE.c.patient_key == SHARED,
                REFERENCE.c.type == reached.c.type,
                REFERENCE.c.id == reached.c.id,
                among(REFERENCE.c.target_type, sorted(DIRECTORY)),
            ),
        )
    )
    return reached.union(further)


@lru_cache(maxsize=500)
def _directory(form: Form) -> Statement:
    def build(d: Dialect) -> Select[Any]:
        whole = replace(form, types=False, since=False, after=False)
        parts = [head(whole), own(d, whole), *([elsewhere(d, whole)] if form.elsewhere else [])]
        named = _named(d, form, union_all(*parts).cte("record"), limit=true())
        best = select(named.c.type, named.c.id, func.max(named.c.fresh).label("fresh"))
        best_ = best.group_by(named.c.type, named.c.id).subquery("best")
        limited = replace(form, since=False, dates=False)
        statement = (
            select(*columns(CURRENT), body_of().label("body"), hidden_by(form.shape))
            .join(best_, and_(CURRENT.c.type == best_.c.type, CURRENT.c.id == best_.c.id))
            .where(
                CURRENT.c.patient_key == SHARED,
                within.filter_of(form.shape),
                *limits(d, limited, CURRENT),
            )
            .order_by(CURRENT.c.type, CURRENT.c.id)
            .limit(param("limit", Integer))
        )
        if not form.since:
            return statement
        return statement.where(or_(best_.c.fresh == 1, CURRENT.c.updated >= param("since", BigInteger)))

    return Statement(build)


@lru_cache(maxsize=500)
def _both(form: Form) -> Statement:
    """The first rows of the record and, where these are all, the directory behind them (rank 2)."""

    def build(d: Dialect) -> Select[Any]:
        record = union_all(head(form), _listed(own(d, form), "own")).cte("record")
        many = select(func.count()).select_from(record).scalar_subquery()
        named = _named(d, form, record, limit=many < param("limit", Integer))
        each = select(named.c.type, named.c.id).distinct().subquery("each")
        behind = (
            select(literal_column("2", Integer).label("rank"), *columns(CURRENT))
            .join(each, and_(CURRENT.c.type == each.c.type, CURRENT.c.id == each.c.id))
            .where(CURRENT.c.patient_key == SHARED, CURRENT.c.deleted == 0, within.filter_of(form.shape))
        )
        page = union_all(select(record), _listed(behind, "behind")).subquery("page")
        told_ = (body_of(page).label("body"), hidden_by(form.shape, page))
        return select(page, *told_).order_by(page.c.rank, page.c.type, page.c.id)

    return Statement(build, is_gathered=True)


async def both(db: Any, patient: Key, visible: Visible, *, now: int, limit: int) -> tuple[Record, list[Line]]:
    """Return what `record` does when all is wanted from the start, and the first of the directory behind.

    The directory is looked at when the record, the Patient with it, has fewer rows than `limit`. Where rows
    under other keys refer to the Patient, neither is whole.
    """
    form = _form(Wanted(), visible, None, is_wide=False)
    found = await db.fetch(_both(form), within.values(visible, now=now) | _at(patient, limit, None))
    found = await told(db, found)
    if not found or found[0]["rank"] > 0:
        return Record(), []
    many = bisect_left(found, 2, key=itemgetter("rank"))
    rows = tuple(map(_line, found[:many]))
    return Record(rows[0], found[0]["rank"] < 0, rows[1:]), list(map(_line, found[many:]))


async def directory(
    db: Any,
    patient: Key,
    wanted: Wanted,
    visible: Visible,
    *,
    now: int,
    limit: int,
    after: Place | None,
    is_referred: bool,
) -> Sequence[Line]:
    """Return what of the directory the record leads to, in order of type and id, after a place.

    With a time since which: what has changed, and what a changed resource of the record leads to.
    """
    form = _form(wanted, visible, after, is_wide=is_referred)
    values = _values(db, form, wanted, visible, now)
    found = await db.fetch(_directory(form), values | _at(patient, limit, after))
    return [_line(row) for row in await told(db, found)]
