"""FHIR data types as the demo writes them: references, codes, extensions, and days counted from today.

Source: https://hl7.org/fhir/R4/datatypes.html.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

from pk_api.fhir import systems

Json = dict[str, Any]

SWEDEN: Final = ZoneInfo("Europe/Stockholm")
_HL7: Final = "http://terminology.hl7.org/CodeSystem"
CLASS: Final = f"{_HL7}/v3-ActCode"
CLINICAL_STATUS: Final = f"{_HL7}/condition-clinical"
CONSENT_SCOPE: Final = f"{_HL7}/consentscope"
CONSENT_ACTION: Final = f"{_HL7}/consentaction"
IDENTIFIER_TYPE: Final = f"{_HL7}/v2-0203"

NATIONAL_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "sip": "SIP",
        "rehabiliteringsplan": "RP",
        "habiliteringsplan": "HP",
        "vardplan": "VP",
        "genomforandeplan": "GP",
        "samordnad-vardplan-lptlrv": "SPLPTLRV",
    }
)
"""Plan kinds that have a national code. Source: RIV TypeOfCarePlanEnum 3."""

_STATUTORY: Final[Mapping[str, str]] = MappingProxyType(
    {"sip": "individuell-plan-sip", "samordnad-vardplan-lptlrv": "samordnad-vardplan-lptlrv"}
)


@dataclass(frozen=True, slots=True)
class Days:
    """Dates and times counted from a day, in Swedish local time."""

    today: date

    def day(self, offset: int) -> str:
        """Return the date so many days from today."""
        return (self.today + timedelta(days=offset)).isoformat()

    def working_day(self, offset: int) -> date:
        """Return the date so many days from today, or the Monday after it when that is a weekend."""
        found = self.today + timedelta(days=offset)
        return found + timedelta(days=7 - found.weekday() if found.weekday() > 4 else 0)

    def period(self, start: int, end: int | None = None) -> Json:
        """Return the Period from one day to another, or without an end."""
        return {"start": self.day(start), **({} if end is None else {"end": self.day(end)})}

    def at(self, offset: int, clock: str, *, minutes: int = 0) -> str:
        """Return the instant on that working day, some minutes after the time on the clock."""
        start = datetime.combine(self.working_day(offset), time.fromisoformat(clock), tzinfo=SWEDEN)
        return (start + timedelta(minutes=minutes)).isoformat()


def ref(target: str, display: str | None = None) -> Json:
    """Return a reference such as `Patient/x`."""
    return {"reference": target} if display is None else {"reference": target, "display": display}


def refs(targets: Iterable[str]) -> list[Json]:
    """Return a reference to each."""
    return [ref(target) for target in targets]


def coding(system: str, code: str, display: str | None = None) -> Json:
    """Return a Coding."""
    return {"system": system, "code": code, **({"display": display} if display else {})}


def concept(system: str, code: str, display: str | None = None) -> Json:
    """Return a CodeableConcept of one code."""
    return {"coding": [coding(system, code, display)]}


def words(text: str) -> Json:
    """Return a CodeableConcept that has words and no code."""
    return {"text": text}


def ext(url: str, **value: Any) -> Json:
    """Return an extension with its `value[x]`."""
    return {"url": url, **value}


def parts(url: str, *inner: Json) -> Json:
    """Return an extension that is made of parts."""
    return {"url": url, "extension": list(inner)}


def hsa_identifier(value: str) -> Json:
    """Return an HSA-id as HL7 Sweden writes it."""
    return {"system": systems.HSA_ID, "type": concept(IDENTIFIER_TYPE, "PRN"), "value": value}


def phone(number: str) -> Json:
    """Return a telephone number as a ContactPoint."""
    return {"system": "phone", "value": number, "use": "work"}


def contract_extension(contract: str) -> Json:
    """Say which contract a resource belongs to that has no element for it."""
    return ext(systems.EXT_CONTRACT, valueReference=ref(contract))


def goal_links(goals: Iterable[str]) -> list[Json]:
    """Say which goals something is for."""
    return [ext(systems.EXT_PERTAINS_TO_GOAL, valueReference=ref(goal)) for goal in goals]


def plan_category(kind: str, text: str) -> Json:
    """Return the kind of a plan in our own codes and, where there is one, the national code."""
    statutory = _STATUTORY.get(kind)
    own = () if kind == statutory else (coding(systems.PLAN_KIND, kind),)
    by_law = (coding(systems.STATUTORY_PLAN, statutory),) if statutory else ()
    national = (coding(systems.RIV_PLAN_TYPE, NATIONAL_TYPES[kind]),) if kind in NATIONAL_TYPES else ()
    return {"coding": [*own, *by_law, *national], "text": text}
