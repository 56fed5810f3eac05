"""Reading the facts about who acts for a patient."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BigInteger, Text, bindparam, literal_column, select

from pk_api.store.database import Statement
from pk_api.store.law_tables import FACT

KINDS: Final = (
    "born",
    "related",
    "guardian",
    "guardian-exception",
    "guardian-barred",
    "mandate",
    "relative-access",
    "app-access",
)


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
    )
)


async def told(db: Any, patient: str, *, now: int) -> list[Told]:
    """Return what is stored about who acts for the patient (their key) and holds now."""
    rows = await db.fetch(_TOLD, {"patient_key": patient, "now": now})
    return [Told(row["kind"], row["person"], row["target"], row["since"]) for row in rows]


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


async def known_to(db: Any, person: tuple[str, str], *, now: int) -> list[str]:
    """Return the keys of the patients beside whom a person (system, value) is registered now."""
    rows = await db.fetch(_KNOWN_TO, {"person": "|".join(person), "now": now})
    return [row["patient_key"] for row in rows]
