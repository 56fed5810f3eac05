"""What surrounds a contract: the wish about relatives, how contacts are adapted, children who are relatives.

Each is told as an Observation, the latest of which counts; children also as a Flag of care's.
"""

from typing import Final

from pk_api.contract.codes import ADAPTATIONS
from pk_api.contract.elements import Json, code_in, codes_in, reference_to, target_of
from pk_api.contract.reading.common import is_over
from pk_api.contract.reading.context import Reading
from pk_api.fhir import systems

WISH: Final = "relatives-wish"
NO_RELATIVES: Final = "no-relatives"
NEEDS: Final = "needs"
COORDINATION: Final = "coordination-wish"
NO_COORDINATION: Final = "no-coordination"
CHILD: Final = "child-as-relative"


def relatives_wish(reading: Reading) -> Json:
    """Return how relatives are to take part: `told` in words, `none`, or `not-asked`."""
    found = _latest(reading, systems.NARRATIVE, WISH)
    if found is None:
        return {"state": "not-asked", "text": None, "toldBy": None, "on": None, "reference": None}
    is_none = NO_RELATIVES in codes_in([found["code"]], systems.NARRATIVE)
    return {
        "state": "none" if is_none else "told",
        "text": found.get("valueString"),
        "toldBy": teller(found),
        "on": found.get("effectiveDateTime"),
        "reference": reference_to(found),
    }


def coordination_wish(reading: Reading) -> Json:
    """Return whether the patient wishes for coordination: `wanted`, `not-wanted`, or `not-asked`."""
    found = _latest(reading, systems.NARRATIVE, COORDINATION)
    if found is None:
        return {"state": "not-asked", "text": None, "toldBy": None, "on": None, "reference": None}
    is_no = NO_COORDINATION in codes_in([found["code"]], systems.NARRATIVE)
    return {
        "state": "not-wanted" if is_no else "wanted",
        "text": found.get("valueString"),
        "toldBy": teller(found),
        "on": found.get("effectiveDateTime"),
        "reference": reference_to(found),
    }


def adaptations(reading: Reading) -> list[Json]:
    """Return how contacts are adapted, as it was told last: `{kind, text}`."""
    found = _latest(reading, systems.NARRATIVE, NEEDS) or {}
    return [_adaptation(each, reading.language) for each in found.get("component", ()) if _kind(each)]


def languages_told(reading: Reading) -> list[str]:
    """Return the languages that contacts are wished in, in the words in which it was told last."""
    found = _latest(reading, systems.NARRATIVE, NEEDS) or {}
    told = [each for each in found.get("component", ()) if _kind(each) == "language"]
    return [each["valueString"] for each in told if "valueString" in each]


def children(reading: Reading) -> Json | None:
    """Return whether there are children who are relatives; None when nobody has told this reader."""
    flags = [
        flag
        for flag in reading.of_type("Flag")
        if code_in([flag.get("code", {})], systems.FLAG) == CHILD
        and flag.get("status") == "active"
        and not is_over(flag.get("period"), reading.today)
    ]
    told = _latest(reading, systems.FLAG, CHILD)
    source = flags[0] if flags else told
    if source is None:
        return None
    return {"exist": bool(flags) or source.get("valueBoolean") is True, "reference": reference_to(source)}


def _latest(reading: Reading, system: str, code: str) -> Json | None:
    found = [
        each for each in reading.of_type("Observation") if code in codes_in([each.get("code", {})], system)
    ]
    return max(found, key=_told_at, default=None)


def _told_at(observation: Json) -> tuple[str, str]:
    return observation.get("effectiveDateTime", ""), observation.get("meta", {}).get("lastUpdated", "")


def _kind(component: Json) -> str | None:
    return code_in([component.get("code", {})], systems.ADAPTATION)


def _adaptation(component: Json, language: str) -> Json:
    kind = _kind(component) or ""
    known = ADAPTATIONS.get(kind)
    name = known.name(language) if known else kind
    text = component.get("valueString")
    return {"kind": kind, "text": f"{name}: {text}" if text else name}


def teller(observation: Json) -> str:
    """Return who has told it: `patient`, `relative` or `care`."""
    kinds = {
        (target_of(each) or "").partition("/")[0] or each.get("type")
        for each in observation.get("performer", ())
    }
    return "patient" if "Patient" in kinds else "relative" if "RelatedPerson" in kinds else "care"
