"""Who is asked when an agreement is proposed: the patient's side, and each care provider of the team.

Source: Föräldrabalk 6 kap. 11 and 13 §: guardians decide together, the older the child the more it decides
itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from pk_api.access.person_rules import PersonRules, age_at
from pk_api.contract.editing.context import Editing
from pk_api.contract.elements import Json, code_in, identifier_in, reference_to, target_of
from pk_api.contract.reading.common import is_over
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.other_actors import is_outside_care
from pk_api.contract.reading.people import organisations_above, side_of
from pk_api.contract.reading.team import plan_team
from pk_api.fhir import systems
from pk_api.records.person_facts import born


@dataclass(frozen=True, slots=True)
class Party:
    """One who is asked: whose side, who owns the Task, and who of several it is for."""

    side: str
    owner: Json
    recipient: Json | None = None


def parties(editing: Editing, rules: PersonRules) -> list[Party]:
    """Return who is asked, the proposer first, the patient's side second, then the others of the team."""
    own = Party(side_of(editing.organisation, editing.reading), editing.organisation or editing.writer)
    others = [each for each in _care(editing.reading) if target_of(each.owner) != target_of(own.owner)]
    return [own, *_patients(editing, rules), *others]


def _care(reading: Reading) -> Iterator[Party]:
    """Yield each care provider that takes part now, once."""
    seen: set[str] = set()
    for participant in (plan_team(reading) or {}).get("participant", ()):
        target = target_of(participant.get("member")) or ""
        if is_over(participant.get("period"), reading.today) or not target.startswith(
            ("Organization/", "PractitionerRole/")
        ):
            continue
        above = organisations_above(target, reading)
        if not _answers_here(target, above, reading):
            continue
        provider = reference_to(above[-1]) if above else target
        if provider not in seen:
            seen.add(provider)
            owner = {"reference": provider}
            yield Party(side_of(owner, reading), owner)


def _answers_here(target: str, above: list[Json], reading: Reading) -> bool:
    """Say whether who takes part can be asked; an actor outside care without an HSA-id has no login here."""
    has_login = any(identifier_in(each, systems.HSA_ID) for each in above)
    return has_login or not is_outside_care({"reference": target}, reading)


def _patients(editing: Editing, rules: PersonRules) -> list[Party]:
    """Return the patient; for a small child its guardians, each of them where they decide together."""
    reading, patient = editing.reading, editing.patient
    age = _age(reading.members.get(str(patient["reference"])), editing.now)
    guardians = list(_guardians(reading))
    if age is None or age >= rules.guardian_acts or rules.guardians_agree == "one" or not guardians:
        return [Party("patient", patient)]
    return [Party("patient", patient, recipient={"reference": each}) for each in guardians]


def _guardians(reading: Reading) -> Iterator[str]:
    for person in reading.of_type("RelatedPerson"):
        is_guardian = code_in(person.get("relationship", ()), systems.ROLE_CODE) == "GUARD"
        if (
            is_guardian
            and person.get("active") is not False
            and not is_over(person.get("period"), reading.today)
        ):
            yield reference_to(person)


def _age(patient: Json | None, now: datetime) -> int | None:
    day = born(patient) if patient else None
    return None if day is None else age_at(day, now)
