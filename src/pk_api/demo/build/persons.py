"""The patient, those beside the patient, and what they may do.

Shapes: https://hl7.org/fhir/R4/patient.html, relatedperson.html, consent.html. Days are counted from today.
"""

from dataclasses import dataclass
from typing import Any

from fhir.resources.R4B.consent import Consent
from fhir.resources.R4B.patient import Patient
from fhir.resources.R4B.relatedperson import RelatedPerson

from pk_api.demo.build.case import Case
from pk_api.demo.elements import CONSENT_ACTION, CONSENT_SCOPE, Json, concept, ext, ref, words
from pk_api.demo.people import Person
from pk_api.demo.steps import make
from pk_api.fhir import systems

SPOUSE = (systems.ROLE_CODE, "SPS", "Make eller maka")
GUARDIAN = (systems.ROLE_CODE, "GUARD", "Vårdnadshavare")
CHILD = (systems.ROLE_CODE, "CHILD", "Barn")
GOD_MAN = (systems.RELATION, "god-man", "God man")


@dataclass(frozen=True, slots=True)
class Subject:
    """The patient."""

    person: Person
    phone: str

    def resource(self, case: Case) -> Patient:
        """Return the Patient."""
        return make(
            Patient,
            id=case.id("patient"),
            identifier=[_identifier(self.person)],
            active=True,
            name=[_name(self.person.given, self.person.family)],
            telecom=[_mobile(self.phone)],
            gender=self.person.gender,
            birthDate=self.person.birth_date,
            address=[
                {"use": "home", "line": ["Exempelgatan 1"], "postalCode": "99999", "city": "Exempelstad"}
            ],
        )


@dataclass(frozen=True, slots=True)
class Relative:
    """Somebody beside the patient; `number` is the identity number of one who logs in."""

    name: str
    given: str
    family: str
    relation: tuple[str, str, str]
    phone: str
    since: int
    number: Person | None = None
    wish: str | None = None

    def resource(self, case: Case) -> RelatedPerson:
        """Return the RelatedPerson."""
        return make(
            RelatedPerson,
            id=case.id(self.name),
            extension=[ext(systems.EXT_RELATIVE_WISH, valueString=self.wish)] if self.wish else [],
            identifier=[_identifier(self.number)] if self.number else [],
            active=True,
            patient=ref(case.patient),
            relationship=[concept(*self.relation)],
            name=[_name(self.given, self.family)],
            telecom=[_mobile(self.phone)],
            period={"start": case.days.day(self.since)},
        )


def _identifier(person: Person) -> Json:
    return {"system": systems.PERSONNUMMER, "value": person.number}


def _name(given: str, family: str) -> Json:
    return {"use": "official", "given": [given], "family": family}


def _mobile(number: str) -> Json:
    return {"system": "phone", "value": number, "use": "mobile"}


@dataclass(frozen=True, slots=True)
class Mandate:
    """The ground on which somebody (`holder`) acts for the patient, registered by a unit.

    `scopes` are what a representative's mandate covers, in the codes of `pk-mandate`.
    """

    name: str
    holder: str
    role: tuple[str, str, str]
    law: str
    since: int
    by: str
    scopes: tuple[str, ...] = ()

    def resource(self, case: Case) -> Consent:
        """Return the Consent of category mandate."""
        start = {"start": case.days.day(self.since)}
        actor = {"role": concept(*self.role), "reference": ref(case.who(self.holder))}
        provision: Json = {"type": "permit", "period": start, "actor": [actor]}
        if self.scopes:
            provision["code"] = [concept(systems.MANDATE, scope) for scope in self.scopes]
        return _consent(case, self, kind="mandate", ground=self.law, provision=provision)


@dataclass(frozen=True, slots=True)
class Access:
    """The patient's own permission: which parts of the contract somebody may read."""

    name: str
    holder: str
    role: tuple[str, str, str]
    parts: tuple[str, ...]
    since: int
    by: str

    def resource(self, case: Case) -> Consent:
        """Return the Consent of category relative-access."""
        actor = {"role": concept(*self.role), "reference": ref(case.who(self.holder))}
        read: Json = {
            "type": "permit",
            "action": [concept(CONSENT_ACTION, "access")],
            "code": [concept(systems.PART, part) for part in self.parts],
        }
        return _consent(
            case,
            self,
            kind="relative-access",
            ground="Patientens eget önskemål",
            performer=[ref(case.patient)],
            provision={"type": "permit", "actor": [actor], "provision": [read]},
        )


@dataclass(frozen=True, slots=True)
class Sharing:
    """The consent to plan together: the units that may take part of each other's documentation."""

    name: str
    receivers: tuple[str, ...]
    since: int
    by: str

    def resource(self, case: Case) -> Consent:
        """Return the Consent of category sharing."""
        role = words("Enhet som får ta del av uppgifter")
        return _consent(
            case,
            self,
            kind="sharing",
            ground="Lag (2022:913) om sammanhållen vård- och omsorgsdokumentation",
            performer=[ref(case.patient)],
            provision={
                "type": "permit",
                "period": {"start": case.days.day(self.since)},
                "actor": [{"role": role, "reference": ref(case.who(name))} for name in self.receivers],
            },
        )


@dataclass(frozen=True, slots=True)
class Disclosure:
    """The patient's consent that single items are told to units that are outside shared documentation."""

    name: str
    receivers: tuple[str, ...]
    items: tuple[str, ...]
    since: int
    by: str

    def resource(self, case: Case) -> Consent:
        """Return the Consent of category disclosure."""
        role = words("Enhet som får ta del av de uppgifter som räknas upp")
        return _consent(
            case,
            self,
            kind="disclosure",
            ground="Offentlighets- och sekretesslag (2009:400): den enskildes samtycke",
            performer=[ref(case.patient)],
            provision={
                "type": "permit",
                "period": {"start": case.days.day(self.since)},
                "actor": [{"role": role, "reference": ref(case.who(name))} for name in self.receivers],
                "data": [{"meaning": "instance", "reference": ref(case.path(item))} for item in self.items],
            },
        )


@dataclass(frozen=True, slots=True)
class PlanConsent:
    """The patient's consent to a coordinated individual plan (SIP)."""

    name: str
    plan: str
    since: int
    by: str

    def resource(self, case: Case) -> Consent:
        """Return the Consent of category sip."""
        plan = ref(case.path(f"CarePlan/{self.plan}"))
        return _consent(
            case,
            self,
            kind="sip",
            ground="Hälso- och sjukvårdslag (2017:30) 16 kap. 4 §",
            performer=[ref(case.patient)],
            provision={"type": "permit", "data": [{"meaning": "instance", "reference": plan}]},
        )


def _consent(
    case: Case,
    row: Mandate | Access | Sharing | Disclosure | PlanConsent,
    *,
    kind: str,
    ground: str,
    **more: Any,
) -> Consent:
    return make(
        Consent,
        id=case.id(row.name),
        status="active",
        scope=concept(CONSENT_SCOPE, "patient-privacy"),
        category=[concept(systems.CONSENT_KIND, kind)],
        patient=ref(case.patient),
        dateTime=case.days.day(row.since),
        organization=[ref(case.who(row.by))],
        policyRule=words(ground),
        **more,
    )
