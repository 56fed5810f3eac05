"""A reconciliation of plans, as the Provenance that FHIR has for it."""

from pk_api.contract.codes import code_of
from pk_api.contract.dates import instant
from pk_api.contract.editing.context import Editing
from pk_api.contract.editing.draft import concept_of
from pk_api.contract.elements import Json, version_of
from pk_api.fhir import systems
from pk_api.fhir.problems import Problem
from pk_api.fhir.reconciling import RECONCILED


def reconciled(body: Json, editing: Editing) -> Json:
    """Return the Provenance over the plans as they stand. Problem forbidden for patients."""
    if editing.by_patient:
        raise Problem("forbidden", "Care reconciles plans.")
    plans = [editing.member(f"CarePlan/{each}", "/plans")["reference"] for each in body["plans"]]
    members = editing.reading.members
    agent = {
        "type": {"coding": [{"system": _PART, "code": "author"}]},
        "who": editing.writer,
        **({"onBehalfOf": editing.organisation} if editing.organisation else {}),
    }
    now = instant(editing.now, exact=True)
    return {
        "resourceType": "Provenance",
        "target": [{"reference": f"{each}/_history/{version_of(members[each]) or 1}"} for each in plans],
        "occurredDateTime": now,
        "recorded": now,
        **({"reason": [{"text": body["text"]}]} if body.get("text") else {}),
        "activity": concept_of(code_of(systems.RECONCILIATION, RECONCILED)),
        "agent": [agent],
    }


_PART = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
