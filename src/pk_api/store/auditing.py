"""Reading the audit: rows of a patient or of a care provider's users, newest first, page after page."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import BigInteger, Select, Text, and_, bindparam, literal_column, select, tuple_

from pk_api.fhir.systems import PERSONNUMMER
from pk_api.fhir.values import parse
from pk_api.store.database import Statement
from pk_api.store.dialect import Dialect
from pk_api.store.reading import body_of
from pk_api.store.rows import AuditRow, Key
from pk_api.store.tables import AUDIT, CURRENT, FACT, IDENTITY, LOOKUP, SHARED

_DIGITS: Final = "abcdefghijklmnopqrstuvwxyz234567"
_WIDTH: Final = 11
"""Letters of base 32 that hold a time in microseconds."""
_PATIENT: Final = 26

Place = tuple[int, str, str]
"""Where a row stands: its time, the patient's key and its id."""


class Noted(NamedTuple):
    """A row of the audit with its time and id."""

    recorded: int
    id: str
    row: AuditRow

    @property
    def place(self) -> Place:
        """Where it stands."""
        return self.recorded, self.row.patient, self.id

    @property
    def name(self) -> str:
        """Its id as others see it: it leads to its place, and no twelve digits stand in a row."""
        letters = "".join(_DIGITS[self.recorded >> 5 * n & 31] for n in reversed(range(_WIDTH)))
        return f"{self.row.patient}-{letters}{self.id}"


def place_of(name: str) -> Place | None:
    """Return where the row stands that has this name; None for what is no name of a row."""
    patient, _, rest = name.rpartition("-")
    if len(patient) not in (1, _PATIENT) or len(rest) <= _WIDTH or not set(rest) <= set(_DIGITS):
        return None
    recorded = 0
    for letter in rest[:_WIDTH]:
        recorded = recorded << 5 | _DIGITS.index(letter)
    return recorded, patient, rest[_WIDTH:]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows: of these patients (keys) or of this provider's users, from `since` until before `until`."""

    patients: tuple[str, ...] | None = None
    provider: str | None = None
    since: int | None = None
    until: int | None = None
    ascending: bool = False


_COLUMNS = (AUDIT.c.recorded, AUDIT.c.patient_key, AUDIT.c.id)
_FIELDS: Final = tuple(c.name for c in AUDIT.columns if c.name not in ("patient_key", "recorded", "id", "n"))


@lru_cache(maxsize=200)
def _listed(limits: frozenset[str], *, ascending: bool) -> Statement:
    def build(d: Dialect) -> Select[Any]:
        statement = select(*(c for c in AUDIT.columns if c.name != "n")).limit(bindparam("limit"))
        if "patients" in limits:
            given = d.rows("patients", {"key": Text()})
            statement = statement.where(AUDIT.c.patient_key.in_(select(given.c["key"])))
        if "provider" in limits:
            statement = statement.where(AUDIT.c.provider == bindparam("provider", type_=Text))
        if "since" in limits:
            statement = statement.where(AUDIT.c.recorded >= bindparam("since", type_=BigInteger))
        if "until" in limits:
            statement = statement.where(AUDIT.c.recorded < bindparam("until", type_=BigInteger))
        if "after" in limits:
            mark = tuple_(*(bindparam(f"after{n}", type_=c.type) for n, c in enumerate(_COLUMNS)))
            here = tuple_(*_COLUMNS)
            edge = bindparam("edge", type_=BigInteger)
            reached = AUDIT.c.recorded >= edge if ascending else AUDIT.c.recorded <= edge
            statement = statement.where(reached, here > mark if ascending else here < mark)
        return statement.order_by(*(c if ascending else c.desc() for c in _COLUMNS))

    return Statement(build)


async def listed(db: Any, wanted: Wanted, *, limit: int, after: Place | None = None) -> list[Noted]:
    """Return rows in order of time, the latest first unless `ascending`, after a place."""
    limits = {
        "provider": wanted.provider,
        "since": wanted.since,
        "until": wanted.until,
        "after0": after and after[0],
        "after1": after and after[1],
        "after2": after and after[2],
        "edge": after and after[0],
    }
    values = {name: value for name, value in limits.items() if value is not None}
    shape: set[str] = {name for name in ("provider", "since", "until") if name in values}
    if after is not None:
        shape.add("after")
    if wanted.patients is not None:
        shape.add("patients")
        values |= db.dialect.pack("patients", 1, [(key,) for key in wanted.patients])
    statement = _listed(frozenset(shape), ascending=wanted.ascending)
    return [_noted(row) for row in await db.fetch(statement, values | {"limit": limit})]


def _noted(row: Any) -> Noted:
    told = {name: row[name] for name in _FIELDS}
    return Noted(row["recorded"], row["id"], AuditRow(patient=row["patient_key"], **told))


_ONE = Statement(
    lambda _: select(*(c for c in AUDIT.columns if c.name != "n")).where(
        *(c == bindparam(c.name, type_=c.type) for c in _COLUMNS)
    )
)


async def one(db: Any, place: Place) -> Noted | None:
    """Return the row at a place."""
    names = (c.name for c in _COLUMNS)
    found = await db.fetch(_ONE, dict(zip(names, place, strict=True)))
    return _noted(found[0]) if found else None


_PEOPLE = Statement(
    lambda d: select(CURRENT.c.patient_key, CURRENT.c.id).where(
        CURRENT.c.type == "Patient",
        CURRENT.c.patient_key.in_(select(*d.rows("k", {"key": Text()}).c)),
    )
)


async def patient_ids(db: Any, keys: Iterable[str]) -> dict[str, str]:
    """Return the ids of the Patients whose keys these are."""
    wanted = sorted(set(keys) - {SHARED})
    rows = await db.fetch(_PEOPLE, db.dialect.pack("k", 1, [(key,) for key in wanted])) if wanted else ()
    return {row["patient_key"]: row["id"] for row in rows}


_PLACES = Statement(
    lambda d: (
        select(LOOKUP.c.value, body_of().label("body"))
        .join(
            CURRENT,
            and_(
                CURRENT.c.patient_key == LOOKUP.c.patient_key,
                CURRENT.c.type == LOOKUP.c.type,
                CURRENT.c.id == LOOKUP.c.id,
            ),
        )
        .where(
            LOOKUP.c.type == "Organization",
            LOOKUP.c.param == "identifier",
            LOOKUP.c.value.in_(select(*d.rows("k", {"value": Text()}).c)),
            CURRENT.c.deleted == 0,
        )
    )
)


async def place_names(db: Any, hsa_ids: Iterable[str]) -> dict[str, str]:
    """Return the present names of care providers and units by HSA-id."""
    wanted = sorted(set(hsa_ids))
    rows = await db.fetch(_PLACES, db.dialect.pack("k", 1, [(one,) for one in wanted])) if wanted else ()
    named = {row["value"]: parse(row["body"]).get("name") for row in rows}
    return {value: name for value, name in named.items() if name}


class Owned(NamedTuple):
    """Whose a resource is: the care provider's and, where it is known, the unit's."""

    owner: str
    unit: str | None


_OWNERS = Statement(
    lambda d: select(
        CURRENT.c.patient_key, CURRENT.c.type, CURRENT.c.id, CURRENT.c.owner, CURRENT.c.unit
    ).where(
        tuple_(CURRENT.c.patient_key, CURRENT.c.type, CURRENT.c.id).in_(
            select(*d.rows("k", {"patient_key": Text(), "type": Text(), "id": Text()}).c)
        )
    )
)


async def owners(db: Any, keys: Iterable[Key]) -> dict[Key, Owned]:
    """Return whose the resources are now."""
    wanted = sorted({(key.patient, key.type, key.id) for key in keys})
    rows = await db.fetch(_OWNERS, db.dialect.pack("k", 3, wanted)) if wanted else ()
    return {Key(r["patient_key"], r["type"], r["id"]): Owned(r["owner"], r["unit"]) for r in rows}


_NUMBERS = Statement(
    lambda d: (
        select(IDENTITY.c.patient_key, IDENTITY.c.system, IDENTITY.c.value)
        .where(IDENTITY.c.patient_key.in_(select(*d.rows("k", {"key": Text()}).c)))
        .order_by(IDENTITY.c.patient_key, IDENTITY.c.system.desc(), IDENTITY.c.value)
    )
)


async def numbers(db: Any, keys: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return a national identity number (system, value) of each patient who has one, a personnummer first."""
    wanted = sorted(set(keys) - {SHARED})
    rows = await db.fetch(_NUMBERS, db.dialect.pack("k", 1, [(key,) for key in wanted])) if wanted else ()
    found: dict[str, tuple[str, str]] = {}
    for row in rows:
        if row["patient_key"] not in found or row["system"] == PERSONNUMMER:
            found[row["patient_key"]] = (row["system"], row["value"])
    return found


class Opening(NamedTuple):
    """An emergency opening in force: of whose data, for which care provider, unit and person ('' for any)."""

    patient: str
    provider: str
    unit: str
    person: str


_OPENINGS = Statement(
    lambda d: select(FACT.c.patient_key, FACT.c.provider, FACT.c.unit, FACT.c.person).where(
        FACT.c.patient_key.in_(select(*d.rows("k", {"key": Text()}).c)),
        FACT.c.kind.in_([literal_column(f"'{kind}'", Text) for kind in ("emergency", "emergency-lift")]),
        FACT.c.since <= bindparam("now", type_=BigInteger),
        FACT.c.until > bindparam("now", type_=BigInteger),
    )
)


async def openings(db: Any, patients: Iterable[str], *, now: int) -> list[Opening]:
    """Return the emergency openings of these patients' data that are in force."""
    packed = db.dialect.pack("k", 1, [(key,) for key in sorted(patients)])
    rows = await db.fetch(_OPENINGS, packed | {"now": now})
    return [Opening(row["patient_key"], row["provider"], row["unit"], row["person"]) for row in rows]
