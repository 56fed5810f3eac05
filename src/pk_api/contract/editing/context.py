"""What editing needs at hand: the contract as the writer sees it, the writer, and the time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pk_api.access.actor import Actor
from pk_api.contract.dates import local_day
from pk_api.contract.elements import Json, target_of
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.people import owners_of
from pk_api.fhir import systems
from pk_api.fhir.problems import Problem

PATIENTS = frozenset({"patient", "proxy", "app"})


@dataclass(frozen=True, slots=True)
class Editing:
    """A change under way; by `temp`, a `urn:uuid:…`, the new resource is known until it has an id."""

    reading: Reading
    actor: Actor
    now: datetime
    temp: str = ""

    @property
    def contract(self) -> Json:
        """A reference to the contract."""
        return {"reference": self.reading.contract}

    @property
    def patient(self) -> Json:
        """A reference to the contract's patient."""
        subject = self.reading.members.get(self.reading.contract, {}).get("subject", {})
        return {"reference": target_of(subject)}

    @property
    def today(self) -> str:
        """The Swedish calendar day."""
        return local_day(self.now).isoformat()

    @property
    def by_patient(self) -> bool:
        """Whether the patient writes, or somebody in the patient's place."""
        return self.actor.kind in PATIENTS

    @property
    def writer(self) -> Json:
        """A reference to who writes: the patient, the employee, else the organisation."""
        if self.by_patient:
            return self.patient
        if self.actor.employee:
            return self._named("PractitionerRole", self.actor.employee)
        return self._named("Organization", self.actor.unit or self.actor.provider or self.actor.client)

    @property
    def organisation(self) -> Json | None:
        """A reference to the care provider for which the writer writes; None for the patient."""
        if self.by_patient or self.actor.provider is None:
            return None
        return self._named("Organization", self.actor.provider)

    def is_writer(self, reference: Json | None) -> bool:
        """Say whether a reference is to the writer or within the writer's organisation."""
        if self.by_patient:
            return bool(target_of(reference) == self.patient["reference"])
        mine = {each for each in (self.actor.provider, self.actor.unit, self.actor.employee) if each}
        return bool(mine & owners_of(reference, self.reading))

    def person(self, named: Mapping[str, Any], pointer: str) -> Json:
        """Return a FHIR reference to a person or unit named by reference or HSA-id."""
        target = named.get("reference") or self.reading.by_hsa_id(str(named.get("hsaId")))
        if target is None:
            raise refused(pointer, "Nobody is registered under this HSA-id.")
        if target.startswith("Patient/") and target != self.patient["reference"]:
            raise refused(pointer, "Of patients, only the contract's own can be named.")
        if target.startswith("RelatedPerson/"):
            self.member(target, pointer)
        return {"reference": target}

    def member(self, target: str, pointer: str) -> Json:
        """Return a reference to a resource of the contract."""
        if target not in self.reading.members:
            raise refused(pointer, "The contract holds no such item.")
        return {"reference": target}

    def _named(self, resource_type: str, hsa_id: str) -> Json:
        if hsa_id.startswith("Organization/"):
            return {"reference": hsa_id}
        found = self.reading.by_hsa_id(hsa_id)
        if found is not None and found.startswith(f"{resource_type}/"):
            return {"reference": found}
        named = {"type": resource_type, "identifier": {"system": systems.HSA_ID, "value": hsa_id}}
        return {**named, "display": self.actor.name} if self.actor.name else named


Setter = Callable[[Json, Any, Editing], None]
"""Puts the value of one JSON field into a draft; None takes it away."""


def _nothing_more(_draft: Json, _before: Json | None, _editing: Editing) -> None:
    return None


def _no_companions(_draft: Json, _values: Json, _editing: Editing) -> tuple[Json, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Editor:
    """How a part's items are made and changed.

    `skeleton` begins a new resource; `setters` put each field in; `settle` sees to what follows from the
    fields together (its second argument is the resource before, None for a new one); `companions` are other
    resources that change with it.
    """

    skeleton: Callable[[Json, Editing], Json]
    setters: Mapping[str, Setter]
    settle: Callable[[Json, Json | None, Editing], None] = field(default=_nothing_more)
    companions: Callable[[Json, Json, Editing], tuple[Json, ...]] = field(default=_no_companions)


def refused(pointer: str, detail: str, *, kind: str = "business-rule") -> Problem:
    """Return the problem of a rule that does not hold for a field of the request."""
    return Problem(kind, detail, facts={"errors": [{"pointer": pointer, "detail": detail}]})
