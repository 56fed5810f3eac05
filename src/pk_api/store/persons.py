"""Reading the facts about who acts for a patient."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BigInteger, Text, and_, bindparam, literal_column, select

from pk_api.store.database import Statement
from pk_api.store.law_tables import FACT
from pk_api.store.rows import Key
from pk_api.store.tables import IDENTITY

KINDS: Final = (
    "born",
    "dead",
    "related",
    "guardian",
    "guardian-exception",
    "guardian-barred",
    "mandate",
    "relative-access",
    "app-access",
)


_OTHER = IDENTITY.alias("other")


@dataclass(frozen=True, slots=True)
class Told:
    """A fact in force."""

    kind: str
    person: str
    target: str
    since: int


_TOLD = Statement(
    lambda _: select(FACT.c.kind, FACT.c.person, FACT.c.target, FACT.c.since).where(
        FACT.c.patient_key == bindparam("patient_key", type_=Text),
        FACT.c.kind.in_([literal_column(f"'{kind}'", Text) for kind in KINDS]),
        FACT.c.since <= bindparam("now", type_=BigInteger),
        FACT.c.until > bindparam("now", type_=BigInteger),
    ),
    is_gathered=True,
)


async def told(db: Any, patient: str, *, now: int) -> list[Told]:
    """Return what is stored about who acts for the patient (their key) and holds now."""
    rows = await db.fetch(_TOLD, {"patient_key": patient, "now": now})
    return [Told(row["kind"], row["person"], row["target"], row["since"]) for row in rows]


_SELF: Final = ("dead", "replaces")
_BEARER = Statement(
    lambda _: (
        select(IDENTITY.c.patient_key, IDENTITY.c.id, FACT.c.kind, FACT.c.person)
        .select_from(
            IDENTITY.outerjoin(
                FACT,
                and_(
                    FACT.c.patient_key == IDENTITY.c.patient_key,
                    FACT.c.kind.in_([literal_column(f"'{kind}'", Text) for kind in _SELF]),
                ),
            )
        )
        .where(
            IDENTITY.c.system == bindparam("system", type_=Text),
            IDENTITY.c.value == bindparam("value", type_=Text),
        )
    ),
    is_gathered=True,
)


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who bears a number: the Patient, whether dead, and the Patients that this one says it replaces."""

    key: Key
    is_dead: bool
    replaces: tuple[str, ...]


async def bearer(db: Any, person: tuple[str, str]) -> Bearer | None:
    """Return the patient with an identity number (system, value), None when nobody is registered so."""
    rows = await db.fetch(_BEARER, {"system": person[0], "value": person[1]})
    if not rows:
        return None
    key = Key(rows[0]["patient_key"], "Patient", rows[0]["id"])
    replaces = tuple(sorted(row["person"] for row in rows if row["kind"] == "replaces"))
    return Bearer(key, any(row["kind"] == "dead" for row in rows), replaces)


_REPLACED = Statement(
    lambda _: select(FACT.c.patient_key, FACT.c.id).where(
        FACT.c.person == bindparam("person", type_=Text),
        FACT.c.kind == literal_column("'replaced'", Text),
        FACT.c.person != literal_column("''", Text),
    )
)


async def merged(db: Any, bearer: Bearer) -> tuple[str, ...]:
    """Return the keys of the records that are the patient's too: both Patients say so."""
    if not bearer.replaces:
        return ()
    rows = await db.fetch(_REPLACED, {"person": bearer.key.reference})
    return tuple(sorted(row["patient_key"] for row in rows if f"Patient/{row['id']}" in bearer.replaces))


_BY = Statement(
    lambda _: select(FACT.c.person).where(
        FACT.c.patient_key == bindparam("patient_key", type_=Text),
        FACT.c.kind == literal_column("'replaced'", Text),
    )
)


async def replaced_by(db: Any, patient: str) -> str | None:
    """Return the Patient (reference) by which a patient (key) is replaced."""
    rows = await db.fetch(_BY, {"patient_key": patient})
    return str(rows[0]["person"]) if rows else None


_NUMBERS = Statement(
    lambda _: (
        select(_OTHER.c.system, _OTHER.c.value)
        .select_from(IDENTITY.join(_OTHER, _OTHER.c.patient_key == IDENTITY.c.patient_key))
        .where(
            IDENTITY.c.system == bindparam("system", type_=Text),
            IDENTITY.c.value == bindparam("value", type_=Text),
        )
    )
)


async def numbers_of(db: Any, person: tuple[str, str]) -> set[str]:
    """Return the identity numbers (`system|value`) that a person bears or has borne, the given one too."""
    rows = await db.fetch(_NUMBERS, {"system": person[0], "value": person[1]})
    return {"|".join(person), *(f"{row['system']}|{row['value']}" for row in rows)}


_KNOWN_TO = Statement(
    lambda _: (
        select(FACT.c.patient_key)
        .where(
            FACT.c.person == bindparam("person", type_=Text),
            FACT.c.kind == literal_column("'related'", Text),
            FACT.c.person != literal_column("''", Text),
            FACT.c.since <= bindparam("now", type_=BigInteger),
            FACT.c.until > bindparam("now", type_=BigInteger),
        )
        .distinct()
    )
)


async def known_to(db: Any, number: str, *, now: int) -> list[str]:
    """Return the keys of the patients beside whom a person (`system|value`) is registered now."""
    rows = await db.fetch(_KNOWN_TO, {"person": number, "now": now})
    return [row["patient_key"] for row in rows]
