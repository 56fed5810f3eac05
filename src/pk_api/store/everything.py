"""Everything about a patient: a page of the record, and the directory behind it, within what is visible.

The record is the patient's own range of rows, and what stands elsewhere and is in the patient's compartment
(an Appointment of two patients, a Group). Source: https://hl7.org/fhir/R4/patient-operation-everything.html,
https://hl7.org/fhir/R4/compartmentdefinition-patient.html.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    or_,
    select,
    true,
    tuple_,
    union_all,
)

from pk_api.access.rules import DIRECTORY
from pk_api.access.visible import Visible
from pk_api.fhir.index_values import ENTRY, VALUE
from pk_api.fhir.search_params import COMPARTMENT, SORT_DATE
from pk_api.store import within
from pk_api.store.database import Statement
from pk_api.store.dialect import Dialect
from pk_api.store.reading import body_of
from pk_api.store.rows import Key, Stored, from_micros
from pk_api.store.tables import CURRENT, LOOKUP, REFERENCE, SHARED, SPAN

Place = tuple[str, str]
"""Type and id: the order of a list."""

_CANONICALS: Final = ("questionnaire", "instantiates-canonical")
_DEFINITIONS: Final = ("ActivityDefinition", "Measure", "PlanDefinition", "Questionnaire")
_KEY: Final = ("patient_key", "type", "id")


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


@dataclass(frozen=True, slots=True)
class Form:
    """What the text of a statement depends on; `elsewhere`: whether to look under other keys too."""

    shape: within.Shape
    types: bool
    since: bool
    dates: bool
    after: bool
    elsewhere: bool


def _param(name: str, type_: Any = Text) -> Any:
    return bindparam(name, type_=type_)


def _among(column: ColumnElement[str], names: Iterable[str]) -> ColumnElement[bool]:
    """The text is one of these names of FHIR's; they stand in the statement and are no parameters."""
    return column.in_([_name(name) for name in names])


def _name(name: str) -> ColumnElement[str]:
    return literal_column(f"'{name}'", Text)


def _same(a: FromClause, b: FromClause) -> ColumnElement[bool]:
    return and_(*(a.c[name] == b.c[name] for name in _KEY))


def _types_by(codes: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return the types of each code, from pairs (type, code)."""
    out: dict[str, list[str]] = {}
    for resource_type, code in codes:
        out.setdefault(code, []).append(resource_type)
    return out


_BY_DATE: Final = _types_by((t, code) for t, code in SORT_DATE.items() if code)
_BY_PLACE: Final = _types_by((t, code) for t, codes in COMPARTMENT.items() for code in codes)


def _in_care(rows: FromClause) -> ColumnElement[bool]:
    """The type's own date touches the span that is asked for, or there is none."""
    code = case(
        *((_among(rows.c.type, types), _name(code)) for code, types in _BY_DATE.items()), else_=_name("")
    )
    touching = exists(
        select(literal_column("1")).where(
            _same(SPAN, rows),
            SPAN.c.param == code,
            or_(SPAN.c.low.is_(None), SPAN.c.low < _param("end", BigInteger)),
            or_(SPAN.c.high.is_(None), SPAN.c.high > _param("start", BigInteger)),
        )
    )
    return or_(rows.c.sort_date.is_(None), touching)


def in_compartment(d: Dialect, rows: FromClause, patient: ColumnElement[str]) -> ColumnElement[bool]:
    """The row names the patient (a reference, or the beginning of one) where the compartment is told by."""
    return or_(
        *(
            and_(
                _among(rows.c.type, types),
                d.contains(rows.c.ix, _name(f"{ENTRY}{code}{VALUE}").concat(patient)),
            )
            for code, types in _BY_PLACE.items()
        )
    )


def _limits(d: Dialect, form: Form, rows: FromClause) -> list[ColumnElement[bool]]:
    """Deletion, dates, type, time and place in the list: every limit but that of access."""
    limits = [rows.c.deleted == 0]
    if form.dates:
        limits.append(_in_care(rows))
    if form.types:
        limits.append(rows.c.type.in_(select(*d.rows("types", {"type": Text()}).c)))
    if form.since:
        limits.append(rows.c.updated >= _param("since", BigInteger))
    if form.after:
        limits.append(tuple_(rows.c.type, rows.c.id) > tuple_(_param("after_type"), _param("after_id")))
    return limits


def _columns(rows: FromClause) -> list[ColumnElement[Any]]:
    return [rows.c[name] for name in (*_KEY, "version", "updated")]


def _head(form: Form) -> Select[Any]:
    """The Patient itself; its rank is lower still when something under another key refers to it."""
    referred = exists(
        select(literal_column("1")).where(
            REFERENCE.c.target_type == _name("Patient"),
            REFERENCE.c.target_id == _param("id"),
            REFERENCE.c.patient_key != _param("patient"),
        )
    )
    rank = case((referred, literal_column("-1")), else_=literal_column("0"))
    return select(rank.label("rank"), *_columns(CURRENT)).where(
        CURRENT.c.patient_key == _param("patient"),
        CURRENT.c.type == "Patient",
        CURRENT.c.id == _param("id"),
        CURRENT.c.deleted == 0,
        within.filter_of(form.shape, patients=_param("patient")),
    )


def _own(d: Dialect, form: Form) -> Select[Any]:
    """What stands under the patient's key."""
    return select(literal_column("1", Integer).label("rank"), *_columns(CURRENT)).where(
        CURRENT.c.patient_key == _param("patient"),
        CURRENT.c.type != "Patient",
        within.filter_of(form.shape, patients=_param("patient")),
        *_limits(d, form, CURRENT),
    )


def _elsewhere(d: Dialect, form: Form) -> Select[Any]:
    """What stands under another key and is in the patient's compartment."""
    rows = CURRENT.alias("other")
    reference = _name("Patient/").concat(_param("id")).concat(_name(ENTRY))
    return (
        select(literal_column("1", Integer).label("rank"), *_columns(rows))
        .join(REFERENCE, _same(REFERENCE, rows))
        .where(
            REFERENCE.c.target_type == "Patient",
            REFERENCE.c.target_id == _param("id"),
            REFERENCE.c.patient_key != _param("patient"),
            in_compartment(d, rows, reference),
            within.filter_of(form.shape, rows),
            *_limits(d, form, rows),
        )
    )


def _listed(part: Select[Any], name: str) -> Select[Any]:
    """The first rows of a part in order of type and id."""
    columns = {c.key: c for c in part.selected_columns}
    ordered = part.order_by(columns["type"], columns["id"]).limit(_param("limit", Integer))
    return select(ordered.subquery(name))


@lru_cache(maxsize=500)
def _record(form: Form) -> Statement:
    def build(d: Dialect) -> Select[Any]:
        parts = [_head(form), _listed(_own(d, form), "own")]
        if form.elsewhere:
            parts.append(_listed(_elsewhere(d, form), "elsewhere"))
        found = union_all(*parts).subquery("found")
        order = (found.c.rank, found.c.type, found.c.id)
        page = select(found).order_by(*order).limit(_param("limit", Integer) + 1).subquery("page")
        return select(page, body_of(page).label("body")).order_by(page.c.rank, page.c.type, page.c.id)

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


def _form(wanted: Wanted, visible: Visible, after: Place | None, *, elsewhere: bool) -> Form:
    return Form(
        within.shape(visible),
        types=wanted.types is not None,
        since=wanted.since is not None,
        dates=(wanted.start, wanted.end) != (None, None),
        after=after is not None,
        elsewhere=elsewhere,
    )


def _stored(row: Any) -> Stored:
    key = Key(row["patient_key"], row["type"], row["id"])
    return Stored(key, row["version"], from_micros(row["updated"]), row["body"])


@dataclass(frozen=True, slots=True)
class Record:
    """The Patient (None when it is not visible), whether rows under other keys refer to it, and rows."""

    patient: Stored | None = None
    is_referred: bool = False
    rows: tuple[Stored, ...] = ()


async def record(
    db: Any, patient: Key, wanted: Wanted, visible: Visible, *, now: int, limit: int, after: Place | None
) -> Record:
    """Return the Patient, whatever is wanted of it, and the first rows of the record after a place.

    The rows are in order of type and id.
    """
    found: Sequence[Any] = ()
    for elsewhere in (False, True):
        form = _form(wanted, visible, after, elsewhere=elsewhere)
        values = _values(db, form, wanted, visible, now)
        found = await db.fetch(_record(form), values | _at(patient, limit, after))
        if not found or found[0]["rank"] > 0:
            return Record()
        if found[0]["rank"] == 0:
            break
    rows = tuple(_stored(row) for row in found)
    return Record(rows[0], found[0]["rank"] < 0, rows[1:])


def _at(patient: Key, limit: int, after: Place | None) -> dict[str, Any]:
    place = dict(zip(("after_type", "after_id"), after, strict=True)) if after else {}
    return {"patient": patient.patient, "id": patient.id, "limit": limit} | place


def _named(d: Dialect, form: Form) -> CTE:
    """The directory's resources that the record names, and those that these name; whether anew.

    By reference or, for forms and definitions, by canonical.
    """
    whole = replace(form, types=False, since=False, after=False)
    parts = [_head(whole), _own(d, whole), *([_elsewhere(d, whole)] if form.elsewhere else [])]
    record = union_all(*parts).cte("record")
    fresh = (record.c.updated >= _param("since", BigInteger)) if form.since else true()
    is_fresh = case((fresh, 1), else_=0).label("fresh")
    target = (REFERENCE.c.target_type.label("type"), REFERENCE.c.target_id.label("id"))
    by_reference = select(*target, is_fresh).select_from(record).join(REFERENCE, _same(REFERENCE, record))
    by_reference = by_reference.where(_among(REFERENCE.c.target_type, sorted(DIRECTORY)))
    url = LOOKUP.alias("url")
    by_canonical = (
        select(d.letterwise(url.c.type).label("type"), url.c.id, is_fresh)
        .select_from(record)
        .join(LOOKUP, and_(_same(LOOKUP, record), _among(LOOKUP.c.param, _CANONICALS)))
        .join(url, url.c.value == LOOKUP.c.value)
        .where(url.c.param == "url", _among(url.c.type, _DEFINITIONS), url.c.patient_key == SHARED)
    )
    started = by_reference.union(by_canonical).cte("started")
    reached = select(started).cte("reached", recursive=True)
    further = (
        select(*target, reached.c.fresh)
        .select_from(reached)
        .join(
            REFERENCE,
            and_(
                REFERENCE.c.patient_key == SHARED,
                REFERENCE.c.type == reached.c.type,
                REFERENCE.c.id == reached.c.id,
                _among(REFERENCE.c.target_type, sorted(DIRECTORY)),
            ),
        )
    )
    return reached.union(further)


@lru_cache(maxsize=500)
def _directory(form: Form) -> Statement:
    def build(d: Dialect) -> Select[Any]:
        named = _named(d, form)
        best = select(named.c.type, named.c.id, func.max(named.c.fresh).label("fresh"))
        best_ = best.group_by(named.c.type, named.c.id).subquery("best")
        limits = replace(form, since=False, dates=False)
        statement = (
            select(*_columns(CURRENT), body_of().label("body"))
            .join(best_, and_(CURRENT.c.type == best_.c.type, CURRENT.c.id == best_.c.id))
            .where(
                CURRENT.c.patient_key == SHARED,
                within.filter_of(form.shape),
                *_limits(d, limits, CURRENT),
            )
            .order_by(CURRENT.c.type, CURRENT.c.id)
            .limit(_param("limit", Integer))
        )
        if not form.since:
            return statement
        return statement.where(or_(best_.c.fresh == 1, CURRENT.c.updated >= _param("since", BigInteger)))

    return Statement(build)


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
) -> Sequence[Stored]:
    """Return what of the directory the record leads to, in order of type and id, after a place.

    With a time since which: what has changed, and what a changed resource of the record leads to.
    """
    form = _form(wanted, visible, after, elsewhere=is_referred)
    values = _values(db, form, wanted, visible, now)
    found = await db.fetch(_directory(form), values | _at(patient, limit, after))
    return [_stored(row) for row in found]
