"""A case of the naive evaluation as it is stored, each by whoever would say it, through the door."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pk_api.access.actor import Actor
from pk_api.fhir.systems import BASE as CANONICALS
from pk_api.fhir.systems import EXT_REASON, PERSONNUMMER
from pk_api.fhir.values import parse
from pk_api.interactions.call import Call
from pk_api.interactions.service import FhirService
from pk_api.records.values import Stored, Write
from tests.conftest import BASE
from tests.rules.kin import CONSENTED, OUTPOST
from tests.rules.naive import SHARING, Case, Fact, Item, Place
from tests.rules.people import WARD, World, labelled, organisation, system, with_patient
from tests.rules.standins import number_born, proxy_of
from tests.rules.worlds import OPENED, PATIENT, PLACES, PLAN, TEAM
from tests.support.actors import ALL
from tests.support.resources import a_contract, a_team

KINDS = {"consent": "sharing", "inner": "block-inner", "outer": "block-outer", "lift": "block-lift"}


SERVICE = " service"
INFORMATION_TYPE = f"{CANONICALS}/CodeSystem/pk-information-type"


def system_at(place: Place) -> Actor:
    """The journal system of a unit."""
    return Actor("system", f"system-{place.unit}", provider=place.provider, unit=place.unit, scopes=ALL)


def staff_at(place: Place) -> Actor:
    """One who works at a unit."""
    employee = f"{place.unit}-E"
    return Actor("staff", "portal", "Anna", place.provider, place.unit, employee=employee, scopes=ALL)


async def with_services(units: World) -> World:
    """Return the world with the outpost of the ward, and a service of every unit by which times are given."""
    outpost = organisation(OUTPOST, "vardgivare", units.at[WARD])
    (one,) = await units.records.write(system(WARD), [Write("create", "Organization", outpost)])
    at = units.at | {OUTPOST: one.reference}
    for unit, place in PLACES.items():
        service = {"resourceType": "HealthcareService", "providedBy": {"reference": at[unit]}}
        (one,) = await units.records.write(system_at(place), [Write("create", "HealthcareService", service)])
        at[f"{unit}{SERVICE}"] = one.reference
    return replace(units, at=at)


@dataclass
class Stage:
    """A case as it is stored; `at` is the moment that counts as now.

    Routes that ask for one resource after the other, `read` apart, ask for the items of `looked_at` alone.
    """

    here: World
    fhir: FhirService
    case: Case
    number: str
    assessor: str
    at: datetime
    stored: dict[int, Stored] = field(default_factory=dict)
    looked_at: frozenset[int] = frozenset()

    @property
    def patient(self) -> Actor:
        """The patient."""
        return Actor("patient", "portal", person=(PERSONNUMMER, self.number), scopes=ALL)

    def day(self, n: int) -> str:
        return (self.at + timedelta(days=n)).isoformat()

    def period(self, low: int | None, high: int | None) -> dict[str, str]:
        ends = (("start", low), ("end", high))
        return {name: self.day(n) for name, n in ends if n is not None}

    def writer(self, item: Item) -> Actor:
        """Return who writes an item: the system of its unit, the patient, or a small child's guardian."""
        if not item.is_by_patient:
            return system_at(item.place)
        kin = self.case.kin
        return self.patient if kin.age >= 13 else proxy_of(self.here.patient, kin.people[0].identity)

    @property
    def ref_of_patient(self) -> dict[str, str]:
        return {"reference": self.here.patient.reference}

    def ref(self, number: int) -> dict[str, str]:
        return {"reference": self.stored[number].reference}

    def named(self, numbers: set[int]) -> set[str]:
        """Return the references of these items."""
        return {self.stored[n].reference for n in numbers}

    def of_here(self, references: Iterable[str]) -> set[str]:
        """Return those of this patient's record, also what the case does not know."""
        key = self.here.patient.key.patient
        return {ref for ref in references if key in ref}

    def units_of(self, references: Iterable[str]) -> set[str]:
        """Return what of the directory these resources name: services and units with those above, people."""
        texts = [one.body for one in self.stored.values() if one.reference in references]
        at, places = self.here.at, self.case.places
        named = {name for name, ref in at.items() if any(ref in text for text in texts)}
        units = {name.removesuffix(SERVICE) for name in named} & places.keys()
        named |= {one for unit in units for one in (unit, *places[unit].above, places[unit].provider)}
        people = {self.assessor} if any(self.assessor in text for text in texts) else set()
        return people | {at[one] for one in named}

    async def asked(self, actor: Actor, interaction: str, **call: Any) -> Any:
        """Return what the FHIR service answers, parsed. Raises its Problem."""
        reply = await self.fhir.perform(interaction, Call(actor, base=BASE, **call))
        return parse(reply.body) if reply.body else None


async def set_up(units: World, fhir: FhirService, case: Case) -> Stage:
    """Store the notes of a case for a new patient, and the contract; every note has two versions."""
    number = number_born(case.kin.born)
    here = await with_patient(units, number)
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=1)
    (assessor,) = await here.records.write(
        system(WARD), [Write("create", "Practitioner", {"resourceType": "Practitioner"})]
    )
    stage = Stage(here, fhir, case, number, assessor.reference, at, {PATIENT: here.patient})
    if case.plan is not None:
        await _open(stage)
    for item in case.of_type("ServiceRequest"):
        await _note(stage, item)
    return stage


async def say_all(stage: Stage) -> None:
    """Store what has been said of units."""
    for fact in stage.case.facts:
        stage.stored[fact.number] = await _say(stage, fact, stage.case.item(fact.number))


async def _open(stage: Stage) -> None:
    here, opener = stage.here, stage.writer(stage.case.item(PLAN))
    team = a_team(here.patient.reference, [here.at[unit] for unit in stage.case.team])
    stage.stored[TEAM] = await here.write(opener, team)
    plan = a_contract(here.patient.reference, stage.stored[TEAM].reference)
    stage.stored[PLAN] = await here.write(opener, plan)


async def _note(stage: Stage, item: Item) -> None:
    """Store a note, then change it; whoever bases it on another's opens the record for that moment."""
    opening = await _opened(stage, item)
    writer = stage.writer(item)
    first = await stage.here.write(writer, _request(stage, item))
    changed = {**first.resource, "priority": "routine"}
    (stage.stored[item.number],) = await stage.here.records.write(
        writer, [Write("update", item.type, changed, first.id)]
    )
    if opening is not None:
        closed = {**opening.resource, "status": "inactive"}
        (opening,) = await stage.here.records.write(writer, [Write("update", "Consent", closed, opening.id)])
        number = OPENED + item.number
        stage.stored[number] = opening
        stage.case.items.append(Item(number, item.place, CONSENTED, type="Consent"))


async def _opened(stage: Stage, item: Item) -> Stored | None:
    based = [stage.case.item(n).place for n in item.points]
    own = item.place
    if all((one.provider, one.kind) == (own.provider, own.kind) for one in based) or own.kind not in SHARING:
        return None
    consent = _consent(stage, "emergency", own.unit, period=stage.period(0, 1))
    return await stage.here.write(stage.writer(item), consent)


def _request(stage: Stage, item: Item) -> dict[str, Any]:
    place = stage.here.at[item.place.unit]
    return {
        "resourceType": "ServiceRequest",
        **({"meta": labelled(item.label, place)} if item.label else {}),
        "status": "active",
        "intent": "plan",
        "subject": {"reference": stage.here.patient.reference},
        "requester": {"reference": place},
        **({"basedOn": [stage.ref(n) for n in item.points]} if item.points else {}),
        **({"authoredOn": stage.day(item.day)} if item.day is not None else {}),
        **({"performer": _performers(stage, item)} if item.addressed else {}),
    }


def _performers(stage: Stage, item: Item) -> list[dict[str, str]]:
    units = dict.fromkeys(unit for unit in (item.addressed, item.also) if unit)
    return [{"reference": stage.here.at[unit]} for unit in units]


async def _say(stage: Stage, fact: Fact, item: Item) -> Stored:
    if item.type != "Consent":
        return await stage.here.write(stage.writer(item), _met(stage, fact))
    provision: dict[str, Any] = {"period": stage.period(fact.since, fact.until)}
    if (fact.low, fact.high) != (None, None):
        provision["dataPeriod"] = stage.period(fact.low, fact.high)
    if fact.spares:
        alerts = {"coding": [{"system": INFORMATION_TYPE, "code": "upp"}]}
        provision["provision"] = [{"type": "permit", "code": [alerts]}]
    if fact.kind == "disclosure" and fact.item is not None:
        provision["data"] = [{"meaning": "instance", "reference": stage.ref(fact.item)}]
    unit = fact.unit if fact.kind != "outer" else PLACES[fact.unit].provider
    kind = "care-relation" if fact.way else KINDS.get(fact.kind, fact.kind)
    consent = _consent(stage, kind, unit, **provision)
    if fact.kind == "lift" and fact.item is not None:
        consent["sourceReference"] = stage.ref(fact.item)
    if item.is_by_patient:
        del consent["verification"]
    return await stage.here.write(stage.writer(item), consent)


def _met(stage: Stage, fact: Fact) -> dict[str, Any]:
    """Return what tells of a relation: a visit, a task that is under way, a time."""
    unit, about = {"reference": stage.here.at[fact.unit]}, stage.ref_of_patient
    if fact.way == "task":
        term = {"restriction": {"period": stage.period(fact.since, None)}}
        return {"resourceType": "Task", "status": "accepted", "intent": "order", **term} | {
            "for": about,
            "owner": unit,
        }
    if fact.way == "time":
        service = {"reference": stage.here.at[f"{fact.unit}{SERVICE}"]}
        actors = [{"actor": actor, "status": "accepted"} for actor in (about, service)]
        span = {"start": stage.day(fact.since), "end": stage.day(fact.until)}
        return {"resourceType": "Appointment", "status": "booked", "participant": actors, **span}
    visit = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}
    period = {"period": stage.period(fact.since, fact.until)}
    return {"resourceType": "Encounter", "status": "in-progress", "class": visit, **period} | {
        "subject": about,
        "serviceProvider": unit,
    }


async def take_back(stage: Stage, number: int) -> None:
    """End what a fact was told by, and take the fact out of the case."""
    before, fact = stage.stored[number], next(f for f in stage.case.facts if f.number == number)
    status = {"Consent": "inactive"}.get(before.type, "cancelled")
    ended = {**before.resource, "status": status}
    writer = stage.writer(stage.case.item(number))
    (stage.stored[number],) = await stage.here.records.write(
        writer, [Write("update", before.type, ended, before.id)]
    )
    stage.case.facts.remove(fact)


def _consent(stage: Stage, kind: str, unit: str, **provision: Any) -> dict[str, Any]:
    consent = stage.here.consent(kind, unit, **provision)
    assert consent["extension"][0]["url"] == EXT_REASON
    return consent | {"dateTime": stage.day(CONSENTED)}
