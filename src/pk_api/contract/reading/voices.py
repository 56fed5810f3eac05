"""The child's voice: what a child says of what is agreed, how it was heard, or why it was not.

Sources: Patientlag 2014:821 4 kap. 3 §, Barnkonventionen (lag 2018:1197) article 12; Observation
`pk-narrative#child-voice`, https://hl7.org/fhir/R4/observation.html.
"""

from typing import Final

from pk_api.access.person_rules import age_on
from pk_api.contract.dates import day_of
from pk_api.contract.elements import Json, code_in, target_of
from pk_api.contract.reading.agreement import proposals
from pk_api.contract.reading.context import Reading
from pk_api.fhir import systems
from pk_api.records.person_facts import born

CHILD_VOICE: Final = "child-voice"
OF_AGE: Final = 18


def lacks_child_voice(reading: Reading) -> bool:
    """Say whether a child has not been heard, nor why not been told, for the agreement that there is.

    One who was heard before the agreement before that was reached is to be heard again. A child's age that is
    not known, and what the reader is not shown, count as nothing.
    """
    if not _is_child(reading):
        return False
    before = _agreed_before(reading)
    return not any(
        before is None or (day := _heard_on(each)) is None or day >= before for each in voices(reading)
    )


def voices(reading: Reading) -> list[Json]:
    """Return what a child has said, and why it was not asked."""
    return [each for each in reading.of_type("Observation") if _is_voice(each)]


def _is_voice(observation: Json) -> bool:
    is_told = bool(str(observation.get("valueString", "")).strip()) or "dataAbsentReason" in observation
    return is_told and code_in((observation.get("code") or {},), systems.NARRATIVE) == CHILD_VOICE


def _heard_on(observation: Json) -> str | None:
    return day_of(observation.get("effectiveDateTime") or observation.get("issued"))


def _agreed_before(reading: Reading) -> str | None:
    """Return the day on which the agreement before the latest was reached; None when there is no such."""
    days = [day_of(each.agreed_on) for each in proposals(reading) if each.is_agreed]
    return days[-2] if len(days) > 1 else None


def _is_child(reading: Reading) -> bool:
    contract = reading.members.get(reading.contract, {})
    patient = reading.members.get(target_of(contract.get("subject")) or "")
    day = born(patient) if patient else None
    return day is not None and age_on(day, reading.today) < OF_AGE
