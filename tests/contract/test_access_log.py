"""The patient's own log: who had access, where, when, to what; as JSON, CSV and text. On both databases."""

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import pytest_asyncio

from pk_api.contract.dates import SWEDEN
from pk_api.contract.service.access_log import as_csv, as_text
from pk_api.demo import people
from tests.interactions.conftest import demo_database, empty  # noqa: F401  # fixtures of the module
from tests.support.resources import a_goal
from tests.support.service import (
    REGION,
    TOLVAN,
    Service,
    a_care_relation,
    a_registered_contract,
    create,
    token_of,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")
LOG = "/v1/me/access-log"


@dataclass(frozen=True, slots=True)
class Ward:
    """A patient whose goal a nurse of the region and a private physiotherapist's system have looked at."""

    service: Service
    patient: str

    def as_patient(self, **claims: str) -> httpx.AsyncClient:
        """Return a client for the patient."""
        told = {"personal_identity_number": TOLVAN, "sub": "tolvan"} | claims
        client = self.service.as_(None)
        client.headers["Authorization"] = f"Bearer {token_of(self.service.data, 'patient-stroke', **told)}"
        return client

    def as_staff(self, **claims: str) -> httpx.AsyncClient:
        """Return a client for a nurse with other claims."""
        client = self.service.as_(None)
        client.headers["Authorization"] = f"Bearer {token_of(self.service.data, 'nurse-stroke', **claims)}"
        return client


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ward(empty: Service) -> AsyncIterator[Ward]:  # noqa: F811  # the fixture above
    contract = await a_registered_contract(empty.http)
    goal = await create(empty.http, a_goal(contract["Patient"]))
    await a_care_relation(empty.http, contract["Patient"], contract["Organization"], "stroke-nurse")
    here = Ward(empty, contract["Patient"])
    for client in (
        here.as_staff(),
        here.as_staff(care_provider_hsa_id="SE5569990012-0001", care_unit_hsa_id="SE5569990012-1001"),
    ):
        await client.get(f"/fhir/Goal/{goal['id']}")
    yield here


async def test_a_patient_is_told_who_looked_where_when_and_at_what(ward: Ward) -> None:
    answer = await ward.as_patient().get(LOG)

    item = next(one for one in answer.json()["items"] if one["user"] == people.STAFF["stroke-nurse"].name)
    assert answer.status_code == 200
    assert item["careProvider"] == REGION["name"]
    assert item["careUnit"] == people.UNITS["stroke-unit"].name
    assert (item["what"], item["about"], item["purpose"]) == ("Läst", ["mål"], "Vård och behandling")
    assert (item["outcome"], item["emergency"]) == ("visades eller gjordes", False)
    assert datetime.fromisoformat(item["time"]) > datetime.now(UTC) - timedelta(minutes=10)


async def test_of_a_private_care_provider_the_unit_and_time_are_told_and_no_name(ward: Ward) -> None:
    items = (await ward.as_patient().get(LOG)).json()["items"]

    private = [one for one in items if one["careProvider"] == "SE5569990012-0001"]
    assert {(one["user"], one["careUnit"]) for one in private} == {("Personal", "SE5569990012-1001")}
    assert {one["outcome"] for one in private} == {"fanns inte eller fick inte visas"}


async def test_the_log_is_told_in_english_to_who_asks_so(ward: Ward) -> None:
    items = (await ward.as_patient().get(LOG, headers={"Accept-Language": "en"})).json()["items"]

    assert {"Read", "Wrote several entries"} <= {one["what"] for one in items}
    assert "Care and treatment" in {one["purpose"] for one in items}


@pytest.mark.parametrize(
    ("ask", "media_type"),
    [
        ({"headers": {"Accept": "text/csv"}}, "text/csv; charset=utf-8"),
        ({"params": {"_format": "csv"}}, "text/csv; charset=utf-8"),
        ({"headers": {"Accept": "text/plain;q=1, application/json;q=0.5"}}, "text/plain; charset=utf-8"),
        ({"params": {"_format": "text"}, "headers": {"Accept": "*/*"}}, "text/plain; charset=utf-8"),
        ({}, "application/json"),
        ({"headers": {"Accept": "*/*"}}, "application/json"),
    ],
)
async def test_the_form_is_the_one_that_is_asked_for(ward: Ward, ask: dict, media_type: str) -> None:
    answer = await ward.as_patient().get(LOG, **ask)

    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)


async def test_csv_and_text_tell_what_json_tells(ward: Ward) -> None:
    http = ward.as_patient()

    table = list(csv.reader(io.StringIO((await http.get(LOG, params={"_format": "csv"})).text)))
    page = (await http.get(LOG, params={"_format": "text"})).text
    items = (await http.get(LOG)).json()["items"]

    assert table[0][:4] == ["Tid", "Vårdgivare", "Vårdenhet", "Vem"]
    assert [row[0] for row in table[1:]] == [item["time"] for item in items][-len(table) + 1 :]
    assert page.startswith("Åtkomst till dina uppgifter\n\n")
    assert f"{people.STAFF['stroke-nurse'].name}" in page


async def test_pages_together_are_the_whole_and_end(ward: Ward) -> None:
    http, cursor, found = ward.as_patient(), None, []
    for _ in range(50):
        page = (await http.get(LOG, params={"limit": 2} | ({"cursor": cursor} if cursor else {}))).json()
        found += [item["id"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break

    assert cursor is None
    assert len(found) == len(set(found)) >= 5


async def test_a_period_is_of_swedish_days_both_included(ward: Ward) -> None:
    http, today = ward.as_patient(), datetime.now(SWEDEN).date()

    assert (await http.get(LOG, params={"from": str(today), "to": str(today)})).json()["items"]
    assert not (await http.get(LOG, params={"to": str(today - timedelta(days=1))})).json()["items"]
    assert not (await http.get(LOG, params={"from": str(today + timedelta(days=1))})).json()["items"]


@pytest.mark.parametrize("name", ["nurse-stroke", "system-hospital", "operator", "audit-officer"])
async def test_nobody_else_has_a_log_of_their_own(ward: Ward, name: str) -> None:
    assert (await ward.service.as_(name).get(LOG)).status_code == 403


@pytest.mark.parametrize(
    "query", ["from=yesterday", "to=2026-02-30", "_format=xml", "limit=0", "patient=x", "cursor=x"]
)
async def test_what_is_asked_wrongly_is_told(ward: Ward, query: str) -> None:
    assert (await ward.as_patient().get(f"{LOG}?{query}")).status_code == 400


async def test_what_is_not_offered_is_not_acceptable(ward: Ward) -> None:
    assert (await ward.as_patient().get(LOG, headers={"Accept": "application/pdf"})).status_code == 406


async def test_no_cell_begins_a_formula_and_an_empty_log_says_so() -> None:
    item = dict.fromkeys(
        ("time", "careProvider", "careUnit", "title", "what", "about", "outcome", "purpose"), "x"
    )

    assert "'=cmd()" in as_csv([item | {"user": "=cmd()"}], "sv")
    assert "Ingen åtkomst" in as_text([], "sv")
