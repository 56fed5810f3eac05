"""Bodies that cost more than they are long, and scripts in texts: none goes off, none is stored.

Sources: OWASP Web Security Testing Guide 4.2, https://hl7.org/fhir/R4/narrative.html#security.
"""

import gzip

import pytest

from tests.support.service import FHIR_JSON, create
from tests.web.attacks.conftest import Target

pytestmark = pytest.mark.asyncio(loop_scope="module")

FHIR = {"Content-Type": FHIR_JSON}
DEEP = 50_000
BOMBS = {
    "lists": "[" * DEEP + "]" * DEEP,
    "objects": '{"a":' * DEEP + "1" + "}" * DEEP,
    "extensions": '{"resourceType":"Patient","extension":'
    + '[{"url":"x:y","extension":' * 5_000
    + "1"
    + "}]" * 5_000
    + "}",
    "a number": '{"resourceType":"Observation","valueInteger":' + "9" * 400_000 + "}",
    "an exponent": '{"resourceType":"Observation","valueQuantity":{"value":1e999999999}}',
    "many members": "{" + ",".join(f'"a{n}":1' for n in range(100_000)) + "}",
    "one member often": "{" + ",".join('"a":1' for _ in range(100_000)) + "}",
    "not closed": '{"resourceType":"Patient","name":[{"text":"' + "x" * 500_000,
    "escapes": '{"resourceType":"Patient","id":"' + "\\u0000" * 50_000 + '"}',
    "entities": '{"resourceType":"Patient","text":{"status":"generated","div":'
    '"<!DOCTYPE div [<!ENTITY a \\"x\\">]><div xmlns=\\"http://www.w3.org/1999/xhtml\\">&a;</div>"}}',
}
TARGETS = (
    *(
        ("POST", "/fhir/Patient", FHIR_JSON),
        ("POST", "/fhir", FHIR_JSON),
        ("POST", "/fhir/Patient/$validate", FHIR_JSON),
    ),
    *(("PATCH", "/fhir/Patient/x", "application/json-patch+json"), ("PATCH", "/fhir/Patient/x", FHIR_JSON)),
    *(("POST", "/v1/contracts", "application/json"), ("POST", "/v1/contracts/search", "application/json")),
)


@pytest.mark.parametrize("bomb", BOMBS)
async def test_a_bomb_of_json_goes_off_nowhere(target: Target, bomb: str) -> None:
    before = await target.standing()

    for method, path, kind in TARGETS:
        answer = await target.http.request(method, path, content=BOMBS[bomb], headers={"Content-Type": kind})
        assert 400 <= answer.status_code < 500 or (
            path.endswith("$validate") and answer.status_code == 200
        ), path
        assert len(answer.content) < 100_000, path

    assert await target.standing() == before


async def test_a_bomb_of_gzip_goes_off_nowhere(target: Target) -> None:
    flat = gzip.compress(b" " * 60_000_000)
    nested = gzip.compress(flat)
    for method, path, kind in TARGETS:
        for body in (flat, nested):
            headers = {"Content-Type": kind, "Content-Encoding": "gzip"}
            answer = await target.http.request(method, path, content=body, headers=headers)
            assert answer.status_code in (400, 413), path


SCRIPTS = (
    *(
        "<script>alert(1)</script>",
        "<img src='x' onerror='alert(1)'/>",
        "<a href='javascript:alert(1)'>x</a>",
    ),
    *(
        "<iframe src='https://evil.example'/>",
        "<p style='background:url(javascript:alert(1))'>x</p>",
        "<svg onload='x()'/>",
    ),
    *(
        "<object data='x'/>",
        "<form action='https://evil.example'><input/></form>",
        "<p onclick='x()'>x</p>",
        "<base href='x'/>",
    ),
    *(
        "<link rel='stylesheet' href='x'/>",
        "<meta http-equiv='refresh' content='0'/>",
        "<a href='&#106;avascript:x'>x</a>",
    ),
    *(
        "<math><mtext/></math>",
        "<p xmlns='http://www.w3.org/2000/svg'>x</p>",
        "<?php x ?>",
        "<![CDATA[<script/>]]>",
    ),
)


async def test_no_script_is_stored_in_a_narrative(target: Target) -> None:
    before = await target.standing()
    for script in SCRIPTS:
        div = f'<div xmlns="http://www.w3.org/1999/xhtml">{script}</div>'
        body = {"resourceType": "Practitioner", "text": {"status": "generated", "div": div}}
        answer = await target.http.post("/fhir/Practitioner", json=body, headers=FHIR)
        assert answer.status_code in (400, 422), script
        assert "<script" not in answer.text

    assert await target.standing() == before


async def test_a_script_in_a_text_is_given_back_as_data_alone(target: Target) -> None:
    made = await create(target.http, {"resourceType": "Practitioner", "name": [{"text": SCRIPTS[0]}]})

    answer = await target.http.get(f"/fhir/Practitioner/{made['id']}", headers={"Accept": "text/html, */*"})

    assert answer.status_code == 406 or answer.headers["content-type"].startswith("application/fhir+json")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
