"""Protected identity: name, address, contact and place, by every way out.

Sources: OSL 2009:400 22 kap. 1 §; HL7 Sweden base profiles 1.1.0 (SecurityLabel).
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import pytest
from cryptography.fernet import Fernet

from pk_api.access.actor import Actor
from pk_api.fhir.capabilities import Features
from pk_api.fhir.problems import Problem
from pk_api.fhir.systems import PERSONNUMMER, SECURITY_LABEL
from pk_api.interactions.call import Call
from pk_api.interactions.cursors import Cursors
from pk_api.interactions.service import FhirService
from pk_api.records.exports.values import Asked
from pk_api.records.records import Records
from pk_api.records.values import Stored, Write
from pk_api.store import exports
from tests.conftest import BASE
from tests.contract.wire import Api
from tests.rules.people import CLINIC, GP, PATIENT, WARD, World, observation, staff, system, world
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


@pytest.fixture
async def case(records: Records) -> Case:
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


async def _answers(case: Case, actor: Actor, way: str) -> str:
    return "".join([await case.asked(actor, name, **dict(call)) for name, call in WAYS[way](case)])


async def test_no_way_out_tells_the_identity_to_who_has_no_care_relation(case: Case) -> None:
    answers = {way: await _answers(case, system(CLINIC), way) for way in WAYS}

    assert {way: told(answer) for way, answer in answers.items() if told(answer)} == {}
    assert [way for way, answer in answers.items() if case.patient not in answer] == ["diff"], "all is open"


async def test_care_with_a_relation_and_the_patient_are_told_all(case: Case) -> None:
    answers = [await _answers(case, actor, "everything") for actor in (staff(WARD), PATIENT)]

    wanted = set(SECRETS) - {"59940", "gamlanamn", "0701234567"} | {"0701234567"}
    assert [wanted - set(told(answer)) for answer in answers] == [set(), set()]


async def test_a_relation_opens_for_its_own_unit_alone(case: Case) -> None:
    before = told(await case.asked(system(CLINIC), "read", type="Patient", id=case.patient))
    await case.world.relation(CLINIC)
    after = told(await case.asked(system(CLINIC), "read", type="Patient", id=case.patient))

    assert (before, "tolvansson" in after) == ([], True)


async def test_what_else_is_told_stays(case: Case) -> None:
    patient = await case.asked(system(CLINIC), "read", type="Patient", id=case.patient)
    goal = await case.asked(system(CLINIC), "read", type="Goal", id=case.rows["Goal"].id)

    assert '"birthdate":"1912-12-12"' in patient
    assert '"text":"skyddad uppgift"' in patient
    assert "sekretessmarkering" in patient
    assert "kunna gå i affären" in goal


async def test_who_lets_one_item_be_told_does_not_tell_the_identity(case: Case) -> None:
    note = case.rows["Observation"]
    item = {"meaning": "instance", "reference": {"reference": note.reference}}
    await case.world.says("disclosure", GP, by=system(WARD), data=[item])

    answer = await case.asked(staff(GP), "read", type="Observation", id=note.id)

    assert told(answer) == []


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


async def _finds(case: Case, actor: Actor, asking: str) -> bool:
    kind, _, query = asking.partition("?")
    query = query.format(place=case.rows["Location"].id, id=case.patient)
    return '"total":0' not in await case.asked(actor, "search", type=kind, query=f"{query}&_summary=count")


async def test_no_search_tells_whether_it_matches(case: Case) -> None:
    by_ward = [asking for asking in ASKING if not await _finds(case, system(WARD), asking)]
    by_clinic = [asking for asking in ASKING if await _finds(case, system(CLINIC), asking)]

    assert by_ward == [], "each finds something where it is told"
    assert by_clinic == []


async def test_no_order_tells_a_name(case: Case) -> None:
    for number, family in (("195009072553", "Aaby"), ("196101182803", "Zorn")):
        other = {**a_patient(number), "name": [{"family": family}]}
        await case.world.write(system(WARD), other)
    orders = []
    for sort in ("family", "-family"):
        reply = await case.fhir.perform(
            "search", Call(system(CLINIC), "Patient", params=(("_sort", sort),), base=BASE)
        )
        orders.append(reply.body.decode().find(case.patient) > reply.body.decode().find("Aaby"))
        orders.append(reply.body.decode().find(case.patient) > reply.body.decode().find("Zorn"))

    assert orders == [True, True, True, True], "whoever is not told comes last either way"


async def test_who_is_shown_a_masked_text_writes_nothing_in_its_place(case: Case) -> None:
    for row in (case.rows[kind] for kind in ("Patient", "Appointment", "RelatedPerson", "CarePlan")):
        shown = await case.world.records.read(system(CLINIC), row.type, row.id)
        for method, resource in (("update", shown.resource), ("update", row.resource), ("delete", None)):
            with pytest.raises(Problem) as refused:
                await case.world.records.write(system(CLINIC), [Write(method, row.type, resource, row.id)])
            assert refused.value.kind == "forbidden"
        kept = await case.world.records.read(system(WARD), row.type, row.id)
        assert kept.body == row.body


async def test_what_holds_nothing_of_it_may_be_written(case: Case) -> None:
    plain = await case.world.note(WARD)
    changed = {**plain.resource, "status": "amended"}

    (written,) = await case.world.records.write(
        system(CLINIC), [Write("update", "Observation", changed, plain.id)]
    )

    assert written.version == 2


async def test_a_deleted_patient_stays_protected(case: Case) -> None:
    other = {
        **protected_patient("Tolvansson"),
        "identifier": [{"system": PERSONNUMMER, "value": "195009072553"}],
    }
    stored = await case.world.write(system(WARD), other)
    visit = await case.world.write(
        system(WARD),
        {
            "resourceType": "Encounter",
            "status": "in-progress",
            "class": {"code": "AMB"},
            "subject": {"reference": stored.reference},
            "serviceProvider": {"reference": case.world.at[WARD]},
        },
    )
    gone = [Write("delete", one.type, None, one.id) for one in (visit, stored)]
    await case.world.records.write(system(WARD), gone)

    answer = await case.asked(system(CLINIC), "vread", type="Patient", id=stored.id, version="1")

    assert told(answer) == []


async def test_who_shares_a_time_with_another_patient_does_not_learn_who_it_is(case: Case) -> None:
    number = "195009072553"
    other = await case.world.write(system(WARD), a_patient(number))
    both = {
        "resourceType": "Appointment",
        "status": "booked",
        **FUTURE,
        "participant": [
            {"actor": {"reference": other.reference}, "status": "accepted"},
            {
                "actor": {"reference": f"Patient/{case.patient}", "display": "Tolvansson"},
                "status": "accepted",
            },
        ],
    }
    visit = await case.world.write(system(WARD), both)
    fellow = Actor("patient", "app", person=(PERSONNUMMER, number), scopes=PATIENT.scopes)

    assert told(await case.asked(fellow, "read", type="Appointment", id=visit.id)) == []


async def test_exports_tell_no_identity(case: Case) -> None:
    records, actor = case.world.records, system(CLINIC)
    job = await records.start_export(actor, Asked("patient"), request=f"{BASE}/$export")
    assert await records.run_export("worker")

    files = await exports.files(records._db, job)
    text = ""
    for file in files:
        found = await exports.file(records._db, job, file["n"])
        assert found is not None
        text += zlib.decompress(found.body, wbits=47).decode().lower()

    assert case.patient in text
    assert told(text) == []


async def test_the_contract_api_tells_no_identity(case: Case) -> None:
    plan = case.rows["CarePlan"].id
    texts = []
    for actor in (system(WARD), system(CLINIC), system(WARD)):
        async with case.api.of(actor) as client:
            answers = [await client.get(f"/contracts/{plan}"), await client.get(f"/contracts/{plan}/goals")]
        assert [a.status_code for a in answers] == [200, 200]
        texts.append("".join(a.text for a in answers).lower())

    assert [bool(told(text)) for text in texts] == [True, False, True]
    assert "skyddad uppgift" in texts[1]
