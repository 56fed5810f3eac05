"""$validate: every way of asking, every mode, on both databases; nothing is ever stored."""

from typing import Any

import httpx
import pytest

from tests.support.resources import a_goal, a_patient
from tests.support.service import (
    MUNICIPALITY,
    TOLVAN,
    Service,
    a_registered_contract,
    as_fhir,
    bundle,
    create,
    delete,
    entry,
    problems,
    token_of,
)
from tests.support.tables import rows

pytestmark = pytest.mark.one_database

Json = dict[str, Any]
OTHER = "195009072553"
WELL = [("information", "informational")]


async def validated(http: httpx.AsyncClient, address: str, body: Json | None = None, **headers: str) -> Any:
    """Return severity and code of each issue."""
    answer = await http.post(f"/fhir/{address}", json=body, headers=as_fhir(**headers))
    assert answer.status_code == 200, answer.text
    return [(issue["severity"], issue["code"]) for issue in problems(answer)]


def parameters(resource: Json | None = None, **texts: str) -> Json:
    rows: list[Json] = [{"name": name, "valueCode": text} for name, text in texts.items()]
    if resource is not None:
        rows.append({"name": "resource", "resource": resource})
    return {"resourceType": "Parameters", "parameter": rows}


async def test_a_right_resource_is_told_to_be_well(service: Service) -> None:
    assert await validated(service.http, "Patient/$validate", a_patient(TOLVAN)) == WELL


async def test_every_fault_is_told_with_its_place(service: Service) -> None:
    wrong = {"resourceType": "Patient", "gender": "x", "active": "yes"}

    answer = await service.http.post("/fhir/Patient/$validate", json=wrong, headers=as_fhir())

    assert answer.status_code == 200
    assert sorted(issue["expression"][0] for issue in problems(answer)) == [
        "Patient.active",
        "Patient.gender",
    ]


async def test_a_resource_of_another_type_is_an_error(service: Service) -> None:
    assert await validated(service.http, "Goal/$validate", a_patient(TOLVAN)) == [("error", "structure")]


async def test_a_wrong_identity_number_is_an_error(service: Service) -> None:
    assert await validated(service.http, "Patient/$validate", a_patient("191212121213")) == [
        ("error", "value")
    ]


async def test_nothing_is_stored(service: Service) -> None:
    for mode in ("create", "profile", ""):
        more = f"mode={mode}" if mode else ""
        more += "&profile=http://hl7.org/fhir/StructureDefinition/Patient" if mode == "profile" else ""
        assert await validated(service.http, f"Patient/$validate?{more}", a_patient(TOLVAN)) == WELL

    assert (await service.http.get("/fhir/Patient?_total=accurate")).json()["total"] == 0
    await create(service.http, a_patient(TOLVAN))


async def test_parameters_hold_resource_mode_and_profile(service: Service) -> None:
    asked = parameters(
        a_patient(TOLVAN), mode="profile", profile="http://hl7.org/fhir/StructureDefinition/Patient"
    )

    assert await validated(service.http, "Patient/$validate", asked) == WELL


async def test_an_unknown_profile_is_an_error_where_asked_for_and_a_warning_where_claimed(
    service: Service,
) -> None:
    unknown = "http://example.org/fhir/StructureDefinition/none"
    claiming = a_patient(TOLVAN) | {"meta": {"profile": [unknown]}}

    asked = await validated(service.http, "Patient/$validate", parameters(a_patient(TOLVAN), profile=unknown))
    claimed = await validated(service.http, "Patient/$validate", claiming)

    assert (asked, claimed) == ([("error", "not-found")], [("warning", "not-found")])
    await create(service.http, claiming)


async def test_mode_create_tells_of_a_duplicate(service: Service) -> None:
    await create(service.http, a_patient(TOLVAN))

    assert await validated(service.http, "Patient/$validate?mode=create", a_patient(TOLVAN)) == [
        ("error", "duplicate")
    ]
    assert await validated(service.http, "Patient/$validate?mode=create", a_patient(OTHER)) == WELL


async def test_mode_create_tells_of_a_reference_that_leads_nowhere(service: Service) -> None:
    goal = a_goal("Patient/nobody")

    assert await validated(service.http, "Goal/$validate", goal) == WELL
    assert await validated(service.http, "Goal/$validate?mode=create", goal) == [("error", "not-found")]


async def test_mode_create_tells_of_a_second_contract(service: Service) -> None:
    there = await a_registered_contract(service.http)
    plan = (await service.http.get(f"/fhir/{there['CarePlan']}")).json()

    assert await validated(service.http, "CarePlan/$validate?mode=create", plan) == [("error", "conflict")]


async def test_mode_update_needs_the_id_of_what_is_there(service: Service) -> None:
    stored = await create(service.http, a_patient(TOLVAN))
    place, id_ = f"Patient/{stored['id']}/$validate?mode=update", stored["id"]

    assert await validated(service.http, place, stored) == WELL
    assert await validated(service.http, place, a_patient(TOLVAN)) == [("error", "value")]
    assert await validated(service.http, place, a_patient(OTHER) | {"id": "other"}) == [("error", "value")]
    assert await validated(service.http, "Patient/$validate?mode=update", stored) == WELL
    assert await validated(service.http, "Patient/$validate?mode=update", a_patient(TOLVAN)) == [
        ("error", "required")
    ]
    assert await validated(
        service.http, "Patient/$validate?mode=update", a_patient(TOLVAN) | {"id": "nobody"}
    ) == [("error", "not-found")]
    assert (await service.http.get(f"/fhir/Patient/{id_}")).headers["etag"] == 'W/"1"'


async def test_mode_update_tells_of_a_stale_version(service: Service) -> None:
    stored = await create(service.http, a_patient(TOLVAN))
    place = f"Patient/{stored['id']}/$validate?mode=update"

    assert await validated(service.http, place, stored, if_match='W/"1"') == WELL
    assert await validated(service.http, place, stored, if_match='W/"7"') == [("error", "conflict")]


async def test_mode_delete_tells_what_stands_in_the_way(service: Service) -> None:
    there = await a_registered_contract(service.http)
    goal = await create(service.http, a_goal(there["Patient"]))
    place = f"/fhir/{there['Patient']}/$validate?mode=delete"

    refused = problems(await service.http.get(place))
    allowed = await validated(service.http, f"Goal/{goal['id']}/$validate", parameters(mode="delete"))

    assert [(one["severity"], one["code"]) for one in refused] == [("error", "conflict")]
    assert allowed == WELL
    assert (await service.http.get(f"/fhir/Goal/{goal['id']}")).status_code == 200


async def test_what_is_stored_is_validated_by_its_address(service: Service) -> None:
    stored = await create(service.http, a_patient(TOLVAN))

    answer = await service.http.get(f"/fhir/Patient/{stored['id']}/$validate")

    assert [one["code"] for one in problems(answer)] == ["informational"]


async def test_what_is_not_there_gone_or_not_open_is_no_outcome(service: Service) -> None:
    stored = await create(service.http, a_patient(TOLVAN))
    gone = await create(service.http, a_patient(OTHER))
    await delete(service.http, gone)

    told = [
        (await http.get(f"/fhir/Patient/{name}/$validate")).status_code
        for http, name in [
            (service.http, "nobody"),
            (service.http, gone["id"]),
            (service.as_(MUNICIPALITY), stored["id"]),
        ]
    ]

    assert told == [404, 410, 404]


async def test_others_learn_nothing_of_what_is_there(service: Service) -> None:
    stored = await create(service.http, a_patient(TOLVAN))
    elsewhere = service.as_(MUNICIPALITY)
    for mode in ("update", "delete"):
        there = parameters(stored, mode=mode)
        absent = parameters(stored | {"id": "nobody"}, mode=mode)

        seen = [
            problems(await elsewhere.post("/fhir/Patient/$validate", json=body, headers=as_fhir()))
            for body in (there, absent)
        ]

        assert seen[0] == seen[1], mode


async def test_who_asked_about_which_patient_is_in_the_audit_and_nothing_else_is_left(
    service: Service,
) -> None:
    stored = await create(service.http, a_patient(TOLVAN))
    goal = a_goal(f"Patient/{stored['id']}")
    await validated(service.http, "Goal/$validate?mode=create", goal)
    await validated(service.http, "Goal/$validate?mode=create", goal | {"lifecycleStatus": "x"})

    noted = [row for row in await rows(service.database_url, "audit") if row["interaction"] == "validate"]
    told = [(row["outcome"], row["rule"], f"Patient/{stored['id']}" in row["entities"]) for row in noted]

    assert ("allowed", "would-be-done", True) in told
    assert len(await rows(service.database_url, "version")) == 1


@pytest.mark.parametrize(
    ("scope", "mode", "status"),
    [
        ("system/Goal.cruds", "", 403),
        ("system/Patient.r", "", 200),
        ("system/Patient.r", "?mode=create", 403),
        ("system/Patient.c", "?mode=create", 200),
    ],
)
async def test_a_scope_for_the_type_is_needed(service: Service, scope: str, mode: str, status: int) -> None:
    bearer = {"Authorization": f"Bearer {token_of(service.data, 'system-hospital', scope=scope)}"}

    answer = await service.http.post(
        f"/fhir/Patient/$validate{mode}", json=a_patient(TOLVAN), headers=as_fhir() | bearer
    )

    assert answer.status_code == status
    assert problems(answer)


async def test_a_batch_asks_too(service: Service) -> None:
    wrong = a_patient(TOLVAN) | {"gender": "x"}

    answer = await bundle(
        service.http,
        "batch",
        entry("POST", "Patient/$validate", a_patient(TOLVAN)),
        entry("POST", "Patient/$validate?mode=create", parameters(wrong)),
        entry("GET", "Patient/nobody/$validate"),
    )

    well, told, absent = answer.json()["entry"]
    assert well["resource"]["issue"][0]["severity"] == "information"
    assert told["resource"]["issue"][0]["expression"] == ["Patient.gender"]
    assert absent["response"]["status"].startswith("404")
