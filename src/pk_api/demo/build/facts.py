"""What is known: health problems, times in care, what was told, and documents kept elsewhere.

Shapes: https://hl7.org/fhir/R4/condition.html, encounter.html, observation.html, documentreference.html.
Days are counted from today.
"""

from dataclasses import dataclass

from fhir.resources.R4B.condition import Condition
from fhir.resources.R4B.documentreference import DocumentReference
from fhir.resources.R4B.encounter import Encounter
from fhir.resources.R4B.observation import Observation

from pk_api.demo.build.case import Case
from pk_api.demo.elements import CLASS, CLINICAL_STATUS, coding, concept, ref, words
from pk_api.demo.steps import make
from pk_api.fhir import systems

INPATIENT = ("IMP", "Slutenvård")
OUTPATIENT = ("AMB", "Öppenvård")


@dataclass(frozen=True, slots=True)
class Illness:
    """A health problem in words, found during a stay if one is named."""

    name: str
    text: str
    since: int
    stay: str | None = None

    def resource(self, case: Case) -> Condition:
        """Return the Condition."""
        return make(
            Condition,
            id=case.id(self.name),
            clinicalStatus=concept(CLINICAL_STATUS, "active"),
            code=words(self.text),
            subject=ref(case.patient),
            encounter=ref(case.path(f"Encounter/{self.stay}")) if self.stay else None,
            onsetDateTime=case.days.day(self.since),
            recordedDate=case.days.day(self.since),
        )


@dataclass(frozen=True, slots=True)
class Stay:
    """A time in care at a unit; one without an end is under way."""

    name: str
    text: str
    at: str
    start: int
    end: int | None
    kind: tuple[str, str] = INPATIENT

    def resource(self, case: Case) -> Encounter:
        """Return the Encounter."""
        period = {"start": case.days.at(self.start, "07:00")}
        if self.end is not None:
            period["end"] = case.days.at(self.end, "15:00")
        return make(
            Encounter,
            id=case.id(self.name),
            status="in-progress" if self.end is None else "finished",
            **{"class": coding(CLASS, *self.kind)},
            type=[words(self.text)],
            subject=ref(case.patient),
            period=period,
            serviceProvider=ref(case.who(self.at)),
        )


@dataclass(frozen=True, slots=True)
class Story:
    """What the patient told, by a code of pk-narrative: story, resources, worry, wish, or a child's view."""

    name: str
    code: str
    text: str
    told: int
    how: str | None = None
    note: str | None = None

    def resource(self, case: Case) -> Observation:
        """Return the Observation that holds the words."""
        return make(
            Observation,
            id=case.id(self.name),
            basedOn=[ref(case.contract)],
            status="final",
            code=concept(systems.NARRATIVE, self.code),
            subject=ref(case.patient),
            effectiveDateTime=case.days.day(self.told),
            performer=[ref(case.patient)],
            valueString=self.text,
            note=[{"text": self.note}] if self.note else [],
            method=words(self.how) if self.how else None,
        )


@dataclass(frozen=True, slots=True)
class Card:
    """An index card: where a plan that is kept elsewhere is read."""

    name: str
    title: str
    url: str
    by: str
    unit: str
    on: int

    def resource(self, case: Case) -> DocumentReference:
        """Return the DocumentReference."""
        attachment = {"contentType": "text/html", "language": "sv", "url": self.url, "title": self.title}
        return make(
            DocumentReference,
            id=case.id(self.name),
            status="current",
            type=words(self.title),
            subject=ref(case.patient),
            date=case.days.at(self.on, "11:00"),
            author=[ref(case.who(self.by))],
            custodian=ref(case.who(self.unit)),
            content=[{"attachment": attachment}],
            context={"related": [ref(case.contract)]},
        )


@dataclass(frozen=True, slots=True)
class MedicationList:
    """Where a medication list is read: at its source, never copied."""

    name: str
    url: str
    by: str
    on: int

    def resource(self, case: Case) -> DocumentReference:
        """Return the DocumentReference."""
        return make(
            DocumentReference,
            id=case.id(self.name),
            status="current",
            category=[concept(systems.DOCUMENT, "medication-list", "Läkemedelslista")],
            subject=ref(case.patient),
            date=case.days.at(self.on, "11:00"),
            description="Läkemedelslistan i journalen",
            author=[ref(case.who(self.by))],
            content=[{"attachment": {"title": "Läkemedelslista", "url": self.url}}],
            context={"related": [ref(case.contract)]},
        )
