"""A SIP is in force only with all that the law asks for, whatever way it is written."""

from dataclasses import replace
from typing import Any

import pytest

from pk_api.fhir import systems
from pk_api.fhir.problems import Problem
from pk_api.fhir.sip import RULES, Sip, lacking
from pk_api.records.records import Records
from pk_api.records.values import Write
from tests.rules.people import GP, PATIENT, REGION, TOWN, WARD, observation, system, world
from tests.rules.sips import a_consent, a_sip, an_action, store, with_principals
from tests.rules.standins import a_related_person

WHOLE = Sip(
    consents=1,
    actions=2,
    owners=("patient", "municipality"),
    leads=("region",),
    has_relatives=True,
    objects=False,
    follow_up="2099-01-01",
)
BROKEN: dict[str, tuple[dict[str, Any], ...]] = {
    "consent": ({"consents": 0},),
    "action": ({"actions": 0, "owners": ()},),
    "owners": ({"actions": 3},),
    "kinds": ({"owners": ("patient", None)}, {"owners": ("patient", "club")}),
    "lead": (
        {"leads": ()},
        {"leads": ("region", "municipality")},
        {"leads": ("private",)},
        {"leads": (None,)},
    ),
    "relatives": ({"objects": True},),
    "follow-up": ({"follow_up": None},),
}


def test_every_rule_is_broken_below() -> None:
    assert set(BROKEN) == {rule.name for rule in RULES}


@pytest.mark.parametrize(("rule", "less"), [(name, one) for name, ways in BROKEN.items() for one in ways])
def test_each_rule_of_a_sip_is_broken_alone_and_told_by_name(rule: str, less: dict[str, Any]) -> None:
    assert lacking(WHOLE) == []
    assert [one.name for one in lacking(replace(WHOLE, **less))] == [rule]


@pytest.mark.parametrize("lead", ["region", "municipality"])
def test_either_principal_may_answer_for_the_whole(lead: str) -> None:
    assert lacking(replace(WHOLE, leads=(lead,), has_relatives=False, objects=True)) == []


def test_an_index_card_says_who_answers_and_that_the_patient_consents() -> None:
    card = Sip(0, 0, (), (), has_relatives=True, objects=True, follow_up=None, is_card=True)

    assert [one.name for one in lacking(card)] == ["consent", "lead"]


async def _refused(records: Records, here: Any, *resources: Any) -> set[str]:
    with pytest.raises(Problem) as refusal:
        await store(records, here, *resources)
    assert refusal.value.kind == "business-rule", refusal.value.detail
    return set(refusal.value.facts.get("lacking", ()))


async def test_a_sip_comes_into_force_whole_or_not_at_all(records: Records) -> None:
    here = await with_principals(await world(records))
    await here.relation(WARD)
    consent, action, own = a_consent(here), an_action(here), an_action(here, here.patient.reference)

    assert await _refused(records, here, a_sip(here), action) == {"consent"}
    assert await _refused(records, here, a_sip(here), {**consent, "status": "rejected"}, action) == {
        "consent"
    }
    over = a_consent(here, period={"end": "2020-01-01"})
    assert await _refused(records, here, a_sip(here), over, action) == {"consent"}
    assert await _refused(records, here, a_sip(here), consent) == {"action"}
    cancelled = {**action, "status": "cancelled"}
    assert await _refused(records, here, a_sip(here), consent, cancelled) == {"action"}
    assert await _refused(records, here, a_sip(here), consent, action, an_action(here, None)) == {"owners"}
    assert await _refused(records, here, a_sip(here), consent, an_action(here, GP)) == {"kinds"}
    assert await _refused(records, here, a_sip(here, leads=()), consent, action) == {"lead"}
    assert await _refused(records, here, a_sip(here, leads=(REGION, TOWN)), consent, own) == {"lead"}
    assert await _refused(records, here, a_sip(here, leads=(GP,)), consent, action) == {"lead"}
    assert await _refused(records, here, a_sip(here, due=None), consent, action) == {"follow-up"}
    assert await store(records, here, a_sip(here, status="draft", leads=(), due=None))
    assert await store(records, here, a_sip(here, leads=(TOWN,)), consent, action, own)


async def test_a_consent_is_withdrawn_at_any_time_and_then_the_plan_can_only_end(records: Records) -> None:
    here = await with_principals(await world(records))
    await here.relation(WARD)
    plan, consent, _ = await store(records, here, a_sip(here), a_consent(here), an_action(here))

    taken_back = Write("update", "Consent", {**consent.resource, "status": "inactive"}, id=consent.id)
    (withdrawn,) = await records.write(PATIENT, [taken_back])
    changed = Write("update", "CarePlan", {**plan.resource, "title": "SIP igen"}, id=plan.id)
    with pytest.raises(Problem) as refusal:
        await records.write(system(WARD), [changed])
    ended = Write("update", "CarePlan", {**plan.resource, "status": "revoked"}, id=plan.id)
    (over,) = await records.write(system(WARD), [ended])

    assert withdrawn.resource["status"] == "inactive"
    assert refusal.value.facts["lacking"] == ["consent"]
    assert over.resource["status"] == "revoked"


async def test_what_is_put_under_a_sip_in_force_has_an_owner_of_a_stated_kind(records: Records) -> None:
    here = await with_principals(await world(records))
    await here.relation(WARD)
    plan, _, action = await store(records, here, a_sip(here), a_consent(here), an_action(here))
    under = plan.reference

    assert await _refused(records, here, an_action(here, GP, plan=under)) == {"kinds"}
    assert await _refused(records, here, an_action(here, None, plan=under)) == {"owners"}
    (more,) = await store(records, here, an_action(here, WARD, plan=under))
    moved = {**action.resource, "owner": {"reference": here.at[GP]}}
    with pytest.raises(Problem) as refusal:
        await records.write(system(WARD), [Write("update", "Task", moved, id=action.id)])
    assert refusal.value.facts["lacking"] == ["kinds"]
    done = {**more.resource, "status": "completed"}
    assert await records.write(system(WARD), [Write("update", "Task", done, id=more.id)])


@pytest.mark.parametrize("said", [("relatives-wish", "no-relatives"), ("relatives-wish",)])
async def test_relatives_take_part_unless_the_patient_objects(
    records: Records, said: tuple[str, ...]
) -> None:
    here = await with_principals(await world(records))
    await here.relation(WARD)
    siv = await here.write(system(WARD), a_related_person(here.patient.reference, (systems.ROLE_CODE, "SPS")))
    code = {"coding": [{"system": systems.NARRATIVE, "code": one} for one in said]}
    await here.write(PATIENT, observation(here.patient.reference, "2026-03-01", code=code, valueString="Så"))
    wholes = (
        (a_sip(here), a_consent(here), an_action(here, siv.reference)),
        (a_sip(here, contributor=[{"reference": siv.reference}]), a_consent(here), an_action(here)),
    )

    for whole in wholes:
        if "no-relatives" in said:
            assert await _refused(records, here, *whole) == {"relatives"}
        else:
            assert await store(records, here, *whole)
