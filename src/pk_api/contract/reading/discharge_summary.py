"""What the patient is given in writing when leaving hospital: each part stated, or that it is not known.

Source: patientlag 2014:821 3 kap. 2 b § (a summary of the care given, and if known the fast vårdkontakt, the
time of the SIP and the plans that there are).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from pk_api.contract.codes import FORMS
from pk_api.contract.dates import swedish
from pk_api.contract.elements import Json
from pk_api.contract.reading.appointments import appointments
from pk_api.contract.reading.contacts import contacts
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.patient import patient
from pk_api.contract.reading.plans import plans
from pk_api.fhir import sip, systems

NOT_KNOWN: Final = "not-known"
_NOT_FOR_THE_PATIENT: Final = frozenset({"hidden-from-patient", "hidden-from-guardian", "staff-only"})
_FAST_VARDKONTAKT: Final = "fast-vardkontakt"
_STANDING: Final = frozenset({"active", "on-hold"})


def for_the_patient(reading: Reading, now: Reading | None = None) -> Reading:
    """Return the reading without what is not for the patient, or for who acts for the patient, to read.

    What stood in the past is judged by `now` as well: left out is what has been hidden since, and what the
    contract holds no more.
    """
    present = reading.members if now is None else now.members
    shown = {name for name, each in present.items() if not _is_hidden(each)}
    members = {n: each for n, each in reading.members.items() if n in shown and not _is_hidden(each)}
    return replace(reading, members=members, seen={})


def summary(reading: Reading, care_given: str | None) -> Json:
    """Return the parts of the summary, each with its `state`: `stated`, or `not-known`."""
    shown = for_the_patient(reading)
    told = {"state": "stated" if care_given else NOT_KNOWN, "text": care_given}
    return {
        "revision": reading.revision or None,
        "patient": patient(shown),
        "careGiven": told,
        **{part: _stated(find(shown)) for part, find in PARTS.items()},
    }


def lines(part: str, items: list[Json]) -> list[str]:
    """Return what a part says, a line an item, in Swedish."""
    return [_LINES[part](each) for each in items]


def _stated(items: list[Json]) -> Json:
    return {"state": "stated" if items else NOT_KNOWN, "items": items}


def _contacts(reading: Reading) -> list[Json]:
    return [c for c in contacts(reading) if c["kind"] == _FAST_VARDKONTAKT and c["state"] == "active"]


def _sip(reading: Reading) -> list[Json]:
    """Return the times to which those concerned are called."""
    calls = {each["id"] for each in reading.of_type("Appointment") if sip.is_standing_call(each)}
    return [each for each in appointments(reading) if each["id"] in calls and each["start"]]


def _plans(reading: Reading) -> list[Json]:
    return [each for each in plans(reading) if each["state"] in _STANDING]


PARTS: Final[Mapping[str, Callable[[Reading], list[Json]]]] = MappingProxyType(
    {"contacts": _contacts, "sip": _sip, "plans": _plans}
)
"""What the law names beside the care that was given."""


def _is_hidden(resource: Json) -> bool:
    labels = resource.get("meta", {}).get("security", ())
    codes = {each.get("code") for each in labels if each.get("system") == systems.SECURITY}
    return not _NOT_FOR_THE_PATIENT.isdisjoint(codes)


def _contact_line(contact: Json) -> str:
    unit = (contact["unit"] or {}).get("name")
    telecom = [each["value"] for each in contact["telecom"]]
    return ", ".join(str(each) for each in (contact["name"], unit, *telecom, contact["hours"]) if each)


def _sip_line(call: Json) -> str:
    form = FORMS[call["form"]].sv if call["form"] in FORMS else None
    place = (call["place"] or {}).get("name")
    return ", ".join(str(each) for each in (_time(call["start"]), form, place) if each)


def _time(start: str) -> str:
    local = swedish(datetime.fromisoformat(start))
    return f"{local:%Y-%m-%d} kl. {local:%H.%M}"


def _plan_line(plan: Json) -> str:
    owner = (plan["owner"] or {}).get("name")
    return ", ".join(str(each) for each in (plan["title"], plan["kindText"], owner) if each) or "Plan"


_LINES: Final[Mapping[str, Callable[[Json], str]]] = MappingProxyType(
    {"contacts": _contact_line, "sip": _sip_line, "plans": _plan_line}
)
