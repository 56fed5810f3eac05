"""Verifying the audit: every row against its seal, every seal against the one before and the anchors outside.

It walks in stretches, so that memory stays bounded whatever the number of rows.
"""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import BigInteger, Select, bindparam, select

from pk_api.store.anchors import Anchor
from pk_api.store.audit_tables import AUDIT_CUT
from pk_api.store.chain import is_chained
from pk_api.store.database import Database, Statement
from pk_api.store.dialect import Dialect
from pk_api.store.rows import from_micros
from pk_api.store.tables import AUDIT, SEAL, given

_STRETCH: Final = 2_000
_MOST_FAULTS: Final = 100
_LATE: Final = 300 * 1_000_000
"""Microseconds: a row is sealed within seconds of its commit, whatever the clocks of several machines say."""
_FIVE_YEARS: Final = 1826 * 86_400 * 1_000_000
_LEAST: Final = -(2**62)

_SEALS = Statement(
    lambda _: (
        select(SEAL.c.sequence, SEAL.c.n, SEAL.c.hash, SEAL.c.sealed)
        .where(SEAL.c.chain == "audit", SEAL.c.sequence > bindparam("after", type_=BigInteger))
        .order_by(SEAL.c.sequence)
        .limit(_STRETCH)
    )
)
_BELOW = Statement(
    lambda _: (
        select(SEAL.c.sequence)
        .where(SEAL.c.chain == "audit", SEAL.c.sequence <= bindparam("upto", type_=BigInteger))
        .limit(1)
    )
)
_CUTS = Statement(lambda _: select(AUDIT_CUT).order_by(AUDIT_CUT.c.sequence))


def _numbers(d: Dialect) -> Select[Any]:
    return select(*d.rows("numbers", {"n": BigInteger()}).c)


def _rows(d: Dialect) -> Select[Any]:
    n = d.number(AUDIT)
    return select(n.label("number"), *given(AUDIT)).where(n.in_(_numbers(d)))


def _listed(d: Dialect) -> Select[Any]:
    n = d.number(AUDIT)
    columns = select(n.label("number"), AUDIT.c.recorded)
    return columns.where(n > bindparam("after", type_=BigInteger)).order_by(n).limit(_STRETCH)


_ROWS, _LISTED = Statement(_rows), Statement(_listed)
_SEALED = Statement(lambda d: select(SEAL.c.n).where(SEAL.c.chain == "audit", SEAL.c.n.in_(_numbers(d))))
_UNNUMBERED = Statement(lambda d: select(AUDIT.c.recorded).where(d.number(AUDIT).is_(None)).limit(1))


@dataclass(frozen=True, slots=True)
class Fault:
    """One place where the audit is not as it was written."""

    place: str
    what: str


@dataclass(slots=True)
class Verdict:
    """What was found: the number of rows that were verified, where the chain ends, and every fault.

    `young` rows are not sealed yet, and are younger than the time that sealing may take.
    """

    rows: int = 0
    sequence: int = 0
    hash: str = ""
    anchors: int = 0
    young: int = 0
    faults: list[Fault] = field(default_factory=list)

    def note(self, place: str, what: str) -> None:
        """Note a fault; of very many, the first."""
        if len(self.faults) < _MOST_FAULTS:
            self.faults.append(Fault(place, what))


async def verify(db: Database, anchors: Sequence[Anchor], *, now: int) -> Verdict:
    """Return what stands of the audit; `now` in microseconds tells which rows should be sealed by now."""
    verdict = Verdict()
    known: dict[int, set[str]] = {}
    for anchor in anchors:
        known.setdefault(anchor.sequence, set()).add(anchor.hash)
    await _start(db, verdict, known, {anchor.sequence for anchor in anchors if anchor.is_cut})
    await _Walk(db, verdict, known).all()
    _require_anchored(verdict, known)
    await _unsealed(db, verdict, now=now)
    return verdict


async def _start(
    db: Database, verdict: Verdict, known: Mapping[int, set[str]], anchored: Collection[int]
) -> None:
    """Begin where the audit has been cut off after its time; what lies before is gone lawfully."""
    cuts = await db.fetch(_CUTS, {})
    for cut in cuts:
        if known and cut["sequence"] not in anchored:
            verdict.note(f"cut at {cut['sequence']}", "no anchor tells of this cut")
        if cut["cut"] - cut["sealed"] < _FIVE_YEARS:
            verdict.note(f"cut at {cut['sequence']}", "it was made before its time")
        verdict.sequence, verdict.hash = cut["sequence"], cut["hash"]
    _compare(verdict, known)
    if cuts and await db.fetch(_BELOW, {"upto": verdict.sequence}):
        verdict.note(
            f"seal 1..{verdict.sequence}", "seals stand before the cut: it was not ended, or they are new"
        )


def _compare(verdict: Verdict, known: Mapping[int, set[str]]) -> None:
    """Compare the hash at which the walk stands with what is known outside the database."""
    if verdict.sequence not in known:
        return
    verdict.anchors += 1
    if known[verdict.sequence] != {verdict.hash}:
        verdict.note(
            f"seal {verdict.sequence}", "its hash is another than its anchor's: the chain was made anew"
        )


def _require_anchored(verdict: Verdict, known: Mapping[int, set[str]]) -> None:
    last = max(known, default=0)
    if last > verdict.sequence:
        verdict.note(
            f"seal {verdict.sequence + 1}..{last}", "the end of the chain is cut off: an anchor tells of it"
        )


def _when(recorded: object) -> str:
    """Return the time in words that fit a list of faults, also of what is no time."""
    try:
        return f"{from_micros(int(str(recorded))):%Y-%m-%d %H:%M:%S}"
    except (ValueError, OverflowError):
        return "at no time"


class _Walk:
    """From seal to seal, a stretch at a time."""

    def __init__(self, db: Database, verdict: Verdict, known: Mapping[int, set[str]]) -> None:
        self._db = db
        self._verdict = verdict
        self._known = known
        self._newest = 0

    async def all(self) -> None:
        """Verify every seal and its row."""
        async for seals in self._stretches():
            packed = self._db.dialect.pack("numbers", 1, [(seal["n"],) for seal in seals])
            rows: dict[int, list[dict[str, Any]]] = {}
            for row in await self._db.fetch(_ROWS, packed):
                rows.setdefault(row["number"], []).append(dict(row))
            for seal in seals:
                self._one(seal, rows.get(seal["n"], []))

    async def _stretches(self) -> AsyncIterator[Sequence[Any]]:
        while seals := await self._db.fetch(_SEALS, {"after": self._verdict.sequence}):
            if not all(isinstance(seal[name], int) for seal in seals for name in ("sequence", "n")):
                self._verdict.note(f"seal {self._verdict.sequence + 1}..", "seals have no numbers")
                return
            yield seals

    def _one(self, seal: Any, rows: Sequence[dict[str, Any]]) -> None:
        verdict, sequence = self._verdict, seal["sequence"]
        if sequence != verdict.sequence + 1:
            verdict.note(f"seal {verdict.sequence + 1}..{sequence - 1}", "seals are removed")
        if not rows:
            verdict.note(f"seal {sequence}", f"row {seal['n']} is removed")
        if len(rows) > 1:
            verdict.note(f"row {seal['n']}", "two rows have this number: one was put in")
        for row in rows[:1]:
            self._row(seal, row)
        verdict.sequence, verdict.hash = sequence, seal["hash"]
        verdict.rows += 1
        _compare(verdict, self._known)

    def _row(self, seal: Any, row: dict[str, Any]) -> None:
        place = f"seal {seal['sequence']}, row {seal['n']} ({_when(row['recorded'])})"
        if not is_chained("audit", seal["hash"], self._verdict.hash, row):
            self._verdict.note(place, "the row, its seal or the seal before is changed")
        if not isinstance(row["recorded"], int):
            return
        if row["recorded"] < self._newest - _LATE:
            self._verdict.note(
                place, "the row was put in later: rows recorded after it were sealed before it"
            )
        self._newest = max(self._newest, row["recorded"])


async def _unsealed(db: Database, verdict: Verdict, *, now: int) -> None:
    """Find rows without a seal: younger ones wait for theirs, older ones were put in or lost their seal."""
    if await db.fetch(_UNNUMBERED, {}):
        verdict.note("a row without a number", "it has no seal")
    after = _LEAST
    while rows := await db.fetch(_LISTED, {"after": after}):
        packed = db.dialect.pack("numbers", 1, [(row["number"],) for row in rows])
        sealed = {row["n"] for row in await db.fetch(_SEALED, packed)}
        for row in rows:
            if row["number"] in sealed:
                continue
            if isinstance(row["recorded"], int) and now - _LATE < row["recorded"] < now + _LATE:
                verdict.young += 1
            else:
                verdict.note(
                    f"row {row['number']} ({_when(row['recorded'])})",
                    "it has no seal",
                )
        after = rows[-1]["number"]
