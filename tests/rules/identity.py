"""A patient whose identity is protected, with one of each that tells it, and the ways out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from cryptography.fernet import Fernet

from pk_api.access.actor import Actor
from pk_api.fhir.capabilities import Features
from pk_api.fhir.systems import SECURITY_LABEL
from pk_api.interactions.call import Call
from pk_api.interactions.cursors import Cursors
from pk_api.interactions.service import FhirService
from pk_api.records.records import Records
from pk_api.records.values import Stored, Write
from tests.conftest import BASE
from tests.contract.wire import Api
from tests.rules.people import WARD, World, observation, system, world
from tests.support.actors import TOLVAN
from tests.support.resources import a_contract, a_patient

SECRETS = (
    *(
        "tolvansson",
        "gamlanamn",
        "gömställegatan",
        "ödeshög",
        "59940",
        "599 40",
        "0701234567",
        "070-123 45 67",
    ),
    *("tolvan@example.org", "syskonberg", "klippvägen", "0707654321", "hemliga mottagningen", "trappa tre"),
)
"""Words of the identity and of the place, in small letters; none may be told."""

PROTECTED = {"security": [{"system": SECURITY_LABEL, "code": "sekretessmarkering"}]}
HIDDEN = {
    "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">Tolvansson</div>'}
}
FUTURE = {"start": "2099-01-01T10:00:00Z", "end": "2099-01-01T11:00:00Z"}


def _person(family: str, street: str, phone: str) -> dict[str, Any]:
    return {
        "name": [{"use": "official", "family": family, "given": ["Tolvan", "Bo"]}],
        "telecom": [{"system": "phone", "value": phone}, {"system": "email", "value": "Tolvan@example.org"}],
        "address": [{"line": [f"{street} 5"], "postalCode": "599 40", "city": "Ödeshög"}],
    }


def protected_patient(family: str = "Gamlanamn") -> dict[str, Any]:
    person = _person(family, "Gömställegatan", "070-123 45 67")
    contact = {"contact": [{"name": {"family": "Syskonberg"}}]}
    return {**a_patient(TOLVAN), "meta": PROTECTED, **person, **contact, **HIDDEN, "birthDate": "1912-12-12"}


@dataclass
class Case:
    """A world in which the patient's identity is protected, what is stored there, and the services."""

    world: World
    fhir: FhirService
    api: Api
    rows: dict[str, Stored]

    @property
    def patient(self) -> str:
        return self.world.patient.id

    async def asked(self, actor: Actor, name: str, **call: Any) -> str:
        """Return what the FHIR service answers, in small letters."""
        params = tuple(parse_qsl(call.pop("query", ""), keep_blank_values=True))
        reply = await self.fhir.perform(name, Call(actor, params=params, base=BASE, **call))
        return reply.body.decode().lower()


def _of(case: World, kind: str, **elements: Any) -> dict[str, Any]:
    about = {"reference": case.patient.reference, "display": "Tolvan Tolvansson"}
    return {"resourceType": kind, "subject": about, **HIDDEN, **elements}


async def _stored(here: World) -> dict[str, Stored]:
    """Store one of each, by the ward, which has a care relation."""
    patient, ward = {"reference": here.patient.reference}, system(WARD)
    changed = {**protected_patient("Tolvansson"), "id": here.patient.id}
    (now,) = await here.records.write(ward, [Write("update", "Patient", changed, here.patient.id)])
    place = await here.write(ward, {"resourceType": "Location", "name": "Hemliga mottagningen"})
    at = {"reference": place.reference, "display": "Hemliga mottagningen"}
    sibling = _person("Syskonberg", "Klippvägen", "0707654321")
    plan = await here.write(
        ward, a_contract(here.patient.reference) | {"title": "Plan för Tolvanssons rygg"} | HIDDEN
    )
    goal = _of(here, "Goal", lifecycleStatus="active", description={"text": "Kunna gå i affären"})
    goal["extension"] = [
        {
            "url": "https://patientkontrakt.org/fhir/StructureDefinition/pk-contract",
            "valueReference": {"reference": plan.reference},
        }
    ]
    visit = {
        "resourceType": "Appointment",
        "status": "booked",
        **FUTURE,
        "description": "Trappa tre",
        "participant": [
            {"actor": {**patient, "display": "Tolvansson"}, "status": "accepted"},
            {"actor": at, "status": "accepted"},
        ],
    }
    document = {"contentType": "text/plain", "data": "VG9sdmFuc3Nvbg==", "title": "Tolvansson"}
    return {
        "Patient": now,
        "Location": place,
        "CarePlan": plan,
        "Goal": await here.write(ward, goal),
        "RelatedPerson": await here.write(
            ward, {"resourceType": "RelatedPerson", "patient": patient, **sibling}
        ),
        "Observation": await here.write(
            ward,
            observation(patient["reference"], note=[{"text": "Ring 0701234567 eller Tolvanssons syskon"}]),
        ),
        "Appointment": await here.write(ward, visit),
        "Encounter": await here.relation(WARD, location=[{"location": at}]),
        "DocumentReference": await here.write(
            ward, _of(here, "DocumentReference", status="current", content=[{"attachment": document}])
        ),
        "Binary": await here.write(
            ward,
            {
                "resourceType": "Binary",
                "contentType": "text/plain",
                "data": "VG9sdmFuc3Nvbg==",
                "securityContext": patient,
            },
        ),
    }


async def case_of(records: Records) -> Case:
    """Store it all on this door."""
    here = await world(records, protected_patient())
    await here.relation(WARD)
    fhir = FhirService(
        records,
        Cursors(Fernet.generate_key()),
        base=BASE,
        version="1",
        started=records.now(),
        max_entries=50,
        features=Features(),
    )
    return Case(here, fhir, Api(records), await _stored(here))


def told(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


def _of_contract(case: Case, operation: str, query: str) -> tuple[str, dict[str, Any]]:
    plan = case.rows["CarePlan"].id
    return ("operation", {"type": "CarePlan", "id": plan, "operation": operation, "query": query})


WAYS: dict[str, Callable[[Case], list[tuple[str, dict[str, Any]]]]] = {
    "read": lambda c: [("read", {"type": t, "id": s.id}) for t, s in c.rows.items() if t != "Location"],
    "vread": lambda c: [
        ("vread", {"type": t, "id": s.id, "version": "1"}) for t, s in c.rows.items() if t != "Location"
    ],
    "history of one": lambda c: [("history", {"type": "Patient", "id": c.patient})],
    "history of a type": lambda c: [("history", {"type": t}) for t in c.rows if t != "Location"],
    "search": lambda c: [
        ("search", {"type": t, "query": f"{'_id' if t == 'Patient' else 'patient'}={c.patient}"})
        for t in (
            "Patient",
            "CarePlan",
            "Goal",
            "RelatedPerson",
            "Appointment",
            "Encounter",
            "DocumentReference",
        )
    ],
    "includes": lambda c: [
        (
            "search",
            {"type": "Appointment", "query": f"patient={c.patient}&_include=*&_include=Appointment:actor"},
        ),
        ("search", {"type": "Encounter", "query": "_include=Encounter:location"}),
        (
            "search",
            {"type": "Patient", "query": f"_id={c.patient}&_revinclude=*&_revinclude=RelatedPerson:patient"},
        ),
    ],
    "compartment": lambda c: [("search", {"query": "", "compartment": c.patient})],
    "everything": lambda c: [
        ("operation", {"type": "Patient", "id": c.patient, "operation": "everything", "query": "_count=1000"})
    ],
    "diff": lambda c: [
        ("operation", {"type": "Patient", "id": c.patient, "operation": "diff", "query": "from=1"})
    ],
    "as of": lambda c: [_of_contract(c, "as-of", "at=2999-01-01"), _of_contract(c, "as-of", "at=revision:1")],
    "overview": lambda c: [
        ("operation", {"type": "Patient", "id": c.patient, "operation": "patientkontrakt", "query": ""})
    ],
    "changes": lambda c: [_of_contract(c, "changes", "from=revision:0")],
    "batch": lambda c: [
        (
            "bundle",
            {
                "resource": {
                    "resourceType": "Bundle",
                    "type": "batch",
                    "entry": [{"request": {"method": "GET", "url": f"Patient/{c.patient}"}}],
                }
            },
        )
    ],
}


async def answers(case: Case, actor: Actor, way: str) -> str:
    return "".join([await case.asked(actor, name, **dict(call)) for name, call in WAYS[way](case)])


ASKING = (
    *(
        "Patient?family=Tolvansson",
        "Patient?name=Tolvan",
        "Patient?name:contains=vans",
        "Patient?name:missing=false",
    ),
    *("Patient?address=Gömställegatan", "Patient?address-city=Ödeshög", "Patient?address-postalcode=599 40"),
    *(
        "Patient?phone=070-123 45 67",
        "Patient?telecom=Tolvan@example.org",
        "Patient?email=Tolvan@example.org",
    ),
    *("Patient?address-use:missing=true", "Patient?_has:RelatedPerson:patient:name=Syskonberg"),
    *("Goal?patient.name=Tolvan", "Goal?subject:Patient.family=Tolvansson", "RelatedPerson?name=Syskonberg"),
    *("RelatedPerson?phone=0707654321", "Observation?patient.address-city=Ödeshög"),
    *("Appointment?location=Location/{place}", "Appointment?actor=Location/{place}"),
    *(
        "Appointment?location.name=Hemliga",
        "Appointment?location:missing=false",
        "Encounter?location=Location/{place}",
    ),
    *("Appointment?actor:Location.name=Hemliga", "Location?_has:Appointment:location:patient=Patient/{id}"),
    "Encounter?location.name=Hemliga",
)
"""Searches that find something when the identity may be told."""
