"""Who takes on what is to be done: the steps of Tasks and of contracts at the door, whoever writes."""

from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Final

import pytest

from pk_api.access.actor import Actor
from pk_api.fhir import systems
from pk_api.fhir.problems import Problem
from pk_api.fhir.taking_on import contract_goes_on, step
from pk_api.records.records import Records
from pk_api.records.values import Write
from tests.contract.agreeing import Case, a_case
from tests.contract.wire import Api
from tests.support.actors import (
    HOSPITAL,
    MUNICIPALITY,
    PATIENT,
    SYSTEM_HOSPITAL,
    SYSTEM_MUNICIPALITY,
)

Json = dict[str, Any]
ASKED: Final = ("draft", "requested", "received")
ON: Final = ("accepted", "ready", "in-progress", "on-hold")
OVER: Final = ("completed", "cancelled", "failed", "entered-in-error")
STATUSES: Final = (*ASKED, *ON, "rejected", *OVER)


def expected(was: str, is_: str, *, is_moved: bool) -> str | None:
    """Who may bring an action there, in words of Task's state machine."""
    if is_ == "entered-in-error":
        return "recorder"
    if was in OVER:
        return None
    if is_ in ASKED:
        return "anyone" if was in (*ASKED, "rejected") or is_moved else None
    if is_ == "rejected" or (is_ in ON and was not in ON):
        return "owner"
    return None if was == "rejected" else "anyone"


def a_task(status: str, **more: Any) -> Json:
    return {"resourceType": "Task", "status": status, **more}


@pytest.mark.parametrize("is_moved", [True, False])
def test_each_step_of_an_action_is_somebodys_or_nobodys(is_moved: bool) -> None:
    for was, is_ in product(STATUSES, STATUSES):
        if was != is_:
            found = step(a_task(was), is_, is_moved=is_moved)
            assert found == expected(was, is_, is_moved=is_moved), (was, is_)


@pytest.mark.parametrize("requester", ["Patient/p", "Organization/region"])
def test_each_answer_to_an_offer_is_given_once(requester: str) -> None:
    code = {"coding": [{"system": systems.TASK_KIND, "code": "offer-contract"}]}
    is_wish = requester == "Patient/p"
    answers = {"accepted", "rejected", "cancelled"}

    for was, is_ in product(STATUSES, STATUSES):
        task = a_task(was, code=code, requester={"reference": requester})
        found = step(task, is_, is_moved=False)
        if is_ == "entered-in-error":
            assert found == "recorder"
        elif was not in ASKED or is_ not in answers | {*ASKED}:
            assert found is None, (was, is_)
        elif is_ in ASKED:
            assert found == "anyone"
        else:
            by_care = "patient" if is_ == "cancelled" else "care"
            assert found == (by_care if is_wish else "care" if is_ == "cancelled" else "anyone"), (was, is_)


def test_a_contract_that_has_ended_stays_ended() -> None:
    over, standing = ("completed", "revoked", "entered-in-error"), ("draft", "active", "on-hold", "unknown")

    for was, is_ in product((*over, *standing), (*over, *standing)):
        may = is_ in {was, "entered-in-error"} or (
            was in standing and (is_ != "draft" or was in {"draft", "unknown"})
        )
        assert contract_goes_on(was, is_) == may, (was, is_)


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A rule is the same on either database."""
    target = tmp_path / "pk.db"
    target.write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{target}"


@dataclass
class Doing:
    """A contract with an action of the patient's (`ring`) and one of the municipality's (`train`)."""

    case: Case
    records: Records

    async def put(self, actor: Actor, name: str, **more: Any) -> str:
        """The status after a change by FHIR, or why it was refused."""
        return await self.put_to(actor, f"Task/{self.case.items[name]}", **more)

    async def put_to(self, actor: Actor, reference: str, **more: Any) -> str:
        kind, _, id_ = reference.partition("/")
        now = (await self.records.read(SYSTEM_HOSPITAL, kind, id_)).resource
        return await self._status(actor, Write("update", kind, {**now, **more}, id=id_))

    async def new(self, actor: Actor, owner: str, status: str, **more: Any) -> str:
        """The status of a new action of an owner, or why it was refused."""
        task = {
            "resourceType": "Task",
            "basedOn": [{"reference": f"CarePlan/{self.case.contract}"}],
            "status": status,
            "intent": "plan",
            "for": {"reference": self.case.patient},
            "owner": {"reference": owner},
            **more,
        }
        return await self._status(actor, Write("create", "Task", task))

    async def _status(self, actor: Actor, write: Write) -> str:
        try:
            (written,) = await self.records.write(actor, [write])
        except Problem as problem:
            return problem.kind
        return str(written.resource["status"])


@pytest.fixture
async def doing(records: Records) -> Doing:
    return Doing(await a_case(Api(records)), records)


async def test_nobody_takes_on_or_declines_an_action_for_another(doing: Doing) -> None:
    for status in (*ON, "rejected"):
        assert await doing.put(SYSTEM_HOSPITAL, "ring", status=status) == "forbidden", status
        assert await doing.put(SYSTEM_MUNICIPALITY, "ring", status=status) == "forbidden", status
        assert await doing.put(SYSTEM_HOSPITAL, "train", status=status) == "forbidden", status
        assert await doing.put(PATIENT, "train", status=status) == "forbidden", status

    assert await doing.put(PATIENT, "ring", status="accepted") == "accepted"
    assert await doing.put(SYSTEM_MUNICIPALITY, "train", status="in-progress") == "in-progress"


async def test_what_is_over_stays_over(doing: Doing) -> None:
    assert await doing.put(PATIENT, "ring", status="completed") == "completed"

    for actor, status in product((PATIENT, SYSTEM_HOSPITAL), ("requested", "accepted", "cancelled")):
        assert await doing.put(actor, "ring", status=status) == "not-allowed-in-state", status
    assert await doing.put(PATIENT, "ring", status="entered-in-error") == "forbidden"
    assert await doing.put(SYSTEM_HOSPITAL, "ring", status="entered-in-error") == "entered-in-error"
    assert await doing.put(SYSTEM_HOSPITAL, "ring", status="requested") == "not-allowed-in-state"


async def test_an_answer_is_not_taken_back_by_others_and_another_owner_answers_anew(doing: Doing) -> None:
    await doing.put(PATIENT, "ring", status="accepted")
    town = {"owner": {"reference": doing.case.references[MUNICIPALITY]}}

    asked_again = await doing.put(SYSTEM_HOSPITAL, "ring", status="requested")
    moved_as_accepted = await doing.put(SYSTEM_HOSPITAL, "ring", **town)
    moved = await doing.put(SYSTEM_HOSPITAL, "ring", status="requested", **town)

    assert (asked_again, moved_as_accepted, moved) == ("not-allowed-in-state", "business-rule", "requested")
    assert await doing.put(SYSTEM_MUNICIPALITY, "ring", status="accepted") == "accepted"


async def test_a_new_action_of_another_care_provider_waits_for_its_answer(doing: Doing) -> None:
    town, own = doing.case.references[MUNICIPALITY], doing.case.references[HOSPITAL]
    as_others = {"extension": [{"url": systems.EXT_SIDE, "valueCode": "other"}]}

    refused = [await doing.new(SYSTEM_HOSPITAL, town, status) for status in ON]
    disguised = await doing.new(SYSTEM_HOSPITAL, town, "accepted", **as_others)
    by_patient = await doing.new(PATIENT, own, "accepted")

    assert {*refused, disguised, by_patient} == {"business-rule"}
    assert await doing.new(SYSTEM_HOSPITAL, town, "requested") == "requested"
    assert await doing.new(SYSTEM_HOSPITAL, own, "accepted") == "accepted"
    assert await doing.new(SYSTEM_HOSPITAL, doing.case.patient, "accepted") == "accepted"


async def test_an_action_in_the_shape_of_a_choice_or_an_option_is_taken_on_by_its_owner_too(
    doing: Doing,
) -> None:
    choose = {"coding": [{"system": systems.TASK_KIND, "code": "choose"}]}
    plain = {"coding": [{"system": systems.TASK_KIND, "code": "own-action"}]}
    ring = {"reference": f"Task/{doing.case.items['ring']}"}

    as_choice = await doing.put(SYSTEM_HOSPITAL, "ring", code=choose)
    back = await doing.put(SYSTEM_HOSPITAL, "ring", code=plain, status="accepted")
    await doing.put(SYSTEM_HOSPITAL, "train", intent="option", partOf=[ring])
    as_option = await doing.put(SYSTEM_HOSPITAL, "train", intent="plan", status="accepted")

    assert as_choice == "requested"
    assert (back, as_option) == ("forbidden", "forbidden")


async def test_an_action_does_not_become_an_offer_nor_an_offer_an_action(doing: Doing) -> None:
    offer = {"coding": [{"system": systems.TASK_KIND, "code": "offer-contract"}]}
    town = doing.case.references[MUNICIPALITY]
    asked = {"resourceType": "Task", "status": "requested", "intent": "plan", "code": offer}
    asked |= {"for": {"reference": doing.case.patient}, "owner": {"reference": town}}
    (made,) = await doing.records.write(SYSTEM_HOSPITAL, [Write("create", "Task", asked)])

    as_offer = await doing.put(SYSTEM_HOSPITAL, "ring", code=offer)
    taken_on = await doing.put(SYSTEM_HOSPITAL, "ring", status="accepted")
    as_action = await doing.put_to(SYSTEM_HOSPITAL, made.reference, code={"text": "Ring"})

    assert (as_offer, taken_on, as_action) == ("business-rule", "forbidden", "business-rule")


async def test_an_option_of_no_choice_is_taken_on_by_nobody_else(doing: Doing) -> None:
    ring = {"intent": "option", "partOf": [{"reference": f"Task/{doing.case.items['ring']}"}]}

    waits = await doing.put(SYSTEM_HOSPITAL, "train", status="draft", **ring)
    taken_on = await doing.put(SYSTEM_HOSPITAL, "train", status="accepted")
    new = await doing.new(SYSTEM_HOSPITAL, doing.case.references[MUNICIPALITY], "accepted", **ring)

    assert (waits, taken_on, new) == ("draft", "business-rule", "business-rule")


async def test_a_disguise_put_on_later_lets_nobody_in_either(doing: Doing) -> None:
    as_others = [{"url": systems.EXT_SIDE, "valueCode": "other"}]

    both = await doing.put(SYSTEM_HOSPITAL, "train", status="accepted", extension=as_others)
    first = await doing.put(SYSTEM_HOSPITAL, "train", extension=as_others)
    then = await doing.put(SYSTEM_HOSPITAL, "train", status="accepted")

    assert (both, first, then) == ("business-rule", "requested", "business-rule")


async def test_a_contract_that_has_ended_is_not_opened_again(doing: Doing) -> None:
    contract = f"CarePlan/{doing.case.contract}"

    draft = await doing.put_to(SYSTEM_HOSPITAL, contract, status="draft")
    ended = await doing.put_to(SYSTEM_HOSPITAL, contract, status="completed")
    again = await doing.put_to(SYSTEM_HOSPITAL, contract, status="active")

    assert (draft, ended, again) == ("not-allowed-in-state", "completed", "not-allowed-in-state")


async def test_an_offer_that_was_answered_is_not_answered_otherwise(doing: Doing) -> None:
    offer = {"code": {"coding": [{"system": systems.TASK_KIND, "code": "offer-contract"}]}}
    offer |= {"intent": "proposal", "requester": {"reference": doing.case.references[HOSPITAL]}}
    made = {
        "resourceType": "Task",
        "status": "requested",
        "for": {"reference": doing.case.patient},
        "owner": {"reference": doing.case.patient},
        **offer,
    }
    (written,) = await doing.records.write(SYSTEM_HOSPITAL, [Write("create", "Task", made)])

    no = await doing.put_to(PATIENT, written.reference, status="rejected")
    otherwise = [
        await doing.put_to(actor, written.reference, status="accepted")
        for actor in (PATIENT, SYSTEM_HOSPITAL)
    ]

    assert (no, {*otherwise}) == ("rejected", {"not-allowed-in-state"})


async def test_of_an_actor_that_nobody_calls_for_care_tells_how_it_goes(doing: Doing) -> None:
    school: Json = {"resourceType": "Organization", "name": "Skolan"}
    (made,) = await doing.records.write(SYSTEM_HOSPITAL, [Write("create", "Organization", school)])

    assert await doing.new(SYSTEM_HOSPITAL, made.reference, "accepted") == "accepted"
    assert await doing.new(PATIENT, made.reference, "requested") == "requested"
