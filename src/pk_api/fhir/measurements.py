"""What makes an Observation a measurement under an action, and what must hold of it: a row a demand.

R4 lets an Observation be based on a plan or an order, not on a Task, so an extension names the action.
Sources: https://hl7.org/fhir/R4/observation.html, https://hl7.org/fhir/R4/observation-vitalsigns.html (UCUM).
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pk_api.fhir import systems, ucum
from pk_api.fhir.rules import Rule

Json = Mapping[str, Any]

_FHIR: Final = "FHIR R4 Observation"


RULES: Final[tuple[Rule[Json], ...]] = (
    Rule(
        "action",
        lambda one: len(actions_of(one)) == 1,
        "A measurement is made under one action: a Task or a ServiceRequest.",
        "Observation.extension",
    ),
    Rule(
        "when",
        lambda one: any(key.startswith("effective") for key in one),
        "A measurement says when it was made.",
        "Observation.effective",
    ),
    Rule(
        "value",
        lambda one: one.get("status") == "entered-in-error" or any(_tells(each) for each in _measured(one)),
        "A measurement has a value, in itself or in its components, or says why it has none.",
        "Observation.value",
    ),
    Rule(
        "unit",
        lambda one: all(_is_in_ucum(each) for each in quantities(one)),
        "What is measured has a unit, by a code of UCUM.",
        "Observation.value",
    ),
)


def is_measurement(resource: Json) -> bool:
    """Say whether a resource is a measurement under an action."""
    if resource.get("resourceType") != "Observation":
        return False
    return any(each.get("url") == systems.EXT_MEASURED_UNDER for each in resource.get("extension", ()))


def actions_of(resource: Json) -> list[str]:
    """Return the references to the actions that a measurement is made under."""
    values = [
        each.get("valueReference") or {}
        for each in resource.get("extension", ())
        if each.get("url") == systems.EXT_MEASURED_UNDER
    ]
    return [str(each["reference"]) for each in values if "reference" in each]


def quantities(resource: Json) -> Iterator[Json]:
    """Yield the quantities that are measured."""
    for each in _measured(resource):
        if isinstance(found := each.get("valueQuantity"), Mapping):
            yield found


def _measured(resource: Json) -> list[Json]:
    return [resource, *resource.get("component", ())]


def _tells(measured: Json) -> bool:
    return any(key.startswith("value") for key in measured) or "dataAbsentReason" in measured


def _is_in_ucum(quantity: Json) -> bool:
    return quantity.get("system") == ucum.SYSTEM and ucum.is_unit(str(quantity.get("code", "")))
