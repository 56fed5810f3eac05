"""Everything about a patient: a page of the record, and the directory behind it, within what is visible.

The record is the patient's own range of rows, and what stands elsewhere and is in the patient's compartment
(an Appointment of two patients, a Group). Source: https://hl7.org/fhir/R4/patient-operation-everything.html,
https://hl7.org/fhir/R4/compartmentdefinition-patient.html.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import CTE, BigInteger, Integer, Select, and_, case, func, or_, select, true, union_all

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
    visible: Visible,
    *,
    everywhere: Visible,
    now: int,
    limit: int,
    after: Place | None,
) -> Record:
    """Return the Patient, whatever is wanted of it, and the first rows of the record after a place.

    The rows are in order of type and id. `visible` may be about the patient alone, `everywhere` may not.
    """
    found: Sequence[Any] = ()
    for is_wide, seen in ((False, visible), (True, everywhere)):
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


def _named(d: Dialect, form: Form) -> CTE:
    """The directory's resources that the record names, and those that these name; whether anew.

    By reference or, for forms and definitions, by canonical.
    """
    whole = replace(form, types=False, since=False, after=False)
    parts = [head(whole), own(d, whole), *([elsewhere(d, whole)] if form.elsewhere else [])]
    record = union_all(*parts).cte("record")
    fresh = (record.c.updated >= param("since", BigInteger)) if form.since else true()
    is_fresh = case((fresh, 1), else_=0).label("fresh")
    target = (REFERENCE.c.target_type.label("type"), REFERENCE.c.target_id.label("id"))
    by_reference = select(*target, is_fresh).select_from(record).join(REFERENCE, same(REFERENCE, record))
    by_reference = by_reference.where(
        among(REFERENCE.c.target_type, sorted(DIRECTORY)),
        is_told(form.shape, record, REFERENCE.c.target_type),
    )
    url = LOOKUP.alias("url")
    by_canonical = (
        select(d.letterwise(url.c.type).label("type"), url.c.id, is_fresh)
        .select_from(record)
        .join(LOOKUP, and_(same(LOOKUP, record), among(LOOKUP.c.param, _CANONICALS)))
        .join(url, url.c.value == LOOKUP.c.value)
        .where(url.c.param == "url", among(url.c.type, _DEFINITIONS), url.c.patient_key == SHARED)
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
                among(REFERENCE.c.target_type, sorted(DIRECTORY)),
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
