"""AuditEvent by FHIR: made from the audit, open to audit officers and patients. On both databases."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
import pytest_asyncio

from pk_api.demo import people
from pk_api.fhir.validate import check
from tests.support.reader import as_model
from tests.support.resources import a_goal
from tests.support.service import (
    TOLVAN,
    Service,
    a_care_relation,
    a_registered_contract,
    create,
    pages,
    resources_of,
    token_of,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")
NURSE, OFFICER, OPERATOR = "nurse-stroke", "audit-officer", "operator"


@dataclass(frozen=True, slots=True)
class Ward:
    """A contract and a goal that the hospital, a nurse and the patient have read, and others in vain."""

    service: Service
    patient: str
    goal: str

    def as_(self, name: str) -> httpx.AsyncClient:
        """Return a client for a demo actor; `patient` is the patient of this contract."""
        if name != "patient":
            return self.service.as_(name)
        claims = {"personal_identity_number": TOLVAN, "sub": "tolvan"}
        client = self.service.as_(None)
        client.headers["Authorization"] = f"Bearer {token_of(self.service.data, 'patient-stroke', **claims)}"
        return client

    async def found(self, name: str, query: str) -> list[dict]:
        """Return the AuditEvents that a search gives, page after page."""
        return resources_of(await pages(self.as_(name), f"/fhir/AuditEvent?{query}"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ward(empty: Service) -> AsyncIterator[Ward]:
    contract = await a_registered_contract(empty.http)
    goal = await create(empty.http, a_goal(contract["Patient"]))
    await a_care_relation(empty.http, contract["Patient"], contract["Organization"], "stroke-nurse")
    here = Ward(empty, contract["Patient"], f"Goal/{goal['id']}")
    for name in (NURSE, "patient", OPERATOR, "system-elsewhere"):
        await here.as_(name).get(f"/fhir/{here.goal}", headers={"X-Request-Id": f"by {name}"})
    yield here


async def test_what_is_shown_is_valid_and_another_reader_takes_it(ward: Ward) -> None:
    events = await ward.found(OFFICER, "_count=500") + await ward.found("patient", "_count=500")

    assert len(events) > 5
    for event in events:
        assert check(event) == []
        assert as_model(event)


async def test_an_event_says_who_did_what_where_to_whom(ward: Ward) -> None:
    (event,) = await ward.found(OFFICER, f"entity={ward.goal}&action=R")

    nurse = people.STAFF["stroke-nurse"]
    user, unit, provider, software = event["agent"]
    assert (event["outcome"], event["subtype"][0]["code"]) == ("0", "read")
    assert event["purposeOfEvent"][0]["text"] == "Vård och behandling"
    assert (user["name"], user["who"]["identifier"]["value"]) == (nurse.name, nurse.hsa_id)
    assert [one["who"]["identifier"]["value"] for one in (unit, provider)] == [
        people.UNITS[nurse.unit].hsa_id,
        people.REGION.hsa_id,
    ]
    assert software["altId"] == "demo-nurse-stroke"
    assert [entity["what"]["reference"] for entity in event["entity"]] == [
        ward.patient,
        f"{ward.goal}/_history/1",
    ]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("entity={goal}&action=R", 1),
        ("entity={goal}&subtype=read", 1),
        ("entity={goal}&action=C", 1),
        ("patient={patient}&entity={goal}&action=R&outcome=0", 1),
        ("entity={goal}&action=R&outcome=4", 0),
        ("agent-name=Sanna&action=R", 1),
        ("agent:identifier=urn:oid:1.2.752.29.4.19|SE2329990010-P001&action=R", 1),
        ("altid=demo-nurse-stroke&action=R", 1),
        ("type=rest&action=R&entity={goal}", 1),
        ("policy=https://patientkontrakt.org/fhir/access-rule/own-care&action=R&entity={goal}", 1),
        ("patient={patient}&entity={goal}&action=R&date=ge2020-01-01", 1),
        ("patient={patient}&action=R&date=lt2020-01-01", 0),
        ("entity={goal}&action=R&date=ge2020-01-01&date=lt2100-01-01", 1),
        ("patient=Patient/none", 0),
        ("_id=none", 0),
        ("entity-type=1&action=R&entity={goal}", 1),
        ("address=10&action=R", 0),
    ],
)
async def test_the_audit_is_searched_by_the_parameters_of_r4(ward: Ward, query: str, count: int) -> None:
    found = await ward.found(OFFICER, query.format(goal=ward.goal, patient=ward.patient))

    assert len(found) == count


async def test_a_found_event_is_read_by_its_id_and_found_by_it(ward: Ward) -> None:
    (event,) = await ward.found(OFFICER, f"entity={ward.goal}&action=R")
    http = ward.as_(OFFICER)

    read = await http.get(f"/fhir/AuditEvent/{event['id']}")
    version = await http.get(f"/fhir/AuditEvent/{event['id']}/_history/1")
    found = await ward.found(OFFICER, f"_id={event['id']}")

    assert read.json() == version.json() == event
    assert found == [event]


async def test_pages_together_are_the_whole_in_order(ward: Ward) -> None:
    query = f"patient={ward.patient}&date=lt2100-01-01&action=R,C,E"
    whole = await ward.found(OFFICER, f"{query}&_count=500")

    paged = await pages(ward.as_(OFFICER), f"/fhir/AuditEvent?{query}&_count=2")
    upwards = await ward.found(OFFICER, f"{query}&_sort=date&_count=2")

    ids = [event["id"] for event in whole]
    assert len(paged) > 2
    seen = [event["id"] for event in resources_of(paged)]
    assert [one for one in seen if one in ids] == ids
    assert [one["recorded"] for one in upwards] == sorted(one["recorded"] for one in upwards)


async def test_a_patient_sees_who_looked_and_no_other_patients_rows(ward: Ward) -> None:
    events = await ward.found("patient", "action=R&_count=500")

    assert {entity["what"]["reference"] for e in events for entity in e["entity"][:1]} == {ward.patient}
    assert {e["agent"][0]["type"]["text"] for e in events} >= {"staff", "patient", "system"}
    own = [e for e in events if e["agent"][0]["type"]["text"] == "patient"]
    assert {e["agent"][0]["who"]["reference"] for e in own} == {ward.patient}


async def test_an_audit_officer_sees_what_the_own_care_providers_users_did(ward: Ward) -> None:
    events = await ward.found(OFFICER, "_count=500")

    acted = {
        agent["who"]["identifier"]["value"]
        for e in events
        for agent in e["agent"][1:]
        if "identifier" in agent.get("who", {})
    }
    assert people.REGION.hsa_id in acted
    assert people.ELSEWHERE.hsa_id not in acted


@pytest.mark.parametrize("name", [NURSE, OPERATOR, "system-hospital", "statistics"])
async def test_nobody_else_reads_the_audit(ward: Ward, name: str) -> None:
    (event,) = await ward.found(OFFICER, f"entity={ward.goal}&action=R")

    for address in ("/fhir/AuditEvent", f"/fhir/AuditEvent/{event['id']}"):
        assert (await ward.as_(name).get(address)).status_code == 403


async def test_what_is_not_open_is_as_absent_as_what_is_not_there(ward: Ward) -> None:
    (own,) = await ward.found("patient", "action=C&entity=" + ward.goal)
    rest = own["id"].partition("-")[2]
    http = ward.as_("patient")

    for name in (f"0-{rest}", f"{'a' * 26}-{rest}", "none", own["id"] + "a"):
        assert (await http.get(f"/fhir/AuditEvent/{name}")).status_code == 404


async def test_reading_the_audit_is_in_the_audit(ward: Ward) -> None:
    (event,) = await ward.found(OFFICER, f"entity={ward.goal}&action=R")

    found = await ward.found("patient", f"entity=AuditEvent/{event['id']}&subtype=search-type")

    assert "Loggranskaren i Region Exempel" in {e["agent"][0]["name"] for e in found}


@pytest.mark.parametrize(
    "query", ["_sort=action", "_include=AuditEvent:entity", "entity.identifier=x", "nonsense=1"]
)
async def test_what_the_audit_is_not_searched_by_is_refused_by_name(ward: Ward, query: str) -> None:
    answer = await ward.as_(OFFICER).get(f"/fhir/AuditEvent?{query}")

    assert answer.status_code in (400, 501)


async def test_the_total_is_told_when_it_is_asked_for(ward: Ward) -> None:
    http = ward.as_(OFFICER)
    address = f"/fhir/AuditEvent?entity={ward.goal}&action=R"

    assert (await http.get(f"{address}&_total=accurate")).json()["total"] == 1
    assert (await http.get(f"{address}&_summary=count")).json()["total"] == 1
    assert "total" not in (await http.get(address)).json()
