"""One patient's journey: its rows, the ids that its resources get, and its days.

Rows name people and units by the words of the directory (`stroke-nurse`, `primary-care`), the patient as
`patient`, and those beside the patient by their own rows' names.
"""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from fhir.resources.R4B.resource import Resource

from pk_api.demo import people
from pk_api.demo.elements import Days
from pk_api.demo.steps import Step, step


@dataclass(frozen=True, slots=True)
class Case:
    """Every id of a journey begins with its prefix, so that loading again meets the same resources."""

    prefix: str
    days: Days

    @property
    def patient(self) -> str:
        """The reference to the patient."""
        return self.path("Patient/patient")

    @property
    def contract(self) -> str:
        """The reference to the contract."""
        return self.path("CarePlan/contract")

    def id(self, name: str) -> str:
        """Return the id of what is called so in this journey."""
        return f"{self.prefix}-{name}"

    def path(self, path: str) -> str:
        """Return the reference to a resource of this journey, given as `Type/name`."""
        resource_type, _, name = path.partition("/")
        return f"{resource_type}/{self.id(name)}"

    def who(self, name: str) -> str:
        """Return the reference to a person or unit: of the directory, the patient, or beside the patient."""
        if name in people.STAFF:
            return f"PractitionerRole/{name}"
        if name in people.UNITS:
            return f"Organization/{name}"
        return self.patient if name == "patient" else self.path(f"RelatedPerson/{name}")


class Row(Protocol):
    """A row of a journey."""

    def resource(self, case: Case) -> Resource:
        """Return the resource that the row describes."""


Rows = tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """What one demo actor loads in one transaction."""

    actor: str
    title: str
    rows: Rows


@dataclass(frozen=True, slots=True)
class Journey:
    """A patient's journey, in the order in which its parts came about."""

    name: str
    parts: tuple[Part, ...]

    def steps(self, today: date) -> tuple[Step, ...]:
        """Return the steps that load the journey, with dates around a Swedish calendar day."""
        case = Case(self.name, Days(today))
        return tuple(
            step(part.actor, part.title, *(row.resource(case) for row in part.rows)) for part in self.parts
        )
