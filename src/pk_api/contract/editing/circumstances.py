"""What surrounds a contract, told anew: each telling is an Observation of its own, so that none is lost.

Children who are relatives are a Flag when care tells of them: nothing that says which child.
"""

from typing import Any

from pk_api.contract.codes import ADAPTATIONS, code_of
from pk_api.contract.dates import instant
from pk_api.contract.editing.context import Editing, refused
from pk_api.contract.editing.draft import concept_of, copy_of
from pk_api.contract.elements import Json
from pk_api.contract.reading.circumstances import (
    CHILD,
    COORDINATION,
    NEEDS,
    NO_COORDINATION,
    NO_RELATIVES,
    WISH,
    children,
)
from pk_api.fhir import systems


def wish(body: Json, editing: Editing) -> tuple[Json, ...]:
    """Return the wish about relatives as it is told now."""
    none = code_of(systems.NARRATIVE, NO_RELATIVES)
    if body["state"] == "told" and not body.get("text"):
        raise refused("/text", "A wish is told in words.")
    codes = [WISH, *([NO_RELATIVES] if body["state"] == "none" else [])]
    coding = [concept_of(code_of(systems.NARRATIVE, code))["coding"][0] for code in codes]
    text = body.get("text") or none.sv
    return (_observation(editing, {"coding": coding}, valueString=text),)


def coordination(body: Json, editing: Editing) -> tuple[Json, ...]:
    """Return whether the patient wishes for coordination, as it is told now."""
    codes = [COORDINATION, *([NO_COORDINATION] if body["state"] == "not-wanted" else [])]
    told = [code_of(systems.NARRATIVE, code) for code in codes]
    coding = [concept_of(each)["coding"][0] for each in told]
    text = body.get("text") or (told[-1].sv if body["state"] == "not-wanted" else "Samordning önskas")
    return (_observation(editing, {"coding": coding}, valueString=text),)


def needs(body: Json, editing: Editing) -> tuple[Json, ...]:
    """Return how contacts are adapted, as it is told now; an empty list for not at all."""
    parts = [
        {"code": concept_of(ADAPTATIONS[each["kind"]])}
        | ({"valueString": each["text"]} if each.get("text") else {})
        for each in body["needs"]
    ]
    concept = concept_of(code_of(systems.NARRATIVE, NEEDS))
    told = {"component": parts} if parts else {"valueString": "Inga särskilda behov"}
    return (_observation(editing, concept, **told),)


def child(body: Json, editing: Editing) -> tuple[Json, ...]:
    """Return that there are children who are relatives, or are not."""
    concept = concept_of(code_of(systems.FLAG, CHILD))
    if editing.by_patient:
        return (_observation(editing, concept, valueBoolean=body["exist"]),)
    standing = (children(editing.reading) or {}).get("reference") or ""
    if standing.startswith("Flag/"):
        if body["exist"]:
            return ()
        ended: Json = copy_of(editing.reading.members[standing])
        ended |= {"status": "inactive", "period": {**ended.get("period", {}), "end": editing.today}}
        return (ended,)
    if not body["exist"]:
        return (_observation(editing, concept, valueBoolean=False),)
    return (_flag(editing, concept),)


def _observation(editing: Editing, code: Json, **value: Any) -> Json:
    return {
        "resourceType": "Observation",
        "basedOn": [editing.contract],
        "status": "final",
        "code": code,
        "subject": editing.patient,
        "effectiveDateTime": instant(editing.now, exact=True),
        "performer": [editing.writer],
        **value,
    }


def _flag(editing: Editing, code: Json) -> Json:
    return {
        "resourceType": "Flag",
        "extension": [{"url": systems.EXT_CONTRACT, "valueReference": editing.contract}],
        "status": "active",
        "code": {"coding": code["coding"]},
        "subject": editing.patient,
        "period": {"start": editing.today},
        "author": editing.writer,
    }
