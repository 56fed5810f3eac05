"""Contracts as they were: which revision held at a time, and which versions of which members it had.

Who sees a member is decided on the resource as it is now, in every version of it.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Text,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    select,
    union_all,
)

from pk_api.access.visible import Visible
from pk_api.store import within
from pk_api.store.database import Statement
from pk_api.store.dialect import Dialect
from pk_api.store.members import Members, hides, listing_of, seen_in, told_of
from pk_api.store.rows import Key
from pk_api.store.tables import CURRENT, MEMBER, OUTBOX, PAST_MEMBER, VERSION


@dataclass(frozen=True, slots=True)
class Moment:
    """A revision of a contract, when it was made (microseconds), and the number of its last change.

    Changes are numbered as they are written, and all that is written about a patient is written in turn.
    """

    revision: int
    recorded: int
    number: int


def _text(name: str) -> Any:
    return bindparam(name, type_=Text)


def _number(name: str) -> Any:
    return bindparam(name, type_=BigInteger)


def _in_contract() -> ColumnElement[bool]:
    return and_(OUTBOX.c.patient_key == _text("patient"), OUTBOX.c.contract_id == _text("contract"))


def _is_there() -> ColumnElement[bool]:
    """The contract itself has not been deleted since."""
    return exists(
        select(literal_column("1")).where(
            CURRENT.c.patient_key == _text("patient"),
            CURRENT.c.type == "CarePlan",
            CURRENT.c.id == _text("contract"),
            CURRENT.c.deleted == 0,
        )
    )


def _moment(d: Dialect, revision: Any) -> Select[Any]:
    return (
        select(OUTBOX.c.revision, func.min(OUTBOX.c.recorded).label("recorded"))
        .add_columns(func.max(d.number(OUTBOX)).label("number"))
        .where(_in_contract(), OUTBOX.c.revision == revision, _is_there())
        .group_by(OUTBOX.c.revision)
    )


def _last_before() -> Any:
    earlier = OUTBOX.alias("earlier")
    return (
        select(earlier.c.revision)
        .where(
            earlier.c.patient_key == _text("patient"),
            earlier.c.contract_id == _text("contract"),
            earlier.c.recorded <= _number("instant"),
        )
        .order_by(earlier.c.revision.desc())
        .limit(1)
        .scalar_subquery()
    )


_BY_REVISION = Statement(lambda d: _moment(d, _number("revision")), is_gathered=True)
_BY_INSTANT = Statement(lambda d: _moment(d, _last_before()), is_gathered=True)


async def at_revision(db: Any, contract: Key, revision: int) -> Moment | None:
    """Return a revision of a contract that is not deleted, None when there is none of this number."""
    return _of(await db.fetch(_BY_REVISION, {**_place(contract), "revision": revision}))


async def at_instant(db: Any, contract: Key, instant: int) -> Moment | None:
    """Return the last revision made until then (microseconds), None as for `at_revision`."""
    return _of(await db.fetch(_BY_INSTANT, {**_place(contract), "instant": instant}))


def _place(contract: Key) -> dict[str, str]:
    return {"patient": contract.patient, "contract": contract.id}


def _of(rows: Any) -> Moment | None:
    return Moment(rows[0]["revision"], rows[0]["recorded"], rows[0]["number"]) if rows else None


def _held(table: Any) -> Select[Any]:
    rows = select(table.c.type, table.c.id).where(
        table.c.patient_key == _text("patient"),
        table.c.contract_id == _text("contract"),
        table.c.since <= _number("revision"),
    )
    return rows.where(table.c.until > _number("revision")) if table is PAST_MEMBER else rows


def _then(d: Dialect) -> Any:
    """The version of the row that was the present one after the last change of the revision."""
    return (
        select(func.max(OUTBOX.c.version))
        .where(
            OUTBOX.c.patient_key == _text("patient"),
            OUTBOX.c.type == CURRENT.c.type,
            OUTBOX.c.id == CURRENT.c.id,
            d.number(OUTBOX) <= _number("number"),
        )
        .correlate(CURRENT)
        .scalar_subquery()
    )


@lru_cache(maxsize=1000)
def _members(shape: within.Shape) -> Statement:
    def build(d: Dialect) -> Select[Any]:
        patient = _text("patient")
        held = union_all(_held(MEMBER), _held(PAST_MEMBER)).subquery("held")
        here = and_(
            CURRENT.c.patient_key == patient, CURRENT.c.type == held.c.type, CURRENT.c.id == held.c.id
        )
        there = and_(
            VERSION.c.patient_key == patient,
            VERSION.c.type == CURRENT.c.type,
            VERSION.c.id == CURRENT.c.id,
            VERSION.c.version == _then(d),
            VERSION.c.method != "DELETE",
        )
        listing = listing_of(d, shape, patient, VERSION.c.version)
        return (
            select(listing.filter(within.filter_of(shape, patients=patient)).label("listing"))
            .add_columns(func.count().filter(told_of()).label("total"), hides().label("hides"))
            .select_from(held)
            .join(CURRENT, here)
            .join(VERSION, there)
        )

    return Statement(build, is_gathered=True)


async def members(db: Any, contract: Key, moment: Moment, visible: Visible, *, now: int) -> Members:
    """Return the versions that the contract had of what is visible now, what was deleted since among them."""
    values = {**_place(contract), "revision": moment.revision, "number": moment.number}
    values |= within.values(visible, now=now)
    row = (await db.fetch(_members(within.shape(visible)), values))[0]
    listing = row["listing"] or ""
    return Members(listing, moment.revision, seen_in(listing) < row["total"], bool(row["hides"]))


_MARKED = Statement(
    lambda d: (
        select(VERSION.c.version, VERSION.c.body)
        .where(
            VERSION.c.patient_key == _text("patient"),
            VERSION.c.type == "CarePlan",
            VERSION.c.id == _text("contract"),
            d.contains(VERSION.c.body, _text("word")),
        )
        .order_by(VERSION.c.version)
    )
)


async def versions_with(db: Any, contract: Key, word: str) -> list[tuple[int, str]]:
    """Return number and text of the contract's own versions that have a word in them, the first first."""
    rows = await db.fetch(_MARKED, {**_place(contract), "word": word})
    return [(r["version"], r["body"]) for r in rows]
