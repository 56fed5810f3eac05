"""Measurements under an action as the contract API shows them: FHIR Observation."""

from pk_api.contract.elements import Json, code_in, text_of
from pk_api.contract.measures import of_loinc, part_of_loinc
from pk_api.contract.reading.common import item
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.people import who
from pk_api.fhir import systems


def measurement_item(observation: Json, reading: Reading) -> Json:
    """Return a measurement; what other systems write that is no number is told in words."""
    code = observation.get("code") or {}
    components = observation.get("component", ())
    return {
        **item(observation),
        "kind": of_loinc(code_in([code], systems.LOINC)),
        "text": text_of(code),
        "values": [_value(each) for each in (observation, *components) if _has_value(each)],
        "on": _when(observation),
        "by": who((observation.get("performer") or [None])[0], reading),
        "note": (observation.get("note") or [{}])[0].get("text"),
        "state": observation.get("status"),
    }


def _has_value(measured: Json) -> bool:
    return any(key.startswith("value") for key in measured)


def _value(measured: Json) -> Json:
    quantity = measured.get("valueQuantity") or {}
    value = quantity.get("value")
    named = code_in([measured["code"]], systems.LOINC) if "code" in measured else None
    return {
        "part": part_of_loinc(named),
        "value": float(value) if value is not None else _number(measured),
        "unit": quantity.get("code") or quantity.get("unit"),
        "text": _in_words(measured),
    }


def _number(measured: Json) -> float | None:
    found = measured.get("valueInteger")
    return float(found) if found is not None else None


def _in_words(measured: Json) -> str | None:
    if concept := measured.get("valueCodeableConcept"):
        return text_of(concept)
    found: str | None = measured.get("valueString")
    return found


def _when(observation: Json) -> str | None:
    moment: str | None = observation.get("effectiveDateTime") or observation.get("effectiveInstant")
    return moment or (observation.get("effectivePeriod") or {}).get("start")
