"""CarePlan/$agree and its like: each is one row and one call of what the contract API does."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from pk_api.access.actor import Actor
from pk_api.fhir.problems import Problem
from pk_api.fhir.validate import check
from pk_api.fhir.values import parse
from pk_api.interactions.call import Call
from pk_api.interactions.cursors import Cursors
from pk_api.interactions.operations.table import find
from pk_api.records.records import Records
from tests.contract.agreeing import Case, a_case
from tests.contract.wire import Api
from tests.support.actors import PATIENT, SYSTEM_HOSPITAL, SYSTEM_MUNICIPALITY


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The contract API is tried on both; what the operations add is the same on either."""
    shutil.copy(sqlite_template, tmp_path / "pk.db")
    return f"sqlite:///{tmp_path / 'pk.db'}"


@pytest.fixture
async def case(records: Records) -> Case:
    return await a_case(Api(records))


async def asked(case: Case, actor: Actor, operation: str, *, is_post: bool = True, **given: Any) -> Any:
    """What an operation on the contract answers, as a parameter's values by name."""
    parameters = [
        {"name": name, "valueInteger" if isinstance(one, int) else "valueString": one}
        for name, value in given.items()
        for one in (value if isinstance(value, list) else [value])
    ]
    body = {"resourceType": "Parameters", "parameter": parameters} if parameters else None
    call = Call(
        actor, "CarePlan", case.contract, resource=body, operation=operation, is_post=is_post, base="http://x"
    )
    reply = await find(call).perform(case.api.records, Cursors(b"0" * 43 + b"="), call)
    told = parse(reply.body)
    assert check(told) == []
    return read(told["parameter"])


def read(parameters: list[dict[str, Any]]) -> dict[str, list[Any]]:
    out: dict[str, list[Any]] = {}
    for one in parameters:
        value = next((v for k, v in one.items() if k.startswith("value")), None)
        out.setdefault(one["name"], []).append(read(one["part"]) if "part" in one else value)
    return out


async def test_an_agreement_is_reached_by_operations_alone(case: Case) -> None:
    proposed = await asked(case, SYSTEM_HOSPITAL, "propose-agreement", text="Vi börjar med balansen")
    await asked(case, PATIENT, "agree", exceptItem=[f"Task/{case.items['ring']}"])
    done = await asked(case, SYSTEM_MUNICIPALITY, "agree", number=1)
    verified = await asked(case, PATIENT, "verify-agreement", is_post=False)

    assert (proposed["number"], proposed["state"]) == ([1], ["proposed"])
    assert done["state"] == ["agreed"]
    assert [each["answer"] for each in done["parties"]] == [["accepted"]] * 3
    assert (verified["holds"], len(verified["acceptances"])) == ([True], 3)
    assert (await case.sees())["agreement"]["state"] == "agreed"


async def test_a_no_says_why(case: Case) -> None:
    await asked(case, SYSTEM_HOSPITAL, "propose-agreement")

    with pytest.raises(Problem) as silent:
        await asked(case, PATIENT, "decline-agreement")
    await asked(case, PATIENT, "decline-agreement", reason="Inte än")
    told = await asked(case, SYSTEM_HOSPITAL, "agreement", is_post=False)

    assert silent.value.kind == "invalid"
    assert told["state"] == ["declined"]


async def test_what_changes_is_asked_for_by_post(case: Case) -> None:
    for operation in ("propose-agreement", "agree", "decline-agreement"):
        with pytest.raises(Problem) as refusal:
            await asked(case, PATIENT, operation, is_post=False)
        assert refusal.value.kind == "method-not-allowed"


@pytest.mark.parametrize("given", [{"means": "telepathy"}, {"number": 0}, {"party": "all"}])
async def test_another_value_is_refused_by_name(case: Case, given: dict[str, Any]) -> None:
    await asked(case, SYSTEM_HOSPITAL, "propose-agreement")

    with pytest.raises(Problem) as refusal:
        await asked(case, PATIENT, "agree", **given)

    assert refusal.value.kind == "invalid"
    assert next(iter(given)) in refusal.value.detail


async def test_without_a_proposal_there_is_nothing_to_answer(case: Case) -> None:
    with pytest.raises(Problem) as refusal:
        await asked(case, PATIENT, "agree")

    assert refusal.value.kind == "not-found"
