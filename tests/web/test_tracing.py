"""W3C trace context: a trace is gone on with and logged; what is malformed, or names a person, is not."""

import pytest
from structlog.testing import capture_logs

from tests.support.service import Service
from tests.web.test_failures import broken_down

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


async def test_a_trace_goes_on_under_a_span_of_its_own(service: Service) -> None:
    headers = {"traceparent": PARENT, "tracestate": "vendor=abc,other=1"}

    answer = await service.http.get("/fhir/metadata", headers=headers)

    version, trace, span, flags = answer.headers["traceparent"].split("-")
    assert (version, trace, flags) == ("00", TRACE, "01")
    assert (len(span), span != "00f067aa0ba902b7") == (16, True)
    assert answer.headers["tracestate"] == "vendor=abc,other=1"


@pytest.mark.parametrize(
    "parent",
    [
        "",
        "nonsense",
        PARENT.upper(),
        PARENT + "-more",
        PARENT[:-1],
        f"ff-{TRACE}-00f067aa0ba902b7-01",
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"{PARENT}, {PARENT}",
        "00-abcdefab191212121212abcdefabcdef-00f067aa0ba902b7-01",
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_what_is_no_trace_or_names_a_person_is_ignored(refusing: Service, parent: str) -> None:
    answer = await refusing.http.get("/fhir/metadata", headers={"traceparent": parent, "tracestate": "a=1"})

    assert answer.status_code == 200
    assert "traceparent" not in answer.headers
    assert "tracestate" not in answer.headers


@pytest.mark.parametrize("state", ["x" * 600, "a=191212121212", "å=1"])
@pytest.mark.asyncio(loop_scope="module")
async def test_a_state_that_is_too_long_or_tells_too_much_is_left_out(refusing: Service, state: str) -> None:
    headers = {b"traceparent": PARENT.encode(), b"tracestate": state.encode()}

    answer = await refusing.http.get("/fhir/metadata", headers=headers)

    assert TRACE in answer.headers["traceparent"]
    assert "tracestate" not in answer.headers


@pytest.mark.asyncio(loop_scope="module")
async def test_a_later_version_of_the_header_is_read_as_the_first(refusing: Service) -> None:
    parent = f"01-{TRACE}-00f067aa0ba902b7-01-what-comes-later"

    answer = await refusing.http.get("/fhir/metadata", headers={"traceparent": parent})

    assert answer.headers["traceparent"].startswith(f"00-{TRACE}-")


async def test_the_log_names_the_trace(service: Service) -> None:
    await broken_down(service)

    with capture_logs() as log:
        await service.http.get("/fhir/Patient", headers={"traceparent": PARENT})

    assert [line["trace_id"] for line in log if line["event"] == "unexpected error"] == [TRACE]
