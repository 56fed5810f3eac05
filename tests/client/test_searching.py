"""Search: how the question is written, how pages follow each other, and what never stands in an address."""

from datetime import date
from urllib.parse import parse_qs

import pytest
from fhir.resources.R4B.careplan import CarePlan

from tests.client.wire import Wire, answer

ONE = {"resourceType": "Patient", "id": "one"}
TWO = {"resourceType": "Patient", "id": "two"}
ORGANISATION = {"resourceType": "Organization", "id": "o", "name": "Vårdcentralen"}


def page(*resources: dict, more: str | None = None, **fields: object) -> object:
    entries = [
        {"resource": r, "search": {"mode": "include" if r is ORGANISATION else "match"}} for r in resources
    ]
    link = [{"relation": "next", "url": more}] if more else []
    return answer({"resourceType": "Bundle", "type": "searchset", "entry": entries, "link": link, **fields})


async def test_iterating_follows_the_next_links_to_the_end():
    wire = Wire(page(ONE, more="http://service.test/prefix/fhir/Patient?_cursor=abc"), page(TWO))

    async with wire.client() as client:
        found = [patient.id async for patient in client.search("Patient", _count=1)]

    assert found == ["one", "two"]
    assert wire.last.url.params["_cursor"] == "abc"


async def test_a_next_link_to_another_host_is_asked_for_at_the_own_address():
    wire = Wire(page(ONE, more="https://elsewhere.test/fhir/Patient?_cursor=abc"), page(TWO))

    async with wire.client(token="secret") as client:
        await client.search("Patient").all()

    assert [request.url.host for request in wire.requests] == ["service.test", "service.test"]


async def test_one_page_tells_total_and_what_came_along():
    async with Wire(page(ONE, ORGANISATION, total=7)).client() as client:
        first = await client.search("Patient").page()

    assert ([one.id for one in first.items], first.total, first.next) == (["one"], 7, None)
    assert [one.name for one in first.included] == ["Vårdcentralen"]


async def test_the_page_after_the_last_is_empty():
    async with Wire(page(ONE)).client() as client:
        search = client.search("Patient")
        last = await search.page()

        assert (await search.page(last)).items == ()


async def test_parameters_are_written_as_fhir_names_them():
    wire = Wire(page())

    async with wire.client() as client:
        await client.search(
            CarePlan, {"date": [f"ge{date(2026, 1, 1)}", "lt2027"]}, based_on="CarePlan/x"
        ).all()

    assert parse_qs(wire.last.url.query.decode()) == {
        "date": ["ge2026-01-01", "lt2027"],
        "based-on": ["CarePlan/x"],
    }


async def test_an_identity_number_travels_in_the_body_only():
    wire = Wire(page(ONE))

    async with wire.client() as client:
        await client.search(
            "Patient", identifier="http://electronichealth.se/identifier/personnummer|191212121212"
        ).page()

    assert (wire.last.method, wire.last.url.path) == ("POST", "/prefix/fhir/Patient/_search")
    assert "191212121212" not in str(wire.last.url)
    assert b"191212121212" in wire.last.content
    assert wire.last.headers["content-type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize("value", ["Patient?identifier=191212121212", "12121212-1212", "121212-1212"])
async def test_what_looks_like_an_identity_number_is_never_in_the_address(value):
    wire = Wire(page())

    async with wire.client() as client:
        await client.search("Task", patient=value).page()

    assert wire.last.method == "POST"


async def test_a_plain_search_is_a_get():
    wire = Wire(page())

    async with wire.client() as client:
        await client.search("Task", patient="Patient/stroke-patient", date="ge2026-11-22", _count=100).page()

    assert wire.last.method == "GET"


async def test_a_chained_name_travels_in_the_body_too():
    wire = Wire(page())

    async with wire.client() as client:
        await client.search("CarePlan", {"subject:Patient.name": "Tolvansson"}).page()

    assert wire.last.method == "POST"
