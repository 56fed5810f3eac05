"""What an agreement on a contract is made of: a Task for the answer of each party, a Provenance for each yes.

The Tasks of a proposal have ids that follow from the contract, the number of the proposal and their place in
it: of a number there is one proposal. A Provenance pins what its party agreed to by version
(`Type/id/_history/n`). Sources: https://hl7.org/fhir/R4/task.html, https://hl7.org/fhir/R4/provenance.html.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pk_api.fhir import systems
from pk_api.fhir.references import LocalRef, at_path, literal

Json = Mapping[str, Any]

ANSWER_KIND: Final = "answer-agreement"
"""The code of the Tasks, of `pk-task`."""

ACCEPTANCE: Final = "agreement"
"""The activity of the Provenances, of `pk-agreement`."""

OPEN: Final = frozenset({"requested", "received"})
"""States of a Task whose party has not answered."""

ANSWERS: Final = frozenset({"accepted", "rejected"})


def is_answer(resource: Json) -> bool:
    """Say whether a resource is the Task by which a party answers a proposal."""
    return resource.get("resourceType") == "Task" and _has(
        (resource.get("code") or {},), systems.TASK_KIND, ANSWER_KIND
    )


def is_acceptance(resource: Json) -> bool:
    """Say whether a resource is a party's acceptance."""
    return resource.get("resourceType") == "Provenance" and _has(
        (resource.get("activity") or {},), systems.AGREEMENT, ACCEPTANCE
    )


def answer_id(contract: str, number: int, place: int) -> str:
    """Return the id of the Task of one party: `contract` is the contract's id, `place` counts from 1."""
    told = hashlib.blake2b(contract.encode(), digest_size=12).hexdigest()
    return f"agreement-{number}-{place}-{told}"


def place_in(task: Json) -> int:
    """Return the place of a party in its proposal, as the id of its Task has it; 0 for another id."""
    parts = str(task.get("id", "")).split("-")
    return int(parts[2]) if len(parts) == 4 and parts[2].isdecimal() else 0


def number_in(task: Json, name: str) -> int | None:
    """Return a number of the Task's input: `number`, `revision` or `parties`."""
    for one in task.get("input", ()):
        if _has((one.get("type") or {},), systems.AGREEMENT, name):
            value = one.get("valuePositiveInt")
            return value if isinstance(value, int) else None
    return None


def contract_of(task: Json) -> str | None:
    """Return the contract, `CarePlan/id`, that a Task is about: what it is first based on."""
    found = [literal(each) for each in at_path(task, "basedOn")]
    return found[0].reference if found and found[0] and found[0].type == "CarePlan" else None


def pinned(acceptance: Json) -> list[LocalRef | None]:
    """Return what an acceptance covers, with its versions; None for what is no version of ours."""
    found = [literal(each) for each in at_path(acceptance, "target")]
    return [one if one is not None and (one.version or "").isdecimal() else None for one in found]


def answered_by(acceptance: Json) -> str | None:
    """Return the Task, `Task/id`, that an acceptance answers."""
    for each in at_path(acceptance, "entity.what"):
        local = literal(each)
        if local is not None and local.type == "Task":
            return local.reference
    return None


def _has(concepts: Iterable[Json], system: str, code: str) -> bool:
    return any(
        coding.get("system") == system and coding.get("code") == code
        for concept in concepts
        for coding in concept.get("coding", ())
    )
