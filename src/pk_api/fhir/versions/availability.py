"""When a way of contact is open: R5's data type Availability, in R4 an extension made of parts.

Source: https://hl7.org/fhir/R5/metadatatypes.html#availability; Inera's CareTeam guide 0.9 has it on
`CareTeam.telecom`.
"""

from dataclasses import dataclass
from typing import Any, Final

from pk_api.fhir.systems import EXT_AVAILABILITY
from pk_api.fhir.versions.changes import Json, objects, refused

R5_URL: Final = "https://fhir.inera.se/ig/careteam/StructureDefinition/RIVContactPointAvailability"

PARTS: Final = {
    "availableTime": {
        "daysOfWeek": "valueCode",
        "allDay": "valueBoolean",
        "availableStartTime": "valueTime",
        "availableEndTime": "valueTime",
    },
    "notAvailableTime": {"description": "valueString", "during": "valuePeriod"},
}
"""The elements of Availability, and for each what it holds with the type of an extension's value."""
LISTS: Final = frozenset({"daysOfWeek"})


@dataclass(frozen=True, slots=True)
class Opening:
    """The extension on a ContactPoint: a value in R5, parts in R4."""

    def to_r5(self, host: Json) -> Json:
        """Put the parts into one value."""
        return _mapped(host, EXT_AVAILABILITY, _as_value)

    def to_r4(self, host: Json) -> Json:
        """Put the value into parts."""
        return _mapped(host, R5_URL, _as_parts)


def _mapped(host: Json, url: str, change: Any) -> Json:
    every = objects(host.get("extension"))
    if not any(one.get("url") == url for one in every):
        return host
    return {**host, "extension": [change(one) if one.get("url") == url else one for one in every]}


def _as_parts(extension: Json) -> Json:
    value = extension.get("valueAvailability")
    if extension.keys() != {"url", "valueAvailability"} or not isinstance(value, dict) or not value:
        raise _unknown()
    parts = []
    for name, times in value.items():
        if name not in PARTS or not objects(times):
            raise _unknown()
        parts += [{"url": name, "extension": _pieces(name, one)} for one in times]
    return {"url": EXT_AVAILABILITY, "extension": parts}


def _pieces(part: str, time: Json) -> list[Json]:
    pieces = []
    for name, value in time.items():
        kind = PARTS[part].get(name)
        if kind is None or isinstance(value, list) != (name in LISTS):
            raise _unknown()
        pieces += [{"url": name, kind: one} for one in (value if name in LISTS else [value])]
    return pieces


def _as_value(extension: Json) -> Json:
    value: Json = {}
    for part in objects(extension.get("extension")):
        if part.get("url") not in PARTS:
            raise _unknown()
        value.setdefault(part["url"], []).append(_time(part))
    return {"url": R5_URL, "valueAvailability": value}


def _time(part: Json) -> Json:
    time: Json = {}
    for piece in objects(part.get("extension")):
        name = piece.get("url")
        kind = PARTS[part["url"]].get(str(name))
        if name is None or kind is None or kind not in piece:
            raise _unknown()
        if name in LISTS:
            time.setdefault(name, []).append(piece[kind])
        else:
            time[name] = piece[kind]
    return time


def _unknown() -> Any:
    return refused("CareTeam.telecom.extension", "the elements of Availability are expected, and no more")
