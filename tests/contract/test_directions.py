"""Whom the patient turns to for what, when each way is open, and whether coordination is wished for."""

from typing import Any

import pytest

from pk_api.contract.editing.items import changed_item
from pk_api.contract.reading.circumstances import coordination_wish
from pk_api.contract.reading.contacts import contacts
from pk_api.contract.reading.covered import changes
from pk_api.contract.reading.directions import directions
from pk_api.contract.reading.view import view_of
from pk_api.fhir import systems
from pk_api.fhir.problems import Problem
from pk_api.fhir.validate import check
from pk_api.records.values import Write
from tests.contract.cases import CONTRACT, MEMBERS, PATIENT, Json, editing, reading
from tests.contract.wire import Api, opened, registered
from tests.support.actors import HOSPITAL, SYSTEM_HOSPITAL
from tests.support.actors import PATIENT as TOLVAN

CONTACT = MEMBERS["CareTeam/contact"]


def for_(*purposes: str) -> Json:
    said = [{"url": systems.EXT_CONTACT_FOR, "valueCode": each} for each in purposes]
    return {**CONTACT, "extension": said}


def saying(*told: tuple[str, str | None, str | None]) -> Json:
    """The contract with directions: purpose, reference, words."""
    made = []
    for purpose, to, text in told:
        parts: list[Json] = [{"url": "purpose", "valueCode": purpose}]
        parts += [{"url": "to", "valueReference": {"reference": to}}] if to else []
        parts += [{"url": "text", "valueString": text}] if text else []
        made.append({"url": systems.EXT_DIRECTION, "extension": parts})
    return {**MEMBERS[CONTRACT], "extension": made}


def told_of(*more: Json) -> list[tuple[str, Any, Any, bool]]:
    now = reading(*more)
    found = directions(contacts(now), now)
    return [(each["purpose"], (each["to"] or {}).get("name"), each["text"], each["said"]) for each in found]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ((), []),
        ((for_("worse"),), [("worse", "Jonas Ek", None, False)]),
        (
            (for_("worse", "admin"), saying(("worse", "Organization/unit", "Ring först"))),
            [("worse", "Vårdcentralen Björken", "Ring först", True), ("admin", "Jonas Ek", None, False)],
        ),
        ((saying(("worse", None, "Ring 112")),), [("worse", None, "Ring 112", True)]),
        ((saying(("questions", "CareTeam/contact", None)),), [("questions", "Jonas Ek", None, True)]),
        (({**CONTACT, "status": "inactive"}, saying(("questions", "CareTeam/contact", None))), []),
    ],
    ids=["nothing", "contact", "both", "words", "said", "ended"],
)
def test_what_the_contract_says_goes_before_what_its_contacts_are_for(
    more: tuple[Json, ...], expected: list[tuple[str, Any, Any, bool]]
) -> None:
    assert told_of(*more) == expected


@pytest.mark.parametrize(
    ("then", "now", "expected"),
    [
        ((for_("worse"),), (for_("worse"),), []),
        ((saying(("worse", None, "Ring 112")),), (saying(("worse", None, "Ring 112")),), []),
        ((), (saying(("worse", None, "Ring 112")),), []),
        (
            (saying(("worse", None, "Ring oss")),),
            (saying(("worse", None, "Ring 112")),),
            [("directions.worse", "Ring oss", "Ring 112")],
        ),
        ((saying(("worse", None, "Ring oss")),), (), [("directions.worse", "Ring oss", None)]),
        (
            (for_("worse"),),
            (for_("worse"), saying(("worse", None, "Ring 112"))),
            [("directions.worse", "PractitionerRole/doctor", "Ring 112")],
        ),
    ],
    ids=["same contact", "same words", "new", "other words", "taken away", "instead of a contact"],
)
def test_to_turn_elsewhere_than_was_agreed_is_a_change_since(
    then: tuple[Json, ...], now: tuple[Json, ...], expected: list[tuple[str, Any, Any]]
) -> None:
    found = [each for each in changes(reading(*then), reading(*now)) if each["part"] == "contract"]

    told = [
        (
            each["what"],
            *(next((v for w in each[end] for v in (w["text"], w["to"]) if v), None) for end in ENDS),
        )
        for each in found
    ]
    assert told == expected


ENDS = ("before", "after")


def test_nobody_to_turn_to_if_it_gets_worse_is_a_gap_until_the_contract_says() -> None:
    before, after = (view_of(reading(*more))["gaps"] for more in ((), (saying(("worse", None, "Ring 112")),)))

    assert "no-contact-if-worse" in [each["kind"] for each in before]
    assert "no-contact-if-worse" not in [each["kind"] for each in after]


@pytest.mark.parametrize(("code", "lacks"), [("1", False), ("4", False), ("2", True), ("3", True)])
def test_a_physician_or_home_care_alone_is_no_fast_vardkontakt(code: str, *, lacks: bool) -> None:
    role = {"coding": [{"system": systems.KV_FAST_KONTAKT, "code": code}]}
    team = {**CONTACT, "participant": [{**CONTACT["participant"][0], "role": [role]}]}

    assert ("no-contact" in [each["kind"] for each in view_of(reading(team))["gaps"]]) is lacks


def test_each_way_of_contact_tells_its_hours_and_they_are_taken_away_again() -> None:
    point = {"system": "phone", "value": "0980-319200", "hours": "vardagar 8–12"}

    (open_,) = changed_item("contacts", CONTACT, {"telecom": [point]}, editing())
    (shut,) = changed_item("contacts", open_, {"telecom": [point | {"hours": None}]}, editing())

    assert check(open_ | {"id": "c"}) == []
    assert [each["telecom"] for each in contacts(reading(open_))] == [[point]]
    assert shut["telecom"] == CONTACT["telecom"]


def a_wish(on: str, *codes: str) -> Json:
    return {
        "resourceType": "Observation",
        "id": on,
        "status": "final",
        "code": {"coding": [{"system": systems.NARRATIVE, "code": code} for code in codes]},
        "effectiveDateTime": on,
        "performer": [{"reference": PATIENT}],
        "valueString": "Så",
    }


def test_the_last_wish_of_coordination_counts_and_is_a_gap_while_nobody_coordinates() -> None:
    yes, no = (
        a_wish("2026-03-01", "coordination-wish"),
        a_wish("2026-03-02", "coordination-wish", "no-coordination"),
    )

    assert coordination_wish(reading())["state"] == "not-asked"
    assert (coordination_wish(reading(yes))["state"], coordination_wish(reading(yes))["toldBy"]) == (
        "wanted",
        "patient",
    )
    assert coordination_wish(reading(yes, no))["state"] == "not-wanted"
    gaps = {
        more: [each["kind"] for each in view_of(reading(*told))["gaps"]]
        for more, told in (("yes", (yes,)), ("no", (no,)))
    }
    assert ("no-coordinating-contact" in gaps["yes"], "no-coordinating-contact" in gaps["no"]) == (
        True,
        False,
    )


@pytest.mark.one_database
async def test_directions_and_the_wish_are_told_by_whom_they_may_and_read_by_the_patient(api: Api) -> None:
    patient, references = await registered(api.records)
    contract = await opened(api, patient)
    path = f"/contracts/{contract['id']}"

    async with api.of(SYSTEM_HOSPITAL) as hospital, api.of(TOLVAN) as tolvan:
        body = {"directions": [{"purpose": "medicines", "to": {"hsaId": HOSPITAL}, "text": "Apoteket"}]}
        by_patient = await tolvan.post(f"{path}/directions", json=body)
        nobody = await hospital.post(
            f"{path}/directions", json={"directions": [{"purpose": "worse", "contact": "x"}]}
        )
        empty = await hospital.post(f"{path}/directions", json={"directions": [{"purpose": "worse"}]})
        done = await hospital.post(f"{path}/directions", json=body)
        again = await hospital.post(f"{path}/directions", json=body)
        wish = await tolvan.post(f"{path}/coordination-wish", json={"state": "wanted"})
        whole = (await tolvan.get(path)).json()
        told = (await tolvan.get(f"{path}/changes", params={"from": "revision:1"})).json()["sentences"]

    assert [each.status_code for each in (by_patient, nobody, empty)] == [403, 422, 400]
    assert (done.status_code, again.status_code, wish.status_code) == (200, 200, 200), done.text
    assert done.json() == again.json() == {"directions": whole["directions"]}
    assert whole["directions"][0]["to"]["reference"] == references[HOSPITAL]
    assert (whole["coordinationWish"]["state"], whole["coordinationWish"]["toldBy"]) == ("wanted", "patient")
    assert any("vart patienten vänder sig" in each for each in told), told


@pytest.mark.one_database
async def test_a_direction_by_fhir_leads_to_a_contact_in_force_or_says_something(api: Api) -> None:
    patient, references = await registered(api.records)
    contract = await opened(api, patient)
    records = api.records
    async with api.of(SYSTEM_HOSPITAL) as hospital:
        named = {"kind": "fast-vardkontakt", "member": {"reference": references[f"{HOSPITAL}-nurse"]}}
        place = f"/contracts/{contract['id']}/contacts"
        contact, ended = [(await hospital.post(place, json=named)).json()["id"] for _ in range(2)]
        await hospital.post(f"{place}/{ended}/end")
    plan = await records.read(SYSTEM_HOSPITAL, "CarePlan", contract["id"])

    def directed(*told: tuple[str, str | None, str | None]) -> Write:
        resource = {**plan.resource, "extension": saying(*told)["extension"]}
        return Write("update", "CarePlan", resource, id=plan.id)

    for wrong in (("worse", f"CareTeam/{ended}", "Ring"), ("worse", None, None)):
        with pytest.raises(Problem) as refusal:
            await records.write(SYSTEM_HOSPITAL, [directed(wrong)])
        assert refusal.value.kind == "business-rule", refusal.value.detail
    assert await records.write(SYSTEM_HOSPITAL, [directed(("worse", f"CareTeam/{contact}", None))])
