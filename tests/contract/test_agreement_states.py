"""The states of an agreement: every one of them, whatever happens, whoever does it."""

import shutil
from collections.abc import Awaitable, Callable, Mapping
from itertools import product
from pathlib import Path

import pytest

from pk_api.contract.reading.agreement import Proposal, in_force, state_of
from tests.contract.agreeing import Case, a_case
from tests.contract.wire import Api, Json
from tests.support.actors import (
    OPERATOR,
    OTHER_PATIENT,
    PATIENT,
    SYSTEM_HOSPITAL,
    SYSTEM_MUNICIPALITY,
    SYSTEM_PRIMARY,
)

STATUSES = ("requested", "received", "accepted", "rejected", "cancelled")
LATER: dict[str, tuple[str, ...]] = {
    "nothing": (),
    "open": ("accepted", "requested"),
    "agreed": ("accepted", "accepted"),
    "declined": ("accepted", "rejected"),
}


def a_proposal(number: int, statuses: tuple[str, ...], parties: int = 2) -> Proposal:
    tasks = tuple({"id": f"agreement-{number}-{n}-x", "status": each} for n, each in enumerate(statuses, 1))
    return Proposal(number, 1, parties, tasks)


@pytest.mark.parametrize(("first", "second", "later"), list(product(STATUSES, STATUSES, LATER)))
def test_the_state_of_a_proposal_follows_from_the_answers(first: str, second: str, later: str) -> None:
    proposal = a_proposal(1, (first, second))
    every = [proposal, *([a_proposal(2, LATER[later])] if LATER[later] else [])]

    state = state_of(proposal, every)

    both = {first, second}
    if both == {"accepted"}:
        assert state == ("superseded" if later == "agreed" else "agreed")
    elif "rejected" in both:
        assert state == "declined"
    else:
        assert state == ("proposed" if later == "nothing" else "replaced")
    holds = in_force(every)
    assert (holds.number if holds else None) == (2 if later == "agreed" else 1 if state == "agreed" else None)


def test_what_a_reader_does_not_see_all_of_is_not_agreed() -> None:
    seen = a_proposal(1, ("accepted", "accepted"), parties=3)

    assert state_of(seen, [seen]) == "proposed"


async def _proposed(case: Case) -> None:
    await case.proposed()


async def _halfway(case: Case) -> None:
    await case.proposed()
    await case.answers(PATIENT)


async def _agreed(case: Case) -> None:
    await case.agreed()


async def _changed(case: Case) -> None:
    await case.proposed()
    await case.changes()


async def _declined(case: Case) -> None:
    await case.proposed()
    await case.answers(PATIENT, event="decline", reason="Nej")


async def _replaced(case: Case) -> None:
    await case.proposed()
    await case.proposed()


async def _superseded(case: Case) -> None:
    await case.agreed()
    await case.agreed()


STATES: Mapping[str, tuple[Callable[[Case], Awaitable[None]], str]] = {
    "proposed": (_proposed, "proposed"),
    "accepted by one": (_halfway, "proposed"),
    "agreed": (_agreed, "agreed"),
    "changed since proposed": (_changed, "proposed"),
    "declined": (_declined, "declined"),
    "replaced": (_replaced, "replaced"),
    "superseded": (_superseded, "superseded"),
}
WHO = {
    "patient": PATIENT,
    "municipality": SYSTEM_MUNICIPALITY,
    "hospital": SYSTEM_HOSPITAL,
    "care elsewhere": SYSTEM_PRIMARY,
    "another patient": OTHER_PATIENT,
    "operator": OPERATOR,
}
OUTSIDE = {"care elsewhere", "another patient", "operator"}
EVENTS: dict[str, Json] = {"accept": {}, "decline": {"reason": "Nej"}}
DONE = {
    ("proposed", "patient", "accept"),
    ("proposed", "patient", "decline"),
    ("proposed", "municipality", "accept"),
    ("proposed", "municipality", "decline"),
    ("accepted by one", "municipality", "accept"),
    ("accepted by one", "municipality", "decline"),
    ("changed since proposed", "patient", "decline"),
    ("changed since proposed", "municipality", "decline"),
}
"""What is done; all else is refused: 403 or 404 to those outside, 409 to the parties."""


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The table is the same on either database; races are tried on both elsewhere."""
    shutil.copy(sqlite_template, tmp_path / "pk.db")
    return f"sqlite:///{tmp_path / 'pk.db'}"


@pytest.mark.parametrize("state", STATES)
async def test_in_every_state_all_that_is_not_in_the_table_is_refused(api: Api, state: str) -> None:
    case = await a_case(api)
    make, told = STATES[state]
    await make(case)

    for (name, actor), (event, body) in product(WHO.items(), EVENTS.items()):
        if (state, name, event) in DONE:
            continue
        async with api.of(actor) as client:
            answer = await client.post(f"{case.path}/agreements/1/{event}", json=body)
        assert answer.status_code in ({403, 404} if name in OUTSIDE else {409}), (name, event, answer.text)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        assert (await hospital.get(f"{case.path}/agreements/1")).json()["state"] == told
        assert (await hospital.post(f"{case.path}/agreements", json={})).status_code == 201
    async with api.of(PATIENT) as tolvan:
        assert (await tolvan.post(f"{case.path}/agreements", json={})).status_code == 403


@pytest.mark.parametrize(("state", "name", "event"), sorted(DONE))
async def test_what_is_in_the_table_is_done(api: Api, state: str, name: str, event: str) -> None:
    case = await a_case(api)
    await STATES[state][0](case)

    async with api.of(WHO[name]) as client:
        answer = await client.post(f"{case.path}/agreements/1/{event}", json=EVENTS[event])

    became = {"decline": "declined"}.get(event, "agreed" if state == "accepted by one" else "proposed")
    assert (answer.status_code, answer.json()["state"]) == (200, became)


async def test_a_closed_contract_is_agreed_on_no_more(api: Api) -> None:
    case = await a_case(api)
    await case.proposed()

    async with api.of(SYSTEM_HOSPITAL) as hospital, api.of(PATIENT) as tolvan:
        await hospital.post(f"{case.path}/status", json={"status": "complete"})
        late = await tolvan.post(f"{case.path}/agreements/1/accept", json={})
        again = await hospital.post(f"{case.path}/agreements", json={})

    assert (late.status_code, again.status_code) == (409, 409)
