"""Why a unit of care revised the contract: told with the write, kept beside it, shown where it is told of."""

from dataclasses import replace
from typing import Any

import pytest

from pk_api.access.actor import Actor, Reason
from pk_api.fhir.problems import Problem
from pk_api.fhir.validate import check
from pk_api.records.values import Write
from pk_api.web.reasons import with_reason
from tests.contract.wire import Api, Json, with_municipality
from tests.support.actors import (
    HOSPITAL,
    MUNICIPALITY,
    PATIENT,
    SYSTEM_HOSPITAL,
    SYSTEM_MUNICIPALITY,
)

WHY = Reason("changed-needs", "Faller oftare")
TOWN = replace(SYSTEM_MUNICIPALITY, reason=WHY)


async def told(api: Api, actor: Actor, path: str, body: Json | None = None) -> Json:
    async with api.of(actor) as http:
        response = await (http.get(path) if body is None else http.post(path, json=body))
    assert response.status_code in {200, 201}, response.text
    return dict(response.json())


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (None, None),
        ("", None),
        ("follow-up", Reason("follow-up")),
        ('other; text="Ny diagnos"', Reason("other", "Ny diagnos")),
        ("other;text*=UTF-8''N%C3%A5got%20nytt", Reason("other", "Något nytt")),
        ("other; text*=UTF-8''%FF%00a", Reason("other", "a")),
        ('other; text=" "', Reason("other")),
    ],
)
def test_the_header_tells_a_code_and_words(header: str | None, reason: Reason | None) -> None:
    assert with_reason(SYSTEM_HOSPITAL, header).reason == reason


@pytest.mark.parametrize(
    "header",
    ["because", 'other; text=""', "other; text*=UTF-8''%F", "other; why=x", 'other  ; text="a"'],
)
def test_another_header_is_refused(header: str) -> None:
    with pytest.raises(Problem, match="Revision-Reason"):
        with_reason(SYSTEM_HOSPITAL, header)


def test_only_care_says_why_it_revises() -> None:
    with pytest.raises(Problem, match="Care says why"):
        with_reason(PATIENT, "follow-up")


async def test_the_reason_of_a_revision_is_told_with_its_unit(api: Api) -> None:
    contract, _ = await with_municipality(api)
    path = f"/contracts/{contract['id']}"
    shown = {"code": "changed-needs", "name": "Ändrade behov", "text": "Faller oftare"}

    goal = await told(api, TOWN, f"{path}/goals", {"text": "Gå säkert"})
    plain = await told(api, SYSTEM_HOSPITAL, f"{path}/goals", {"text": "Gå 500 m"})
    revisions = (await told(api, PATIENT, f"{path}/revisions"))["items"]
    changes = (await told(api, PATIENT, f"{path}/changes?from=revision:1"))["items"]
    timeline = (await told(api, PATIENT, f"{path}/timeline"))["items"]

    assert [(each["by"]["unit"], each["reason"]) for each in revisions[:2]] == [
        (HOSPITAL, None),
        (MUNICIPALITY, shown),
    ]
    by = {each["id"]: each["by"]["reason"] for each in changes}
    assert (by[goal["id"]], by[plain["id"]]) == (shown, None)
    assert {e["by"]["reason"]["code"] for e in timeline if e["reference"] == goal["reference"]} == {
        "changed-needs"
    }


@pytest.mark.one_database
async def test_by_fhir_it_is_a_provenance_that_pins_what_was_written(api: Api) -> None:
    contract, _ = await with_municipality(api)
    goal: dict[str, Any] = {
        "resourceType": "Goal",
        "extension": [
            {
                "url": "https://patientkontrakt.org/fhir/StructureDefinition/pk-contract",
                "valueReference": {"reference": contract["reference"]},
            }
        ],
        "lifecycleStatus": "active",
        "description": {"text": "Gå säkert"},
        "subject": {"reference": contract["patient"]["reference"]},
    }

    (written,) = await api.records.write(TOWN, [Write("create", "Goal", goal)])
    rows = await api.records.contract(PATIENT, contract["id"])
    (made,) = [each.resource for each in rows.members if each.type == "Provenance"]

    assert [each["reference"] for each in made["target"]] == [f"{written.reference}/_history/1"]
    assert made["reason"][0]["coding"][0]["code"] == "changed-needs"
    assert made["agent"][0]["who"]["identifier"]["value"] == MUNICIPALITY
    assert check(made) == []


@pytest.mark.one_database
async def test_what_changes_nothing_has_no_reason(
    api: Api,
) -> None:
    contract, _ = await with_municipality(api)
    path = f"/contracts/{contract['id']}"
    goal = await told(api, TOWN, f"{path}/goals", {"text": "Gå säkert"})
    stored = await api.records.read(SYSTEM_MUNICIPALITY, "Goal", goal["id"])
    before = (await told(api, PATIENT, f"{path}/revisions"))["items"]

    await api.records.write(TOWN, [Write("update", "Goal", stored.resource, id=stored.id)])

    assert (await told(api, PATIENT, f"{path}/revisions"))["items"] == before
