"""The rows of one patient's record: under the patient's key, and elsewhere in the patient's compartment.

Source: https://hl7.org/fhir/R4/compartmentdefinition-patient.html.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
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
    literal_column,
    or_,
    select,
    tuple_,
)

from pk_api.fhir.search.index_values import ENTRY, VALUE
from pk_api.fhir.search.parameters import COMPARTMENT, SORT_DATE
from pk_api.store import within
from pk_api.store.dialect import Dialect
from pk_api.store.tables import CURRENT, REFERENCE, SPAN

_KEY: Final = ("patient_key", "type", "id")


@dataclass(frozen=True, slots=True)
class Form:
    """What the text of a statement depends on; `elsewhere`: whether to look under other keys too."""

    shape: within.Shape
    types: bool
    since: bool
    dates: bool
    after: bool
    elsewhere: bool


def param(name: str, type_: Any = Text) -> Any:
    """A parameter of the statement."""
    return bindparam(name, type_=type_)


def among(column: ColumnElement[str], names: Iterable[str]) -> ColumnElement[bool]:
    """The text is one of these names of FHIR's; they stand in the statement and are no parameters."""
    return column.in_([named_text(name) for name in names])


def named_text(name: str) -> ColumnElement[str]:
    """A name of FHIR's, in the text of the statement."""
    return literal_column(f"'{name}'", Text)


def same(a: FromClause, b: FromClause) -> ColumnElement[bool]:
    """The rows are about the same resource."""
    return and_(*(a.c[name] == b.c[name] for name in _KEY))


def _types_by(codes: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return the types of each code, from pairs (type, code)."""
    out: dict[str, list[str]] = {}
    for resource_type, code in codes:
        out.setdefault(code, []).append(resource_type)
    return out


_BY_DATE: Final = _types_by((t, code) for t, code in SORT_DATE.items() if code)
_BY_PLACE: Final = _types_by((t, code) for t, codes in COMPARTMENT.items() for code in codes)


def in_care(rows: FromClause) -> ColumnElement[bool]:
    """The type's own date touches the span that is asked for, or there is none."""
    code = case(
        *((among(rows.c.type, types), named_text(code)) for code, types in _BY_DATE.items()),
        else_=named_text(""),
    )
    touching = exists(
        select(literal_column("1")).where(
            same(SPAN, rows),
            SPAN.c.param == code,
            or_(SPAN.c.low.is_(None), SPAN.c.low < param("end", BigInteger)),
            or_(SPAN.c.high.is_(None), SPAN.c.high > param("start", BigInteger)),
        )
    )
    return or_(rows.c.sort_date.is_(None), touching)


def in_compartment(d: Dialect, rows: FromClause, patient: ColumnElement[str]) -> ColumnElement[bool]:
    """The row names the patient (a reference, or the beginning of one) where the compartment is told by."""
    return or_(
        *(
            and_(
                among(rows.c.type, types),
                d.contains(rows.c.ix, named_text(f"{ENTRY}{code}{VALUE}").concat(patient)),
            )
            for code, types in _BY_PLACE.items()
        )
    )


def limits(d: Dialect, form: Form, rows: FromClause) -> list[ColumnElement[bool]]:
    """Deletion, dates, type, time and place in the list: every limit but that of access."""
    limits = [rows.c.deleted == 0]
    if form.dates:
        limits.append(in_care(rows))
    if form.types:
        limits.append(rows.c.type.in_(select(*d.rows("types", {"type": Text()}).c)))
    if form.since:
        limits.append(rows.c.updated >= param("since", BigInteger))
    if form.after:
        limits.append(tuple_(rows.c.type, rows.c.id) > tuple_(param("after_type"), param("after_id")))
    return limits


def columns(rows: FromClause) -> list[ColumnElement[Any]]:
    """What a record tells of each row."""
    return [rows.c[name] for name in (*_KEY, "version", "updated", "labels")]


def is_named_elsewhere(patient: ColumnElement[str], patient_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Something that stands under another key refers to the Patient: the index is asked on both sides."""
    found: Select[Any] = select(literal_column("1")).where(
        REFERENCE.c.target_type == named_text("Patient"), REFERENCE.c.target_id == patient_id
    )
    return or_(
        exists(found.where(REFERENCE.c.patient_key < patient)),
        exists(found.where(REFERENCE.c.patient_key > patient)),
    )


def head(form: Form) -> Select[Any]:
    """The Patient itself; its rank is lower still when something under another key refers to it."""
    referred = is_named_elsewhere(param("patient"), param("id"))
    rank = case((referred, literal_column("-1")), else_=literal_column("0"))
    return select(rank.label("rank"), *columns(CURRENT)).where(
        CURRENT.c.patient_key == param("patient"),
        CURRENT.c.type == "Patient",
        CURRENT.c.id == param("id"),
        CURRENT.c.deleted == 0,
        within.filter_of(form.shape, patients=param("patient")),
    )


def own(d: Dialect, form: Form) -> Select[Any]:
    """What stands under the patient's key."""
    return select(literal_column("1", Integer).label("rank"), *columns(CURRENT)).where(
        CURRENT.c.patient_key == param("patient"),
        CURRENT.c.type != "Patient",
        within.filter_of(form.shape, patients=param("patient")),
        *limits(d, form, CURRENT),
    )


def elsewhere(d: Dialect, form: Form) -> Select[Any]:
    """What stands under another key and is in the patient's compartment."""
    rows = CURRENT.alias("other")
    reference = named_text("Patient/").concat(param("id")).concat(named_text(ENTRY))
    return (
        select(literal_column("1", Integer).label("rank"), *columns(rows))
        .join(REFERENCE, same(REFERENCE, rows))
        .where(
            REFERENCE.c.target_type == "Patient",
            REFERENCE.c.target_id == param("id"),
            REFERENCE.c.patient_key != param("patient"),
            in_compartment(d, rows, reference),
            within.filter_of(form.shape, rows),
            *limits(d, form, rows),
        )
    )
