"""Invariants of the data types. Source of keys and texts: `definitions/invariants.json`."""

from typing import Final

from pk_api.fhir.validate.rules.terms import UCUM, Test, Value, has, has_choice
from pk_api.fhir.validate.times import is_after

_WITHOUT_OFFSET: Final = frozenset({"C", "CM", "CD", "CV"})


def _measured(v: Value, system: str) -> bool:
    return (has(v, "code") or not has(v, "value")) and v.get("system", system) == system


def _age(v: Value) -> bool:
    return _measured(v, UCUM) and v.get("value", 1) > 0


def _count(v: Value) -> bool:
    return _measured(v, UCUM) and v.get("code", "1") == "1" and "." not in str(v.get("value", ""))


def _duration(v: Value) -> bool:
    return not has(v, "code") or (v.get("system") == UCUM and has(v, "value"))


def _period(v: Value) -> bool:
    return not ("start" in v and "end" in v and is_after(v["start"], v["end"]))


def _range(v: Value) -> bool:
    low, high = v.get("low", {}), v.get("high", {})
    same_unit = all(low.get(name) == high.get(name) for name in ("system", "code", "unit"))
    if not (low and high):
        return True
    return "value" in low and "value" in high and not (same_unit and low["value"] > high["value"])


def _ratio(v: Value) -> bool:
    both_or_none = has(v, "numerator") == has(v, "denominator")
    return both_or_none and has(v, "numerator", "extension")


def _offset(v: Value) -> bool:
    return not has(v, "offset") or (has(v, "when") and _WITHOUT_OFFSET.isdisjoint(v.get("when", ())))


def _trigger(v: Value) -> bool:
    kind = v.get("type", "")
    return (
        (kind != "named-event" or has(v, "name"))
        and (kind != "periodic" or has_choice(v, "timing"))
        and (not kind.startswith("data-") or has(v, "data"))
    )


DATATYPES: Final[dict[str, Test]] = {
    "Age:age-1": _age,
    "Attachment:att-1": lambda v: not has(v, "data") or has(v, "contentType"),
    "ContactPoint:cpt-2": lambda v: not has(v, "value") or has(v, "system"),
    "Count:cnt-3": _count,
    "DataRequirement.codeFilter:drq-1": lambda v: has(v, "path") != has(v, "searchParam"),
    "DataRequirement.dateFilter:drq-2": lambda v: has(v, "path") != has(v, "searchParam"),
    "Distance:dis-1": lambda v: _measured(v, UCUM),
    "Duration:drt-1": _duration,
    "Expression:exp-1": lambda v: has(v, "expression", "reference"),
    "Extension:ext-1": lambda v: has(v, "extension") != has_choice(v, "value"),
    "MoneyQuantity:mqty-1": lambda v: _measured(v, "urn:iso:std:iso:4217"),
    "Period:per-1": _period,
    "Quantity:qty-3": lambda v: not has(v, "code") or has(v, "system"),
    "Range:rng-2": _range,
    "Ratio:rat-1": _ratio,
    "SimpleQuantity:sqty-1": lambda v: not has(v, "comparator"),
    "Timing.repeat:tim-1": lambda v: not has(v, "duration") or has(v, "durationUnit"),
    "Timing.repeat:tim-2": lambda v: not has(v, "period") or has(v, "periodUnit"),
    "Timing.repeat:tim-4": lambda v: v.get("duration", 0) >= 0,
    "Timing.repeat:tim-5": lambda v: v.get("period", 0) >= 0,
    "Timing.repeat:tim-6": lambda v: not has(v, "periodMax") or has(v, "period"),
    "Timing.repeat:tim-7": lambda v: not has(v, "durationMax") or has(v, "duration"),
    "Timing.repeat:tim-8": lambda v: not has(v, "countMax") or has(v, "count"),
    "Timing.repeat:tim-9": _offset,
    "Timing.repeat:tim-10": lambda v: not (has(v, "timeOfDay") and has(v, "when")),
    "TriggerDefinition:trd-1": lambda v: not (has(v, "data") and has_choice(v, "timing")),
    "TriggerDefinition:trd-2": lambda v: not has(v, "condition") or has(v, "data"),
    "TriggerDefinition:trd-3": _trigger,
}
