"""Agreements on a contract: proposals, what each party answered, and what holds.

A proposal is a set of Tasks `pk-task#answer-agreement`, one for each party; its state follows from theirs, so
two who answer at once stand in nobody's way. Source: docs/decisions on agreements; docs/contract-api.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from pk_api.contract.elements import Json, code_in, extension_value, id_of, target_of, text_of
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.covered import added, changes
from pk_api.contract.reading.people import side_of, who
from pk_api.contract.texts import text
from pk_api.fhir import agreements as agreed
from pk_api.fhir import systems

ANSWERED: Final[Mapping[str, str]] = MappingProxyType({"accepted": "accepted", "rejected": "declined"})
"""What a party's Task says; any other status is no answer yet."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal: its number, the revision that it is about, how many parties it asks, and their Tasks."""

    number: int
    revision: int
    parties: int
    tasks: tuple[Json, ...]

    @property
    def answers(self) -> tuple[str, ...]:
        """What each party answered that the reader sees: `accepted`, `declined` or `pending`."""
        return tuple(answer_of(task) for task in self.tasks)

    @property
    def is_agreed(self) -> bool:
        """Whether every party has accepted."""
        return len(self.tasks) == self.parties and set(self.answers) == {"accepted"}

    @property
    def left_out(self) -> frozenset[str]:
        """The ids of the items that a party has not agreed to."""
        return frozenset(name for task in self.tasks for name in excepted(task))

    @property
    def agreed_on(self) -> str | None:
        """When the last party accepted."""
        times = [on for task in self.tasks if (on := _answered(task)[0])]
        return max(times, key=datetime.fromisoformat, default=None) if self.is_agreed else None


def answer_of(task: Json) -> str:
    """Return what a party answered: `accepted`, `declined` or `pending`."""
    return ANSWERED.get(task.get("status", ""), "pending")


def proposals(reading: Reading) -> list[Proposal]:
    """Return the proposals that the reader sees, the earliest first."""
    found: dict[int, list[Json]] = {}
    for task in reading.of_type("Task"):
        number = agreed.number_in(task, "number") if agreed.is_answer(task) else None
        if number is not None and agreed.contract_of(task) == reading.contract:
            found.setdefault(number, []).append(task)
    return [_proposal(number, found[number]) for number in sorted(found)]


def _proposal(number: int, tasks: list[Json]) -> Proposal:
    ordered = tuple(sorted(tasks, key=lambda each: (agreed.place_in(each), each["id"])))
    first = ordered[0]
    return Proposal(
        number, agreed.number_in(first, "revision") or 0, agreed.number_in(first, "parties") or 0, ordered
    )


def in_force(every: Sequence[Proposal]) -> Proposal | None:
    """Return the agreement that holds: the last one to which all have agreed."""
    return next((each for each in reversed(every) if each.is_agreed), None)


def state_of(proposal: Proposal, every: Sequence[Proposal]) -> str:
    """Return `agreed`, `superseded`, `declined`, `replaced` or `proposed`."""
    if proposal.is_agreed:
        holds = in_force(every)
        return "agreed" if holds is not None and holds.number == proposal.number else "superseded"
    if "declined" in proposal.answers:
        return "declined"
    return "replaced" if any(each.number > proposal.number for each in every) else "proposed"


def agreement(reading: Reading) -> Json:
    """Return the contract's `agreement`; `reading.then` is the contract as it was agreed on."""
    every = proposals(reading)
    if not every:
        return {"state": "none", "latest": None, "proposed": None, "changedSince": [], "addedSince": []}
    holds, last = in_force(every), every[-1]
    then = reading.then if holds is not None else None
    since = changes(then, reading, but=holds.left_out) if then is not None and holds is not None else []
    more = added(then, reading) if then is not None else []
    state = ("changed-since-agreed" if since else "agreed") if holds is not None else _state(last, every)
    is_open = state_of(last, every) == "proposed"
    return {
        "state": state,
        "latest": head_of(holds or last, every, reading),
        "proposed": head_of(last, every, reading) if is_open and last is not holds else None,
        "changedSince": since,
        "addedSince": more,
    }


def _state(last: Proposal, every: Sequence[Proposal]) -> str:
    return "proposed" if state_of(last, every) == "proposed" else "none"


def head_of(proposal: Proposal, every: Sequence[Proposal], reading: Reading) -> Json:
    """Return a proposal: number and state, what its parties answered, the hash of the reader's own yes."""
    first = proposal.tasks[0]
    return {
        "number": proposal.number,
        "state": state_of(proposal, every),
        "revision": proposal.revision,
        "proposedOn": first.get("authoredOn"),
        "proposedBy": who(first.get("requester"), reading),
        "agreedOn": proposal.agreed_on,
        "hash": _hash(proposal, reading),
        "parties": [_party(task, reading) for task in proposal.tasks],
        "partiesNotShown": proposal.parties - len(proposal.tasks),
        "notLegal": text("not-legal", reading.language),
    }


def _party(task: Json, reading: Reading) -> Json:
    on, author = _answered(task)
    named = (task.get("restriction", {}).get("recipient") or [task.get("owner")])[0]
    person = who(named, reading) or {}
    by = who(author, reading)
    is_stand_in = (target_of(author) or "").startswith("RelatedPerson/")
    return {
        "reference": f"Task/{task['id']}",
        "side": extension_value(task, systems.EXT_SIDE, "valueCode") or side_of(task.get("owner"), reading),
        "party": person.get("reference"),
        "name": person.get("name"),
        "unit": person.get("unit"),
        "organisation": person.get("organisation"),
        "answer": answer_of(task),
        "on": on,
        "by": by,
        "onBehalfOf": who(task.get("for"), reading) if is_stand_in else None,
        "means": output_of(task, "means", "valueCode"),
        "reason": text_of(task.get("statusReason")),
        "exceptItems": excepted(task),
    }


def _answered(task: Json) -> tuple[str | None, Json | None]:
    """Return when a party answered and who did; a Task without a note of it tells when it was changed."""
    if answer_of(task) == "pending":
        return None, None
    notes = [each for each in task.get("note", ()) if each.get("time")]
    if not notes:
        return task.get("lastModified") or task.get("meta", {}).get("lastUpdated"), None
    author: Json = notes[-1].get("authorReference") or {}
    acting: Json | None = extension_value(author, systems.EXT_ACTING_AS, "valueReference")
    return notes[-1]["time"], acting or author or None


def excepted(task: Json) -> list[str]:
    """Return the ids of the items that a party has not agreed to."""
    found = (_typed(each, "except") for each in task.get("output", ()))
    return [id_of(target) for each in found if each and (target := target_of(each.get("valueReference")))]


def output_of(task: Json, name: str, key: str) -> str | None:
    """Return what a party's Task says of its answer under a name."""
    return next(
        (str(each[key]) for each in task.get("output", ()) if _typed(each, name) and key in each), None
    )


def _typed(output: Json, name: str) -> Json | None:
    return output if code_in((output.get("type") or {},), systems.AGREEMENT) == name else None


def acceptances(proposal: Proposal, reading: Reading) -> list[Json]:
    """Return the acceptances of a proposal that the reader sees: the own ones, all for the patient."""
    tasks = {f"Task/{task['id']}" for task in proposal.tasks}
    found = [each for each in reading.of_type("Provenance") if agreed.is_acceptance(each)]
    return [each for each in found if agreed.answered_by(each) in tasks]


def hash_in(acceptance: Json) -> str | None:
    """Return the hash that an acceptance tells."""
    told: str | None = extension_value(acceptance, systems.EXT_AGREEMENT_HASH, "valueString")
    return told


def _hash(proposal: Proposal, reading: Reading) -> str | None:
    """Return the hash of the acceptance that the reader sees; of several, the patient's."""
    found = sorted(acceptances(proposal, reading), key=lambda each: not _is_of_patient(each))
    return hash_in(found[0]) if found else None


def _is_of_patient(acceptance: Json) -> bool:
    people = (target_of(agent.get("who")) or "" for agent in acceptance.get("agent", ()))
    return any(each.startswith(("Patient/", "RelatedPerson/")) for each in people)
