"""Who accepts what: media types with weights, formats, pretty answers, HEAD and OPTIONS."""

import json
import time

import pytest

from pk_api.interactions.routes import ROUTES
from pk_api.web.media import accepts, accepts_coding
from tests.support.resources import a_patient
from tests.support.service import FHIR_JSON, TOLVAN, Service, as_fhir, create, problems

pytestmark = pytest.mark.one_database

OFFERED = ("application/fhir+json", "application/json")


@pytest.mark.parametrize(
    ("accept", "is_met"),
    [
        (None, True),
        ("", True),
        ("*/*", True),
        ("application/*;q=0.1", True),
        ("application/json", True),
        ("Application/FHIR+JSON; charset=utf-8; fhirVersion=4.0", True),
        ("text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8", True),
        ("application/fhir+xml, application/fhir+json;q=0.1", True),
        ("application/fhir+json;q=0, application/json", True),
        ("application/fhir+json;q=0, */*;q=0.5", True),
        ("application/fhir+json;q=0, application/json;q=0.0, */*", False),
        ("application/*;q=0, */*", False),
        ("*/*;q=0", False),
        ("application/fhir+json;q=0.000", False),
        ("application/fhir+json; Q=0", False),
        ("application/fhir+json;q=2", False),
        ("application/fhir+json;q=x", False),
        ("application/fhir+xml", False),
        ("text/*", False),
        (",", False),
        ('text/plain;a="x, application/json"', False),
        ('text/plain;a="x,y", application/json;b="c;q=0"', True),
    ],
)
def test_the_most_specific_range_decides(accept: str | None, is_met: bool) -> None:
    assert accepts(accept, OFFERED) is is_met


@pytest.mark.parametrize(
    ("accept", "is_met"),
    [
        (None, False),
        ("", False),
        ("gzip", True),
        ("gzip, deflate, br", True),
        ("GZIP;q=0.5", True),
        ("*", True),
        ("gzip;q=0, *", False),
        ("br", False),
        ("identity, gzip;q=0.5", False),
        ("identity;q=0.1, gzip;q=0.5", True),
    ],
)
def test_a_coding_is_used_when_it_is_liked_as_well_as_none(accept: str | None, is_met: bool) -> None:
    assert accepts_coding(None if accept is None else accept.encode(), "gzip") is is_met


def test_a_header_that_is_made_to_be_slow_is_not() -> None:
    started = time.process_time()

    assert not accepts('"' + '\\"' * 30_000, OFFERED)
    assert not accepts_coding(b'"' + b'\\"' * 30_000, "gzip")

    assert time.process_time() - started < 0.5


@pytest.mark.parametrize(
    "accept", ["application/json;q=0, */*;q=0", "application/xml", "text/html", "*/*;q=0"]
)
@pytest.mark.asyncio(loop_scope="module")
async def test_the_plain_api_answers_in_json_or_not_at_all(refusing: Service, accept: str) -> None:
    answer = await refusing.http.get("/v1/contracts/some-id", headers={"Accept": accept})

    assert answer.status_code == 406
    assert "json" in answer.headers["content-type"]


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"_format": "json"}, 200),
        ({"_format": "application/fhir+json; fhirVersion=4.0"}, 200),
        ({"_format": "APPLICATION/JSON"}, 200),
        ({"_format": "xml"}, 406),
        ({"_format": "application/fhir+xml"}, 406),
        ({"_format": "text/turtle"}, 406),
        ({"_format": "ttl"}, 406),
        ({"_format": "application/fhir+json; fhirVersion=3.0"}, 406),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_the_format_may_be_asked_for_in_the_address_and_in_the_body(
    refusing: Service, params: dict[str, str], status: int
) -> None:
    got = await refusing.http.get("/fhir/Practitioner", params=params, headers={"Accept": "text/html"})
    sent = await refusing.http.post("/fhir/Practitioner/_search", data=params)

    assert (got.status_code, sent.status_code) == (status, status)
    if status == 406:
        assert problems(got)
        assert problems(sent)


@pytest.mark.parametrize("version", ["3.0", "4.3", "6", ""])
@pytest.mark.asyncio(loop_scope="module")
async def test_another_version_of_fhir_is_refused(refusing: Service, version: str) -> None:
    kind = f"application/fhir+json; fhirVersion={version}"
    body = json.dumps({"resourceType": "Practitioner"})

    wanted = await refusing.http.get("/fhir/Practitioner", headers={"Accept": kind})
    sent = await refusing.http.post("/fhir/Practitioner", content=body, headers={"Content-Type": kind})

    assert (wanted.status_code, sent.status_code) == (406, 415)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_body_in_another_character_set_is_refused(refusing: Service) -> None:
    for address, kind in (("/fhir/Practitioner", FHIR_JSON), ("/v1/contracts", "application/json")):
        headers = {"Content-Type": f"{kind}; charset=iso-8859-1"}
        assert (await refusing.http.post(address, content=b"{}", headers=headers)).status_code == 415


async def test_a_pretty_answer_holds_the_same_to_the_last_digit(service: Service) -> None:
    patient = await create(service.http, a_patient(TOLVAN))
    text = (
        '{"resourceType":"Observation","status":"final","code":{"text":"Längd och \\"vikt\\""},'
        f'"subject":{{"reference":"Patient/{patient["id"]}"}},"valueQuantity":{{"value":1.50E-2}}}}'
    )
    made = await service.http.post("/fhir/Observation", content=text.encode(), headers=as_fhir())

    plain = await service.http.get(f"/fhir/Observation/{made.json()['id']}")
    pretty = await service.http.get(f"/fhir/Observation/{made.json()['id']}?_pretty=true")
    listed = await service.http.get("/fhir/Observation?_pretty=true")

    assert '\n  "status": "final"' in pretty.text
    assert "1.50E-2" in pretty.text
    assert pretty.json() == plain.json()
    assert "\n" in listed.text
    assert "\n" not in plain.text


READS = [
    "/fhir/metadata",
    "/fhir/Practitioner",
    "/fhir/_history",
    "/health/live",
    "/openapi.json",
]


@pytest.mark.parametrize("address", READS)
@pytest.mark.asyncio(loop_scope="module")
async def test_head_tells_what_get_tells_without_the_body(refusing: Service, address: str) -> None:
    got = await refusing.http.get(address)
    head = await refusing.http.head(address)

    assert (got.status_code, head.status_code, head.content) == (200, 200, b"")
    for name in ("content-type", "content-encoding", "vary"):
        assert head.headers.get(name) == got.headers.get(name), name


def an_address(form: str) -> str:
    words = {"Type": "Patient", "id": "one", "version": "1", "$": "$meta", "Compartment": "Goal"}
    return "/fhir/" + "/".join(words.get(part, part) for part in form.split("/"))


@pytest.mark.parametrize("form", ROUTES)
@pytest.mark.asyncio(loop_scope="module")
async def test_options_tells_what_an_address_takes_and_no_other_method_is_taken(
    refusing: Service, form: str
) -> None:
    address = an_address(form).rstrip("/")

    told = await refusing.as_(None).request("OPTIONS", address)
    allowed = {one.strip() for one in told.headers["allow"].split(",")}
    refused = await refusing.http.request("BREW", address)

    expected = set(ROUTES[form]) | {"OPTIONS"} | ({"HEAD"} if "GET" in ROUTES[form] else set())
    assert (told.status_code, told.content, allowed) == (204, b"", expected)
    assert ("accept-patch" in told.headers) == ("PATCH" in expected)
    assert (refused.status_code, refused.headers["allow"]) == (405, told.headers["allow"])


@pytest.mark.parametrize(
    ("address", "allow"),
    [
        ("/v1/contracts", "POST, OPTIONS"),
        ("/v1/contracts/some-id", "GET, PATCH, HEAD, OPTIONS"),
        ("/health/live", "GET, HEAD, OPTIONS"),
        ("/docs", "GET, HEAD, OPTIONS"),
        ("/nowhere", None),
        ("/fhir/Nothing", None),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_options_of_the_plain_api_follow_its_description(
    refusing: Service, address: str, allow: str | None
) -> None:
    told = await refusing.as_(None).request("OPTIONS", address)

    assert told.status_code == (404 if allow is None else 204)
    if allow is not None:
        assert set(told.headers["allow"].split(", ")) == set(allow.split(", "))
