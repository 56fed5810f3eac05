"""The members of a contract and the directory behind them: which versions, then bodies not at hand."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, reduce
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Function,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    or_,
    select,
    union_all,
)

from pk_api.access.labels import FROM_PATIENT, PARTYS_OWN
from pk_api.access.visible import Visible
from pk_api.store import within
from pk_api.store.database import Statement
from pk_api.store.dialect import Dialect
from pk_api.store.lawful import marked
from pk_api.store.masking import told
from pk_api.store.rows import FOREVER, Key, Stored, stored_of
from pk_api.store.tables import (
    CONTRACT,
    CURRENT,
    FACT,
    MEMBER,
    NO_LAW,
    PATIENT,
    REFERENCE,
    SHARED,
    TEAM,
    VERSION,
)

_PARTYS: Final = "!"


class At(NamedTuple):
    """A version, where it stands, and whether it is masked; versions never change, so one may be kept."""

    key: Key
    version: int
    is_masked: bool = False


def _param(name: str) -> Any:
    return bindparam(name, type_=Text)


def _member_is_current() -> ColumnElement[bool]:
    return and_(
        CURRENT.c.patient_key == MEMBER.c.patient_key,
        CURRENT.c.type == MEMBER.c.type,
        CURRENT.c.id == MEMBER.c.id,
        CURRENT.c.deleted == 0,
    )


def listing_of(
    d: Dialect, shape: within.Shape, patient: ColumnElement[str], version: ColumnElement[int]
) -> Function[str]:
    """These versions of all rows of `current` in one text, `Type/id:version,…`.

    One row, and a key to what was kept. A star after the version says that it is masked for this reader, and
    an exclamation mark after that, that it is its party's alone.
    """
    reference = CURRENT.c.type.concat("/").concat(CURRENT.c.id)
    star = case((within.masked(shape, patient=patient), "*"), else_="")
    mark = case((told_of(), ""), else_=_PARTYS)
    return d.joined(reference.concat(":").concat(cast(version, Text)).concat(star).concat(mark))


def places(patient: str, listing: str) -> list[At]:
    """Return what a listing names, in order of type and id."""
    out = []
    for entry in listing.split(",") if listing else ():
        reference, _, version = entry.partition(":")
        resource_type, _, resource_id = reference.partition("/")
        key = Key(patient, resource_type, resource_id)
        version = version.removesuffix(_PARTYS)
        out.append(At(key, int(version.rstrip("*")), version.endswith("*")))
    return sorted(out)


def told_of() -> ColumnElement[bool]:
    """Say of a member whether its absence is told: that a party has what is its alone is no secret."""
    partys = (CURRENT.c.labels.not_like(marked(label)) for label in sorted(PARTYS_OWN))
    return or_(CURRENT.c.labels.is_(None), and_(*partys))


def seen_in(listing: str) -> int:
    """Return how many members of a listing are of those whose absence is told."""
    entries = listing.split(",") if listing else []
    return sum(not entry.endswith(_PARTYS) for entry in entries)


@dataclass(frozen=True, slots=True)
class Members:
    """The visible members of a contract as a listing, its revision, and whether members are not visible.

    `hides`: whether one of them is hidden from the patient, whoever reads. The same reader is shown the same
    until `until` (microseconds), as long as the patient's mark is the same.
    """

    listing: str
    revision: int
    withheld: bool
    hides: bool = False
    mark: str = field(default="", compare=False)
    until: int = field(default=0, compare=False)


def hides() -> ColumnElement[int]:
    """How many rows are hidden from the patient."""
    return func.count().filter(CURRENT.c.labels.like(f"%|{FROM_PATIENT}|%"))


def _mark() -> ColumnElement[str]:
    """Another text whenever a patient's contracts, the facts about the patient or the directory have changed.

    What is visible of a contract hangs on these and on the time alone.
    """
    patient, nobody = _param("patient"), literal_column(f"'{SHARED}'", Text)
    revisions = select(func.sum(CONTRACT.c.revision)).where(CONTRACT.c.patient_key == patient)
    numbers = (_law(patient), revisions.scalar_subquery(), _law(nobody))
    texts = (cast(func.coalesce(number, literal_column(str(NO_LAW))), Text) for number in numbers)
    return reduce(lambda one, other: one.concat(":").concat(other), texts)


def _law(patient: ColumnElement[str]) -> ColumnElement[int]:
    return select(PATIENT.c.law).where(PATIENT.c.patient_key == patient).scalar_subquery()


_MARK: Final = Statement(lambda _: select(_mark().label("mark")), is_gathered=True)


async def mark(db: Any, patient: str) -> str:
    """Return the patient's mark: what `members` tells is the same as long as this is."""
    return str((await db.fetch(_MARK, {"patient": patient}))[0]["mark"])


def _next_turn() -> ColumnElement[int]:
    """The next time at which a fact or a part in a team begins or ends by itself."""
    now = bindparam("v_now", type_=BigInteger)
    turns = union_all(
        *(
            select(turn.label("at")).where(table.c.patient_key == _param("patient"), turn > now)
            for table in (TEAM, FACT)
            for turn in (table.c.since, table.c.until)
        )
    ).subquery()
    return func.coalesce(select(func.min(turns.c.at)).scalar_subquery(), literal_column(str(FOREVER)))


@lru_cache(maxsize=1000)
def _members(shape: within.Shape) -> Statement:
    def build(d: Dialect) -> Select[Any]:
        patient = _param("patient")
        revision = select(CONTRACT.c.revision).where(
            CONTRACT.c.patient_key == patient, CONTRACT.c.id == _param("contract")
        )
        is_open = within.filter_of(shape, patients=patient)
        return (
            select(
                listing_of(d, shape, patient, CURRENT.c.version).filter(is_open).label("listing"),
                func.count().filter(told_of()).label("total"),
                hides().label("hides"),
            )
            .add_columns(
                revision.scalar_subquery().label("revision"),
                _mark().label("mark"),
                _next_turn().label("until"),
            )
            .select_from(CURRENT)
            .join(MEMBER, _member_is_current())
            .where(MEMBER.c.patient_key == patient, MEMBER.c.contract_id == _param("contract"))
        )

    return Statement(build, is_gathered=True)


async def members(db: Any, contract: Key, visible: Visible, *, now: int) -> Members:
    """Return the visible members of a contract."""
    values = {"patient": contract.patient, "contract": contract.id, **within.values(visible, now=now)}
    row = (await db.fetch(_members(within.shape(visible)), values))[0]
    listing = row["listing"] or ""
    withheld = seen_in(listing) < row["total"]
    return Members(
        listing, row["revision"] or 0, withheld, bool(row["hides"]), mark=row["mark"], until=row["until"]
    )


def _directory(d: Dialect, shape: within.Shape) -> Select[Any]:
    given = d.rows("k", {"type": Text(), "id": Text()})
    start = select(d.letterwise(given.c.type).label("type"), d.letterwise(given.c.id).label("id"))
    reached = start.cte("reached", recursive=True)
    further = select(REFERENCE.c.target_type, REFERENCE.c.target_id).join(
        reached,
        and_(
            REFERENCE.c.patient_key == SHARED,
            REFERENCE.c.type == reached.c.type,
            REFERENCE.c.id == reached.c.id,
            or_(REFERENCE.c.target_type == "Practitioner", REFERENCE.c.target_type == "Organization"),
        ),
    )
    reached = reached.union(further)
    return (
        select(listing_of(d, shape, literal_column(f"'{SHARED}'", Text), CURRENT.c.version).label("listing"))
        .select_from(CURRENT)
        .join(
            reached,
            and_(
                CURRENT.c.patient_key == SHARED,
                CURRENT.c.type == reached.c.type,
                CURRENT.c.id == reached.c.id,
                CURRENT.c.deleted == 0,
            ),
        )
        .where(within.filter_of(shape))
    )


@lru_cache(maxsize=1000)
def _directory_statement(shape: within.Shape) -> Statement:
    return Statement(lambda d: _directory(d, shape), is_gathered=True)


async def directory(db: Any, references: Sequence[tuple[str, str]], visible: Visible, *, now: int) -> str:
    """Return the listing of resources about no patient, with practitioners and organisations above them."""
    if not references:
        return ""
    shared = replace(visible, clauses=tuple(c for c in visible.clauses if c.shared))
    visible = shared if shared.clauses else visible
    rows = await db.fetch(
        _directory_statement(within.shape(visible)),
        db.dialect.pack("k", 2, references) | within.values(visible, now=now),
    )
    return str(rows[0]["listing"] or "")


_COLUMNS = {"patient_key": Text(), "type": Text(), "id": Text(), "version": Integer()}


def _bodies(d: Dialect) -> Select[Any]:
    given = d.rows("k", _COLUMNS)
    return select(VERSION).join(given, and_(*(VERSION.c[name] == given.c[name] for name in _COLUMNS)))


_BODIES = Statement(_bodies)


async def bodies(db: Any, places: Sequence[At]) -> list[Stored]:
    """Return these versions, in no order; who may see them has been decided."""
    if not places:
        return []
    packed = db.dialect.pack("k", 4, [(p.key.patient, p.key.type, p.key.id, p.version) for p in places])
    masked = {(p.key, p.version) for p in places if p.is_masked}
    rows = [
        {**row, "masked": (Key(row["patient_key"], row["type"], row["id"]), row["version"]) in masked}
        for row in await db.fetch(_BODIES, packed)
    ]
    return list(map(stored_of, await told(db, rows)))
