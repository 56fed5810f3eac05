"""Whether a SIP is needed, and what has become of it: what was told last, or the plan that is in force.

Each telling is an Observation `pk-sip#need`; whoever has called told so, on the day of the call.
"""

from pk_api.contract.elements import Json, code_in, codes_in, reference_to
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.people import who
from pk_api.fhir import sip, systems

NOT_ASKED = "not-asked"
EXISTS = "exists"


def sip_need(reading: Reading) -> Json:
    """Return the state of the need, who told it and when, and the plan in force if there is one."""
    found = _latest(reading)
    plans = [each["id"] for each in reading.of_type("CarePlan") if sip.is_in_force(each)]
    told = code_in([found["valueCodeableConcept"]], systems.SIP) if found else None
    return {
        "state": EXISTS if plans else told or NOT_ASKED,
        "by": who((found.get("performer") or [None])[0], reading) if found else None,
        "on": found.get("effectiveDateTime") if found else None,
        "text": (found.get("note") or [{}])[0].get("text") if found else None,
        "reference": reference_to(found) if found else None,
        "plan": min(plans, default=None),
    }


def _latest(reading: Reading) -> Json | None:
    found = [
        each
        for each in reading.of_type("Observation")
        if sip.NEED in codes_in([each["code"]], systems.SIP) and "valueCodeableConcept" in each
    ]
    return max(found, key=lambda each: each.get("effectiveDateTime", ""), default=None)
