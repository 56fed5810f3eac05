"""Which exception each refusal becomes, what it carries, and when a request is sent again."""

import email.utils
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from pk_api.client import (
    ApiError,
    Conflict,
    Gone,
    Invalid,
    NotFound,
    Refused,
    Retry,
    Stale,
    TooLarge,
    Unavailable,
)
from tests.client.wire import Wire, answer, exactly

OUTCOME = {
    "resourceType": "OperationOutcome",
    "issue": [
        {
            "severity": "error",
            "code": "value",
            "diagnostics": "expected a code",
            "expression": ["Task.status"],
        }
    ],
}
TASK = {"resourceType": "Task", "id": "t", "status": "draft", "intent": "plan"}


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Invalid),
        (401, Refused),
        (403, Refused),
        (404, NotFound),
        (409, Conflict),
        (410, Gone),
        (412, Stale),
        (413, TooLarge),
        (415, Invalid),
        (422, Invalid),
        (428, Invalid),
        (429, Unavailable),
        (503, Unavailable),
        (500, ApiError),
    ],
)
async def test_each_status_has_its_exception(status, kind):
    async with Wire(answer(OUTCOME, status)).client() as client:
        with pytest.raises(ApiError) as raised:
            await client.read("Task", "t")

    assert type(raised.value) is kind
    assert raised.value.status == status


async def test_an_exception_carries_outcome_elements_and_correlation_id():
    async with Wire(answer(OUTCOME, 400, X_Request_Id="r-1")).client() as client:
        with pytest.raises(Invalid) as raised:
            await client.raw.create(TASK)

    assert raised.value.outcome == OUTCOME
    assert raised.value.expressions == ("Task.status",)
    assert raised.value.correlation_id == "r-1"
    assert str(raised.value) == "POST /prefix/fhir/Task: 400 expected a code"


async def test_a_problem_of_the_contract_api_names_its_pointers_and_instance():
    problem = {
        "status": 400,
        "detail": "Inte giltigt",
        "instance": "r-2",
        "errors": [{"pointer": "/patient"}],
    }
    async with Wire(answer(problem, 400)).client() as client:
        with pytest.raises(Invalid) as raised:
            await client.contracts.open("Patient/p")

    assert (raised.value.expressions, raised.value.correlation_id) == (("/patient",), "r-2")


async def test_a_conflict_tells_both_versions():
    conflict = {"part": "actions", "id": "a", "base": "1", "theirs": "2", "yours": "3"}
    async with Wire(answer({"conflicts": [conflict]}, 409)).client() as client:
        with pytest.raises(Conflict) as raised:
            await client.contracts.change("c", "actions", "a", {"text": "x"}, base_revision=1)

    assert raised.value.conflicts == (conflict,)


async def test_a_refusal_without_json_is_still_typed():
    async with Wire(exactly("<html>Bad gateway</html>", 502)).client() as client:
        with pytest.raises(Unavailable) as raised:
            await client.read("Task", "t")

    assert raised.value.outcome == {}


async def test_no_exception_repeats_an_identity_number_of_the_question():
    async with Wire(answer(OUTCOME, 400)).client() as client:
        with pytest.raises(Invalid) as raised:
            await client.search("Task", patient="Patient?identifier=191212121212").page()

    assert "191212121212" not in str(raised.value)


async def test_a_read_is_sent_again_when_the_service_is_away():
    wire = Wire(answer({}, 503), httpx.ReadError("cut"), answer(TASK))

    async with wire.client() as client:
        await client.read("Task", "t")

    assert len(wire.requests) == 3


async def test_the_last_attempt_decides():
    wire = Wire(answer({}, 503))

    async with wire.client() as client:
        with pytest.raises(Unavailable):
            await client.read("Task", "t")

    assert len(wire.requests) == 3


async def test_a_create_whose_answer_was_lost_is_not_sent_again():
    wire = Wire(httpx.ReadError("cut"))

    async with wire.client() as client:
        with pytest.raises(Unavailable, match="whether it was done is not known"):
            await client.raw.create(TASK)

    assert len(wire.requests) == 1


async def test_a_create_that_never_left_is_sent_again():
    wire = Wire(httpx.ConnectError("refused"), answer(TASK, 201))

    async with wire.client() as client:
        await client.raw.create(TASK)

    assert len(wire.requests) == 2


async def test_a_create_that_came_too_often_is_sent_again():
    wire = Wire(answer({}, 429, Retry_After="0"), answer(TASK, 201))

    async with wire.client() as client:
        await client.raw.create(TASK)

    assert len(wire.requests) == 2


async def test_a_post_of_the_contract_api_is_sent_again_with_the_same_key():
    wire = Wire(httpx.ReadError("cut"), answer({"id": "c", "revision": 1}, 201))

    async with wire.client() as client:
        await client.contracts.open("Patient/p")

    keys = {request.headers["idempotency-key"] for request in wire.requests}
    assert len(wire.requests) == 2
    assert len(keys) == 1


async def test_a_fixed_token_is_sent_as_bearer():
    wire = Wire(answer(TASK))

    async with wire.client(token="abc") as client:
        await client.read("Task", "t")

    assert wire.last.headers["authorization"] == "Bearer abc"


async def test_a_provider_is_asked_again_when_its_token_is_refused():
    tokens = iter(["old", "new"])

    async def provide() -> str:
        return next(tokens)

    wire = Wire(answer({}, 401), answer(TASK))
    async with wire.client(token_provider=provide) as client:
        await client.read("Task", "t")

    assert [request.headers["authorization"] for request in wire.requests] == ["Bearer old", "Bearer new"]


def test_the_wait_follows_the_service_up_to_the_longest():
    retry = Retry(longest_wait=5)
    later = email.utils.format_datetime(datetime.now(UTC) + timedelta(hours=1))

    assert [retry.wait(0, "2"), retry.wait(0, "60"), retry.wait(0, later)] == [2, 5, 5]


def test_the_wait_doubles_when_the_service_says_nothing_usable():
    retry = Retry(first_wait=1)

    assert 0.5 <= retry.wait(0) < 1 <= retry.wait(1, "soon") < 2
