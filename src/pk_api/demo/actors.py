"""The demo's actors: who `pk-api token NAME` speaks for, as claims of a token.

Identity numbers are Skatteverket's published test numbers, or a made-up birth date with serial 238 or 239 as
those have. Organisation numbers and HSA-ids are made up.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from pk_api.access.actor import ActorKind
from pk_api.access.auditing import AUDIT_OFFICER
from pk_api.demo import people

ALL: Final = "*.cruds"


@dataclass(frozen=True, slots=True)
class DemoActor:
    """One actor; `acting_for` is the patient that a stand-in acts for, as a reference."""

    name: str
    kind: ActorKind
    title: str
    scope: str
    provider: str | None = None
    unit: str | None = None
    employee: str | None = None
    person: str | None = None
    acting_for: str | None = None
    role: str | None = None

    def claims(self) -> dict[str, str]:
        """Return the claims that say who this is; absent ones are left out."""
        purpose = "care" if self.kind in {"system", "staff"} else None
        purpose = "audit" if self.role == AUDIT_OFFICER else purpose
        claims = {
            "sub": self.employee or self.name,
            "client_id": f"demo-{self.name}",
            "scope": self.scope,
            "pk_kind": self.kind,
            "care_provider_hsa_id": self.provider,
            "care_unit_hsa_id": self.unit,
            "employee_hsa_id": self.employee,
            "personal_identity_number": self.person,
            "acting_for": self.acting_for,
            "purpose": purpose,
            "system_role": self.role,
            "name": self.title,
        }
        return {name: value for name, value in claims.items() if value is not None}


def _system(name: str, title: str, *, provider: str, unit: str, types: tuple[str, ...] = (ALL,)) -> DemoActor:
    scope = " ".join(f"system/{each}" for each in types)
    return DemoActor(name, "system", title, scope, provider=provider, unit=unit)


def _staff(name: str, role: str) -> DemoActor:
    row = people.STAFF[role]
    unit = people.UNITS[row.unit]
    return DemoActor(
        name,
        "staff",
        row.name,
        f"user/{ALL}",
        provider=people.top(unit).hsa_id,
        unit=unit.hsa_id,
        employee=row.hsa_id,
    )


def _patient(name: str, patient: people.Person) -> DemoActor:
    return DemoActor(name, "patient", patient.name, f"patient/{ALL}", person=patient.number)


def _proxy(name: str, person: people.Person, *, patient: str) -> DemoActor:
    return DemoActor(
        name, "proxy", person.name, f"patient/{ALL}", person=person.number, acting_for=f"Patient/{patient}"
    )


_BOOKING: Final = (
    "Appointment.cruds",
    "AppointmentResponse.cruds",
    "Schedule.cruds",
    "Slot.cruds",
    "Patient.rs",
    "HealthcareService.rs",
    "Location.rs",
    "Organization.rs",
    "Practitioner.rs",
    "PractitionerRole.rs",
)

_ACTORS: Final = (
    _system(
        "system-hospital",
        "Journalsystemet på Exempelstads sjukhus",
        provider=people.REGION.hsa_id,
        unit=people.UNITS["hospital"].hsa_id,
    ),
    _system(
        "system-primary",
        "Journalsystemet på Vårdcentralen Björken",
        provider=people.REGION.hsa_id,
        unit=people.UNITS["primary-care"].hsa_id,
    ),
    _system(
        "system-municipality",
        "Exempelstads kommuns verksamhetssystem",
        provider=people.MUNICIPALITY.hsa_id,
        unit=people.UNITS["municipal-health-care"].hsa_id,
    ),
    _system(
        "system-booking",
        "Region Exempels tidbok",
        provider=people.REGION.hsa_id,
        unit=people.UNITS["hospital"].hsa_id,
        types=_BOOKING,
    ),
    _system(
        "system-rehab",
        "Journalsystemet på Rörelse och Balans",
        provider=people.REHAB.hsa_id,
        unit=people.UNITS["private-rehab-unit"].hsa_id,
    ),
    _system(
        "system-elsewhere",
        "Journalsystemet i Region Annanstans",
        provider=people.ELSEWHERE.hsa_id,
        unit=people.UNITS["elsewhere-unit"].hsa_id,
    ),
    _staff("nurse-stroke", "stroke-nurse"),
    _staff("coordinator-primary", "primary-coordinator"),
    _staff("manager-primary", "primary-manager"),
    _staff("nurse-municipality", "municipal-nurse"),
    _staff("homecare-municipality", "home-care-contact"),
    _staff("social-worker", "social-worker"),
    _staff("doctor-elsewhere", "elsewhere-doctor"),
    DemoActor(
        "audit-officer",
        "staff",
        "Loggranskaren i Region Exempel",
        "user/AuditEvent.rs",
        provider=people.REGION.hsa_id,
        unit=people.UNITS["hospital"].hsa_id,
        employee=f"{people.REGION.hsa_id}-E900",
        role=AUDIT_OFFICER,
    ),
    _patient("patient-stroke", people.STROKE_PATIENT),
    _patient("patient-cancer", people.CANCER_PATIENT),
    _patient("teenager", people.TEENAGE_PATIENT),
    _proxy("relative-stroke", people.WIFE, patient="stroke-patient"),
    _proxy("guardian-child", people.FATHER, patient="child-patient"),
    _proxy("godman", people.GOD_MAN, patient="psychiatry-patient"),
    DemoActor("statistics", "statistics", "Uppföljningen", "system/Measure.rs system/MeasureReport.rs"),
    DemoActor("operator", "operator", "Driften", "system/Subscription.rs"),
)

ACTORS: Final[Mapping[str, DemoActor]] = MappingProxyType({actor.name: actor for actor in _ACTORS})
"""The demo actors by name; each care provider has a system of its own, which loads its directory."""
