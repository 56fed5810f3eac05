"""Emergency openings: kept once with the Consent that says them, listed, and what their follow-up found."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Text, and_, bindparam, func, or_, select, update

from pk_api.store.audit_tables import OPENING
from pk_api.store.database import Statement, Transaction
from pk_api.store.tables import AUDIT, VERSION

_KEY = ("patient_key", "consent_id", "provider")


class Opened(NamedTuple):
    """An opening: of whose data, by which Consent, for whom, from when until when (microseconds)."""

    patient: str
    consent: str
    provider: str
    kind: str
    unit: str
    by: str
    since: int
    until: int


_KNOWN = Statement(
    lambda d: select(*(OPENING.c[name] for name in _KEY)).where(
        OPENING.c.patient_key.in_(select(*d.rows("k", {"key": Text()}).c))
    )
)


async def keep(tx: Transaction, openings: Sequence[Opened], *, now: int) -> None:
    """Keep each opening the first time that its Consent says it."""
    packed = tx.dialect.pack("k", 1, [(one.patient,) for one in openings])
    known = {tuple(row[name] for name in _KEY) for row in await tx.fetch(_KNOWN, packed)}
    new = {(one.patient, one.consent, one.provider): one for one in openings}
    rows = [
        (*key, one.kind, one.unit, now, one.by, one.since, one.until, None, None, None, None)
        for key, one in new.items()
        if key not in known
    ]
    if rows:
        await tx.insert({OPENING: rows})


@dataclass(frozen=True, slots=True)
class Sought:
    """Which openings of a care provider's: those that wait, those after a place, or that of one Consent."""

    provider: str
    is_open: bool = False
    after: tuple[int, str] | None = None
    consent: str | None = None


@lru_cache(maxsize=8)
def _listed(*, is_open: bool, is_after: bool, is_one: bool) -> Statement:
    limits: list[ColumnElement[bool]] = [OPENING.c.provider == bindparam("provider", type_=Text)]
    if is_open:
        limits.append(OPENING.c.reviewed.is_(None))
    if is_one:
        limits.append(OPENING.c.consent_id == bindparam("consent", type_=Text))
    if is_after:
        opened = bindparam("opened", type_=BigInteger)
        is_same = and_(OPENING.c.opened == opened, OPENING.c.consent_id > bindparam("last", type_=Text))
        limits.append(or_(OPENING.c.opened < opened, is_same))
    return Statement(
        lambda _: (
            select(OPENING, VERSION.c.body)
            .outerjoin(
                VERSION,
                and_(
                    VERSION.c.patient_key == OPENING.c.patient_key,
                    VERSION.c.type == "Consent",
                    VERSION.c.id == OPENING.c.consent_id,
                    VERSION.c.version == 1,
                ),
            )
            .where(*limits)
            .order_by(OPENING.c.opened.desc(), OPENING.c.consent_id)
            .limit(bindparam("limit"))
        )
    )


async def listed(db: Any, sought: Sought, *, limit: int) -> Sequence[Any]:
    """Return openings, the latest first, each with the first text of its Consent."""
    values: dict[str, Any] = {"provider": sought.provider, "limit": limit}
    if sought.consent is not None:
        values["consent"] = sought.consent
    if sought.after is not None:
        values |= {"opened": sought.after[0], "last": sought.after[1]}
    statement = _listed(
        is_open=sought.is_open, is_after=sought.after is not None, is_one=sought.consent is not None
    )
    rows: Sequence[Any] = await db.fetch(statement, values)
    return rows


_READ = Statement(
    lambda _: select(
        func.count().label("number"),
        func.count(AUDIT.c.actor.distinct()).label("users"),
        func.max(AUDIT.c.recorded).label("last"),
    ).where(
        AUDIT.c.patient_key == bindparam("patient", type_=Text),
        AUDIT.c.recorded >= bindparam("since", type_=BigInteger),
        AUDIT.c.recorded < bindparam("until", type_=BigInteger),
        AUDIT.c.provider == bindparam("provider", type_=Text),
        AUDIT.c.rule.like("%emergency%"),
        AUDIT.c.interaction.not_like("emergency-%"),  # the follow-up itself
        AUDIT.c.outcome == "allowed",
    )
)


async def read_under(db: Any, opening: Any) -> tuple[int, int, int | None]:
    """Return how often, by how many users and when last data was read while an opening was in force."""
    values = {name: opening[name] for name in ("since", "until", "provider")}
    (row,) = await db.fetch(_READ, values | {"patient": opening["patient_key"]})
    return row["number"], row["users"], row["last"]


_REVIEW = Statement(
    lambda _: (
        update(OPENING)
        .where(
            OPENING.c.provider == bindparam("own", type_=Text),
            OPENING.c.consent_id == bindparam("consent", type_=Text),
            OPENING.c.reviewed.is_(None),
        )
        .values(
            reviewed=bindparam("at_time", type_=BigInteger),
            reviewer=bindparam("who", type_=Text),
            finding=bindparam("what", type_=Text),
            note=bindparam("told", type_=Text),
        )
        .returning(OPENING.c.consent_id)
    )
)


async def review(
    tx: Transaction, provider: str, consent: str, *, by: str, finding: str, note: str | None, now: int
) -> bool:
    """Keep what a follow-up found; False when the opening has been followed up."""
    told = {"own": provider, "consent": consent, "at_time": now, "who": by, "what": finding, "told": note}
    return bool(await tx.fetch(_REVIEW, told))
