"""A choice among alternatives decides all of them in its commit; `fhir.choices` says what becomes of each.

The options may be others' than who chooses: the door writes what follows. One choice is one Task, and all
that is written about a patient is written in turn, so that of two who choose at once the second is told.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from pk_api.fhir import choices, systems
from pk_api.fhir.problems import Issue, Problem, broken
from pk_api.fhir.references import literal
from pk_api.fhir.taking_on import ON
from pk_api.records.drafts import Draft, placed
from pk_api.records.jobs import Job
from pk_api.records.keys import key_of, key_within
from pk_api.records.values import Write
from pk_api.store import locked, unasked
from pk_api.store.database import Retry, Transaction
from pk_api.store.rows import Key

Json = Mapping[str, Any]

_SWEDEN: Final = ZoneInfo("Europe/Stockholm")
_REASONS: Final = {
    choices.ANOTHER: "Ett annat alternativ valdes",
    choices.NONE: "Inget av alternativen valdes",
}


async def decided_options(db: Any, writes: Sequence[Write], *, base_url: str, now: datetime) -> list[Write]:
    """Return what becomes of the options of the choices that a set decides, those left out that it writes."""
    out: list[Write] = []
    written = {(write.type, write.id) for write in writes}
    for write in writes:
        choice = write.resource
        if write.method != "update" or choice is None or write.id is None or not _decides(write, choice):
            continue
        key = await key_of(db, "Task", write.id)
        for option, resource in (await _options(db, key, base_url)).items() if key else ():
            if ("Task", option.id) not in written:
                out += _become(option, resource, choice, base_url, now)
    return out


def _decides(write: Write, choice: Json) -> bool:
    task = {"resourceType": write.type, **choice}
    return choices.is_choice(task) and choice.get("status") in choices.DECIDED


async def _options(db: Any, choice: Key, base_url: str) -> dict[Key, dict[str, Any]]:
    """Return the stored options of a choice."""
    keys = {key for _, key in await locked.referrers(db, [choice]) if key.type == "Task"}
    found = await unasked.bodies(db, {key for key in keys if key.patient == choice.patient})
    return {
        key: each
        for key, each in found.items()
        if choices.is_option(each) and choice.reference in choices.choices_of(each, base_url)
    }


def _become(option: Key, resource: dict[str, Any], choice: Json, base_url: str, now: datetime) -> list[Write]:
    status, reason = choices.what_becomes(resource, option.reference, choice, base_url)
    if status == resource["status"]:
        return []
    told = now.astimezone(_SWEDEN).isoformat(timespec="seconds")
    changed = {**resource, "status": status, "lastModified": told}
    if reason is not None:
        coding = {"system": systems.CHOICE, "code": reason, "display": _REASONS[reason]}
        changed["statusReason"] = {"coding": [coding], "text": _REASONS[reason]}
    version = int(resource["meta"]["versionId"])
    return [Write("update", "Task", changed, id=option.id, based_on=version)]


async def check_choices(tx: Transaction, job: Job, *, base_url: str) -> None:
    """Raise Problem for a choice that is not made as one, or an option that is not as was decided."""
    facts = _Facts(tx, job, base_url)
    for n, draft in enumerate(job.drafts.drafts):
        task = draft.resource
        if task is None or draft.key.type != "Task":
            continue
        try:
            if choices.is_choice(task):
                await facts.check_choice(draft, task)
            elif choices.is_option(task):
                await facts.check_option(draft, task)
        except Problem as problem:
            raise placed(problem, n) from problem


class _Facts:
    """The look-ups of one set: what it writes itself stands before what is stored."""

    def __init__(self, tx: Transaction, job: Job, base_url: str) -> None:
        self._tx = tx
        self._base_url = base_url
        self._written = {d.key: d.resource for d in job.drafts.drafts}

    async def check_choice(self, draft: Draft, choice: Json) -> None:
        """A choice is the patient's; decided once, for one of its options or for none."""
        owner = literal(str((choice.get("owner") or {}).get("reference", "")), self._base_url)
        if owner is None or owner.type != "Patient":
            raise broken("The patient chooses: the owner of a choice is the patient.", "Task.owner")
        before = (await unasked.bodies(self._tx, [draft.key])).get(draft.key, {})
        chosen = choices.chosen_in(choice, self._base_url)
        if before.get("status") in choices.DECIDED:
            if _decision(before, self._base_url) != _decision(choice, self._base_url):
                raise _decided("The choice is made: ask anew.")
            return
        if (choice.get("status") == "completed") != (len(chosen) == 1):
            text = "A choice is completed with the one option that is chosen as its output, and only then."
            raise broken(text, "Task.output")
        if choice.get("status") in choices.DECIDED:
            await self._check_options(draft, choice, chosen)

    async def _check_options(self, draft: Draft, choice: Json, chosen: Sequence[str]) -> None:
        """Every option is as the decision makes it; one that came meanwhile is looked at anew."""
        stored = await _options(self._tx, draft.key, self._base_url)
        options = {**stored, **{k: o for k, o in self._written.items() if o and self._is_of(o, draft.key)}}
        standing = {key.reference: each for key, each in options.items()}
        was = {key.reference: each for key, each in stored.items()}
        if any(each not in was or was[each].get("status") in choices.OFF for each in chosen):
            raise broken("What is chosen is an option of the choice that still stands.", "Task.output")
        asked = {key.reference for key in self._written}
        for name, each in standing.items():
            if choices.what_becomes(each, name, choice, self._base_url)[0] == each.get("status"):
                continue
            if name not in asked:
                raise Retry
            raise broken(
                "An option becomes what the choice makes of it: leave it to the choice.", "Task.status"
            )

    def _is_of(self, task: Json, choice: Key) -> bool:
        return choices.is_option(task) and choice.reference in choices.choices_of(task, self._base_url)

    async def check_option(self, draft: Draft, option: Json) -> None:
        """An option of a choice is of the same contract, and as was decided; what is off may always be."""
        is_on = option.get("status") not in choices.OFF | {"draft"}
        keys = [key_within(draft.key.patient, each) for each in choices.choices_of(option, self._base_url)]
        found = [choice for key in keys if (choice := await self._choice(key)) is not None]
        if option.get("status") in ON and not found and await self._waited(draft):
            raise broken("An option goes on when it is chosen: it is part of a choice.", "Task.partOf")
        for choice in found:
            if not choices.plans_of(option, self._base_url) & choices.plans_of(choice, self._base_url):
                raise broken("An option is of the same contract as the choice.", "Task.basedOn")
            if option.get("status") == "draft" and choice.get("status") in choices.DECIDED:
                raise _decided("The choice is made: ask anew.")
            if is_on and draft.key.reference not in self._chosen(choice):
                raise _decided("The patient has not chosen this: it is accepted by the choice.")

    async def _waited(self, draft: Draft) -> bool:
        """Say whether it is new, or was an option that waited: nobody has been asked for the step."""
        before = (await unasked.bodies(self._tx, [draft.key])).get(draft.key)
        return before is None or (choices.is_option(before) and before.get("status") == "draft")

    def _chosen(self, choice: Json) -> Collection[str]:
        return choices.chosen_in(choice, self._base_url) if choice.get("status") == "completed" else ()

    async def _choice(self, key: Key) -> Json | None:
        """Return a choice of the same patient, None for another Task."""
        found = self._written.get(key) or (await unasked.bodies(self._tx, [key])).get(key)
        return found if found is not None and choices.is_choice(found) else None


def _decision(choice: Json, base_url: str) -> tuple[Any, ...]:
    return choice.get("status"), choices.chosen_in(choice, base_url)


def _decided(detail: str) -> Problem:
    return Problem(
        "not-allowed-in-state", detail, issues=[Issue("not-allowed-in-state", detail, "Task.status")]
    )
