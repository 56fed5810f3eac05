"""Protected identity: name, address, contact and place, by every way out.

Sources: OSL 2009:400 22 kap. 1 §; HL7 Sweden base profiles 1.1.0 (SecurityLabel).
"""

import zlib

import pytest

from pk_api.access.actor import Actor
from pk_api.fhir.problems import Problem
from pk_api.fhir.systems import PERSONNUMMER
from pk_api.interactions.call import Call
from pk_api.records.exports.values import Asked
from pk_api.records.records import Records
from pk_api.records.values import Write
from pk_api.store import exports
from tests.conftest import BASE
from tests.rules.identity import (
    ASKING,
    FUTURE,
    SECRETS,
    WAYS,
    Case,
    answers,
    case_of,
    protected_patient,
    told,
)
from tests.rules.people import CLINIC, GP, PATIENT, WARD, staff, system
from tests.support.resources import a_patient


@pytest.fixture
async def case(records: Records) -> Case:
    return await case_of(records)


async def test_no_way_out_tells_the_identity_to_who_has_no_care_relation(case: Case) -> None:
    given = {way: await answers(case, system(CLINIC), way) for way in WAYS}

    assert {way: told(answer) for way, answer in given.items() if told(answer)} == {}
    assert [way for way, answer in given.items() if case.patient not in answer] == ["diff"], "all is open"


async def test_care_with_a_relation_and_the_patient_are_told_all(case: Case) -> None:
    given = [await answers(case, actor, "everything") for actor in (staff(WARD), PATIENT)]

    wanted = set(SECRETS) - {"59940", "gamlanamn", "0701234567"} | {"0701234567"}
    assert [wanted - set(told(answer)) for answer in given] == [set(), set()]


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
            paths = ("", "/goals", "?asOf=revision:1", "/changes?from=revision:0", "/timeline", "/provenance")
            answers = [await client.get(f"/contracts/{plan}{path}") for path in paths]
        assert {a.status_code for a in answers} == {200}
        texts.append("".join(a.text for a in answers).lower())

    assert [bool(told(text)) for text in texts] == [True, False, True]
    assert "skyddad uppgift" in texts[1]
