"""What the facts of one patient make of what a caller may see: which grounds hold, and what needs no filter.

`store.lawful` says the same of any rows, in SQL; of one patient's, looked up beforehand, the filter is short.
The store takes it only while the facts are still those it was judged by (`Visible.about`).
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar

from pk_api.access.decide import Decision
from pk_api.access.visible import About, Clause, Need, Reader, Visible
from pk_api.store import law
from pk_api.store.auditing import Opening
from pk_api.store.database import Database
from pk_api.store.rows import FOREVER, Fact
from pk_api.store.tables import SHARED

_PATIENTS: Final = 5_000
_READERS: Final = 500
_TRIES: Final = 3
_BLOCKS: Final = frozenset({"inner", "outer"})
_OPENINGS: Final = frozenset({"emergency", "emergency-lift"})
_BY_ROW: Final[frozenset[Need]] = frozenset({"disclosure", "addressed"})
"""What is needed of each row by itself."""

_EMERGENCY: Final = "emergency"

Found = TypeVar("Found")


class Law:
    """The facts of a patient that bear on readers, under the number that they have; and what was judged."""

    __slots__ = ("_facts", "_judged", "about")

    def __init__(self, patient: str, number: int, facts: Sequence[Fact]) -> None:
        self.about = About(patient, number)
        self._facts = tuple(facts)
        self._judged: dict[int, tuple[Decision, int, int, Decision]] = {}

    def of(self, decision: Decision, *, now: int) -> Decision:
        """Return the decision about this patient; `now` in microseconds."""
        known = self._judged.get(id(decision))
        if known is not None and known[0] is decision and known[1] <= now < known[2]:
            return known[3]
        since, until = self._stretch(now)
        judged = self._of(decision, [f for f in self._facts if f.since <= now < f.until])
        if len(self._judged) >= _READERS:
            self._judged.clear()
        self._judged[id(decision)] = (decision, since, until, judged)
        return judged

    def _stretch(self, now: int) -> tuple[int, int]:
        """Return the time around now, half-open, in which the same facts are in force."""
        turns = [turn for fact in self._facts for turn in (fact.since, fact.until)]
        past, coming = (t for t in turns if t <= now), (t for t in turns if t > now)
        return max(past, default=0), min(coming, default=FOREVER)

    def _of(self, decision: Decision, facts: Sequence[Fact]) -> Decision:
        visible = decision.visible
        clauses = tuple(one for each in visible.clauses for one in _clause(each, facts, self.about.patient))
        knows = replace(visible.knows, is_told=_is_told(visible, facts, self.about.patient))
        judged = Visible(clauses, knows, self.about)
        reader = visible.knows.reader
        is_opened = reader is not None and any(f.kind in _OPENINGS and is_about(f, reader) for f in facts)
        grounds = [one for one in judged.grounds.split() if one != _EMERGENCY]
        rule = " ".join([*grounds, _EMERGENCY] if is_opened else grounds)
        return Decision(judged, rule or decision.rule, self.about.patient)


def _clause(clause: Clause, facts: Sequence[Fact], patient: str) -> Iterator[Clause]:
    """Yield the ground, free of what has been judged; nothing when it does not hold of the patient."""
    if clause.shared or clause.patient not in (None, patient):
        return
    reader = clause.reader or Reader("")
    held = {fact.kind for fact in facts if fact.kind in clause.needs and is_about(fact, reader)}
    if not clause.needs <= held:
        return
    is_blocked = any(fact.kind in _BLOCKS for fact in facts)
    yield replace(
        clause,
        patient=None,
        needs=clause.needs & _BY_ROW,
        unblocked=clause.unblocked and is_blocked,
        own_blocks=clause.unblocked or clause.own_blocks,
    )


def is_about(fact: Fact | Opening, reader: Reader) -> bool:
    """Say whether a fact is about this reader; `store.lawful` says the same of rows, in SQL."""
    return (
        fact.provider == reader.provider
        and (not reader.units or fact.unit in reader.units)
        and fact.person in ("", reader.employee)
    )


def _is_told(visible: Visible, facts: Sequence[Fact], patient: str) -> bool:
    """Say whether nothing is to be kept from the reader about who the patient is."""
    if not any(fact.kind == "protected" for fact in facts) or visible.knows.patient == patient:
        return True
    reader = visible.knows.reader
    return reader is not None and any(fact.kind == "relation" and is_about(fact, reader) for fact in facts)


class Laws:
    """Looks up the facts of patients, and remembers those asked for of late."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: OrderedDict[str, Law] = OrderedDict()

    async def seen(
        self,
        patient: str,
        decision: Decision,
        look: Callable[[Visible], Awaitable[Found]],
        *,
        now: int,
        is_found: Callable[[Found], Any] = bool,
    ) -> tuple[Found, Decision]:
        """Return what `look` finds, all of it about the patient, and the decision that it was found by.

        Nothing found may mean that the facts are others by now: then it is looked for anew.
        """
        if patient == SHARED:
            return await look(decision.visible), decision
        for _ in range(_TRIES):
            known = self._remembered(patient) or await self._read(patient, now)
            judged = known.of(decision, now=now)
            found = await look(judged.visible)
            if is_found(found) or (await self._read(patient, now)).about == known.about:
                return found, judged
        return await look(decision.visible), decision

    def _remembered(self, patient: str) -> Law | None:
        known = self._known.get(patient)
        if known is not None:
            self._known.move_to_end(patient)
        return known

    async def _read(self, patient: str, now: int) -> Law:
        number, facts = await law.standing(self._db, patient, now=now)
        known = self._known.get(patient)
        if known is None or known.about.law != number:
            known = self._known[patient] = Law(patient, number, facts)
            if len(self._known) > _PATIENTS:
                self._known.popitem(last=False)
        return known
