"""Why a unit of care revised a contract: a Provenance of the door's own, in the commit of what was written.

It pins the versions, as that of a stand-in does, names the unit, and has the reason in `reason`, of
`pk-revision-reason`. Source: https://hl7.org/fhir/R4/provenance.html; the regional guideline for
patientkontrakt (revised by each care provider that follows).
"""

from typing import Any, Final

from pk_api.access.actor import Actor, Reason
from pk_api.fhir.systems import HSA_ID, REVISION_REASON
from pk_api.records.affiliation import Placement
from pk_api.records.drafts import Draft, Drafts
from pk_api.records.values import Write
from pk_api.store import ids
from pk_api.store.rows import Key
from pk_api.store.tables import SHARED

Json = dict[str, Any]

_OPERATION: Final = "http://terminology.hl7.org/CodeSystem/v3-DataOperation"
_PART: Final = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"


def note_reason(drafts: Drafts, actor: Actor) -> None:
    """Add the reason to the Provenance that the door makes of the set, else one to the set."""
    if actor.reason is None:
        return
    for draft in drafts.drafts:
        if draft.key in drafts.added and draft.key.type == "Provenance" and draft.resource is not None:
            draft.resource = {**draft.resource, "reason": [_concept(actor.reason)]}
            return
    asked = [d for d in drafts.drafts if d.key not in drafts.added and d.resource is not None]
    for patient in sorted({each.key.patient for each in asked} - {SHARED}):
        _add(drafts, patient, [each for each in asked if each.key.patient == patient], actor)


def _concept(reason: Reason) -> Json:
    text = {"text": reason.text} if reason.text else {}
    return {"coding": [{"system": REVISION_REASON, "code": reason.code}], **text}


def _add(drafts: Drafts, patient: str, written: list[Draft], actor: Actor) -> None:
    key = Key(patient, "Provenance", ids.new_id(patient, "Provenance"))
    told: Json = {
        "resourceType": "Provenance",
        "id": key.id,
        "target": [],
        "recorded": "",
        "reason": [_concept(actor.reason)] if actor.reason else [],
        "activity": {"coding": [{"system": _OPERATION, "code": written[0].write.method.upper()}]},
        "agent": [_agent(actor)],
    }
    references = tuple((each.key, "up") for each in written)
    draft = Draft(Write("create", "Provenance", told), key, told, references=references)
    draft.placement = Placement(actor.provider or "", actor.unit, None, None, ())
    drafts.drafts.append(draft)
    drafts.added.add(key)


def _agent(actor: Actor) -> Json:
    unit = actor.unit or actor.provider or ""
    who = {"type": "Organization", "identifier": {"system": HSA_ID, "value": unit}}
    part = {"coding": [{"system": _PART, "code": "author"}]}
    return {"type": part, "who": {**who, "display": actor.unit_name or actor.name or unit}}
