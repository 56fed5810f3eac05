"""A transaction: all or nothing, references between its entries, one order (http.html#transaction)."""

import httpx
import pytest

from pk_api.fhir.systems import HSA_ID, PERSONNUMMER
from tests.support.reader import as_model
from tests.support.resources import a_contract, a_goal, a_patient, an_organization
from tests.support.service import (
    MUNICIPALITY,
    TOLVAN,
    Service,
    bundle,
    create,
    delete,
    entry,
    problems,
)

ONE, TWO = "urn:uuid:11111111-1111-4111-8111-111111111111", "urn:uuid:22222222-2222-4222-8222-222222222222"


async def transaction(service: Service, *entries: dict, **headers: str) -> httpx.Response:
    return await bundle(service.http, "transaction", *entries, **headers)


def told(answer: httpx.Response) -> list[dict]:
    assert answer.status_code == 200, answer.text
    assert as_model(answer.json()).type == "transaction-response"
    return answer.json()["entry"]


def place(one: dict) -> str:
    """`Type/id` of what an entry made."""
    return "/".join(one["response"]["location"].split("/fhir/")[1].split("/")[:2])


async def stored(service: Service, reference: str) -> dict:
    return (await service.http.get(f"/fhir/{reference}")).json()


async def is_empty(service: Service) -> bool:
    return "entry" not in (await service.http.get("/fhir/_history")).json()


async def test_entries_refer_to_each_other_by_urn(service: Service) -> None:
    goal = a_goal(ONE) | {"addresses": [{"reference": TWO}]}
    condition = {"resourceType": "Condition", "subject": {"reference": ONE}}

    made = told(
        await transaction(
            service,
            entry("POST", "Goal", goal),
            entry("POST", "Condition", condition, full_url=TWO),
            entry("POST", "Patient", a_patient(TOLVAN), full_url=ONE),
        )
    )

    found = await stored(service, place(made[0]))
    assert found["subject"]["reference"] == place(made[2])
    assert found["addresses"][0]["reference"] == place(made[1])
    assert [one["response"]["status"] for one in made] == ["201 Created"] * 3


async def test_references_are_relative_to_the_full_url(service: Service) -> None:
    made = told(
        await transaction(
            service,
            entry("POST", "Patient", a_patient(TOLVAN), full_url="https://other.example/fhir/Patient/77"),
            entry("POST", "Goal", a_goal("Patient/77"), full_url="https://other.example/fhir/Goal/78"),
            entry("POST", "Goal", a_goal("https://other.example/fhir/Patient/77")),
        )
    )

    subjects = [(await stored(service, place(one)))["subject"]["reference"] for one in made[1:]]
    assert subjects == [place(made[0])] * 2


async def test_identifiers_and_narrative_that_look_like_a_full_url_are_left_alone(service: Service) -> None:
    patient = a_patient(TOLVAN)
    patient["identifier"].append({"system": "urn:ietf:rfc:3986", "value": ONE})

    made = told(await transaction(service, entry("POST", "Patient", patient, full_url=ONE)))

    assert (await stored(service, place(made[0])))["identifier"][1]["value"] == ONE


async def test_chosen_ids_are_referred_to_as_they_are(service: Service) -> None:
    made = told(
        await transaction(
            service,
            entry("PUT", "Goal/g", a_goal("Patient/p") | {"id": "g"}),
            entry("PUT", "Patient/p", a_patient(TOLVAN) | {"id": "p"}),
        )
    )

    assert [place(one) for one in made] == ["Goal/g", "Patient/p"]
    assert (await stored(service, "Goal/g"))["subject"]["reference"] == "Patient/p"


async def test_a_conditional_reference_finds_by_identifier(service: Service) -> None:
    patient = await create(service.http, a_patient(TOLVAN))
    organisation = await create(service.http, an_organization("SE2329990010-0001"))
    goal = a_goal(f"Patient?identifier={PERSONNUMMER}|{TOLVAN}")
    plan = a_contract(f"Patient?identifier={PERSONNUMMER}%7C{TOLVAN}")
    plan["author"] = {"reference": f"Organization?identifier={HSA_ID}|SE2329990010-0001"}

    made = told(await transaction(service, entry("POST", "Goal", goal), entry("POST", "CarePlan", plan)))

    assert (await stored(service, place(made[0])))["subject"]["reference"] == f"Patient/{patient['id']}"
    author = (await stored(service, place(made[1])))["author"]["reference"]
    assert author == f"Organization/{organisation['id']}"


@pytest.mark.parametrize(
    ("criteria", "status"),
    [
        (f"Patient?identifier={PERSONNUMMER}|195009072553", 412),
        ("Patient?identifier=a|%00", 412),
        (f"Patient?identifier={PERSONNUMMER}|%00", 412),
        (f"Patient?identifier={PERSONNUMMER}|", 412),
        ("Patient?identifier=", 412),
        ("Patient?identifier=|", 412),
        ("Patient?name=Tolvan", 400),
        ("Patient?", 400),
        ("Nothing?identifier=a|b", 400),
    ],
)
async def test_a_conditional_reference_without_exactly_one_match_fails_the_whole(
    service: Service, criteria: str, status: int
) -> None:
    answer = await transaction(
        service,
        entry("POST", "Patient", a_patient(TOLVAN)),
        entry("POST", "Goal", a_goal(criteria)),
    )

    assert answer.status_code in (status, 400)
    assert problems(answer)[0]["expression"][0].startswith("Bundle.entry[1]")
    assert "195009072553" not in answer.text
    assert await is_empty(service)


async def test_a_conditional_reference_with_several_matches_fails_the_whole(service: Service) -> None:
    twice = {"resourceType": "Practitioner", "identifier": [{"system": HSA_ID, "value": "SE2329990010-0009"}]}
    await create(service.http, twice)
    await create(service.http, twice)
    patient = await create(service.http, a_patient(TOLVAN))
    plan = a_contract(f"Patient/{patient['id']}")
    plan["author"] = {"reference": f"Practitioner?identifier={HSA_ID}|SE2329990010-0009"}

    answer = await transaction(service, entry("POST", "CarePlan", plan))

    assert answer.status_code == 412
    assert "several matches" in answer.text


@pytest.mark.parametrize(
    ("wrong", "status", "expression"),
    [
        (entry("POST", "Goal", a_goal(ONE) | {"lifecycleStatus": "no"}), 400, "lifecycleStatus"),
        (entry("POST", "Goal", a_goal("Patient/nobody")), 422, "subject"),
        (entry("PUT", "Goal/x", a_goal(ONE) | {"id": "y"}), 400, "resource.id"),
        (entry("PUT", "Goal/x", a_goal(ONE) | {"id": "x"}, ifMatch='W/"1"'), 412, ""),
        (entry("DELETE", "Goal/never"), 404, ""),
        (entry("POST", "AuditEvent", {"resourceType": "AuditEvent"}), 405, ""),
        (entry("POST", "Nothing", {"resourceType": "Nothing"}), 404, ""),
        (entry("PATCH", "Goal/x", {"resourceType": "Binary", "contentType": "a/b"}), 415, ""),
        (entry("PUT", "Goal?identifier=a&_count=1", a_goal(ONE)), 400, ""),
        (entry("POST", "Goal", a_goal(ONE), ifNoneExist="nothing=a"), 400, ""),
        (entry("POST", "Goal", a_patient("195009072553")), 400, "resource"),
        (entry("GET", "Nothing"), 404, ""),
        (entry("POST", "Goal/$validate", a_goal(ONE)), 400, ""),
    ],
)
async def test_one_wrong_entry_leaves_nothing_of_the_others(
    service: Service, wrong: dict, status: int, expression: str
) -> None:
    answer = await transaction(
        service,
        entry("POST", "Patient", a_patient(TOLVAN), full_url=ONE),
        entry("POST", "Goal", a_goal(ONE)),
        wrong,
    )

    issue = problems(answer)[0]
    assert answer.status_code == status, answer.text
    assert "entry[2]" in issue["diagnostics"] or "entry[2]" in str(issue.get("expression"))
    assert expression in str(issue.get("expression", ""))
    assert await is_empty(service)


async def test_deletes_come_before_creates_and_reads_last(service: Service) -> None:
    old = await create(service.http, a_patient(TOLVAN) | {"active": True})

    answer = await transaction(
        service,
        entry("GET", "Patient/second"),
        entry("PUT", "Patient/second", a_patient(TOLVAN) | {"id": "second"}),
        entry("POST", "Goal", a_goal("Patient/second")),
        entry("DELETE", f"Patient/{old['id']}"),
    )

    made = told(answer)
    assert [one["response"]["status"][:3] for one in made] == ["200", "201", "201", "204"]
    assert made[0]["resource"]["id"] == "second"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("PUT", "Patient/p"), ("PUT", "Patient/p")),
        (("PUT", "Patient/p"), ("DELETE", "Patient/p")),
        (("DELETE", "Patient/p"), ("DELETE", "Patient/p")),
        (("PUT", "Patient/p"), ("PUT", "http://127.0.0.1:8000/fhir/Patient/p")),
        (("PUT", "Patient/p"), ("PUT", "/Patient/p")),
        (("PUT", "Patient/p"), ("PUT", "Patient/%70")),
    ],
)
async def test_two_entries_about_one_resource_are_refused_naming_both(
    service: Service, first: tuple[str, str], second: tuple[str, str]
) -> None:
    await create(service.http, an_organization("SE2329990010-0001"))
    patient = a_patient(TOLVAN) | {"id": "p"}
    entries = [entry(m, url, patient if m == "PUT" else None) for m, url in (first, second)]

    answer = await transaction(service, entry("GET", "Organization"), *entries)

    assert answer.status_code == 400
    assert [issue["expression"] for issue in problems(answer)] == [["Bundle.entry[1]"], ["Bundle.entry[2]"]]
    assert (await service.http.get("/fhir/Patient/p")).status_code == 404


async def test_two_patients_with_one_identity_number_are_refused(service: Service) -> None:
    answer = await transaction(
        service, entry("POST", "Patient", a_patient(TOLVAN)), entry("POST", "Patient", a_patient(TOLVAN))
    )

    assert answer.status_code == 409
    assert problems(answer)[0]["code"] == "duplicate"
    assert await is_empty(service)


async def test_two_active_contracts_in_one_transaction_are_refused(service: Service) -> None:
    patient = await create(service.http, a_patient(TOLVAN))
    plan = a_contract(f"Patient/{patient['id']}")

    answer = await transaction(service, entry("POST", "CarePlan", plan), entry("POST", "CarePlan", plan))

    assert answer.status_code == 409
    assert "entry" not in (await service.http.get("/fhir/CarePlan")).json()


async def test_a_contract_may_be_closed_and_opened_anew_in_one_transaction(service: Service) -> None:
    patient = await create(service.http, a_patient(TOLVAN))
    plan = await create(service.http, a_contract(f"Patient/{patient['id']}"))

    answer = await transaction(
        service,
        entry("POST", "CarePlan", a_contract(f"Patient/{patient['id']}")),
        entry("PUT", f"CarePlan/{plan['id']}", plan | {"status": "completed"}),
    )

    assert [one["response"]["status"][:3] for one in told(answer)] == ["201", "200"]


async def test_what_is_refused_by_access_leaves_nothing(service: Service) -> None:
    patient = await create(service.http, a_patient(TOLVAN))
    elsewhere = service.as_(MUNICIPALITY)

    answer = await bundle(
        elsewhere,
        "transaction",
        entry("POST", "Patient", a_patient("195009072553")),
        entry("PUT", f"Patient/{patient['id']}", patient),
    )

    assert answer.status_code in (403, 404)
    assert "entry" not in (await elsewhere.get("/fhir/Patient")).json()


async def test_a_reference_to_what_the_same_transaction_deletes_is_refused(service: Service) -> None:
    patient = await create(service.http, a_patient(TOLVAN))

    answer = await transaction(
        service,
        entry("DELETE", f"Patient/{patient['id']}"),
        entry("POST", "Goal", a_goal(f"Patient/{patient['id']}")),
    )

    assert answer.status_code == 422
    assert (await service.http.get(f"/fhir/Patient/{patient['id']}")).status_code == 200


async def test_what_refers_and_what_is_referred_to_are_deleted_together(service: Service) -> None:
    patient = await create(service.http, a_patient(TOLVAN))
    goal = await create(service.http, a_goal(f"Patient/{patient['id']}"))

    answer = await transaction(
        service, entry("DELETE", f"Patient/{patient['id']}"), entry("DELETE", f"Goal/{goal['id']}")
    )

    assert [one["response"]["status"][:3] for one in told(answer)] == ["204", "204"]
    assert (await delete(service.http, patient)).status_code == 204


async def test_the_caller_says_whether_the_bodies_come_back(service: Service) -> None:
    full = told(
        await transaction(
            service, entry("POST", "Patient", a_patient(TOLVAN)), Prefer="return=representation"
        )
    )
    bare = told(await transaction(service, entry("POST", "Patient", a_patient("195009072553"))))

    assert full[0]["resource"]["meta"]["versionId"] == "1"
    assert "resource" not in bare[0]


async def test_everything_in_one_transaction_has_one_time(service: Service) -> None:
    made = told(
        await transaction(
            service,
            *(entry("POST", "Practitioner", {"resourceType": "Practitioner"}) for _ in range(50)),
        )
    )

    assert len({one["response"]["lastModified"] for one in made}) == 1
    assert len({place(one) for one in made}) == 50


async def test_an_empty_transaction_is_answered_with_an_empty_one(service: Service) -> None:
    answer = await service.http.post("/fhir", json={"resourceType": "Bundle", "type": "transaction"})

    assert answer.json() == {"resourceType": "Bundle", "type": "transaction-response"}


async def test_a_read_that_fails_does_not_hide_what_was_written(service: Service) -> None:
    made = told(
        await transaction(
            service,
            entry("PUT", "Patient/p", a_patient(TOLVAN) | {"id": "p"}),
            entry("GET", "Patient/nobody"),
            entry("GET", "Patient?_count=-1"),
        )
    )

    assert [one["response"]["status"][:3] for one in made] == ["201", "404", "400"]
    assert made[1]["response"]["outcome"]["resourceType"] == "OperationOutcome"
