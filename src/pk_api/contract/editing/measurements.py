"""A measurement under an action, as the Observation that FHIR has for it."""

from typing import Any, Final

from pk_api.contract.dates import instant
from pk_api.contract.editing.context import Editing, refused
from pk_api.contract.elements import Json
from pk_api.contract.measures import MEASURES, VITAL_SIGNS, Measure
from pk_api.fhir import systems, ucum

_WHOLE: Final = ""
"""In place of a part: what is measured has none."""


def measured(action: str, body: Json, editing: Editing) -> Json:
    """Return the Observation under an action `Task/id`. Problem business-rule names the field."""
    measure = MEASURES.get(body.get("kind") or "")
    parts = sorted(measure.parts) if measure and measure.parts else [_WHOLE]
    if sorted(each.get("part") or _WHOLE for each in body["values"]) != parts:
        names = " and ".join(filter(None, parts)) or "none: one value"
        raise refused("/values", f"Each part has one value; the parts of this are {names}.")
    quantities = {
        each.get("part") or _WHOLE: _quantity(n, each, measure) for n, each in enumerate(body["values"])
    }
    note = {"note": [{"text": body["note"]}]} if body.get("note") else {}
    return {
        "resourceType": "Observation",
        "extension": [{"url": systems.EXT_MEASURED_UNDER, "valueReference": {"reference": action}}],
        "status": "final",
        **({"category": [{"coding": [VITAL_SIGNS]}]} if measure and measure.is_vital else {}),
        "code": _code(measure.loinc, measure.sv) if measure else {"text": body["text"]},
        "subject": editing.patient,
        "effectiveDateTime": body.get("on") or instant(editing.now),
        "performer": [editing.writer],
        **_values(quantities, measure),
        **note,
    }


def _values(quantities: Json, measure: Measure | None) -> Json:
    if measure is None or not measure.parts:
        return {"valueQuantity": quantities[_WHOLE]}
    components = [
        {"code": _code(*named), "valueQuantity": quantities[name]} for name, named in measure.parts.items()
    ]
    return {"component": components}


def _code(loinc: str, text: str) -> Json:
    return {"coding": [{"system": systems.LOINC, "code": loinc}], "text": text}


def _quantity(n: int, value: Json, measure: Measure | None) -> Json:
    """Return a value with its unit: vital signs have the one that FHIR asks for."""
    unit: Any = value.get("unit") or (measure.unit if measure else None)
    if unit is None or not ucum.is_unit(unit):
        raise refused(f"/values/{n}/unit", "The unit is a code of UCUM, such as kg, mmol/L or {steps}.")
    if measure and unit != measure.unit:
        raise refused(f"/values/{n}/unit", f"This is measured in {measure.unit}.")
    text = measure.unit_text if measure else unit
    return {"value": value["value"], "unit": text, "system": ucum.SYSTEM, "code": unit}
