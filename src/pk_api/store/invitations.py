"""Keeping invitations: made, used once however many ask at once, given back when nothing came of it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Text, bindparam, null, select, update

from pk_api.store.database import Statement, Transaction
from pk_api.store.law_tables import INVITATION


@dataclass(frozen=True, slots=True)
class Invitation:
    """For which RelatedPerson (reference) of which patient (key), and as what the inviting person acts."""

    patient: str
    relative: str
    kind: str
    person: tuple[str, str]
    acting_for: str | None


_NOW = bindparam("now", type_=BigInteger)
_CODE = INVITATION.c.code == bindparam("given", type_=Text)
_USE = Statement(
    lambda _: (
        update(INVITATION)
        .where(_CODE, INVITATION.c.used.is_(None), INVITATION.c.until > _NOW)
        .values(used=_NOW)
        .returning(INVITATION)
    )
)
_GIVE_BACK = Statement(
    lambda _: update(INVITATION).where(_CODE).values(used=null()).returning(INVITATION.c.code)
)
_STANDING = Statement(
    lambda _: (
        select(INVITATION.c.code, INVITATION.c.relative, INVITATION.c.until)
        .where(
            INVITATION.c.patient_key == bindparam("patient", type_=Text),
            INVITATION.c.used.is_(None),
            INVITATION.c.until > _NOW,
        )
        .order_by(INVITATION.c.made.desc())
    )
)
_OUTDATE = Statement(
    lambda _: (
        update(INVITATION)
        .where(
            INVITATION.c.patient_key == bindparam("patient", type_=Text),
            INVITATION.c.relative == bindparam("who", type_=Text),
            INVITATION.c.used.is_(None),
        )
        .values(used=_NOW)
        .returning(INVITATION.c.code)
    )
)


async def keep(tx: Transaction, code: str, one: Invitation, *, now: int, until: int) -> None:
    """Keep an invitation by the hash of its code; older ones of the same relative are of no use any more."""
    await tx.fetch(_OUTDATE, {"patient": one.patient, "who": one.relative, "now": now})
    told = (code, one.patient, one.relative, one.kind, *one.person, one.acting_for, now, until, None)
    await tx.insert({INVITATION: [told]})


async def use(tx: Transaction, code: str, *, now: int) -> Invitation | None:
    """Use an invitation up and return it; None when there is none, or none any more."""
    rows = await tx.fetch(_USE, {"given": code, "now": now})
    return _invitation(rows[0]) if rows else None


async def standing(db: Any, patient: str, *, now: int) -> list[tuple[str, str, int]]:
    """Return the hash, the relative and the end of those of a patient that may be used yet."""
    rows = await db.fetch(_STANDING, {"patient": patient, "now": now})
    return [(row["code"], row["relative"], row["until"]) for row in rows]


async def give_back(tx: Transaction, code: str) -> None:
    """Make an invitation good again that nothing has come of."""
    await tx.fetch(_GIVE_BACK, {"given": code})


def _invitation(row: Any) -> Invitation:
    person = (row["system"], row["value"])
    return Invitation(row["patient_key"], row["relative"], row["kind"], person, row["acting_for"])
