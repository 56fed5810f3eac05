"""The one place that turns what is visible into a filter."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Text, and_, bindparam, exists, false, or_, select
from sqlalchemy.sql.expression import FromClause

from pk_api.access.visible import Visible
from pk_api.store.tables import CURRENT, MEMBER, SHARED, TEAM

Shape = tuple[tuple[str, ...], ...]
"""Which limits each clause has: what a statement's text depends on."""

_LIMITS = ("types", "patient", "owner", "team", "author", "addressed", "shared")


def shape(visible: Visible) -> Shape:
    """Return which limits each clause has, with the number of types."""
    return tuple(
        tuple(
            f"types:{len(clause.types)}" if name == "types" and clause.types else name
            for name in _LIMITS
            if getattr(clause, name) not in (None, False)
        )
        for clause in visible.clauses
    )


def values(visible: Visible, *, now: int) -> dict[str, Any]:
    """Return the parameters of the filter; `now` in microseconds decides which team periods hold."""
    out: dict[str, Any] = {"v_now": now}
    for n, clause in enumerate(visible.clauses):
        for name in ("patient", "owner", "team", "author", "addressed"):
            if (value := getattr(clause, name)) is not None:
                out[f"v{n}_{name}"] = value
        for i, resource_type in enumerate(sorted(clause.types or ())):
            out[f"v{n}_type{i}"] = resource_type
    return out


def filter_of(of: Shape, rows: FromClause = CURRENT) -> ColumnElement[bool]:
    """Return the filter over rows of `current` (or an alias of it) for clauses of this shape."""
    if not of:
        return false()
    return or_(*(_clause(n, limits, rows) for n, limits in enumerate(of)))


def _clause(n: int, limits: tuple[str, ...], rows: FromClause) -> ColumnElement[bool]:
    return and_(*(_limit(n, limit, rows) for limit in limits))


def _limit(n: int, limit: str, rows: FromClause) -> ColumnElement[bool]:
    name, _, number = limit.partition(":")
    if name == "types":
        return rows.c.type.in_([bindparam(f"v{n}_type{i}", type_=Text) for i in range(int(number))])
    if name == "shared":
        return rows.c.patient_key == SHARED
    value = bindparam(f"v{n}_{name}", type_=Text)
    if name == "patient":
        return rows.c.patient_key == value
    if name == "owner":
        return or_(rows.c.owner == value, rows.c.addressed == value)
    if name == "team":
        return _in_team(value, rows)
    column: ColumnElement[bool] = rows.c[name] == value
    return column


def _in_team(provider: ColumnElement[str], rows: FromClause) -> ColumnElement[bool]:
    """The resource is in a contract one of whose care teams has the provider as a present participant."""
    member, team_member, now = MEMBER.alias("m"), MEMBER.alias("mt"), bindparam("v_now", type_=BigInteger)
    return exists(
        select(member.c.id)
        .join(
            team_member,
            and_(
                team_member.c.patient_key == member.c.patient_key,
                team_member.c.contract_id == member.c.contract_id,
                team_member.c.type == "CareTeam",
            ),
        )
        .join(TEAM, and_(TEAM.c.patient_key == team_member.c.patient_key, TEAM.c.team_id == team_member.c.id))
        .where(
            member.c.patient_key == rows.c.patient_key,
            member.c.type == rows.c.type,
            member.c.id == rows.c.id,
            TEAM.c.provider == provider,
            TEAM.c.since <= now,
            TEAM.c.until > now,
        )
    )
