"""The one place that turns what is visible into a filter."""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    false,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.sql.expression import FromClause

from pk_api.access.visible import Clause, Reader, Visible
from pk_api.store.lawful import Reads, text
from pk_api.store.protected import Unknown
from pk_api.store.tables import CURRENT, MEMBER, NO_LAW, PATIENT, SHARED, TEAM


class Shape(NamedTuple):
    """Which limits each clause has, and who knows protected identities: what a statement's text depends on.

    `knows` is `patient`, `reader` with the number of its units, or nothing. `is_about`: all is about one
    patient, whose facts have been looked at; `is_told`: of whom nothing is to be kept from the reader.
    """

    clauses: tuple[tuple[str, ...], ...]
    knows: tuple[str, int] = ("", 0)
    is_about: bool = False
    is_told: bool = False


_PLAIN = ("patient", "owner", "team", "author", "addressed")
"""Limits whose value is one text."""

_FLAGS = ("kin", "others", "by_patient", "shared")
_FREE = (*_FLAGS, "own_blocks", "unblocked", "unblocked-elsewhere")
"""Limits without a value of the clause's own."""

_LISTED = ("types", "units", "without")
_READER = "v_reader"
"""Prefix of the parameters that say who reads; all clauses of one actor have the same reader."""


@lru_cache(maxsize=10_000)
def shape(visible: Visible) -> Shape:
    """Return which limits each clause has, with the number of values of a list."""
    return Shape(
        tuple(tuple(_limits_of(clause)) for clause in visible.clauses),
        _knows(visible),
        visible.about is not None,
        visible.about is not None and visible.knows.is_told,
    )


def _knows(visible: Visible) -> tuple[str, int]:
    if visible.knows.reader is not None:
        return "reader", len(visible.knows.reader.units)
    return ("patient", 0) if visible.knows.patient is not None else ("", 0)


def _limits_of(clause: Clause) -> Iterator[str]:
    """Yield the limits, the cheap ones first."""
    for name in _LISTED:
        if getattr(clause, name):
            yield f"{name}:{len(getattr(clause, name))}"
    for name in _PLAIN:
        if getattr(clause, name) is not None:
            yield name
    if clause.holds:
        yield f"holds:{':'.join(str(len(one)) for one in clause.holds)}"
    reader = clause.reader
    sizes = f":{len(reader.units)}:{len(reader.own)}" if reader else ":0:0"
    for name in _FLAGS:
        if getattr(clause, name):
            yield name + sizes
    if clause.unblocked or clause.own_blocks:
        yield "own_blocks" + sizes
    if clause.unblocked:
        yield ("unblocked-elsewhere" if clause.others else "unblocked") + sizes
    yield from (f"need-{need}{sizes}" for need in sorted(clause.needs))


def values(visible: Visible, *, now: int) -> dict[str, Any]:
    """Return the parameters of the filter; `now` in microseconds decides which periods hold."""
    return {"v_now": now, **_fixed(visible)}


@lru_cache(maxsize=10_000)
def _fixed(visible: Visible) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for n, clause in enumerate(visible.clauses):
        for name in _PLAIN:
            if (value := getattr(clause, name)) is not None:
                out[f"v{n}_{name}"] = value
        for name in _LISTED:
            out |= {f"v{n}_{name}{i}": one for i, one in enumerate(sorted(getattr(clause, name) or ()))}
        for i, needles in enumerate(clause.holds):
            out |= {f"v{n}_holds{i}_{j}": needle for j, needle in enumerate(needles)}
        if clause.reader is not None:
            out |= _told_of(clause.reader)
    if visible.knows.reader is not None:
        out |= _told_of(visible.knows.reader)
    if visible.knows.patient is not None:
        out["v_self"] = visible.knows.patient
    if visible.about is not None:
        out |= {"v_about": visible.about.patient, "v_law": visible.about.law}
    return out


def _told_of(reader: Reader) -> dict[str, Any]:
    out = {
        f"{_READER}_provider": reader.provider,
        f"{_READER}_employee": reader.employee,
        f"{_READER}_kind": reader.kind,
    }
    out |= {f"{_READER}_unit{i}": unit for i, unit in enumerate(reader.units)}
    return out | {f"{_READER}_own{i}": unit for i, unit in enumerate(reader.own)}


Patients = ColumnElement[Any] | Sequence[ColumnElement[Any]] | Select[Any]


def filter_of(
    of: Shape, rows: FromClause = CURRENT, *, patients: Patients | None = None
) -> ColumnElement[bool]:
    """Return the filter over rows of `current` (or an alias of it) for clauses of this shape.

    `patients`, where the statement is within known patients, lets the database look up once which of their
    contracts are open, instead of row by row.
    """
    if not of.clauses:
        return false()
    groups = [(group, _grounds(group, rows, patients)) for group in _alike(of.clauses)]
    if not of.is_about:
        return or_(*(opened for _, opened in groups))
    about = [opened for group, opened in groups if not _is_shared(group[0][1])]
    shared = [opened for group, opened in groups if _is_shared(group[0][1])]
    return or_(and_(_as_known(rows), or_(false(), *about)), *shared)


def _is_shared(limits: tuple[str, ...]) -> bool:
    """Whether the clause is about no patient at all."""
    return any(limit.startswith("shared:") for limit in limits)


def _as_known(rows: FromClause) -> ColumnElement[bool]:
    """The row is about the patient whose facts have been looked at, and they are still the same."""
    law = select(PATIENT.c.law).where(PATIENT.c.patient_key == text("v_about")).scalar_subquery()
    same = func.coalesce(law, literal_column(str(NO_LAW))) == bindparam("v_law", type_=BigInteger)
    return and_(rows.c.patient_key == text("v_about"), same)


def _alike(clauses: tuple[tuple[str, ...], ...]) -> list[list[tuple[int, tuple[str, ...]]]]:
    """Return the clauses by number, together those that differ in what they need alone.

    What they have in common is looked up once for each row.
    """
    groups: dict[object, list[tuple[int, tuple[str, ...]]]] = {}
    for n, limits in enumerate(clauses):
        common = tuple(one for one in limits if not one.startswith("need-"))
        is_free = common != limits and all(one.partition(":")[0] in _FREE for one in common)
        groups.setdefault(common if is_free else n, []).append((n, limits))
    return list(groups.values())


def _grounds(
    group: list[tuple[int, tuple[str, ...]]], rows: FromClause, patients: Any
) -> ColumnElement[bool]:
    if len(group) == 1:
        return _clause(*group[0], rows, patients)
    common = [one for one in group[0][1] if not one.startswith("need-")]
    needs = [(n, tuple(one for one in limits if one.startswith("need-"))) for n, limits in group]
    any_of_these = or_(*(_clause(n, limits, rows, patients) for n, limits in needs))
    if not common:
        return any_of_these
    return and_(_clause(group[0][0], tuple(common), rows, patients), any_of_these)


def masked(
    of: Shape, rows: FromClause = CURRENT, *, patient: ColumnElement[str] | None = None
) -> ColumnElement[bool]:
    """Return the condition of a protected identity that this reader is not told, in rows of `current`.

    `patient` is the key of the patient, where all rows are of the same.
    """
    return Unknown(*of.knows, is_told=of.is_told).is_told_of(rows, patient)


def branches(of: Shape, rows: FromClause = CURRENT) -> list[ColumnElement[bool]]:
    """Return the filter clause by clause, so that each can be listed by an index of its own.

    What is visible is the union: a row may be in several.
    """
    everywhere: Sequence[ColumnElement[Any]] = ()
    return [_clause(n, limits, rows, everywhere) for n, limits in enumerate(of.clauses)]


def _clause(n: int, limits: tuple[str, ...], rows: FromClause, patients: Any) -> ColumnElement[bool]:
    return and_(true(), *(one for limit in limits for one in _limit(n, limit, rows, patients)))


def _limit(n: int, limit: str, rows: FromClause, patients: Any) -> list[ColumnElement[bool]]:
    name, *given = limit.split(":")
    sizes = [int(one) for one in given]
    if name in _LISTED:
        return [_among(n, name, sizes[0], rows)]
    if name in _PLAIN:
        return [_plain(n, name, rows, patients)]
    if name == "holds":
        return [_holds(f"v{n}_holds{i}", many, rows) for i, many in enumerate(sizes)]
    return _of_reader_and_row(name, sizes, rows, patients)


def _plain(n: int, name: str, rows: FromClause, patients: Any) -> ColumnElement[bool]:
    value = text(f"v{n}_{name}")
    if name == "team":
        return _in_team(value, rows) if patients is None else _in_team_of(value, rows, patients)
    column: ColumnElement[bool] = rows.c["patient_key" if name == "patient" else name] == value
    return column


def _of_reader_and_row(
    name: str, sizes: list[int], rows: FromClause, patients: Any
) -> list[ColumnElement[bool]]:
    about = patients if isinstance(patients, ColumnElement) else rows.c.patient_key
    reads = Reads(about, units=sizes[0], own=sizes[1])
    by_name: dict[str, Callable[[FromClause], list[ColumnElement[bool]]]] = {
        "others": reads.others,
        "kin": reads.kin,
        "own_blocks": reads.own_blocks,
        "unblocked": reads.unblocked,
        "unblocked-elsewhere": partial(reads.unblocked, is_elsewhere=True),
        "shared": lambda of: [of.c.patient_key == SHARED],
        "by_patient": lambda of: [of.c.owner == literal_column("'patient:'", Text).concat(of.c.patient_key)],
    }
    if name in by_name:
        return by_name[name](rows)
    return [reads.holds(name.removeprefix("need-"), rows)]


def _holds(name: str, many: int, rows: FromClause) -> ColumnElement[bool]:
    """The index text has one of the entries, letter by letter on both databases."""
    needles = [text(f"{name}_{j}") for j in range(many)]
    return or_(false(), *(func.replace(rows.c.ix, needle, "") != rows.c.ix for needle in needles))


def _among(n: int, name: str, size: int, rows: FromClause) -> ColumnElement[bool]:
    given = [text(f"v{n}_{name}{i}") for i in range(size)]
    if name == "types":
        return rows.c.type.in_(given)
    if name == "units":
        return or_(rows.c.addressed_unit.is_(None), rows.c.addressed_unit.in_(given))
    barred = [rows.c.labels.like(literal("%|").concat(one).concat("|%")) for one in given]
    return or_(rows.c.labels.is_(None), not_(or_(*barred)))


def _teamed(provider: ColumnElement[str]) -> tuple[FromClause, Select[Any]]:
    """Members of contracts one of whose care teams has the provider as a present participant."""
    member, team_member, now = MEMBER.alias("m"), MEMBER.alias("mt"), bindparam("v_now", type_=BigInteger)
    chosen = (
        select(member.c.patient_key, member.c.type, member.c.id)
        .join(
            team_member,
            and_(
                team_member.c.patient_key == member.c.patient_key,
                team_member.c.contract_id == member.c.contract_id,
                team_member.c.type == "CareTeam",
            ),
        )
        .join(TEAM, and_(TEAM.c.patient_key == team_member.c.patient_key, TEAM.c.team_id == team_member.c.id))
        .where(TEAM.c.provider == provider, TEAM.c.since <= now, TEAM.c.until > now)
    )
    return member, chosen


def _in_team(provider: ColumnElement[str], rows: FromClause) -> ColumnElement[bool]:
    """The row is such a member. The limit keeps the database from listing every contract of the provider."""
    member, chosen = _teamed(provider)
    here = and_(
        member.c.patient_key == rows.c.patient_key, member.c.type == rows.c.type, member.c.id == rows.c.id
    )
    one = chosen.with_only_columns(literal(1)).where(here).limit(literal_column("1", Integer)).correlate(rows)
    return one.scalar_subquery().is_not(None)


def _in_team_of(provider: ColumnElement[str], rows: FromClause, patients: Any) -> ColumnElement[bool]:
    """The row is one of such members of these patients (none: of all), listed once for the statement."""
    member, chosen = _teamed(provider)
    if isinstance(patients, ColumnElement):
        chosen = chosen.where(member.c.patient_key == patients)
    elif isinstance(patients, Select) or patients:
        chosen = chosen.where(member.c.patient_key.in_(patients))
    return tuple_(rows.c.patient_key, rows.c.type, rows.c.id).in_(chosen)
