"""Leaving hospital: the milestone, and what the patient is given, each part stated or not known, for good."""

from base64 import b64encode
from datetime import UTC, date, datetime
from typing import Any

import orjson
import pytest

from pk_api.access.actor import Actor
from pk_api.contract.clocks import clocks
from pk_api.contract.editing.discharge_summary import content_of
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.discharge_summary import summary
from pk_api.fhir import systems
from pk_api.fhir.problems import Problem
from pk_api.fhir.validate import check
from pk_api.fhir.values import parse
from pk_api.interactions.call import Call
from pk_api.interactions.cursors import Cursors
from pk_api.interactions.operations.table import find
from pk_api.records.drafts import Policy
from pk_api.records.records import Records
from pk_api.records.values import Write
from pk_api.store.database import Database
from tests.conftest import BASE
from tests.contract.wire import Api, Json, admitted, opened, registered, with_municipality
from tests.support.actors import (
    HOSPITAL,
    MUNICIPALITY,
    PATIENT,
    SYSTEM_HOSPITAL,
    SYSTEM_MUNICIPALITY,
    SYSTEM_PRIMARY,
)
from tests.support.reader import as_model

CARE = "Du har vårdats för en stroke <och> tränat att gå.\nDu mår bättre."


@pytest.fixture
async def api(db: Database) -> Any:
    door = Records(db, Policy(base_url=BASE), clocks=clocks(draft_days=3))
    yield Api(door)
    await door.drain()


async def told(api: Api, actor: Actor, path: str, body: Json | None = None) -> Json:
    async with api.of(actor) as http:
        response = await (http.get(path) if body is None else http.post(path, json=body))
    assert response.status_code in {200, 201}, response.text
    return dict(response.json())


async def a_stay(api: Api, patient: str, actor: Actor = SYSTEM_HOSPITAL) -> str:
    stay = await told(api, actor, "/admissions", {"patient": {"reference": patient}})
    return f"/admissions/{stay['id']}"


async def test_a_discharge_marks_the_contract_once(api: Api) -> None:
    patient, _ = await registered(api.records)
    path = f"/contracts/{(await opened(api, patient))['id']}"
    revisions = []

    for _ in range(2):
        await told(api, SYSTEM_HOSPITAL, f"{await a_stay(api, patient)}/discharged", {})
        marks = (await told(api, PATIENT, f"{path}/milestones"))["items"]
        revisions += [(each["kind"], each["revision"]) for each in marks]
        await told(api, SYSTEM_HOSPITAL, f"{path}/goals", {"text": "Gå 500 m"})

    then = await told(api, SYSTEM_HOSPITAL, f"{path}?asOf=milestone:first-at-discharge")
    assert revisions == [("first-at-discharge", 2)] * 2
    assert (then["revision"], then["goals"]) == (2, [])


@pytest.mark.one_database
async def test_by_fhir_with_encounters_alone_it_is_marked_too(api: Api) -> None:
    patient, _ = await registered(api.records)
    path = f"/contracts/{(await opened(api, patient))['id']}"
    stays = Actor("system", "adt", provider=HOSPITAL, scopes=(("Encounter", "cu"), ("Patient", "r")))
    stay = {
        "resourceType": "Encounter",
        "status": "in-progress",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "ACUTE"},
        "subject": {"reference": patient},
    }

    (made,) = await api.records.write(stays, [Write("create", "Encounter", stay)])
    before = (await told(api, PATIENT, f"{path}/milestones"))["items"]
    left = {**stay, "id": made.id, "status": "finished"}
    await api.records.write(stays, [Write("update", "Encounter", left, id=made.id)])

    assert before == []
    assert len((await told(api, PATIENT, f"{path}/milestones"))["items"]) == 1


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("kind", "end", "marks"),
    [("IMP", None, 1), ("IMP", "2026-03-01", 0), ("AMB", None, 0)],
    ids=["now", "long ago", "visit"],
)
async def test_a_stay_told_of_when_over_marks_it_if_it_ended_just_now(
    api: Api, kind: str, end: str | None, marks: int
) -> None:
    patient, _ = await registered(api.records)
    path = f"/contracts/{(await opened(api, patient))['id']}"
    stay = {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": kind},
        "subject": {"reference": patient},
        "period": {"end": end or datetime.now(UTC).isoformat()},
    }

    await api.records.write(SYSTEM_HOSPITAL, [Write("create", "Encounter", stay)])

    assert len((await told(api, PATIENT, f"{path}/milestones"))["items"]) == marks


@pytest.mark.one_database
async def test_who_does_not_see_the_contract_leaves_no_mark_in_it(api: Api) -> None:
    patient, _ = await registered(api.records)
    path = f"/contracts/{(await opened(api, patient))['id']}"

    await told(api, SYSTEM_PRIMARY, f"{await a_stay(api, patient, SYSTEM_PRIMARY)}/discharged", {})
    shown = await told(api, SYSTEM_HOSPITAL, path)

    assert (shown["revision"], shown["milestones"]) == (1, [])


async def with_everything(api: Api) -> tuple[str, str]:
    """The path of a contract with a contact, a call to a SIP and a plan, and the patient, who is admitted."""
    contract, references = await with_municipality(api)
    path, patient = f"/contracts/{contract['id']}", contract["patient"]["reference"]
    nurse = {"reference": references[f"{HOSPITAL}-nurse"]}
    await told(api, SYSTEM_HOSPITAL, f"{path}/contacts", {"kind": "fast-vardkontakt", "member": nurse})
    await told(api, SYSTEM_HOSPITAL, f"{path}/plans", {"kind": "rehabiliteringsplan", "title": "Träning"})
    times = {"start": "2099-03-18T13:00:00+01:00", "end": "2099-03-18T14:00:00+01:00", "form": "video"}
    body = {"contract": contract["id"], "parties": [{"hsaId": MUNICIPALITY}], **times}
    await told(api, SYSTEM_HOSPITAL, "/sip-calls", body)
    await admitted(api, patient)
    return path, patient


@pytest.mark.one_database
async def test_each_part_is_stated_or_not_known(api: Api) -> None:
    patient, _ = await registered(api.records)
    empty = f"/contracts/{(await opened(api, patient))['id']}/discharge-summary"

    nothing = await told(api, PATIENT, empty)

    states = [nothing[part]["state"] for part in ("careGiven", "contacts", "sip", "plans")]
    assert states == ["not-known"] * 4


@pytest.mark.one_database
async def test_what_was_given_does_not_change(api: Api) -> None:
    path, patient = await with_everything(api)
    await told(api, SYSTEM_HOSPITAL, f"{await a_stay(api, patient)}/discharged", {})
    await told(api, SYSTEM_HOSPITAL, f"{path}/plans", {"kind": "vardplan", "title": "En senare plan"})

    given = await told(api, SYSTEM_HOSPITAL, f"{path}/discharge-summary", {"text": CARE})
    await told(api, SYSTEM_HOSPITAL, f"{path}/plans", {"kind": "vardplan", "title": "En till"})
    read = await told(api, PATIENT, f"{path}/discharge-summary")

    assert given["careGiven"] == {"state": "stated", "text": CARE}
    assert [each["name"] for each in given["contacts"]["items"]] == ["Petra Lund"]
    assert [(each["start"], each["form"]) for each in given["sip"]["items"]] == [
        ("2099-03-18T13:00:00+01:00", "video")
    ]
    assert [each["title"] for each in given["plans"]["items"]] == ["Träning"]
    assert {**read, "patient": None} == {**given, "patient": None}
    assert given["unit"]["unit"]["hsaId"] == HOSPITAL


@pytest.mark.one_database
async def test_it_is_a_document_that_others_can_read(api: Api) -> None:
    path, _ = await with_everything(api)
    given = await told(api, SYSTEM_HOSPITAL, f"{path}/discharge-summary", {"text": CARE})
    name = given["reference"].partition("/")[2]

    kept = (await api.records.read(PATIENT, "DocumentReference", name)).resource
    document = orjson.loads(content_of(kept))
    composition = document["entry"][0]["resource"]

    assert check(kept) == []
    assert check(document) == []
    assert as_model(document) is not None
    assert [each["title"] for each in composition["section"]] == [
        "Vården du har fått",
        "Fast vårdkontakt",
        "Tid för samordnad individuell planering",
        "Planer",
    ]
    urls = {each["fullUrl"] for each in document["entry"]}
    named = [composition["subject"], *composition["author"]]
    named += [entry for section in composition["section"] for entry in section.get("entry", ())]
    assert {f"{BASE}/{each['reference']}" for each in named} <= urls
    assert "191212121212" not in orjson.dumps(document).decode()


@pytest.mark.parametrize("code", ["hidden-from-patient", "hidden-from-guardian", "staff-only"])
def test_what_is_not_for_the_patient_is_not_in_it(code: str) -> None:
    plan = {"resourceType": "CarePlan", "id": "p", "status": "active", "intent": "plan", "title": "Plan"}
    hidden = {**plan, "id": "q", "meta": {"security": [{"system": systems.SECURITY, "code": code}]}}
    contract = {**plan, "id": "k", "subject": {"reference": "Patient/p"}}
    category = [{"coding": [{"system": systems.PLAN_KIND, "code": "patientkontrakt"}]}]
    members = {"CarePlan/k": {**contract, "category": category}, "CarePlan/p": plan, "CarePlan/q": hidden}

    shown = summary(Reading("CarePlan/k", members, {}, "sv", date(2026, 3, 16), 1), None)

    assert [each["id"] for each in shown["plans"]["items"]] == ["p"]


@pytest.mark.one_database
async def test_what_is_hidden_since_the_milestone_is_not_given(api: Api) -> None:
    path, _ = await with_everything(api)
    await told(api, SYSTEM_HOSPITAL, f"{path}/milestones", {"kind": "first-at-discharge"})
    (plan,) = (await told(api, SYSTEM_HOSPITAL, f"{path}/plans"))["items"]
    await hide(api, "CarePlan", plan["id"])

    would_be = await told(api, SYSTEM_HOSPITAL, f"{path}/discharge-summary")
    given = await told(api, SYSTEM_HOSPITAL, f"{path}/discharge-summary", {"text": CARE})
    document = await asked(api, PATIENT, path.rpartition("/")[2], "discharge-summary")

    assert [each["plans"]["items"] for each in (would_be, given)] == [[], []]
    assert "Träning" not in document.decode()


async def hide(api: Api, kind: str, name: str) -> None:
    resource = (await api.records.read(SYSTEM_HOSPITAL, kind, name)).resource
    said = [
        {"url": "reason", "valueString": "Till skydd för patienten"},
        {"url": "author", "valueReference": {"display": "Petra Lund"}},
        {"url": "review", "valueDate": "2099-01-01"},
    ]
    label = {"system": systems.SECURITY, "code": "hidden-from-patient"}
    meta = {"security": [label], "extension": [{"url": systems.EXT_HIDDEN, "extension": said}]}
    await api.records.write(SYSTEM_HOSPITAL, [Write("update", kind, {**resource, "meta": meta}, id=name)])


@pytest.mark.one_database
@pytest.mark.parametrize("content", ["hej", "[]", "{}", '{"resourceType": "Bundle", "type": "document"}', ""])
async def test_by_fhir_each_gives_its_own_and_a_document_that_can_be_read_back(
    api: Api, content: str
) -> None:
    path, _ = await with_everything(api)
    given = await told(api, SYSTEM_HOSPITAL, f"{path}/discharge-summary", {"text": CARE})
    kept = await api.records.read(SYSTEM_HOSPITAL, "DocumentReference", given["reference"].partition("/")[2])
    new = {name: value for name, value in kept.resource.items() if name not in {"id", "meta"}}
    attachment = dict(new["content"][0]["attachment"], data=b64encode(content.encode()).decode())
    if not content:
        del attachment["data"]
    odd = {**new, "content": [{"attachment": attachment}]}
    text = {
        **new,
        "content": [{"attachment": {**new["content"][0]["attachment"], "contentType": "text/plain"}}],
    }

    refused = (
        (SYSTEM_HOSPITAL, odd, "kept as"),
        (SYSTEM_HOSPITAL, text, "kept as"),
        (SYSTEM_MUNICIPALITY, new, "Not"),
    )
    for actor, each, why in refused:
        with pytest.raises(Problem, match=why):
            await api.records.write(actor, [Write("create", "DocumentReference", each)])
    await api.records.write(SYSTEM_HOSPITAL, [Write("create", "DocumentReference", new)])

    assert (await told(api, PATIENT, f"{path}/discharge-summary"))["careGiven"]["text"] == CARE


@pytest.mark.one_database
async def test_the_name_of_a_protected_identity_is_not_in_it(api: Api) -> None:
    path, patient = await with_everything(api)
    name = patient.partition("/")[2]
    person = (await api.records.read(SYSTEM_HOSPITAL, "Patient", name)).resource
    label = {"system": "http://hl7.se/fhir/ig/base/CodeSystem/SecurityLabel", "code": "sekretessmarkering"}
    protected = {**person, "meta": {"security": [label]}}
    await api.records.write(SYSTEM_HOSPITAL, [Write("update", "Patient", protected, id=name)])

    given = await told(api, SYSTEM_HOSPITAL, f"{path}/discharge-summary", {"text": CARE})
    kept = await api.records.read(SYSTEM_HOSPITAL, "DocumentReference", given["reference"].partition("/")[2])
    people = [e["resource"] for e in orjson.loads(content_of(kept.resource))["entry"]]
    assert [p for p in people if p["resourceType"] == "Patient"] == [{"resourceType": "Patient", "id": name}]


@pytest.mark.one_database
async def test_a_document_that_was_given_is_not_changed_by_fhir_either(api: Api) -> None:
    path, _ = await with_everything(api)
    given = await told(api, SYSTEM_HOSPITAL, f"{path}/discharge-summary", {"text": CARE})
    name = given["reference"].partition("/")[2]
    kept = (await api.records.read(SYSTEM_HOSPITAL, "DocumentReference", name)).resource
    changed = {**kept, "description": "Något annat"}
    superseded = {**kept, "status": "superseded"}

    with pytest.raises(Problem, match="stays"):
        await api.records.write(SYSTEM_HOSPITAL, [Write("update", "DocumentReference", changed, id=name)])
    await api.records.write(SYSTEM_HOSPITAL, [Write("update", "DocumentReference", superseded, id=name)])

    assert (await told(api, PATIENT, f"{path}/discharge-summary"))["reference"] is None


@pytest.mark.one_database
async def test_patients_give_none_and_strangers_read_none(api: Api) -> None:
    path, _ = await with_everything(api)

    async with api.of(PATIENT) as own, api.of(SYSTEM_PRIMARY) as other, api.of(SYSTEM_MUNICIPALITY) as town:
        given = await own.post(f"{path}/discharge-summary", json={"text": CARE})
        read = await other.get(f"{path}/discharge-summary")
        shared = await town.get(f"{path}/discharge-summary")

    assert (given.status_code, read.status_code, shared.status_code) == (403, 404, 200)


@pytest.mark.one_database
async def test_by_operation_it_is_given_and_read_byte_by_byte(api: Api) -> None:
    path, _ = await with_everything(api)
    name = path.rpartition("/")[2]
    before = parse(await asked(api, PATIENT, name, "discharge-summary"))
    text = {"resourceType": "Parameters", "parameter": [{"name": "text", "valueString": CARE}]}

    given = await asked(api, SYSTEM_HOSPITAL, name, "give-discharge-summary", resource=text, is_post=True)
    read = await asked(api, PATIENT, name, "discharge-summary")

    assert check(before) == []
    assert "emptyReason" in before["entry"][0]["resource"]["section"][0]
    assert given == read
    assert (await told(api, PATIENT, f"{path}/discharge-summary"))["careGiven"]["text"] == CARE


async def asked(api: Api, actor: Actor, contract: str, operation: str, **more: Any) -> bytes:
    call = Call(actor, "CarePlan", contract, operation=operation, base=BASE, **more)
    return (await find(call).perform(api.records, Cursors(b"0" * 43 + b"="), call)).body
