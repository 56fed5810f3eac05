"""What a patient, or who stands in for one, rules over: `/v1/me` and its lists, through the whole service."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from pk_api.demo import people
from tests.interactions.conftest import demo_database, empty  # noqa: F401  # fixtures of the module
from tests.rules.people import observation, organisation
from tests.rules.standins import GUARDIAN, a_permission, a_related_person, number_born, years_ago
from tests.support.resources import a_patient, an_assertion
from tests.support.service import REGION, Service, create, token_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHILD = number_born(years_ago(9))
HOSPITAL = people.UNITS["hospital"].hsa_id
ADULTS = (number_born(date(1970, 1, 1) + timedelta(days=n)) for n in range(1000))


@dataclass(frozen=True, slots=True)
class Here:
    """A service with the region's hospital."""

    service: Service
    hospital: str

    def as_person(self, number: str, **claims: str) -> httpx.AsyncClient:
        """Return a client for one who logs in with this number."""
        told = {"personal_identity_number": number, "sub": "somebody"} | claims
        client = self.service.as_(None)
        client.headers["Authorization"] = f"Bearer {token_of(self.service.data, 'patient-stroke', **told)}"
        return client

    async def patient(self) -> tuple[str, str, str]:
        """Return the number and reference of a new patient, and the reference of a note of the hospital's."""
        number = next(ADULTS)
        made = await create(self.service.http, a_patient(number))
        note = await create(self.service.http, observation(f"Patient/{made['id']}"))
        return number, f"Patient/{made['id']}", f"Observation/{note['id']}"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(empty: Service) -> AsyncIterator[Here]:  # noqa: F811  # the fixture above
    region = await create(empty.http, REGION)
    units = (people.UNITS["primary-care"].hsa_id, HOSPITAL)
    for one in units:
        made = await create(empty.http, organisation(one, "vardgivare", f"Organization/{region['id']}"))
    yield Here(empty, f"Organization/{made['id']}")


async def test_a_block_is_made_and_ended_at_once(here: Here) -> None:
    number, _, note = await here.patient()
    primary, patient = here.service.as_("system-primary"), here.as_person(number)
    before = await primary.get(f"/fhir/{note}")

    made = await patient.post("/v1/me/blocks", json={"unit": {"hsaId": HOSPITAL}, "kind": "inner"})
    blocked = await primary.get(f"/fhir/{note}")
    ended = await patient.delete(f"/v1/me/blocks/{made.json()['id']}")
    after = await primary.get(f"/fhir/{note}")
    listed = (await patient.get("/v1/me/blocks")).json()["items"]

    assert made.status_code == 201, made.text
    assert [one.status_code for one in (before, blocked, ended, after)] == [200, 404, 200, 200]
    assert made.json()["about"] == [
        {"reference": here.hospital, "name": HOSPITAL, "role": "Enhet som det gäller"}
    ]
    assert [(one["kind"], one["state"]) for one in listed] == [("block-inner", "ended")]


async def test_a_patient_takes_back_what_care_wrote_down_and_nothing_else(here: Here) -> None:
    number, reference, _ = await here.patient()
    patient = here.as_person(number)
    sharing = await create(here.service.http, an_assertion(reference, "sharing", [here.hospital]))
    attested = await create(here.service.http, an_assertion(reference, "mandate", [here.hospital]))

    listed = (await patient.get("/v1/me/consents")).json()["items"]
    ended = await patient.delete(f"/v1/me/consents/{sharing['id']}")
    other_list = await patient.delete(f"/v1/me/consents/{attested['id']}")
    by_fhir = await patient.put(
        f"/fhir/Consent/{attested['id']}",
        json={**attested, "status": "inactive"},
        headers={"Content-Type": "application/fhir+json"},
    )

    assert [(one["id"], one["state"]) for one in listed] == [(sharing["id"], "active")]
    assert ended.json()["state"] == "ended"
    assert (other_list.status_code, by_fhir.status_code) == (404, 403)


async def test_a_consent_names_a_unit_that_is_registered(here: Here) -> None:
    number, _, _ = await here.patient()
    patient = here.as_person(number)

    given = await patient.post("/v1/me/consents", json={"unit": {"hsaId": HOSPITAL}, "until": "2099-12-31"})
    unknown = await patient.post("/v1/me/consents", json={"unit": {"hsaId": "SE0000000000-NONE"}})

    assert (given.status_code, given.json()["kind"], given.json()["until"]) == (201, "sharing", "2099-12-31")
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/unit")


async def test_an_app_is_let_in_and_stopped_at_once(here: Here) -> None:
    number, _, note = await here.patient()
    patient = here.as_person(number)
    app = here.as_person(number, pk_kind="app", client_id="min-vardapp")
    before = await app.get(f"/fhir/{note}")

    made = await patient.post("/v1/me/apps", json={"client": "min-vardapp"})
    allowed = await app.get(f"/fhir/{note}")
    lets_itself_in = await app.post("/v1/me/apps", json={"client": "other-app"})
    stopped = await patient.delete(f"/v1/me/apps/{made.json()['id']}")
    after = await app.get(f"/fhir/{note}")

    assert made.json()["about"][0]["name"] == "min-vardapp"
    answers = (before, allowed, lets_itself_in, stopped, after)
    assert [one.status_code for one in answers] == [403, 200, 403, 200, 403]


async def test_a_guardian_is_told_for_whom_and_acts_by_a_header(here: Here) -> None:
    child = await create(here.service.http, a_patient(CHILD))
    reference = f"Patient/{child['id']}"
    await create(here.service.http, a_related_person(reference))
    note = await create(here.service.http, observation(reference))
    guardian, acting = here.as_person(GUARDIAN), {"Acting-For": reference}

    told = (await guardian.get("/v1/me")).json()
    there = (await guardian.get("/v1/me", headers=acting)).json()
    seen = await guardian.get(f"/fhir/Observation/{note['id']}", headers=acting)
    unseen = await guardian.get(f"/fhir/Observation/{note['id']}")
    consent = await guardian.post("/v1/me/consents", json={"unit": {"hsaId": HOSPITAL}}, headers=acting)
    block = await guardian.post(
        "/v1/me/blocks", json={"unit": {"hsaId": HOSPITAL}, "kind": "inner"}, headers=acting
    )

    stands = [{"patient": reference, "name": None, "grounds": ["guardian"]}]
    assert (told["patient"], told["refusedBy"], told["mayActFor"]) == (None, "unknown-patient", stands)
    assert (there["kind"], there["patient"], there["grounds"]) == ("proxy", reference, ["guardian"])
    assert [one.status_code for one in (seen, unseen, consent, block)] == [200, 403, 201, 403]


@pytest.mark.parametrize(
    ("who", "header", "status"),
    [
        ("patient-stroke", "Patient/../x", 400),
        ("patient-stroke", "195009072553", 400),
        ("patient-stroke", "Patient/nobody", 403),
        ("system-hospital", "Patient/nobody", 403),
        ("nurse-stroke", "Patient/nobody", 403),
    ],
)
async def test_the_header_opens_nothing_by_itself(here: Here, who: str, header: str, status: int) -> None:
    client = here.service.as_(who)

    for address in ("/fhir/Goal", "/v1/me/consents"):
        answer = await client.get(address, headers={"Acting-For": header})
        assert answer.status_code == status, answer.text


async def test_who_is_let_in_is_listed_and_put_out(here: Here) -> None:
    number, reference, _ = await here.patient()
    patient, relative = here.as_person(number), here.as_person(GUARDIAN)
    spouse = {"relationship": [{"text": "Maka"}]}
    person = await create(here.service.http, a_related_person(reference) | spouse)
    told: dict[str, Any] = a_permission(reference, f"RelatedPerson/{person['id']}", "relative-access")
    permission = await create(here.service.http, told)
    mandate = await create(here.service.http, {**told, "category": _kind("mandate")})

    listed = (await patient.get("/v1/me/proxies")).json()["items"]
    before = (await relative.get("/v1/me")).json()["mayActFor"]
    ended = await patient.delete(f"/v1/me/proxies/{permission['id']}")
    of_care = await patient.delete(f"/v1/me/proxies/{mandate['id']}")
    after = (await relative.get("/v1/me")).json()["mayActFor"]

    assert {one["kind"] for one in listed} == {"relative-access", "mandate"}
    assert {"patient": reference, "name": None, "grounds": ["relative"]} in before
    assert (ended.status_code, of_care.status_code) == (200, 403)
    assert reference not in {one["patient"] for one in after}


def _kind(code: str) -> list[dict[str, Any]]:
    return [{"coding": [{"system": "https://patientkontrakt.org/fhir/CodeSystem/pk-consent", "code": code}]}]


async def test_staff_rule_over_nobodys_lists(here: Here) -> None:
    nurse = here.service.as_("nurse-stroke")

    assert (await nurse.get("/v1/me")).json()["patient"] is None
    assert (await nurse.get("/v1/me/blocks")).status_code == 403


async def test_a_header_says_who_told_staff(here: Here) -> None:
    child = await create(here.service.http, a_patient(number_born(years_ago(7))))
    reference = f"Patient/{child['id']}"
    person = await create(here.service.http, a_related_person(reference))
    goal = {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": {"text": "Kunna simma"},
        "subject": {"reference": reference},
    }
    named = f"RelatedPerson/{person['id']}"

    made = await create(here.service.http, goal, Told_By=named)
    found = await here.service.http.get(f"/fhir/Provenance?target=Goal/{made['id']}/_history/1")
    wrong = await here.service.http.get(f"/fhir/{named}", headers={"Told-By": "somebody"})
    by_guardian = await here.as_person(GUARDIAN).get("/v1/me", headers={"Told-By": named})

    (entry,) = found.json()["entry"]
    assert entry["resource"]["agent"][0]["who"]["reference"] == named
    assert (wrong.status_code, by_guardian.status_code) == (400, 403)


async def test_one_reads_the_own_contract_without_knowing_its_id(here: Here) -> None:
    number, reference, _ = await here.patient()
    patient = here.as_person(number)
    before = await patient.get("/v1/me/contract")
    made = await here.service.http.post("/v1/contracts", json={"patient": {"personnummer": number}})

    own = await patient.get("/v1/me/contract")
    parts = await patient.get("/v1/me/contract?parts=goals")
    unchanged = await patient.get("/v1/me/contract", headers={"If-None-Match": own.headers["ETag"]})
    by_id = await patient.get(f"/v1/contracts/{made.json()['id']}")

    assert made.status_code == 201, made.text
    assert (before.status_code, own.status_code, unchanged.status_code) == (404, 200, 304)
    assert own.json() == by_id.json()
    assert own.json()["patient"]["reference"] == reference
    assert "actions" not in parts.json()


async def test_a_closed_contract_is_read_until_there_is_another(here: Here) -> None:
    number, _, _ = await here.patient()
    care, patient = here.service.http, here.as_person(number)
    made = (await care.post("/v1/contracts", json={"patient": {"personnummer": number}})).json()
    revoked = {"status": "revoke", "reason": "Patienten vill inte längre"}
    await care.post(f"/v1/contracts/{made['id']}/status", json=revoked)

    closed = (await patient.get("/v1/me/contract")).json()
    again = (await care.post("/v1/contracts", json={"patient": {"personnummer": number}})).json()

    assert (closed["id"], closed["status"]) == (made["id"], "revoked")
    assert (await patient.get("/v1/me/contract")).json()["id"] == again["id"]


async def test_a_guardian_reads_the_childs_contract_and_nobody_that_of_others(here: Here) -> None:
    number = number_born(years_ago(6))
    child = await create(here.service.http, a_patient(number))
    await create(here.service.http, a_related_person(f"Patient/{child['id']}"))
    made = await here.service.http.post("/v1/contracts", json={"patient": {"personnummer": number}})
    guardian, acting = here.as_person(GUARDIAN), {"Acting-For": f"Patient/{child['id']}"}

    own = await guardian.get("/v1/me/contract", headers=acting)
    staff = await here.service.as_("nurse-stroke").get("/v1/me/contract")
    stranger = await here.as_person(next(ADULTS)).get("/v1/me/contract", headers=acting)

    assert (own.status_code, own.json()["id"]) == (200, made.json()["id"])
    assert (staff.status_code, stranger.status_code) == (403, 403)
