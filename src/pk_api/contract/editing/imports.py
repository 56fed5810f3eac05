"""What an import of a plan comes to: which items are new, which have changed at the sender, which have not.

Each resource bears the sender's id as an identifier, and in `meta.source` the sender's system with a
fingerprint of the item as it was last sent. An item with the same fingerprint is left as it is, whatever
others have done with it since. Source: https://hl7.org/fhir/R4/resource.html#Meta (source).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal
from uuid import uuid4

from pk_api.contract.editing.context import Editing, refused
from pk_api.contract.editing.draft import copy_of, put
from pk_api.contract.editing.events import happen
from pk_api.contract.editing.items import changed_item, new_item
from pk_api.contract.elements import Json, reference_to, target_of
from pk_api.contract.reading.context import Reading, entered_in_error
from pk_api.fhir import systems
from pk_api.fhir.problems import Problem
from pk_api.fhir.references import rewrite
from pk_api.fhir.values import dump_sorted

Outcome = Literal["created", "updated", "unchanged"]
_TYPES: Final[Mapping[str, str]] = {
    "plans": "CarePlan",
    "goals": "Goal",
    "contacts": "CareTeam",
    "actions": "Task",
}
_ORDER: Final = ("goals", "contacts", "plans", "actions")
"""In which order the lists of an import are taken: an item names those before it."""

_NAMES: Final[tuple[tuple[str, str], ...]] = (("goals", "goals"), ("plan", "plans"), ("turnTo", "contacts"))
"""Fields by which an action names items of the same import, and the part that these are in."""

_BECOMES: Final[Mapping[str, str]] = {"active": "activate"}
_OIDS: Final = "https://patientkontrakt.org/oid"
_SEVERAL: Final = "Two items of one import have the same sourceId."


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose ids they are: the system that gives them, and the care provider that sends.

    Ids of one system that two care providers send are not the same: neither reaches what the other has sent,
    nor whatever else is the other's (`others`, by reference).
    """

    system: str
    provider: str
    others: frozenset[str] = frozenset()

    def name(self, source_id: str) -> Json:
        """Return the identifier of an item."""
        whose = {"assigner": self._assigner()} if self.provider else {}
        return {"system": self.system, "value": source_id, **whose}

    def mark(self, sent: Json) -> str:
        """Return the system with a fingerprint of an item as it is sent; an OID as such takes no fragment."""
        oid = self.system.removeprefix("urn:oid:")
        address = self.system if oid == self.system else f"{_OIDS}/{oid}"
        return f"{address}#{_fingerprint(sent)}"

    def id_of(self, resource: Json) -> str | None:
        """Return the sender's id of a resource; one that does not tell whose it is, is the owner's."""
        if f"{resource['resourceType']}/{resource.get('id')}" in self.others:
            return None
        for each in resource.get("identifier", ()):
            if each.get("system") == self.system and each.get("assigner") in (None, self._assigner()):
                value: str | None = each.get("value")
                return value
        return None

    def _assigner(self) -> Json:
        if self.provider.startswith("Organization/"):
            return {"reference": self.provider}
        return {"identifier": {"system": systems.HSA_ID, "value": self.provider}}


@dataclass(frozen=True, slots=True)
class Taken:
    """An item of an import: its part, the sender's id, its reference (None: as yet), what becomes of it."""

    part: str
    source_id: str
    outcome: Outcome
    target: str


@dataclass(slots=True)
class Importing:
    """An import under way: what is known by the sender's ids, and what it writes so far.

    `fresh` are the ids, made up here, of what is new: such a resource is known as `urn:uuid:…` until it is
    stored.
    """

    editing: Editing
    sender: Sender
    ids: dict[tuple[str, str], str] = field(default_factory=dict)
    fresh: set[str] = field(default_factory=set)
    resources: list[Json] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)

    @property
    def reading(self) -> Reading:
        """The contract with what the import adds to it."""
        return self.editing.reading


def take_plan(body: Json, editing: Editing, sender: Sender) -> Importing:
    """Return what a plan and all that comes with it come to. Problem of a rule names the field."""
    importing = Importing(editing, sender)
    plan = _placed(importing, "plans", body["plan"], "/plan")
    for part in _ORDER:
        for n, sent in enumerate(body.get(part, ())):
            _placed(importing, part, sent, f"/{part}/{n}", plan=plan)
    names = {f"{kind}/{one}": f"urn:uuid:{one}" for one in importing.fresh for kind in _TYPES.values()}
    importing.resources = [rewrite(each, names) for each in importing.resources]
    return importing


def bears_id_of(resource: Json, system: str) -> bool:
    """Say whether a resource has an id of a system."""
    return any(each.get("system") == system for each in resource.get("identifier") or () if each)


def sent_in(body: Json) -> list[tuple[str, Json]]:
    """Return the items of an import, each with its part, the plan itself among them."""
    return [("plans", body["plan"]), *((part, each) for part in _ORDER for each in body.get(part, ()))]


def not_sent(reading: Reading, body: Json, sender: Sender) -> list[str]:
    """Return the sender's ids of what the contract holds of the plan, and this import does not name."""
    plan = found(reading, "plans", sender, body["plan"]["sourceId"])
    above = reference_to(plan) if plan else ""
    below = [
        (part, each)
        for part, element in (("actions", "basedOn"), ("plans", "partOf"))
        for each in reading.of_type(_TYPES[part])
        if any(target_of(ref) == above for ref in each.get(element, ()))
    ]
    sent = {(part, each["sourceId"]) for part, each in sent_in(body)}
    named = [(part, sender.id_of(each)) for part, each in below]
    return sorted(name for part, name in named if name is not None and (part, name) not in sent)


def found(reading: Reading, part: str, sender: Sender, source_id: str) -> Json | None:
    """Return the resource that bears the sender's id, None when the contract holds none."""
    named = (each for each in reading.members.values() if sender.id_of(each) == source_id)
    return next((each for each in named if each["resourceType"] == _TYPES[part]), None)


def _placed(importing: Importing, part: str, sent: Json, pointer: str, *, plan: str | None = None) -> str:
    """Take one item in and return its id. Problem names the field within the whole import."""
    try:
        return _take(importing, part, sent, plan=plan)
    except Problem as problem:
        told = [{**each, "pointer": pointer + each["pointer"]} for each in problem.facts.get("errors", ())]
        facts = {**problem.facts, "errors": told or [{"pointer": pointer, "detail": problem.detail}]}
        raise Problem(problem.kind, problem.detail, issues=problem.issues, facts=facts) from problem


def _take(importing: Importing, part: str, sent: Json, *, plan: str | None) -> str:
    """Take one item in and return its id, made up where it is new."""
    source_id = sent["sourceId"]
    if (part, source_id) in importing.ids:
        raise refused("/sourceId", _SEVERAL)
    standing = found(importing.reading, part, importing.sender, source_id)
    mark = importing.sender.mark(sent)
    values = _resolved(importing, sent, plan=plan if part == "actions" else None)
    if standing is None:
        outcome: Outcome = "created"
        item = _new(importing, part, values, mark, within=plan if part == "plans" else None)
        importing.fresh.add(item)
    else:
        item, outcome = standing["id"], _changed(importing, part, standing, values, mark)
    importing.ids[part, source_id] = item
    importing.taken.append(Taken(part, source_id, outcome, f"{_TYPES[part]}/{item}"))
    return str(item)


def _new(importing: Importing, part: str, values: Json, mark: str, *, within: str | None) -> str:
    """Note a new item, and return the id that is made up for it."""
    one = str(uuid4())
    editing = replace(importing.editing, temp=f"urn:uuid:{one}")
    draft, *companions = new_item(part, values, editing)
    if within is not None:
        put(draft, "partOf", [editing.contract, {"reference": f"CarePlan/{within}"}])
    name = importing.sender.name(values["sourceId"])
    new = {**draft, "id": one, "meta": {"source": mark}, "identifier": [name]}
    importing.resources += [new, *({**each, "identifier": [name]} for each in companions)]
    _know(importing, new)
    return one


def _changed(importing: Importing, part: str, standing: Json, values: Json, mark: str) -> Outcome:
    """Put what has changed at the sender into what stands; nothing of it when it is as it was last sent."""
    if standing.get("meta", {}).get("source") == mark or entered_in_error(standing):
        return "unchanged"
    values = _as_patient_let(importing, values)
    draft, *companions = changed_item(part, standing, values, importing.editing) or (copy_of(standing),)
    event = _BECOMES.get(str(values.get("state"))) if part == "plans" else None
    if event is not None and draft["status"] == "draft":
        draft, *more = happen(part, event, draft, {}, importing.editing)
        companions += more
    if draft == standing and not companions:
        return "unchanged"
    name = importing.sender.name(values["sourceId"])
    draft = {**draft, "meta": {**draft.get("meta", {}), "source": mark}}
    importing.resources += [
        draft,
        *(each if "id" in each else {**each, "identifier": [name]} for each in companions),
    ]
    _know(importing, draft)
    return "updated"


def _as_patient_let(importing: Importing, values: Json) -> Json:
    """Return the fields without a consent that the patient has taken back: no import gives it again."""
    name = values["sourceId"]
    consents = (each for each in importing.reading.members.values() if each["resourceType"] == "Consent")
    ended = any(importing.sender.id_of(c) == name and c.get("status") != "active" for c in consents)
    return {key: value for key, value in values.items() if key != "consent"} if ended else values


def _know(importing: Importing, resource: Json) -> None:
    """Let the items that follow know this one."""
    reading = importing.reading
    members = {**reading.members, f"{resource['resourceType']}/{resource['id']}": resource}
    importing.editing = replace(importing.editing, reading=replace(reading, members=members, seen={}))


def _resolved(importing: Importing, sent: Json, *, plan: str | None) -> Json:
    """Return an item's fields with ids of ours for the sender's."""
    if plan is None:
        return sent
    values: Json = {**sent, "plan": sent.get("plan")}
    for name, part in _NAMES:
        value = values.get(name)
        if isinstance(value, list):
            values[name] = [_id(importing, part, each, f"/{name}") for each in value]
        elif value is not None:
            values[name] = _id(importing, part, value, f"/{name}")
    return {**values, "plan": values["plan"] or plan}


def _id(importing: Importing, part: str, source_id: str, pointer: str) -> str:
    if (one := importing.ids.get((part, source_id))) is not None:
        return one
    standing = found(importing.reading, part, importing.sender, source_id)
    if standing is None:
        raise refused(pointer, "Neither the import nor the contract holds an item of this sourceId.")
    return str(standing["id"])


def _fingerprint(sent: Any) -> str:
    return hashlib.blake2b(dump_sorted(sent), digest_size=16).hexdigest()
