"""Whether a SIP is needed, and what has become of it: what was told last, or the plan that is in force.

Each telling is an Observation `pk-sip#need`, or the call itself: whoever has called told so, on that day.
"""

from datetime import UTC, datetime

from pk_api.contract.dates import SWEDEN
from pk_api.contract.elements import Json, code_in, codes_in, reference_to
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.people import who
from pk_api.fhir import sip, systems

NOT_ASKED = "not-asked"
EXISTS = "exists"


def sip_need(reading: Reading) -> Json:
    """Return the state of the need, who told it and when, and the plan in force if there is one."""
    found, call = _latest(reading), _call(reading)
    if call is not None and _told_on(found) <= _moment(call.get("created")):
        found = _as_told(call)
    plans = [each["id"] for each in reading.of_type("CarePlan") if sip.is_in_force(each)]
    told = code_in([found["valueCodeableConcept"]], systems.SIP) if found else None
    return {
        "state": EXISTS if plans else told or NOT_ASKED,
        "by": who((found.get("performer") or [None])[0], reading) if found else None,
        "on": found.get("effectiveDateTime") if found else None,
        "text": (found.get("note") or [{}])[0].get("text") if found else None,
        "reference": reference_to(found) if found else None,
        "plan": min(plans, default=None),
        "call": reference_to(call) if call else None,
    }


def _latest(reading: Reading) -> Json | None:
    found = [
        each
        for each in reading.of_type("Observation")
        if sip.NEED in codes_in([each.get("code", {})], systems.SIP) and "valueCodeableConcept" in each
    ]
    return max(found, key=lambda each: each.get("effectiveDateTime", ""), default=None)


def _told_on(telling: Json | None) -> datetime:
    return _moment((telling or {}).get("effectiveDateTime"))


def _moment(told: str | None) -> datetime:
    """Return an instant, of a day its beginning; long ago when nothing is told."""
    if told is None or len(told) < 10:
        return datetime(1, 1, 1, tzinfo=UTC)
    found = datetime.fromisoformat(told)
    return found if found.tzinfo else found.replace(tzinfo=SWEDEN)


def _call(reading: Reading) -> Json | None:
    """Return the latest call that stands, in the contract."""
    found = [each for each in reading.of_type("Appointment") if sip.is_standing_call(each)]
    return max(found, key=lambda each: _moment(each.get("created")), default=None)


def _as_told(call: Json) -> Json:
    """Return a call as the telling that it is: who calls says that there is a call."""
    caller: Json = next((each for each in call["participant"] if sip.is_caller(each)), {})
    return {
        **call,
        "valueCodeableConcept": {"coding": [{"system": systems.SIP, "code": "called"}]},
        "performer": [caller.get("actor")],
        "effectiveDateTime": call.get("created"),
        "note": [{"text": call["comment"]}] if "comment" in call else [{}],
    }
