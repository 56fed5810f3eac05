"""Who may say what about access, and what it takes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pk_api.access.actor import Actor
from pk_api.access.assertions import ASSERTIONS
from pk_api.fhir.problems import Problem
from pk_api.records.person_facts import PERSON_CONSENTS
from pk_api.records.records import Records
from tests.rules.people import CLINIC, GP, PATIENT, REGION, WARD, World, for_an_hour, staff, system, world

LONG = {"start": "2026-01-01", "end": "2099-01-01"}
ENDS = {kind: {"period": for_an_hour()} if "end" in rule.needs else {} for kind, rule in ASSERTIONS.items()}


async def _refused(here: World, actor: Actor, consent: dict[str, Any]) -> str:
    try:
        await here.write(actor, consent)
    except Problem as problem:
        return problem.kind
    return ""


@pytest.mark.parametrize("kind", [kind for kind in ASSERTIONS if kind not in PERSON_CONSENTS])
async def test_each_kind_is_said_by_those_who_may(records: Records, kind: str) -> None:
    here, rule = await world(records), ASSERTIONS[kind]
    own = here.consent(kind, WARD, **ENDS[kind])

    assert await _refused(here, system(WARD), own) == ""
    assert await _refused(here, staff(WARD), own) == ""
    words = {name: value for name, value in own.items() if name != "verification"}
    assert (await _refused(here, PATIENT, words) == "") is ("patient" in rule.by)


@pytest.mark.parametrize(
    ("kind", "unit", "allowed"),
    [
        ("emergency", CLINIC, False),
        ("emergency", GP, False),
        ("care-relation", CLINIC, False),
        ("block-inner", CLINIC, True),
        ("block-inner", GP, False),
        ("block-outer", REGION, True),
        ("block-outer", GP, False),
        ("sharing", GP, True),
        ("disclosure", GP, True),
    ],
)
async def test_about_others_is_said_only_what_may_be(
    records: Records, kind: str, unit: str, allowed: bool
) -> None:
    here = await world(records)
    problem = await _refused(here, system(WARD), here.consent(kind, unit, **ENDS[kind]))

    assert problem == ("" if allowed else "forbidden")


@pytest.mark.parametrize("kind", [k for k, rule in ASSERTIONS.items() if rule.needs])
async def test_what_is_needed_must_be_there(records: Records, kind: str) -> None:
    here = await world(records)
    whole = here.consent(kind, WARD, **ENDS[kind])
    without = {
        "reason": {name: value for name, value in whole.items() if name != "extension"},
        "verified": {name: value for name, value in whole.items() if name != "verification"},
        "end": here.consent(kind, WARD, period={"start": "2026-01-01"}),
    }

    for need in ASSERTIONS[kind].needs:
        assert await _refused(here, system(WARD), without[need]) == "business-rule", need


@pytest.mark.parametrize("kind", ["emergency", "care-relation"])
async def test_nothing_lasts_longer_than_it_may(records: Records, kind: str) -> None:
    here = await world(records)

    assert await _refused(here, system(WARD), here.consent(kind, WARD, period=LONG)) == "business-rule"


async def test_an_opening_of_24_hours_from_now_may_begin_before(records: Records) -> None:
    here = await world(records)
    end = (datetime.now(UTC) + timedelta(hours=23)).replace(microsecond=0).isoformat()
    consent = here.consent("emergency", WARD, period={"start": "2026-01-01", "end": end})

    assert await _refused(here, system(WARD), consent) == ""


async def test_a_unit_that_is_not_known_is_told(records: Records) -> None:
    here = await world(records)
    consent = here.consent("sharing", GP)
    consent["provision"]["actor"] = [{"role": {"text": "Enhet"}, "reference": {"display": "Okänd"}}]

    assert await _refused(here, system(WARD), consent) == "business-rule"


async def test_what_has_ended_needs_no_more(records: Records) -> None:
    here = await world(records)
    consent = {**here.consent("emergency", WARD), "status": "inactive", "extension": []}
    del consent["extension"]

    assert await _refused(here, system(WARD), consent) == ""
