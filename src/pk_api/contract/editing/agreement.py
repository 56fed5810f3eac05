"""A proposal, and a party's answer to it: Tasks, and for each yes a Provenance that pins versions.

Source: https://hl7.org/fhir/R4/provenance.html (agent types of provenance-participant-type).
"""

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from pk_api.contract.canonical import hash_of, manifest
from pk_api.contract.codes import ACTION_KINDS, code_of
from pk_api.contract.dates import instant
from pk_api.contract.editing.context import Editing
from pk_api.contract.editing.draft import concept_of, copy_of, put, put_text
from pk_api.contract.editing.goals import individual
from pk_api.contract.editing.parties import Party
from pk_api.contract.elements import Json, id_of, target_of, version_of
from pk_api.contract.texts import text
from pk_api.fhir import agreements as agreed
from pk_api.fhir import systems

MEANS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "patient": "portal",
        "proxy": "portal",
        "app": "app",
        "staff": "journal-system",
        "system": "journal-system",
    }
)
"""How an answer came that does not say so, by the kind of caller."""

Sign = Callable[[bytes], str]
"""Makes of the canonical form a detached JWS."""

JOSE: Final = "application/jose"
_SIGNATURE: Final = "urn:iso-astm:E1762-95:2013"
_PART: Final = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"


@dataclass(frozen=True, slots=True)
class Given:
    """An answer: who signs, and how it was given.

    `person` is the patient, or who stands in for them (None: care for itself); `means` a code; `noted` says
    that care writes down what the patient said or signed.
    """

    person: Json | None
    means: str
    is_noted: bool = False


def new_answers(
    parties: Sequence[Party], *, number: int, revision: int, description: str | None, editing: Editing
) -> list[Json]:
    """Return the Tasks by which each party is asked, in their order."""
    count = len(parties)
    numbers = (("number", number), ("revision", revision), ("parties", count))
    asked = instant(editing.now)
    return [
        {
            "resourceType": "Task",
            "id": agreed.answer_id(id_of(editing.reading.contract), number, place),
            "extension": [{"url": systems.EXT_SIDE, "valueCode": party.side}],
            "groupIdentifier": {"system": systems.AGREEMENT_GROUP, "value": group_of(editing, number)},
            "basedOn": [editing.contract],
            "status": "requested",
            "intent": "proposal",
            "code": concept_of(ACTION_KINDS[agreed.ANSWER_KIND]),
            "description": description or text("agreement", "sv"),
            "for": editing.patient,
            "authoredOn": asked,
            "lastModified": asked,
            "requester": editing.writer,
            "owner": party.owner,
            **({"restriction": {"recipient": [party.recipient]}} if party.recipient else {}),
            "input": [{"type": _coded(name), "valuePositiveInt": value} for name, value in numbers],
        }
        for place, party in enumerate(parties, 1)
    ]


def group_of(editing: Editing, number: int) -> str:
    """Return the value of the group identifier that the Tasks of a proposal share."""
    return f"{id_of(editing.reading.contract)}/{number}"


def accepted(task: Json, given: Given, excepted: Sequence[Json], editing: Editing) -> Json:
    """Return a party's Task with its yes; `excepted` are references to what it does not agree to."""
    output: list[Json] = [{"type": _coded("means"), "valueCode": given.means}]
    output += [{"type": _coded("except"), "valueReference": each} for each in excepted]
    draft = _answered(task, "accepted", text("said.accepted", "sv"), given, editing)
    put(draft, "output", [*draft.get("output", []), *output])
    return draft


def declined(task: Json, reason: str, given: Given, editing: Editing) -> Json:
    """Return a party's Task with its no."""
    draft = _answered(task, "rejected", text("said.declined", "sv"), given, editing)
    put_text(draft, "statusReason", reason)
    put(draft, "output", [*draft.get("output", []), {"type": _coded("means"), "valueCode": given.means}])
    return draft


def acceptance(
    task: Json,
    covered: Mapping[str, Json],
    given: Given,
    *,
    is_all: bool,
    editing: Editing,
    sign: Sign | None = None,
) -> Json:
    """Return the Provenance of a yes: it pins each resource as it comes to stand, by its version."""
    number = agreed.number_in(task, "number") or 0
    items = [(reference, version_of(each) or 1, each) for reference, each in sorted(covered.items())]
    contract = editing.reading.contract
    canonical = manifest(contract, number, items)
    extension: list[Json] = [
        {"url": systems.EXT_AGREEMENT_NUMBER, "valuePositiveInt": number},
        {"url": systems.EXT_AGREEMENT_HASH, "valueString": hash_of(canonical)},
        {"url": systems.EXT_AGREEMENT_MEANS, "valueCode": given.means},
    ]
    if not is_all:
        extension.append({"url": systems.EXT_NOT_ALL_SHOWN, "valueBoolean": True})
    first = sorted(items, key=lambda each: each[0] != contract)
    return {
        "resourceType": "Provenance",
        "extension": extension,
        "target": [{"reference": f"{reference}/_history/{version}"} for reference, version, _ in first],
        "recorded": instant(editing.now, exact=True),
        "activity": concept_of(code_of(systems.AGREEMENT, agreed.ACCEPTANCE)),
        "agent": _agents(given, editing),
        "entity": [{"role": "source", "what": {"reference": f"Task/{task['id']}"}}],
        **({"signature": [_signature(sign(canonical), editing)]} if sign else {}),
    }


def as_it_comes(resource: Json, version: int) -> Json:
    """Return a resource with the version that it comes to."""
    return {**resource, "meta": {**resource.get("meta", {}), "versionId": str(version)}}


def _signature(jws: str, editing: Editing) -> Json:
    """Return the service's signature; others' may stand beside it, of any form that R4 takes."""
    return {
        "type": [
            {"system": _SIGNATURE, "code": "1.2.840.10065.1.12.1.5", "display": "Verification Signature"}
        ],
        "when": instant(editing.now, exact=True),
        "who": {"type": "Device", "display": "pk_api"},
        "targetFormat": "application/json",
        "sigFormat": JOSE,
        "data": b64encode(jws.encode()).decode(),
    }


def _agents(given: Given, editing: Editing) -> list[Json]:
    if given.person is None:
        return [_agent("author", editing.writer, editing.organisation)]
    is_self = target_of(given.person) == editing.patient["reference"]
    signer = _agent("verifier", given.person, None if is_self else editing.patient)
    return [signer, _agent("enterer", editing.writer, editing.organisation)] if given.is_noted else [signer]


def _agent(part: str, who: Json, on_behalf_of: Json | None) -> Json:
    agent: Json = {"type": {"coding": [{"system": _PART, "code": part}]}, "who": who}
    return {**agent, "onBehalfOf": on_behalf_of} if on_behalf_of and on_behalf_of != who else agent


def _answered(task: Json, status: str, told: str, given: Given, editing: Editing) -> Json:
    draft: Json = copy_of(task)
    put(draft, "status", status)
    put(draft, "lastModified", instant(editing.now))
    author = note_author(editing) if given.person is None or given.is_noted else given.person
    note = {"authorReference": author, "time": instant(editing.now), "text": told}
    put(draft, "note", [*draft.get("note", []), note])
    return draft


def note_author(editing: Editing) -> Json:
    """Return who signs a note: the person, whose role stands beside, else the organisation."""
    if (target_of(editing.writer) or editing.writer.get("type", "")).startswith("Organization"):
        return editing.writer
    return individual(editing)


def _coded(name: str) -> Any:
    return concept_of(code_of(systems.AGREEMENT, name))
