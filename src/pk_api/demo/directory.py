"""The directory: organisations, their units, places and staff, each loaded by its own system."""

from collections.abc import Callable

from fhir.resources.R4B.location import Location
from fhir.resources.R4B.organization import Organization
from fhir.resources.R4B.practitioner import Practitioner
from fhir.resources.R4B.practitionerrole import PractitionerRole
from fhir.resources.R4B.resource import Resource

from pk_api.demo import people
from pk_api.demo.elements import IDENTIFIER_TYPE, Json, coding, ext, hsa_identifier, phone, ref, words
from pk_api.demo.people import Staff, Unit
from pk_api.demo.steps import Step, make, step
from pk_api.fhir import systems

_WORKING_DAYS = ("mon", "tue", "wed", "thu", "fri")


def directory() -> tuple[Step, ...]:
    """Return the steps that load the directory: one step a provider, two for region and municipality."""
    return (
        _step("system-hospital", "Regionen och dess sjukhus lägger in sin katalog", _is_hospital),
        _step("system-primary", "Vårdcentralen lägger in sin katalog", _is_primary),
        _step("system-municipality", "Kommunen lägger in sin katalog", _is_municipal),
        _step("system-municipality", "Kommunens socialtjänst läggs till", _is_social),
        _step("system-rehab", "Den privata rehabmottagningen lägger in sin katalog", _of(people.REHAB)),
        _step("system-elsewhere", "En region utanför lägger in sin katalog", _of(people.ELSEWHERE)),
    )


def _is_primary(unit: Unit) -> bool:
    return unit.id == "primary-care"


def _is_hospital(unit: Unit) -> bool:
    return people.top(unit) == people.REGION and not _is_primary(unit)


def _is_social(unit: Unit) -> bool:
    return unit.kind == "social-services"


def _is_municipal(unit: Unit) -> bool:
    return people.top(unit) == people.MUNICIPALITY and not _is_social(unit)


def _of(provider: Unit) -> Callable[[Unit], bool]:
    return lambda unit: people.top(unit) == provider


def _step(actor: str, title: str, belongs: Callable[[Unit], bool]) -> Step:
    units = [unit for unit in people.UNITS.values() if belongs(unit)]
    staff = [row for row in people.STAFF.values() if belongs(people.UNITS[row.unit])]
    resources: list[Resource] = [
        *map(_organization, units),
        *(_location(unit) for unit in units if unit.part_of),
        *map(_practitioner, staff),
        *map(_role, staff),
    ]
    return step(actor, title, *resources)


def _organization(unit: Unit) -> Organization:
    kind = [ext(systems.EXT_UNIT_KIND, valueCode=unit.kind)] if unit.kind else []
    principal = [ext(systems.EXT_PRINCIPAL, valueCode=unit.principal)] if unit.principal else []
    return make(
        Organization,
        id=unit.id,
        extension=[*principal, *kind],
        identifier=[hsa_identifier(unit.hsa_id), *_registered(unit)],
        active=True,
        name=unit.name,
        telecom=[phone(unit.phone)] if unit.phone else [],
        partOf=ref(f"Organization/{unit.part_of}") if unit.part_of else None,
    )


def _registered(unit: Unit) -> list[Json]:
    """Return the registration number of a care provider; its HSA-ids begin with it."""
    if unit.part_of:
        return []
    kind = {"coding": [coding(IDENTIFIER_TYPE, "XX")]}
    number = unit.hsa_id.removeprefix("SE").partition("-")[0]
    return [{"system": systems.ORGANISATIONSNUMMER, "type": kind, "value": number}]


def _location(unit: Unit) -> Location:
    return make(
        Location,
        id=unit.id,
        status="active",
        name=unit.name,
        mode="instance",
        address={"text": f"{unit.name}, 999 99 Exempelstad", "city": "Exempelstad", "country": "SE"},
        managingOrganization=ref(f"Organization/{unit.id}"),
    )


def _practitioner(row: Staff) -> Practitioner:
    return make(
        Practitioner,
        id=row.id,
        identifier=[hsa_identifier(row.hsa_id)],
        active=True,
        name=[{"use": "official", "given": [row.given], "family": row.family}],
        qualification=[_licensed(row.role, row.licence)] if row.licence else [],
    )


def _licensed(occupation: str, licence: str) -> Json:
    return {
        "identifier": [{"system": systems.LICENCE, "value": licence}],
        "code": {"text": f"Legitimation ({occupation.lower()})"},
    }


def _role(row: Staff) -> PractitionerRole:
    return make(
        PractitionerRole,
        id=row.id,
        identifier=[hsa_identifier(row.hsa_id.replace("-P", "-A"))],
        active=True,
        practitioner=ref(f"Practitioner/{row.id}", row.name),
        organization=ref(f"Organization/{row.unit}", people.UNITS[row.unit].name),
        code=[words(row.role)],
        telecom=[phone(row.phone)],
        availableTime=[
            {
                "daysOfWeek": list(_WORKING_DAYS),
                "availableStartTime": "08:00:00",
                "availableEndTime": "16:00:00",
            }
        ],
    )
