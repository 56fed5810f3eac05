"""Each kind of plan under a contract: its national type and its statutes, as the sources have them.

Sources: domain of the regional guideline (eight statutory names, fourteen pairs of plan and statute), RIV
TypeOfCarePlanEnum 3; each row is written down here apart from the tables of the code.
"""

from typing import Final, get_args

import pytest

from pk_api.contract.editing.items import new_item
from pk_api.contract.model.plans import PlanKindName
from pk_api.contract.reading.plans import plans
from pk_api.fhir import systems
from pk_api.fhir.validate import check
from tests.contract.cases import Json, editing, reading

NATIONAL: Final = {
    "vardplan": "VP",
    "sip": "SIP",
    "rehabiliteringsplan": "RP",
    "habiliteringsplan": "HP",
    "genomforandeplan": "GP",
    "min-vardplan-cancer": None,
    "vardforlopp": "SVP",
    "utskrivningsplan": "SPU",
    "annan-plan": None,
    "behandlingsplan": None,
    "egenvardsplanering": None,
    "individuell-plan-sip": "SIP",
    "individuell-plan-habrehab": None,
    "individuell-plan-smittskydd": None,
    "plan-habrehab-samordning": None,
    "samordnad-vardplan-lptlrv": "SPLPTLRV",
    "vardplan-lptlrv": "VP",
}
"""Of those with two national types, habilitation and rehabilitation, none is said."""

STATUTES: Final = {
    "behandlingsplan": ["SOSFS 2014:5"],
    "egenvardsplanering": ["SOSFS 2009:6"],
    "individuell-plan-sip": ["HSL 2017:30", "Lag 2017:612", "Patientlag 2014:821"],
    "individuell-plan-habrehab": ["HSL 2017:30"],
    "individuell-plan-smittskydd": ["Smittskyddslag 2004:168"],
    "plan-habrehab-samordning": ["SOSFS 2007:10"],
    "samordnad-vardplan-lptlrv": ["LPT 1991:1128", "LRV 1991:1129"],
    "vardplan-lptlrv": ["LPT 1991:1128", "LRV 1991:1129", "Förordning 1991:1472", "SOSFS 2005:27"],
}


def _made(kind: str) -> tuple[Json, Json]:
    """The resource of a new plan of a kind, and what is shown of it."""
    resource, *_ = new_item("plans", {"kind": kind, "title": "Plan"}, editing())
    (shown,) = [each for each in plans(reading({**resource, "id": "made"})) if each["id"] == "made"]
    return resource, shown


@pytest.mark.parametrize("kind", get_args(PlanKindName))
def test_each_kind_is_written_with_its_national_type_and_read_with_its_statutes(kind: str) -> None:
    resource, shown = _made(kind)

    codes = [one for concept in resource["category"] for one in concept["coding"]]
    national = [one["code"] for one in codes if one["system"] == systems.RIV_PLAN_TYPE]
    assert check({"id": "made", **resource}) == []
    assert (shown["kind"], shown["nationalType"]) == (kind, NATIONAL[kind])
    assert national == ([NATIONAL[kind]] if NATIONAL[kind] else [])
    assert sorted(shown["statutes"]) == sorted(STATUTES.get(kind, []))


def test_no_kind_of_the_sources_is_left_out() -> None:
    assert set(NATIONAL) == set(get_args(PlanKindName))
    assert len(STATUTES) == 8
    assert set(NATIONAL.values()) - {None} == {"SIP", "SPLPTLRV", "SPU", "VP", "HP", "RP", "GP", "SVP"}


def test_a_plan_of_a_national_type_alone_is_shown_with_it() -> None:
    plan = {
        "resourceType": "CarePlan",
        "id": "theirs",
        "status": "active",
        "intent": "plan",
        "category": [{"coding": [{"system": systems.RIV_PLAN_TYPE, "code": "SPLPTLRV"}]}],
        "partOf": [{"reference": "CarePlan/c"}],
        "subject": {"reference": "Patient/p"},
    }

    (shown,) = [each for each in plans(reading(plan)) if each["id"] == "theirs"]

    assert (shown["kind"], shown["nationalType"]) == (None, "SPLPTLRV")
