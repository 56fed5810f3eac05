"""The contract and what it consists of: plans, team, goals and named contacts.

Shapes: https://hl7.org/fhir/R4/careplan.html, careteam.html, goal.html; contacts: Inera's CareTeam guide 0.9.
Days are counted from today.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from fhir.resources.R4B.careplan import CarePlan
from fhir.resources.R4B.careteam import CareTeam
from fhir.resources.R4B.goal import Goal

from pk_api.demo import people
from pk_api.demo.build.case import Case
from pk_api.demo.elements import (
    Json,
    concept,
    contract_extension,
    ext,
    goal_links,
    parts,
    phone,
    plan_category,
    ref,
    refs,
    words,
)
from pk_api.demo.steps import make
from pk_api.fhir import systems

COORDINATING = (systems.KV_FAST_KONTAKT, "4", "Fast vårdkontakt med övergripande samordningsansvar")
NAMED_CONTACT = (systems.KV_FAST_KONTAKT, "1", "Fast vårdkontakt")
NAMED_DOCTOR = (systems.KV_FAST_KONTAKT, "2", "Fast läkarkontakt i primärvård")
HOME_CARE_CONTACT = (systems.KV_FAST_KONTAKT, "3", "Fast omsorgskontakt i hemtjänsten")
CONTACT_NURSE = (systems.CONTACT_ROLE, "kontaktsjukskoterska", "Kontaktsjuksköterska")
COORDINATOR = (systems.CONTACT_ROLE, "vardsamordnare", "Vårdsamordnare")


@dataclass(frozen=True, slots=True)
class Contract:
    """The contract, opened by a unit (`by`) and one of its staff; `about` are references `Type/name`."""

    text: str
    by: str
    contact: str
    indications: tuple[str, ...]
    start: int
    about: tuple[str, ...] = ()
    directions: tuple[tuple[str, str, str], ...] = ()
    """Whom the patient turns to: a purpose, a unit, and what to do."""

    def resource(self, case: Case) -> CarePlan:
        """Return the contract's CarePlan."""
        return make(
            CarePlan,
            id=case.id("contract"),
            extension=[
                *(ext(systems.EXT_INDICATION, valueCode=code) for code in self.indications),
                *(
                    parts(
                        systems.EXT_DIRECTION,
                        ext("purpose", valueCode=purpose),
                        ext("to", valueReference=ref(case.who(unit))),
                        ext("text", valueString=text),
                    )
                    for purpose, unit, text in self.directions
                ),
            ],
            status="active",
            intent="plan",
            category=[
                concept(systems.PLAN_KIND, systems.PATIENTKONTRAKT, "Patientkontrakt"),
                concept(systems.SNOMED, "734163000", "Care plan"),
            ],
            title="Patientkontrakt",
            description=self.text,
            subject=ref(case.patient),
            period={"start": case.days.day(self.start)},
            created=case.days.day(self.start),
            author=ref(case.who(self.by)),
            contributor=refs((case.who(self.contact), case.patient)),
            careTeam=[ref(case.path("CareTeam/team"))],
            supportingInfo=refs(map(case.path, self.about)),
        )


@dataclass(frozen=True, slots=True)
class Team:
    """The plan's team: units with the day that each came in, and those beside the patient from the first."""

    by: str
    since: Mapping[str, int]
    also: tuple[str, ...] = ()

    def resource(self, case: Case) -> CareTeam:
        """Return the team that the contract names."""
        first = min(self.since.values())
        members = [*self.since.items(), *((name, first) for name in ("patient", *self.also))]
        return make(
            CareTeam,
            id=case.id("team"),
            status="active",
            category=[concept(systems.CARE_TEAM_KIND, systems.PLAN_TEAM)],
            name="Teamet kring patientkontraktet",
            subject=ref(case.patient),
            period={"start": case.days.day(first)},
            participant=[_participant(case, name, day) for name, day in members],
            managingOrganization=[ref(case.who(self.by))],
        )


def _participant(case: Case, name: str, day: int) -> Json:
    return {"id": name, "member": ref(case.who(name)), "period": {"start": case.days.day(day)}}


@dataclass(frozen=True, slots=True)
class Wish:
    """What matters (or is expected), in the patient's own words or as somebody beside the patient told it."""

    name: str
    text: str
    told: int
    by: str = "patient"
    kind: str = "what-matters"

    def resource(self, case: Case) -> Goal:
        """Return the Goal that holds the words."""
        return make(
            Goal,
            id=case.id(self.name),
            extension=[contract_extension(case.contract)],
            lifecycleStatus="active",
            category=[concept(systems.GOAL_KIND, self.kind)],
            description=words(self.text),
            subject=ref(case.patient),
            startDate=case.days.day(self.told),
            expressedBy=ref(case.who(self.by)),
        )


@dataclass(frozen=True, slots=True)
class Aim:
    """A goal; `agreed` are those who agreed beside the patient, `of` names the wishes behind it."""

    name: str
    text: str
    start: int
    due: int
    agreed: tuple[str, ...] = ()
    of: tuple[str, ...] = ()
    achievement: str = "in-progress"
    state: str = "active"

    def resource(self, case: Case) -> Goal:
        """Return the Goal."""
        return make(
            Goal,
            id=case.id(self.name),
            extension=[
                contract_extension(case.contract),
                *goal_links(case.path(f"Goal/{wish}") for wish in self.of),
                *(_accepted(case.who(name)) for name in ("patient", *self.agreed)),
            ],
            lifecycleStatus=self.state,
            achievementStatus=concept(systems.GOAL_ACHIEVEMENT, self.achievement),
            category=[concept(systems.GOAL_KIND, "goal")],
            description=words(self.text),
            subject=ref(case.patient),
            startDate=case.days.day(self.start),
            target=[{"dueDate": case.days.day(self.due)}],
            expressedBy=ref(case.patient),
        )


def _accepted(who: str) -> Json:
    parts = [ext("individual", valueReference=_individual(who)), ext("status", valueCode="agree")]
    return {"url": systems.EXT_GOAL_ACCEPTANCE, "extension": parts}


def _individual(who: str) -> Json:
    """Return the person; the role of one of care stands beside, as the extension takes none."""
    kind, _, name = who.partition("/")
    if kind != "PractitionerRole":
        return ref(who)
    return {"extension": [ext(systems.EXT_ACTING_AS, valueReference=ref(who))], **ref(f"Practitioner/{name}")}


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan under the contract, owned by a unit (`by`); `addresses`, `about` are references `Type/name`."""

    name: str
    kind: str
    title: str
    text: str
    by: str
    contact: str
    start: int
    until: int | None = None
    goals: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    link: str | None = None
    state: str = "active"
    lead: str | None = None
    follow_up: int | None = None

    def resource(self, case: Case) -> CarePlan:
        """Return the plan's CarePlan."""
        said = [ext(systems.EXT_PLAN_LINK, valueUrl=self.link)] if self.link else []
        if self.lead:
            said.append(ext(systems.EXT_LEAD_PRINCIPAL, valueReference=ref(case.who(self.lead))))
        if self.follow_up is not None:
            said.append(ext(systems.EXT_FOLLOW_UP, valueDate=case.days.day(self.follow_up)))
        return make(
            CarePlan,
            id=case.id(self.name),
            extension=said,
            partOf=[ref(case.contract)],
            status=self.state,
            intent="plan",
            category=[plan_category(self.kind, self.title)],
            title=self.title,
            description=self.text,
            subject=ref(case.patient),
            period=case.days.period(self.start, self.until),
            created=case.days.day(self.start),
            author=ref(case.who(self.by)),
            contributor=refs((case.who(self.contact), case.patient)),
            addresses=refs(map(case.path, self.addresses)),
            supportingInfo=refs(map(case.path, self.about)),
            goal=refs(case.path(f"Goal/{name}") for name in self.goals),
        )


@dataclass(frozen=True, slots=True)
class Contact:
    """One named contact: who, in which role, for what; telephone and unit are those of the directory."""

    name: str
    who: str
    role: tuple[str, str, str]
    since: int
    until: int | None = None
    purposes: tuple[str, ...] = ("questions",)
    note: str | None = None

    def resource(self, case: Case) -> CareTeam:
        """Return the CareTeam of this one relation."""
        row = people.STAFF[self.who]
        return make(
            CareTeam,
            id=case.id(self.name),
            extension=[
                *(ext(systems.EXT_CONTACT_FOR, valueCode=purpose) for purpose in self.purposes),
                parts(
                    systems.EXT_APPOINTED,
                    ext("by", valueReference=ref(case.who(row.unit))),
                    ext("on", valueDate=case.days.day(self.since)),
                ),
            ],
            status="active",
            category=[concept(systems.INERA_CARE_TEAM, systems.FAST_KONTAKT)],
            name=f"{self.role[2]}: {row.name}",
            subject=ref(case.patient),
            period=case.days.period(self.since, self.until),
            participant=[{"role": [concept(*self.role)], "member": ref(case.who(self.who), row.name)}],
            managingOrganization=[ref(case.who(row.unit))],
            telecom=[phone(row.phone)],
            note=[{"text": self.note}] if self.note else [],
        )
