"""What the contract API does in one call, as operations: one row and one call each, in one story."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pk_api.access.actor import Actor
from pk_api.contract.clocks import clocks
from pk_api.fhir.artefacts.contract_operations import CONTRACT_OPERATIONS
from pk_api.fhir.problems import Problem
from pk_api.fhir.validate import check
from pk_api.fhir.values import parse
from pk_api.interactions.call import Call
from pk_api.interactions.cursors import Cursors
from pk_api.interactions.operations.contract_calls import told_as
from pk_api.interactions.operations.one_call import ONE_CALLS
from pk_api.interactions.operations.table import find
from pk_api.records.drafts import Policy
from pk_api.records.records import Records
from pk_api.store.database import Database
from tests.conftest import BASE
from tests.contract.agreeing import Case, a_case, by
from tests.contract.wire import Api
from tests.support.actors import (
    MUNICIPALITY,
    PATIENT,
    PRIMARY,
    SYSTEM_HOSPITAL,
    SYSTEM_MUNICIPALITY,
    SYSTEM_PRIMARY,
    TOLVAN,
)

Json = dict[str, Any]


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The contract API is tried on both; what the operations add is the same on either."""
    shutil.copy(sqlite_template, tmp_path / "pk.db")
    return f"sqlite:///{tmp_path / 'pk.db'}"


@dataclass
class Asking:
    """A contract, and operations asked for on what belongs to it."""

    case: Case
    records: Records

    async def ask(self, actor: Actor, operation: str, about: str, *given: tuple[str, str, str]) -> Json:
        """What an operation tells: of each name its texts, or its parts."""
        parameters = [
            {"name": name, kind: {"reference": value} if kind == "valueReference" else value}
            for name, kind, value in given
        ]
        kind, _, id_ = about.partition("/")
        body = {"resourceType": "Parameters"} | ({"parameter": parameters} if parameters else {})
        call = Call(actor, kind, id_, resource=body, operation=operation, is_post=True, base="http://x")
        told = parse((await find(call).perform(self.records, Cursors(b"0" * 43 + b"="), call)).body)
        assert check(told) == []
        return _read(told.get("parameter", []))

    async def refused(self, actor: Actor, operation: str, about: str, *given: tuple[str, str, str]) -> str:
        with pytest.raises(Problem) as refusal:
            await self.ask(actor, operation, about, *given)
        return refusal.value.kind

    @property
    def contract(self) -> str:
        return f"CarePlan/{self.case.contract}"


def _read(parameters: list[Json]) -> Json:
    out: Json = {}
    for one in parameters:
        value = next((v for k, v in one.items() if k.startswith("value")), None)
        out.setdefault(one["name"], []).append(_read(one["part"]) if "part" in one else value)
    return out


@pytest.fixture
async def asking(db: Database) -> Any:
    door = Records(db, Policy(base_url=BASE), clocks=clocks(draft_days=3))
    yield Asking(await a_case(Api(door)), door)
    await door.drain()


def test_every_row_has_its_definition_and_every_definition_its_row() -> None:
    defined = {
        row.code: (row.types, {p.name for p in row.parameters if p.use == "in"}, row.changes)
        for row in CONTRACT_OPERATIONS
    }

    assert defined == {one.code: ((one.type,), set(one.takes), one.changes) for one in ONE_CALLS}


async def test_next_step_gaps_timeline_and_provenance_are_those_of_the_contract_api(asking: Asking) -> None:
    shown = await asking.case.sees(PATIENT)

    step = await asking.ask(PATIENT, "next-step", asking.contract)
    gaps = await asking.ask(PATIENT, "gaps", asking.contract, ("language", "valueCode", "en"))
    first = await asking.ask(PATIENT, "timeline", asking.contract, ("limit", "valueString", "2"))
    said = await asking.ask(PATIENT, "provenance", asking.contract)

    assert step["nextStep"][0]["text"] == [shown["nextStep"]["text"]]
    assert len(step["nextSteps"]) == 2
    assert [each["kind"][0] for each in gaps["gaps"]] == [each["kind"] for each in shown["gaps"]]
    assert "agreement" in str([each["text"] for each in gaps["gaps"]])
    assert len(first["items"]) == 2
    assert first["next"][0]
    assert asking.case.items["goal"] in {each["id"][0] for each in said["items"]}
    assert await asking.refused(SYSTEM_PRIMARY, "gaps", asking.contract) == "not-found"
    wrong = ("language", "valueCode", "fi")
    assert await asking.refused(PATIENT, "next-step", asking.contract, wrong) == "invalid"


@pytest.mark.parametrize("nothing", [{}, {"gaps": []}, {"nextStep": None, "nextSteps": []}])
def test_nothing_to_tell_is_told_without_an_empty_list(nothing: Json) -> None:
    assert parse(told_as(nothing).body or b"") == {"resourceType": "Parameters"}


async def test_a_contract_is_marked_its_plans_are_reconciled_and_a_sip_is_needed(asking: Asking) -> None:
    plans = [
        await by(
            asking.case.api,
            SYSTEM_HOSPITAL,
            "POST",
            f"{asking.case.path}/plans",
            {"kind": "vardplan", "title": "Plan"},
        )
        for _ in range(2)
    ]
    both = [("plan", "valueReference", each["reference"]) for each in plans]
    patient = {"patient": {"personnummer": TOLVAN}}
    await by(asking.case.api, SYSTEM_HOSPITAL, "POST", "/admissions", patient)

    marked = await asking.ask(
        SYSTEM_HOSPITAL, "mark-milestone", asking.contract, ("kind", "valueCode", "first-at-discharge")
    )
    needed = await asking.ask(PATIENT, "tell-sip-need", asking.contract, ("state", "valueCode", "needed"))
    gone = await asking.ask(SYSTEM_HOSPITAL, "reconcile-plans", asking.contract, *both)

    assert marked["items"][0]["kind"] == ["first-at-discharge"]
    assert needed["state"] == ["needed"]
    assert {each["id"][0] for each in gone["plans"]} == {each["id"] for each in plans}
    assert await asking.refused(PATIENT, "tell-sip-need", asking.contract, ("state", "valueCode", "called"))
    assert await asking.refused(SYSTEM_HOSPITAL, "reconcile-plans", asking.contract, both[0]) == "invalid"


async def test_a_unit_is_asked_to_take_over_and_says_no(asking: Asking) -> None:
    unit = ("to", "valueReference", asking.case.references[PRIMARY])

    asked = await asking.ask(SYSTEM_HOSPITAL, "ask-to-take-over", asking.contract, unit)
    said = [("answer", "valueCode", "declined"), ("reason", "valueString", "Listad hos andra")]
    answered = await asking.ask(SYSTEM_PRIMARY, "answer-handover", asked["reference"][0], *said)

    assert (asked["state"], answered["state"]) == (["requested"], ["declined"])
    assert await asking.refused(PATIENT, "ask-to-take-over", asking.contract, unit) == "forbidden"


async def test_an_offer_is_answered(asking: Asking) -> None:
    body = {"patient": {"personnummer": TOLVAN}, "indications": ["complex"]}
    offer = await by(asking.case.api, SYSTEM_HOSPITAL, "POST", "/offers", body)
    no = [("answer", "valueCode", "declined"), ("reason", "valueString", "Nej tack")]

    answered = await asking.ask(PATIENT, "answer-offer", offer["reference"], *no)

    assert (answered["reference"], answered["state"]) == ([offer["reference"]], ["declined"])
    again = await asking.refused(PATIENT, "answer-offer", offer["reference"], no[0], no[1])
    assert again == "not-allowed-in-state"


async def test_what_happens_to_one_who_is_admitted_is_told(asking: Asking) -> None:
    admitted = await by(
        asking.case.api, SYSTEM_HOSPITAL, "POST", "/admissions", {"patient": {"personnummer": TOLVAN}}
    )
    needs = [("event", "valueCode", "needs")]
    needs += [("principal", "valueCode", each) for each in ("region", "municipality")]
    unit = ("to", "valueReference", asking.case.references[PRIMARY])

    assessed = await asking.ask(SYSTEM_HOSPITAL, "tell-discharge", admitted["reference"], *needs)
    noticed = await asking.ask(
        SYSTEM_HOSPITAL, "tell-discharge", admitted["reference"], ("event", "valueCode", "notice"), unit
    )
    ready = await asking.ask(
        SYSTEM_HOSPITAL, "tell-discharge", admitted["reference"], ("event", "valueCode", "ready")
    )

    assert sorted(assessed["principals"]) == ["municipality", "region"]
    assert len(noticed["notices"]) == 1
    assert ready["state"] == ["ready"]
    assert "call-to-sip" in {each["kind"][0] for each in ready["clocks"]}
    unknown = ("event", "valueCode", "gone")
    assert (
        await asking.refused(SYSTEM_HOSPITAL, "tell-discharge", admitted["reference"], unknown) == "invalid"
    )


async def test_a_call_to_a_sip_is_answered_and_confirmed(asking: Asking) -> None:
    call = {
        "contract": asking.case.contract,
        "parties": [{"hsaId": MUNICIPALITY}],
        "start": "2099-03-18T13:00:00+01:00",
        "end": "2099-03-18T14:00:00+01:00",
    }
    made = await by(asking.case.api, SYSTEM_HOSPITAL, "POST", "/sip-calls", call)
    yes, confirm = ("event", "valueCode", "accept"), ("event", "valueCode", "confirm")

    answered = await asking.ask(SYSTEM_MUNICIPALITY, "tell-sip-call", made["reference"], yes)
    noted = await asking.ask(
        SYSTEM_HOSPITAL,
        "tell-sip-call",
        made["reference"],
        ("event", "valueCode", "note"),
        ("party", "valueReference", asking.case.patient),
        ("answer", "valueCode", "accepted"),
    )
    confirmed = await asking.ask(SYSTEM_HOSPITAL, "tell-sip-call", made["reference"], confirm)

    assert [each["answer"] for each in answered["parties"] if "answer" in each] == [["accepted"]]
    assert [each["answer"] for each in noted["parties"]] == [["accepted"]] * 2
    assert confirmed["state"] == ["confirmed"]
    assert (
        await asking.refused(SYSTEM_MUNICIPALITY, "tell-sip-call", made["reference"], confirm) == "forbidden"
    )


async def test_an_identity_is_protected(asking: Asking) -> None:
    mark = ("kind", "valueCode", "sekretessmarkering")

    told = await asking.ask(SYSTEM_HOSPITAL, "protect-identity", asking.case.patient, mark)

    assert told["kinds"] == ["sekretessmarkering"]
    assert await asking.refused(SYSTEM_HOSPITAL, "protect-identity", asking.case.patient) == "forbidden"
    assert await asking.refused(PATIENT, "protect-identity", asking.case.patient, mark) == "forbidden"
