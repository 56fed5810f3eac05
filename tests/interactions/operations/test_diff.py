"""$diff: two versions of a resource compared, and the answer sent back as a patch."""

from typing import Any

import pytest

from tests.support.reader import as_model
from tests.support.resources import a_goal, a_patient
from tests.support.service import MUNICIPALITY, TOLVAN, Service, bundle, create, entry, problems, put


async def three_versions(service: Service) -> tuple[str, list[dict[str, Any]]]:
    patient = await create(service.http, a_patient(TOLVAN))
    first = await create(service.http, a_goal(f"Patient/{patient['id']}"))
    second = (await put(service.http, first | {"note": [{"text": "Ett"}]})).json()
    third = (await put(service.http, second | {"lifecycleStatus": "completed"})).json()
    return f"Goal/{first['id']}", [first, second, third]


def told(answer: Any) -> list[tuple[str, str]]:
    """Return type and path of each operation."""
    assert answer.status_code == 200, answer.text
    assert as_model(answer.json())
    rows = [{p["name"]: p for p in one["part"]} for one in answer.json().get("parameter", [])]
    return [(row["type"]["valueCode"], row["path"]["valueString"]) for row in rows]


async def test_the_last_two_versions_are_compared_when_none_is_named(service: Service) -> None:
    goal, _ = await three_versions(service)

    answer = await service.http.get(f"/fhir/{goal}/$diff")

    assert told(answer) == [("replace", "Goal.lifecycleStatus")]


@pytest.mark.parametrize("query", ["from=1&to=3", "from=1"])
async def test_any_two_versions_are_compared(service: Service, query: str) -> None:
    goal, _ = await three_versions(service)

    answer = await service.http.get(f"/fhir/{goal}/$diff?{query}")

    assert sorted(told(answer)) == [("add", "Goal"), ("replace", "Goal.lifecycleStatus")]


async def test_versions_are_named_by_reference_too(service: Service) -> None:
    goal, _ = await three_versions(service)
    query = f"from={goal}/_history/2&to={goal}/_history/1"

    answer = await service.http.get(f"/fhir/Goal/$diff?{query}")

    assert told(answer) == [("delete", "Goal.note[0]")]


async def test_the_answer_is_a_patch_that_leads_back(service: Service) -> None:
    goal, (first, _, _) = await three_versions(service)
    back = (await service.http.get(f"/fhir/{goal}/$diff?from=3&to=1")).json()

    answer = await service.http.patch(
        f"/fhir/{goal}", json=back, headers={"Content-Type": "application/fhir+json", "If-Match": 'W/"3"'}
    )

    assert answer.status_code == 200, answer.text
    assert answer.json() | {"meta": None} == first | {"meta": None}


async def test_a_first_version_differs_from_nothing(service: Service) -> None:
    patient = await create(service.http, a_patient(TOLVAN))

    answer = await service.http.get(f"/fhir/Patient/{patient['id']}/$diff")

    assert answer.json() == {"resourceType": "Parameters"}


async def test_it_is_asked_for_by_post_and_in_a_batch(service: Service) -> None:
    goal, _ = await three_versions(service)
    asked = {"resourceType": "Parameters", "parameter": [{"name": "from", "valueString": "2"}]}

    posted = await service.http.post(
        f"/fhir/{goal}/$diff", json=asked, headers={"Content-Type": "application/fhir+json"}
    )
    batched = await bundle(service.http, "batch", entry("GET", f"{goal}/$diff?from=2"))

    assert told(posted) == [("replace", "Goal.lifecycleStatus")]
    assert batched.json()["entry"][0]["resource"] == posted.json()


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("Goal/$diff", 400),
        ("Goal/$diff?to=Nothing/1", 400),
        ("{goal}/$diff?from=Goal/other/_history/1", 400),
        ("{goal}/$diff?from=4", 404),
        ("{goal}/$diff?to=99999999999", 404),
        ("{goal}/$diff?colour=red", 400),
        ("Goal/$diff?from={goal}/_history/1&to=Goal/other/_history/1", 400),
        ("Goal/nobody/$diff", 404),
    ],
)
async def test_what_cannot_be_compared_is_refused(service: Service, address: str, status: int) -> None:
    goal, _ = await three_versions(service)

    answer = await service.http.get(f"/fhir/{address.format(goal=goal)}")

    assert answer.status_code == status
    assert problems(answer)


async def test_versions_that_a_caller_may_not_read_are_absent(service: Service) -> None:
    goal, _ = await three_versions(service)

    answer = await service.as_(MUNICIPALITY).get(f"/fhir/{goal}/$diff?from=1")

    assert answer.status_code == 404
