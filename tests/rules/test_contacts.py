"""The rules of a fast kontakt: each alone, and at the door, whoever writes it and however many at once."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from pk_api.fhir import systems
from pk_api.fhir.contacts import RULES, Contact
from pk_api.fhir.problems import Problem
from pk_api.fhir.rules import lacking
from pk_api.records.records import Records
from pk_api.records.values import Write
from tests.rules.named_contacts import PHONE, PHYSICIAN, THREATENING, a_contact, appointed, employed, named
from tests.rules.people import CLINIC, GP, HOME_CARE, NURSING, REGION, WARD, World, system, world

WHOLE = Contact(("1",), appointed=("own",))

BROKEN: dict[str, tuple[dict[str, Any], ...]] = {
    "kind": ({"kinds": ("1", "4")},),
    "named": ({"is_named": False},),
    "reachable": ({"is_reachable": False},),
    "one-physician": ({"kinds": ("2",), "meanwhile": frozenset("12")},),
    "one-coordinating": ({"kinds": ("4",), "meanwhile": frozenset("4")},),
    "home-care": ({"kinds": ("3",)},),
    "physician": ({"is_life_threatening": True}, {"kinds": ("4",), "is_life_threatening": True}),
    "appointed": ({"appointed": ("another",)}, {"appointed": ("patient",)}),
}
KEPT: tuple[dict[str, Any], ...] = (
    {"kinds": ()},
    {"appointed": ()},
    {"meanwhile": frozenset("1234")},
    {"kinds": ("3",), "is_in_home_care": True, "meanwhile": frozenset("3")},
    {"kinds": ("3",), "is_in_home_care": True, "is_life_threatening": True},
    {"is_life_threatening": True, "is_physician": True},
    {"kinds": ("2",), "appointed": ("patient",)},
)


def test_every_rule_is_broken_below() -> None:
    assert set(BROKEN) == {rule.name for rule in RULES}


@pytest.mark.parametrize(("rule", "less"), [(name, one) for name, ways in BROKEN.items() for one in ways])
def test_each_rule_of_a_contact_is_broken_alone_and_told_by_name(rule: str, less: dict[str, Any]) -> None:
    assert [one.name for one in lacking(RULES, replace(WHOLE, **less))] == [rule]


@pytest.mark.parametrize("other", KEPT)
def test_what_the_rules_are_not_about_is_let_be(other: dict[str, Any]) -> None:
    assert lacking(RULES, replace(WHOLE, **other)) == []


async def _refused(here: World, team: dict[str, Any], unit: str = WARD) -> set[str]:
    with pytest.raises(Problem) as refusal:
        await named(here, unit, team)
    assert refusal.value.kind in {"business-rule", "conflict"}, refusal.value.detail
    return set(refusal.value.facts.get("lacking", ()))


async def test_a_contact_in_force_keeps_the_rules_whoever_writes_it(records: Records) -> None:
    here = await world(records)
    await here.relation(WARD)
    nurse, silent = await employed(here, WARD), await employed(here, WARD, phone=False)
    doctor = await employed(here, WARD, PHYSICIAN)
    carer, municipal = await employed(here, HOME_CARE), await employed(here, NURSING)

    assert await _refused(here, a_contact(here, None)) == {"named", "reachable"}
    assert await _refused(here, a_contact(here, here.at[WARD], telecom=[PHONE])) == {"named"}
    assert await _refused(here, a_contact(here, silent)) == {"reachable"}
    assert await _refused(here, a_contact(here, silent, telecom=[{**PHONE, "use": "old"}])) == {"reachable"}
    assert await _refused(here, a_contact(here, nurse, "3")) == {"home-care"}
    assert await _refused(here, a_contact(here, municipal, "3"), NURSING) == {"home-care"}
    assert await _refused(here, a_contact(here, nurse, says=[THREATENING])) == {"physician"}
    assert await _refused(here, a_contact(here, nurse, says=[appointed(here.at[GP])])) == {"appointed"}
    by_patient = appointed(here.patient.reference)
    assert await _refused(here, a_contact(here, nurse, says=[by_patient])) == {"appointed"}

    assert await named(
        here, WARD, a_contact(here, silent, telecom=[PHONE], says=[appointed(here.at[REGION])])
    )
    assert await named(here, WARD, a_contact(here, doctor, says=[THREATENING, appointed(here.at[CLINIC])]))
    assert await named(here, WARD, a_contact(here, doctor, "2", says=[by_patient]))
    assert await named(here, HOME_CARE, a_contact(here, carer, "3"))
    assert await named(here, WARD, a_contact(here, None, status="proposed"))
    assert await named(here, WARD, a_contact(here, None, period={"end": "2020-01-01"}))


async def test_one_physician_and_one_who_coordinates_at_a_time(records: Records) -> None:
    here = await world(records)
    await here.relation(WARD)
    nurse, elsewhere = await employed(here, WARD), await employed(here, GP)
    first = await named(here, WARD, a_contact(here, nurse, "4", period={"end": "2098-12-31"}))
    await named(here, WARD, a_contact(here, nurse, "2"))

    assert await _refused(here, a_contact(here, elsewhere, "4"), GP) == {"one-coordinating"}
    assert await _refused(here, a_contact(here, elsewhere, "2"), GP) == {"one-physician"}
    late = a_contact(here, elsewhere, "4", period={"start": "2099-01-01"})
    assert await named(here, GP, late)
    longer = {**first.resource, "period": {"end": "2099-01-01"}}
    with pytest.raises(Problem) as refusal:
        await records.write(system(WARD), [Write("update", "CareTeam", longer, id=first.id)])
    assert (refusal.value.kind, refusal.value.facts["lacking"]) == ("conflict", ["one-coordinating"])
    over = {**first.resource, "status": "inactive"}
    both = [
        Write("update", "CareTeam", over, id=first.id),
        Write("create", "CareTeam", a_contact(here, nurse, "4", period={"end": "2098-01-01"})),
    ]
    assert await records.write(system(WARD), both, identified=frozenset({here.patient.id}))


async def test_of_those_who_name_a_physician_at_once_one_does(records: Records) -> None:
    here = await world(records)
    await here.relation(WARD)
    team = a_contact(here, await employed(here, WARD), "2")

    done = await asyncio.gather(*(named(here, WARD, team) for _ in range(8)), return_exceptions=True)

    kinds = sorted(one.kind if isinstance(one, Problem) else "named" for one in done)
    assert kinds == ["conflict"] * 7 + ["named"]


async def test_who_is_in_no_directory_stands_in_the_contact_itself_and_is_no_physician_by_it(
    records: Records,
) -> None:
    here = await world(records)
    await here.relation(WARD)
    nameless: dict[str, Any] = {"resourceType": "Practitioner", "id": "n"}
    coded = {"coding": [{"system": systems.OCCUPATION, "code": PHYSICIAN}]}
    doctor = {**nameless, "name": [{"text": "Läkaren"}], "qualification": [{"code": coded}]}

    def contained(who: dict[str, Any], **more: Any) -> dict[str, Any]:
        return a_contact(here, "#n", contained=[who], telecom=[PHONE], **more)

    assert await named(here, WARD, contained(doctor))
    assert await _refused(here, contained(nameless)) == {"named"}
    assert await _refused(here, contained(doctor, says=[THREATENING])) == {"physician"}
