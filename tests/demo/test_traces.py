"""What the service leaves behind: no number, name or word of a patient in addresses, headers, errors, logs.

A real server with the demo's data is asked by its actors in all the ways in which something could be told.
Sources: HSLF-FS 2016:40, OWASP (identity numbers in addresses and logs).
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus

import httpx
import pytest

from pk_api.demo import people
from pk_api.demo.actors import ACTORS
from tests.support.server import Server, demonstrating
from tests.support.service import bearer
from tests.support.traces import names_anybody

PERSONS = [one for one in vars(people).values() if isinstance(one, people.Person)]
WORDS = {one.number for one in PERSONS} | {one.family for one in PERSONS} | {one.given for one in PERSONS}
NUMBER = people.STROKE_PATIENT.number
NAME = people.STROKE_PATIENT.family
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
FHIR = {"Content-Type": "application/fhir+json"}
ADDRESSES = ("url", "fullUrl", "location", "next", "reference", "instance", "type", "request")
TEXTS = ("diagnostics", "detail", "title", "expression", "pointer")


@dataclass
class Traces:
    """What was seen of answers: their headers, the addresses and error texts within them."""

    server: Server
    headers: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    def keep(self, answer: httpx.Response) -> httpx.Response:
        self.statuses.append(answer.status_code)
        self.headers += [f"{name}: {value}" for name, value in answer.headers.items()]
        if answer.content and "json" in answer.headers.get("content-type", ""):
            self.told += _told(answer.json(), is_error=answer.status_code >= 400)
        return answer


def _told(tree: Any, *, is_error: bool) -> Iterator[str]:
    """Yield the addresses in an answer, and the texts of an error."""
    if isinstance(tree, list):
        for each in tree:
            yield from _told(each, is_error=is_error)
    elif isinstance(tree, dict):
        is_error = is_error or tree.get("resourceType") == "OperationOutcome"
        for name, value in tree.items():
            if isinstance(value, str) and (name in ADDRESSES or (is_error and name in TEXTS)):
                yield value
            else:
                yield from _told(value, is_error=is_error)


def _follow(http: httpx.Client, traces: Traces, answer: httpx.Response) -> None:
    """Follow the links of a Bundle, to itself and to the next page."""
    for _ in range(2):
        links = answer.json().get("link", []) if answer.status_code == 200 else []
        for link in links:
            if link["relation"] == "self":
                assert traces.keep(http.get(link["url"])).status_code == 200
        address = next((link["url"] for link in links if link["relation"] == "next"), None)
        if address is None:
            return
        answer = traces.keep(http.get(address))


def _searches() -> Iterator[tuple[str, dict[str, str]]]:
    yield from (("Patient", {"identifier": NUMBER}), ("Patient", {"name": NAME, "_count": "1"}))
    yield from (("Patient", {"family:exact": NAME}), ("Patient", {"family:contains": NAME[1:4]}))
    yield from (
        ("Patient", {"birthdate": f"{NUMBER[:4]}-{NUMBER[4:6]}-{NUMBER[6:8]}"}),
        ("Patient", {"_count": "1"}),
    )
    yield from (
        ("Task", {"patient:Patient.name": NAME, "_count": "1"}),
        ("CarePlan", {"subject:identifier": NUMBER}),
    )
    yield from (
        ("Goal", {"patient.identifier": NUMBER}),
        ("Patient", {"_has:Task:patient:status": "requested"}),
    )
    yield from (("RelatedPerson", {"name": people.FATHER.family}), ("Patient", {f"x{NUMBER}": "1"}))
    yield from (
        ("Patient", {"birthdate": NUMBER}),
        ("Patient", {"_sort": NUMBER}),
        ("Patient", {"_elements": NAME}),
    )


def _ask(http: httpx.Client, traces: Traces) -> None:
    for kind, params in _searches():
        _follow(http, traces, traces.keep(http.get(f"/fhir/{kind}", params=params)))
        answer = http.post(f"/fhir/{kind}/_search", data=params, headers=FORM)
        _follow(http, traces, traces.keep(answer))
    for address in (
        f"/fhir/Patient/{NUMBER}",
        f"/fhir/Patient/{NUMBER}/CarePlan",
        f"/fhir/Patient/{NUMBER}/_history/1",
        f"/fhir/{NUMBER}",
        f"/fhir/Patient/stroke-patient/$x{NUMBER}",
        "/fhir/Patient/stroke-patient/$everything?_count=2",
        "/fhir/Patient/stroke-patient/_history",
        "/fhir/_history?_count=3",
        f"/v1/contracts/{NUMBER}",
        f"/v1/contracts/stroke-contract?parts={NAME}",
        "/v1/contracts/stroke-contract",
        "/v1/contracts/stroke-contract/goals?limit=1",
        "/v1/contracts/stroke-contract/revisions?limit=2",
        "/v1/me/access-log?limit=1",
        f"/v1/{NAME}",
    ):
        _follow(http, traces, traces.keep(http.get(address)))
    _send(http, traces)


def _send(http: httpx.Client, traces: Traces) -> None:
    patient = {
        "resourceType": "Patient",
        "identifier": [{"system": "http://electronichealth.se/identifier/personnummer", "value": NUMBER}],
    }
    wrong = {
        "resourceType": "Patient",
        NUMBER: 1,
        "gender": NAME,
        "birthDate": NUMBER,
        "name": [{NAME: NAME}],
    }
    entry = {"request": {"method": "GET", "url": f"Patient?identifier={NUMBER}"}}
    other = {
        "request": {"method": "POST", "url": "Patient", "ifNoneExist": f"identifier={NUMBER}"},
        "resource": patient,
    }
    for body, method, address in (
        (patient, "POST", "/fhir/Patient"),
        (wrong, "POST", "/fhir/Patient"),
        (wrong, "POST", "/fhir/Patient/$validate"),
        (patient | {"id": NUMBER}, "PUT", f"/fhir/Patient/{NUMBER}"),
        (patient, "PUT", f"/fhir/Patient?identifier={NUMBER}"),
        ({"resourceType": "Bundle", "type": "batch", "entry": [entry, other]}, "POST", "/fhir"),
        ({"resourceType": "Bundle", "type": "transaction", "entry": [other, other]}, "POST", "/fhir"),
    ):
        traces.keep(http.request(method, address, json=body, headers=FHIR | {"If-None-Match": f'"{NAME}"'}))
    traces.keep(
        http.post("/fhir/Patient", json=patient, headers=FHIR | {"If-None-Exist": f"identifier={NUMBER}"})
    )
    traces.keep(http.post("/fhir/Patient", content=f"{{{NUMBER} {NAME}", headers=FHIR))
    for body in ({"patient": {"personnummer": NUMBER}, "limit": 1}, {"patient": NAME}, {NUMBER: NAME}):
        traces.keep(http.post("/v1/contracts/search", json=body))
        traces.keep(http.post("/v1/contracts", json=body))
    headers = {
        "X-Request-Id": NUMBER,
        "traceparent": f"00-{NUMBER * 2}00000000-0000000000000001-01",
        "tracestate": NUMBER,
    }
    traces.keep(http.get("/fhir/Patient?_count=1", headers=headers))


@pytest.fixture(scope="module")
def traces(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traces]:
    """All that was seen of the answers to every kind of actor, and the server that gave them."""
    data = tmp_path_factory.mktemp("traces")
    with demonstrating(data) as server:
        found = Traces(server)
        for name in ("system-hospital", "patient-stroke", "guardian-child", "statistics"):
            with httpx.Client(base_url=server.base, headers=bearer(data, name), timeout=60) as http:
                _ask(http, found)
        yield found


def _naming(texts: list[str]) -> list[str]:
    said = [unquote_plus(text) for text in texts]
    return [
        text for text in said if names_anybody(text) or any(re.search(rf"\b{word}\b", text) for word in WORDS)
    ]


def test_every_way_was_tried(traces: Traces) -> None:
    assert {200, 400, 403, 404, 409} <= set(traces.statuses)
    assert len(traces.statuses) > 200
    assert sum("_cursor=" in text for text in traces.told) > 10
    assert set(ACTORS) > {"statistics"}


def test_no_header_tells_who_a_patient_is(traces: Traces) -> None:
    assert _naming(traces.headers) == []


def test_no_address_or_error_text_tells_who_a_patient_is(traces: Traces) -> None:
    named = _naming(traces.told)
    assert named == [], chr(10).join(named)


def test_no_log_tells_who_a_patient_is(traces: Traces) -> None:
    log = traces.server.log.read_text()

    assert _naming(log.splitlines()) == []
    assert json.dumps(NUMBER) not in log
