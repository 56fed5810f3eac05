"""The one place that turns what is visible into a filter."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Text,
    and_,
    bindparam,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.sql.expression import FromClause

from pk_api.access.visible import Clause, Visible
from pk_api.store.tables import CURRENT, MEMBER, SHARED, TEAM

Shape = tuple[tuple[str, ...], ...]
"""Which limits each clause has: what a statement's text depends on."""

_LIMITS = ("types", "patient", "owner", "team", "author", "addressed", "shared", "holds")


@lru_cache(maxsize=10_000)
def shape(visible: Visible) -> Shape:
    """Return which limits each clause has, with the number of types and of index entries."""
    return tuple(
        tuple(_named(clause, name) for name in _LIMITS if getattr(clause, name) not in (None, False, ()))
        for clause in visible.clauses
    )


def _named(clause: Clause, name: str) -> str:
    if name == "types" and clause.types:
        return f"types:{len(clause.types)}"
    return f"holds:{','.join(str(len(one)) for one in clause.holds)}" if name == "holds" else name


def values(visible: Visible, *, now: int) -> dict[str, Any]:
    """Return the parameters of the filter; `now` in microseconds decides which team periods hold."""
    return {"v_now": now, **_fixed(visible)}


@lru_cache(maxsize=10_000)
def _fixed(visible: Visible) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for n, clause in enumerate(visible.clauses):
        for name in ("patient", "owner", "team", "author", "addressed"):
            if (value := getattr(clause, name)) is not None:
                out[f"v{n}_{name}"] = value
        for i, resource_type in enumerate(sorted(clause.types or ())):
            out[f"v{n}_type{i}"] = resource_type
        for i, needles in enumerate(clause.holds):
            out |= {f"v{n}_holds{i}_{j}": needle for j, needle in enumerate(needles)}
    return out


Patients = ColumnElement[Any] | Sequence[ColumnElement[Any]] | Select[Any]


def filter_of(
    of: Shape, rows: FromClause = CURRENT, *, patients: Patients | None = None
) -> ColumnElement[bool]:
    """Return the filter over rows of `current` (or an alias of it) for clauses of this shape.

    `patients`, where the statement is within known patients, lets the database look up once which of their
    contracts are open, instead of row by row.
    """
    if not of:
        return false()
    return or_(*(_clause(n, limits, rows, patients) for n, limits in enumerate(of)))


def branches(of: Shape, rows: FromClause = CURRENT) -> list[ColumnElement[bool]]:
    """Return the filter clause by clause, so that each can be listed by an index of its own.

    What is visible is the union: a row may be in several.
    """
    everywhere: Sequence[ColumnElement[Any]] = ()
    return [_clause(n, limits, rows, everywhere) for n, limits in enumerate(of)]


def _clause(n: int, limits: tuple[str, ...], rows: FromClause, patients: Any) -> ColumnElement[bool]:
    return and_(*(_limit(n, limit, rows, patients) for limit in limits))


def _limit(n: int, limit: str, rows: FromClause, patients: Any) -> ColumnElement[bool]:
    name, _, number = limit.partition(":")
    if name == "types":
        return rows.c.type.in_([bindparam(f"v{n}_type{i}", type_=Text) for i in range(int(number))])
    if name == "shared":
        return rows.c.patient_key == SHARED
    if name == "holds":
        return and_(*(_holds(f"v{n}_holds{i}", int(many), rows) for i, many in enumerate(number.split(","))))
    value = bindparam(f"v{n}_{name}", type_=Text)
    if name == "patient":
        return rows.c.patient_key == value
    if name == "team":
        return _in_team(value, rows) if patients is None else _in_team_of(value, rows, patients)
    column: ColumnElement[bool] = rows.c[name] == value
    return column


def _holds(name: str, many: int, rows: FromClause) -> ColumnElement[bool]:
    """The index text has one of the entries, letter by letter on both databases."""
    needles = [bindparam(f"{name}_{j}", type_=Text) for j in range(many)]
    return or_(false(), *(func.replace(rows.c.ix, needle, "") != rows.c.ix for needle in needles))


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
    one = chosen.with_only_columns(literal(1)).where(here).limit(1).correlate(rows)
    return one.scalar_subquery().is_not(None)


def _in_team_of(provider: ColumnElement[str], rows: FromClause, patients: Any) -> ColumnElement[bool]:
    """The row is one of such members of these patients (none: of all), listed once for the statement."""
    member, chosen = _teamed(provider)
    if isinstance(patients, ColumnElement):
        chosen = chosen.where(member.c.patient_key == patients)
    elif isinstance(patients, Select) or patients:
        chosen = chosen.where(member.c.patient_key.in_(patients))
    return tuple_(rows.c.patient_key, rows.c.type, rows.c.id).in_(chosen)
