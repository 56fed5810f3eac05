"""Spot checks of the audit: what is picked, by which marks, and reviews that are kept. On both databases."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx
import pytest
import pytest_asyncio

from pk_api.contract.dates import SWEDEN
from pk_api.demo import people
from pk_api.fhir.systems import PERSONNUMMER, SECURITY_LABEL
from tests.interactions.conftest import demo_database, empty  # noqa: F401  # fixtures of the module
from tests.support.resources import a_patient
from tests.support.service import Service, create, token_of
from tests.support.tables import rows

pytestmark = pytest.mark.asyncio(loop_scope="module")
CHECKS = "/v1/audit/spot-checks"
NUMBERS = ("191212121212", "195009072553", "196101182803", "198803212383")
ORDINARY, COLLEAGUE, NAMESAKE, PROTECTED = range(4)


def _period(**more: int) -> dict:
    today = datetime.now(SWEDEN).date()
    return {"from": str(today - timedelta(days=1)), "to": str(today), **more}


@dataclass(frozen=True, slots=True)
class Ward:
    """Four patients at whom a nurse has looked: an ordinary one, a colleague, a namesake, a protected one."""

    service: Service
    patients: tuple[str, ...]

    @property
    def officer(self) -> httpx.AsyncClient:
        return self.service.as_("audit-officer")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ward(empty: Service) -> AsyncIterator[Ward]:  # noqa: F811  # the fixture above
    http = empty.http
    bodies = [a_patient(number) for number in NUMBERS]
    bodies[NAMESAKE] |= {"name": [{"family": people.STAFF["stroke-nurse"].name.rpartition(" ")[2]}]}
    bodies[PROTECTED] |= {"meta": {"security": [{"system": SECURITY_LABEL, "code": "sekretessmarkering"}]}}
    patients = tuple([f"Patient/{(await create(http, body))['id']}" for body in bodies])
    bearer = {"system": PERSONNUMMER, "value": NUMBERS[COLLEAGUE]}
    await create(http, {"resourceType": "Practitioner", "identifier": [bearer]})
    for patient in patients:
        await empty.as_("nurse-stroke").get(f"/fhir/{patient}")
    refused = empty.as_(None)
    narrow = token_of(empty.data, "coordinator-primary", scope="user/Goal.rs")
    refused.headers["Authorization"] = f"Bearer {narrow}"
    for _ in range(6):
        await refused.get("/fhir/Task")
    yield Ward(empty, patients)


async def test_rows_are_picked_by_their_marks_and_by_chance(ward: Ward) -> None:
    answer = await ward.officer.post(CHECKS, json=_period())

    check = answer.json()
    marks = {row["patient"]: set(row["marks"]) for row in check["rows"] if row["patient"]}
    assert answer.status_code == 201
    assert marks == {
        ward.patients[ORDINARY]: {"chance"},
        ward.patients[COLLEAGUE]: {"colleague"},
        ward.patients[NAMESAKE]: {"same-surname"},
        ward.patients[PROTECTED]: {"protected-identity"},
    }
    assert [row["marks"] for row in check["rows"] if not row["patient"]] == [["refused-often"]] * 6
    assert (check["looked"], check["items"], check["open"]) == (10, 10, 10)


async def test_at_most_as_many_are_picked_as_are_asked_for(ward: Ward) -> None:
    check = (await ward.officer.post(CHECKS, json=_period(size=1))).json()

    assert [row["marks"] == ["chance"] for row in sorted(check["rows"], key=lambda r: r["marks"])].count(
        True
    ) == 1
    assert check["items"] == 2


async def test_a_row_says_what_an_officer_needs_to_judge_it(ward: Ward) -> None:
    made = (await ward.officer.post(CHECKS, json=_period())).json()

    found = await ward.officer.get(f"{CHECKS}/{made['id']}")

    row = next(one for one in found.json()["rows"] if one["patient"] == ward.patients[NAMESAKE])
    assert found.json() == made
    assert row["access"]["user"] == people.STAFF["stroke-nurse"].name
    assert row["access"]["about"] == ["personuppgifter"]
    assert row["review"] is None


async def test_a_review_is_kept_once_and_told_in_the_audit(ward: Ward) -> None:
    made = (await ward.officer.post(CHECKS, json=_period())).json()
    row = next(one for one in made["rows"] if one["patient"] == ward.patients[COLLEAGUE])
    address = f"{CHECKS}/{made['id']}/rows/{row['item']}/review"

    first = await ward.officer.post(address, json={"finding": "unauthorised", "note": "Ingen relation."})
    again = await ward.officer.post(address, json={"finding": "in-order"})

    review = next(one for one in first.json()["rows"] if one["item"] == row["item"])["review"]
    assert (review["finding"], review["note"]) == ("unauthorised", "Ingen relation.")
    assert first.json()["open"] == made["open"] - 1
    assert again.status_code == 409
    told = [
        r for r in await rows(ward.service.database_url, "audit") if r["interaction"] == "spot-check-review"
    ]
    assert [r["detail"] for r in told] == [f"{made['id']} {row['item']} unauthorised"]
    assert told[0]["patient_key"] == ward.patients[COLLEAGUE].split("/")[1]


async def test_the_list_says_when_the_next_one_is_due(ward: Ward) -> None:
    before = (await ward.officer.post(CHECKS, json={"from": "2020-01-01", "to": "2020-01-31"})).json()

    listed = (await ward.officer.get(CHECKS)).json()

    tomorrow = datetime.now(SWEDEN).date() + timedelta(days=1)
    assert before["id"] in {one["id"] for one in listed["items"]}
    assert (listed["nextDue"], listed["isDue"]) == (str(tomorrow + timedelta(days=30)), False)


@pytest.mark.parametrize("name", ["nurse-stroke", "system-hospital", "operator", "patient-stroke"])
async def test_spot_checks_are_for_audit_officers(ward: Ward, name: str) -> None:
    http = ward.service.as_(name)

    assert (await http.post(CHECKS, json=_period())).status_code == 403
    assert (await http.get(CHECKS)).status_code == 403


async def test_a_spot_check_is_its_care_providers_alone(ward: Ward) -> None:
    made = (await ward.officer.post(CHECKS, json=_period())).json()
    elsewhere = ward.service.as_(None)
    claims = {"care_provider_hsa_id": people.ELSEWHERE.hsa_id}
    elsewhere.headers["Authorization"] = f"Bearer {token_of(ward.service.data, 'audit-officer', **claims)}"

    found = await elsewhere.get(f"{CHECKS}/{made['id']}")
    review = await elsewhere.post(f"{CHECKS}/{made['id']}/rows/1/review", json={"finding": "in-order"})

    assert (found.status_code, review.status_code) == (404, 404)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"from": "2026-03-02", "to": "2026-03-01"}, 422),
        ({"from": "2026-03-02"}, 400),
        ({"from": "2026-03-01", "to": "2026-03-02", "size": 0}, 400),
        ({"from": "yesterday", "to": "2026-03-02"}, 400),
    ],
)
async def test_what_is_asked_wrongly_is_told(ward: Ward, body: dict, status: int) -> None:
    assert (await ward.officer.post(CHECKS, json=body)).status_code == status


async def test_a_row_that_is_not_there_cannot_be_reviewed(ward: Ward) -> None:
    made = (await ward.officer.post(CHECKS, json=_period())).json()

    for row in ("999", "x"):
        answer = await ward.officer.post(
            f"{CHECKS}/{made['id']}/rows/{row}/review", json={"finding": "in-order"}
        )
        assert answer.status_code == 404
