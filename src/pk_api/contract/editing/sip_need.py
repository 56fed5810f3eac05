"""The need of a SIP, told anew: which state may follow on which, and who says so.

Source: HSL 2017:30 16 kap. 4 § (either principal judges it needed; the person consents, or does not).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from pk_api.contract.codes import code_of
from pk_api.contract.dates import instant
from pk_api.contract.editing.context import Editing
from pk_api.contract.editing.draft import concept_of
from pk_api.contract.elements import Json
from pk_api.contract.reading.sip_need import sip_need
from pk_api.fhir import sip, systems
from pk_api.fhir.problems import Problem

STEPS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "not-asked": frozenset({"not-needed", "needed", "called", "declined"}),
        "not-needed": frozenset({"needed", "called"}),
        "needed": frozenset({"not-needed", "called", "declined"}),
        "called": frozenset({"not-needed", "called", "declined"}),
        "declined": frozenset({"needed"}),
        "exists": frozenset(),
    }
)
"""State → what may be told after it; a plan in force says itself that it exists."""


def told(body: Json, editing: Editing) -> tuple[Json, ...]:
    """Return the need as it is told now. Problem forbidden, not-allowed-in-state."""
    state: str = body["state"]
    if editing.by_patient and state not in sip.PATIENTS_NEEDS:
        raise Problem("forbidden", "Care judges whether a SIP is needed, and calls to it.")
    before = sip_need(editing.reading)["state"]
    if state not in STEPS[before]:
        possible = ", ".join(sorted(STEPS[before])) or "nothing: the plan is in force"
        detail = f"The need of a SIP is {before}: what may be told is {possible}."
        raise Problem("not-allowed-in-state", detail, facts={"state": before})
    note = {"note": [{"text": body["text"]}]} if body.get("text") else {}
    return (
        {
            "resourceType": "Observation",
            "basedOn": [editing.contract],
            "status": "final",
            "code": concept_of(code_of(systems.SIP, sip.NEED)),
            "subject": editing.patient,
            "effectiveDateTime": instant(editing.now, exact=True),
            "performer": [editing.writer],
            "valueCodeableConcept": concept_of(code_of(systems.SIP, state)),
            **note,
        },
    )
