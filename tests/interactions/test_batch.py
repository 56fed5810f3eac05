"""A batch: every entry by itself, its errors in it."""

from tests.support.reader import as_model
from tests.support.resources import a_goal, a_patient
from tests.support.service import TOLVAN, Service, bundle, create, entry


def statuses(answer) -> list[int]:
    assert answer.status_code == 200, answer.text
    assert as_model(answer.json()).type == "batch-response"
    return [int(one["response"]["status"][:3]) for one in answer.json()["entry"]]


async def test_what_is_wrong_with_an_entry_stays_in_it(service: Service) -> None:
    patient = await create(service.http, a_patient(TOLVAN))

    answer = await bundle(
        service.http,
        "batch",
        entry("GET", f"Patient/{patient['id']}"),
        entry("GET", "Patient/nobody"),
        entry("POST", "Goal", a_goal("Patient/nobody")),
        entry("POST", "Goal", a_goal(f"Patient/{patient['id']}")),
        entry("POST", "Goal", {"resourceType": "Goal", "lifecycleStatus": "wrong"}),
        entry("POST", "Nothing", {"resourceType": "Nothing"}),
        {"resource": a_patient(TOLVAN)},
        entry("FETCH", "Patient"),
        entry("GET", "Patient/$everything"),
        entry("POST", "Goal/$nothing", a_goal("Patient/nobody")),
        entry("PUT", "Patient/other", a_patient(TOLVAN) | {"id": "another"}),
        entry("DELETE", "Patient/nobody"),
    )

    assert statuses(answer) == [200, 404, 422, 201, 400, 404, 400, 400, 400, 501, 400, 404]
    wrong = [one for one in answer.json()["entry"] if one["response"]["status"][0] not in "23"]
    assert all(one["response"]["outcome"]["resourceType"] == "OperationOutcome" for one in wrong)


async def test_a_batch_reads_searches_and_tells_history_and_capabilities(service: Service) -> None:
    patient = await create(service.http, a_patient(TOLVAN))
    reference = f"Patient/{patient['id']}"

    answer = await bundle(
        service.http,
        "batch",
        entry("GET", reference),
        entry("GET", f"{reference}/_history/1"),
        entry("GET", f"{reference}/_history"),
        entry("GET", "Patient/_history?_count=1"),
        entry("GET", "_history"),
        entry("GET", f"Patient?_id={patient['id']}"),
        entry("GET", "metadata"),
        entry("HEAD", reference),
        entry("GET", f"http://127.0.0.1:8000/fhir/{reference}"),
    )

    assert statuses(answer) == [200] * 9
    kinds = [one.get("resource", {}).get("resourceType") for one in answer.json()["entry"]]
    assert kinds[:7] == ["Patient", "Patient", *["Bundle"] * 4, "CapabilityStatement"]
    assert answer.json()["entry"][8]["resource"] == patient


async def test_a_refused_entry_leaves_the_others_written(service: Service) -> None:
    patient = await create(service.http, a_patient(TOLVAN))

    await bundle(
        service.http,
        "batch",
        entry("POST", "Goal", a_goal("Patient/nobody")),
        entry("PUT", "Goal/mine", a_goal(f"Patient/{patient['id']}") | {"id": "mine"}),
    )

    assert (await service.http.get("/fhir/Goal/mine")).status_code == 200


async def test_answers_stand_in_the_order_of_the_entries(service: Service) -> None:
    patient = a_patient(TOLVAN) | {"id": "tolvan"}

    answer = await bundle(
        service.http,
        "batch",
        entry("GET", "Patient/tolvan"),
        entry("PUT", "Patient/tolvan", patient),
        entry("DELETE", "Patient/nobody"),
    )

    assert statuses(answer) == [200, 201, 404]


async def test_an_empty_batch_is_answered_with_an_empty_one(service: Service) -> None:
    answer = await service.http.post("/fhir", json={"resourceType": "Bundle", "type": "batch"})

    assert (answer.status_code, answer.json()) == (200, {"resourceType": "Bundle", "type": "batch-response"})


async def test_ifmatch_of_an_entry_counts_for_it_alone(service: Service) -> None:
    patient = await create(service.http, a_patient(TOLVAN))
    reference = f"Patient/{patient['id']}"

    answer = await bundle(
        service.http,
        "batch",
        entry("PUT", reference, patient, ifMatch='W/"9"'),
        entry("PUT", reference, patient),
    )

    assert statuses(answer) == [412, 200]
