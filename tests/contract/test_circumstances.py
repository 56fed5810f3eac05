"""What surrounds a contract: the wish about relatives, adapted contacts, children who are relatives."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from pk_api.access.actor import Actor
from pk_api.fhir.problems import Problem
from pk_api.fhir.systems import FLAG, ROLE_CODE
from pk_api.records.records import Records
from tests.contract.wire import Api
from tests.rules.people import GP, PATIENT, WARD, World, staff, system, world
from tests.rules.standins import a_permission, a_related_person, proxy_of
from tests.support.actors import TOLVAN

NOT_ASKED = {"state": "not-asked", "text": None, "toldBy": None, "on": None, "reference": None}
NONE = {"state": "none"}


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """What is told of a contract is the same on either database."""
    shutil.copy(sqlite_template, tmp_path / "pk.db")
    return f"sqlite:///{tmp_path / 'pk.db'}"


async def _contract(records: Records, api: Api) -> tuple[World, str]:
    here = await world(records)
    await here.relation(WARD)
    made = await _post(api, system(WARD), "/contracts", {"patient": {"personnummer": TOLVAN}})
    return here, made.json()["id"]


async def _post(api: Api, actor: Actor, path: str, body: dict[str, Any]) -> Any:
    async with api.of(actor) as client:
        return await client.post(path, json=body)


async def _tell(api: Api, actor: Actor, contract: str, kind: str, **body: Any) -> Any:
    return await _post(api, actor, f"/contracts/{contract}/{kind}", body)


async def _read(api: Api, actor: Actor, contract: str, language: str = "sv") -> dict[str, Any]:
    async with api.of(actor, language=language) as client:
        return dict((await client.get(f"/contracts/{contract}")).json())


async def test_what_is_told_last_of_relatives_counts(records: Records, api: Api) -> None:
    _, contract = await _contract(records, api)
    before = (await _read(api, PATIENT, contract))["relativesWish"]

    by_care = await _tell(api, staff(WARD), contract, "relatives-wish", state="told", text="Dottern är med")
    own = await _tell(api, PATIENT, contract, "relatives-wish", **NONE)

    assert before == NOT_ASKED
    assert (by_care.json()["state"], by_care.json()["toldBy"]) == ("told", "care"), by_care.text
    assert (own.json()["state"], own.json()["toldBy"]) == ("none", "patient")
    for actor in (PATIENT, staff(WARD)):
        assert (await _read(api, actor, contract))["relativesWish"] == own.json()
    assert int(own.headers["Contract-Revision"]) == int(by_care.headers["Contract-Revision"]) + 1


async def test_a_wish_is_told_in_words(records: Records, api: Api) -> None:
    _, contract = await _contract(records, api)

    assert (await _tell(api, PATIENT, contract, "relatives-wish", state="told")).status_code == 422


async def test_care_adds_no_relative_against_the_wish(records: Records, api: Api) -> None:
    _, contract = await _contract(records, api)
    siv = {"name": "Siv", "relation": "spouse"}
    await _tell(api, PATIENT, contract, "relatives-wish", **NONE)

    by_care = await _post(api, system(WARD), f"/contracts/{contract}/relatives", siv)
    own = await _post(api, PATIENT, f"/contracts/{contract}/relatives", siv)

    assert (by_care.status_code, own.status_code) == (409, 201), own.text


async def test_relatives_do_not_read_what_is_said_of_them(records: Records, api: Api) -> None:
    here, contract = await _contract(records, api)
    person = await here.write(system(WARD), a_related_person(here.patient.reference, (ROLE_CODE, "SPS")))
    await here.write(PATIENT, a_permission(here.patient.reference, person.reference, "relative-access"))
    kinds = (
        ("relatives-wish", NONE),
        ("children-as-relatives", {"exist": True}),
        ("communication-needs", {"needs": [{"kind": "easy-read"}]}),
    )
    told = [(await _tell(api, PATIENT, contract, kind, **body)).json() for kind, body in kinds]
    wish, child = [
        await records.read(PATIENT, "Observation", one["reference"].partition("/")[2]) for one in told[:2]
    ]
    needs = next(
        one
        for one in (await records.contract(PATIENT, contract)).members
        if one.type == "Observation" and one.id not in {wish.id, child.id}
    )

    sees = [await here.sees(proxy_of(here.patient), one) for one in (wish, child, needs)]

    assert sees == [False, False, True]


async def test_needs_are_kept_and_are_the_support_of_new_times(records: Records, api: Api) -> None:
    here, contract = await _contract(records, api)
    needs = [{"kind": "interpreter", "text": "arabiska"}, {"kind": "aphasia"}]

    told = await _tell(api, PATIENT, contract, "communication-needs", needs=needs)
    time = {"start": "2099-01-01T09:00:00+01:00", "end": "2099-01-01T10:00:00+01:00"}
    path = f"/contracts/{contract}/appointments"
    usual = await _post(api, system(WARD), path, time)
    own = await _post(api, system(WARD), path, {**time, "support": ["Sjukresa"]})

    assert told.json()["needs"] == [
        {"kind": "interpreter", "text": "Tolk behövs: arabiska"},
        {"kind": "aphasia", "text": "Afasi"},
    ]
    assert usual.json()["support"] == ["Tolk behövs: arabiska", "Afasi"], usual.text
    assert own.json()["support"] == ["Sjukresa"]
    english = (await _read(api, PATIENT, contract, "en"))["patient"]["needs"]
    assert [one["text"] for one in english] == ["An interpreter is needed: arabiska", "Aphasia"]
    await _tell(api, PATIENT, contract, "communication-needs", needs=[])
    assert (await _read(api, PATIENT, contract))["patient"]["needs"] == []
    assert here.patient.id


async def test_care_tells_of_children_by_a_flag_that_tells_which_of_none(records: Records, api: Api) -> None:
    _, contract = await _contract(records, api)
    before = (await _read(api, staff(WARD), contract))["childrenAsRelatives"]

    told = await _tell(api, staff(WARD), contract, "children-as-relatives", exist=True)
    again = await _tell(api, staff(WARD), contract, "children-as-relatives", exist=True)
    flag = (await records.read(staff(WARD), "Flag", told.json()["reference"].partition("/")[2])).resource
    ended = await _tell(api, staff(WARD), contract, "children-as-relatives", exist=False)

    assert (before, told.json()["exist"], again.json()) == (None, True, told.json())
    assert set(flag) == {
        *("resourceType", "id", "meta", "extension", "status", "code", "subject", "period", "author")
    }
    assert (ended.status_code, (await _read(api, PATIENT, contract))["childrenAsRelatives"]) == (200, None)


@pytest.mark.parametrize(
    "more",
    [
        {"identifier": [{"value": "Kim"}]},
        {"code": {"coding": [{"system": FLAG, "code": "child-as-relative"}], "text": "Kim, 7 år"}},
        {"extension": [{"url": "http://example.org/child", "valueString": "Kim"}]},
        {"text": {"status": "additional", "div": '<div xmlns="http://www.w3.org/1999/xhtml">Kim</div>'}},
    ],
    ids=["identifier", "words", "extension", "narrative"],
)
async def test_a_flag_by_fhir_tells_no_more_of_the_child(records: Records, more: dict[str, Any]) -> None:
    here = await world(records)
    flag = {
        "resourceType": "Flag",
        "status": "active",
        "code": {"coding": [{"system": FLAG, "code": "child-as-relative"}]},
        "subject": {"reference": here.patient.reference},
    }

    with pytest.raises(Problem) as refusal:
        await here.write(system(WARD), {**flag, **more})

    assert refusal.value.kind == "business-rule"
    assert "Kim" not in str(refusal.value.issues)
    assert await here.write(system(WARD), flag)


async def test_who_does_not_see_the_contract_tells_nothing(records: Records, api: Api) -> None:
    _, contract = await _contract(records, api)

    assert (await _tell(api, staff(GP), contract, "relatives-wish", **NONE)).status_code == 404
