"""fhirclient (SMART on FHIR for Python) against the running demo, as one who has no token.

Source: https://github.com/smart-on-fhir/client-py.
"""

import pytest
import requests
from fhirclient.client import FHIRClient
from fhirclient.models.bundle import Bundle, BundleEntry, BundleEntryRequest
from fhirclient.models.careplan import CarePlan
from fhirclient.models.codeableconcept import CodeableConcept
from fhirclient.models.fhirreference import FHIRReference
from fhirclient.models.goal import Goal
from fhirclient.models.patient import Patient
from fhirclient.models.task import Task

from tests.support.server import Server

PATIENT = "Patient/stroke-patient"


@pytest.fixture
def smart(demo_server: Server) -> FHIRClient:
    return FHIRClient(settings={"app_id": "tests", "api_base": f"{demo_server.base}/fhir"})


def a_goal(text: str) -> Goal:
    goal = Goal()
    goal.lifecycleStatus = "active"
    goal.description = CodeableConcept({"text": text})
    goal.subject = FHIRReference({"reference": PATIENT})
    return goal


def test_it_reads_the_capability_statement(smart: FHIRClient) -> None:
    statement = smart.server.capabilityStatement

    assert statement.fhirVersion == "4.0.1"


def test_it_creates_reads_and_updates(smart: FHIRClient) -> None:
    goal = a_goal("Gå till affären")

    made = goal.create(smart.server)
    read = Goal.read(made["id"], smart.server)
    read.description.text = "Gå till affären och hem"
    updated = read.update()
    again = Goal.read(made["id"], smart.server)

    assert made["meta"]["versionId"] == "1"
    assert updated["meta"]["versionId"] == "2"
    assert again.description.text == "Gå till affären och hem"


def test_it_deletes(smart: FHIRClient) -> None:
    goal = a_goal("Tas bort")
    made = goal.create(smart.server)
    stored = Goal.read(made["id"], smart.server)

    stored.delete()

    with pytest.raises(requests.HTTPError) as gone:
        Goal.read(made["id"], smart.server)
    assert gone.value.response.status_code == 410


def test_it_reads_whole_resources_of_the_demo(smart: FHIRClient) -> None:
    plan = CarePlan.read("stroke-contract", smart.server)
    patient = Patient.read("stroke-patient", smart.server)

    assert plan.subject.reference == PATIENT
    assert patient.identifier


def test_it_searches_and_pages(smart: FHIRClient) -> None:
    search = Task.where({"patient": PATIENT, "_count": "500"})

    whole = list(search.perform_resources_iter(smart.server))
    paged = list(Task.where({"patient": PATIENT, "_count": "2"}).perform_resources_iter(smart.server))

    assert len(whole) > 4
    assert sorted(t.id for t in paged) == sorted(t.id for t in whole)


def test_it_tells_a_conflict(smart: FHIRClient) -> None:
    made = a_goal("Första ordalydelsen").create(smart.server)
    address = f"{smart.server.base_uri}Goal/{made['id']}"
    stale = {"If-Match": 'W/"1"', "Content-Type": "application/fhir+json"}
    mine = Goal.read(made["id"], smart.server)
    mine.description.text = "Min ändring"
    mine.update()

    answer = smart.server.session.put(address, json=made, headers=stale)

    assert answer.status_code == 412
    assert Goal.read(made["id"], smart.server).description.text == "Min ändring"


def test_it_sends_a_transaction(smart: FHIRClient) -> None:
    request = BundleEntryRequest({"method": "POST", "url": "Goal"})
    entry = BundleEntry({"request": request.as_json()})
    entry.resource = a_goal("I en transaktion")
    bundle = Bundle({"type": "transaction"})
    bundle.entry = [entry]

    answer = Bundle(smart.server.post_json("", bundle.as_json()).json())

    assert answer.type == "transaction-response"
    assert answer.entry[0].response.status.startswith("201")
