"""Conformance artefacts are read and searched like other resources, by anybody, and written by nobody."""

import httpx
import pytest

from pk_api.fhir.artefacts import registry
from pk_api.fhir.resource_types import CONFORMANCE_TYPES
from pk_api.fhir.systems import BASE
from tests.support.service import Service, a_registered_contract, as_fhir, bundle, create, entry
from tests.support.tables import rows

pytestmark = pytest.mark.one_database


def _ids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [each["resource"]["id"] for each in answer.json().get("entry", [])]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "resource_type", sorted(CONFORMANCE_TYPES & {a["resourceType"] for a in registry.carried()})
)
async def test_each_carried_artefact_of_a_type_is_found_on_some_page(
    empty: Service, resource_type: str
) -> None:
    answer = await empty.http.get(f"/fhir/{resource_type}", params={"_count": "100"})
    found = _ids(answer)
    while more := [each["url"] for each in answer.json()["link"] if each["relation"] == "next"]:
        answer = await empty.http.get(more[0])
        found += _ids(answer)

    assert found == sorted(registry.of_type(resource_type))
    assert answer.json()["total"] == len(found)


@pytest.mark.asyncio(loop_scope="module")
async def test_an_artefact_is_read_by_its_id_as_it_is_in_the_package(empty: Service) -> None:
    answer = await empty.http.get("/fhir/StructureDefinition/pk-plan")

    told = {key: value for key, value in answer.json().items() if key != "meta"}
    assert (answer.status_code, told) == (200, registry.of_type("StructureDefinition")["pk-plan"])


@pytest.mark.asyncio(loop_scope="module")
async def test_an_artefact_that_the_caller_holds_is_not_sent_again(empty: Service) -> None:
    first = await empty.http.get("/fhir/ValueSet/pk-task")

    again = await empty.http.get("/fhir/ValueSet/pk-task", headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]


@pytest.mark.asyncio(loop_scope="module")
async def test_two_artefacts_have_different_tags(empty: Service) -> None:
    tags = [
        (await empty.http.get(f"/fhir/ValueSet/{name}")).headers["ETag"] for name in ("pk-task", "pk-side")
    ]

    assert tags[0] != tags[1]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("ValueSet?url=http://hl7.org/fhir/ValueSet/task-status", ["task-status"]),
        ("StructureDefinition?type=CarePlan", ["pk-patientkontrakt", "pk-plan"]),
        ("StructureDefinition?name=PkPlan&version=0.1.0", ["pk-plan", "pk-plan-link", "pk-plan-team"]),
        ("StructureDefinition?_id=pk-plan,pk-goal&_sort=-name", ["pk-plan", "pk-goal"]),
        ("CodeSystem?code=municipality&name=pkside", ["pk-side"]),
        ("ConceptMap?target-code=SPLPTLRV", ["pk-statutory-plan-to-national"]),
        ("NamingSystem?value=1.2.752.129.2.1.3.1", ["se-personnummer"]),
        ("NamingSystem?name=hsa", ["se-hsa-befattning", "se-hsa-id"]),
        ("ValueSet?url=http://nowhere.example", []),
        ("StructureDefinition?url:below=https://fhir.inera.se", ["riv-contact-via-team-extension"]),
    ],
)
async def test_artefacts_are_searched_by_their_parameters(
    empty: Service, search: str, found: list[str]
) -> None:
    assert _ids(await empty.http.get(f"/fhir/{search}")) == found


@pytest.mark.asyncio(loop_scope="module")
async def test_artefacts_are_searched_by_post_too(empty: Service) -> None:
    answer = await empty.http.post("/fhir/ValueSet/_search", data={"_id": "pk-task"})

    assert _ids(answer) == ["pk-task"]


@pytest.mark.asyncio(loop_scope="module")
async def test_a_search_parameter_that_is_unknown_is_named(empty: Service) -> None:
    answer = await empty.http.get("/fhir/ValueSet?colour=red")

    assert answer.status_code == 400
    assert "colour" in answer.json()["issue"][0]["diagnostics"]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("reader", ["patient-stroke", "system-primary", "statistics", "operator"])
async def test_every_caller_may_read_artefacts(empty: Service, reader: str) -> None:
    answer = await empty.as_(reader).get("/fhir/StructureDefinition/pk-plan")

    assert answer.status_code == 200


@pytest.mark.asyncio(loop_scope="module")
async def test_one_without_a_token_may_not(empty: Service) -> None:
    assert (await empty.as_(None).get("/fhir/StructureDefinition/pk-plan")).status_code == 401


@pytest.mark.asyncio(loop_scope="module")
async def test_an_artefact_that_is_not_carried_is_absent(empty: Service) -> None:
    assert (await empty.http.get("/fhir/StructureDefinition/CarePlan")).status_code == 404


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "ValueSet"),
        ("PUT", "ValueSet/pk-task"),
        ("PUT", "ValueSet/new"),
        ("PATCH", "ValueSet/pk-task"),
        ("DELETE", "ValueSet/pk-task"),
        ("DELETE", "ValueSet?_id=pk-task"),
        ("PUT", "Questionnaire/pk-five-questions"),
        ("DELETE", "Questionnaire/pk-five-questions"),
    ],
)
async def test_nobody_writes_an_artefact(empty: Service, method: str, path: str) -> None:
    body = {"resourceType": path.partition("/")[0], "id": path.partition("/")[2], "status": "draft"}

    answer = await empty.http.request(method, f"/fhir/{path}", json=body, headers=as_fhir())

    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")


@pytest.mark.asyncio(loop_scope="module")
async def test_an_artefact_is_read_within_a_batch_and_not_written_in_a_transaction(empty: Service) -> None:
    read = entry("GET", "ValueSet/pk-task")
    write = entry("PUT", "ValueSet/pk-task", {"resourceType": "ValueSet", "id": "pk-task", "status": "draft"})

    batch = await bundle(empty.http, "batch", read, write)
    refused = await bundle(empty.http, "transaction", write)

    statuses = [each["response"]["status"][:3] for each in batch.json()["entry"]]
    assert statuses == ["200", "405"]
    assert refused.status_code == 405


async def test_our_questionnaires_stand_before_those_that_are_stored(service: Service) -> None:
    stored = await create(service.http, {"resourceType": "Questionnaire", "status": "draft", "title": "Egen"})
    ours = ["pk-five-questions", "pk-seven-questions", "pk-seven-questions-unit"]

    whole = await service.http.get("/fhir/Questionnaire?_total=accurate")
    answer = await service.http.get("/fhir/Questionnaire?_count=1&_total=accurate")
    found = _ids(answer)
    while more := [each["url"] for each in answer.json()["link"] if each["relation"] == "next"]:
        answer = await service.http.get(more[0])
        found += _ids(answer)
        assert answer.json()["total"] == 4

    assert _ids(whole) == [*ours, stored["id"]]
    assert whole.json()["total"] == 4
    assert found == [*ours, stored["id"]]
    assert _ids(await service.http.get("/fhir/Questionnaire?title=egen")) == [stored["id"]]


async def test_a_reading_of_artefacts_is_in_the_audit(service: Service) -> None:
    await service.http.get("/fhir/ValueSet/pk-task")

    noted = await rows(service.database_url, "audit")
    assert [(row["interaction"], row["rule"], row["detail"]) for row in noted] == [
        ("read", "open-definitions", "ValueSet/pk-task")
    ]


@pytest.mark.asyncio(loop_scope="module")
async def test_the_statement_lists_the_types_as_read_only(empty: Service) -> None:
    statement = (await empty.http.get("/fhir/metadata")).json()

    told = {each["type"]: each for each in statement["rest"][0]["resource"]}
    assert set(told) >= CONFORMANCE_TYPES
    assert [each["code"] for each in told["ValueSet"]["interaction"]] == ["read", "search-type"]


def _included(answer: httpx.Response) -> set[str]:
    return {
        f"{each['resource']['resourceType']}/{each['resource']['id']}"
        for each in answer.json()["entry"]
        if each["search"]["mode"] == "include"
    }


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("search", "found"),
    [
        (
            "StructureDefinition?_id=pk-inera-named-contact&_include=StructureDefinition:base",
            {"StructureDefinition/pk-named-contact"},
        ),
        (
            "StructureDefinition?_id=pk-named-contact&_revinclude=StructureDefinition:base",
            {"StructureDefinition/pk-inera-named-contact"},
        ),
        ("StructureDefinition?_id=pk-organization&_include=ValueSet:nothing", None),
        (
            "ConceptMap?_id=pk-plan-kind-to-national&_include=*",
            {"ValueSet/pk-plan-kind", "ValueSet/pk-national-plan-type"},
        ),
    ],
)
async def test_what_an_artefact_is_linked_with_comes_along(
    empty: Service, search: str, found: set[str] | None
) -> None:
    answer = await empty.http.get(f"/fhir/{search}")

    assert answer.status_code == (400 if found is None else 200)
    assert found is None or _included(answer) == found


@pytest.mark.asyncio(loop_scope="module")
async def test_the_one_version_of_an_artefact_is_read_and_no_other(empty: Service) -> None:
    version = (await empty.http.get("/fhir/ValueSet/pk-task")).json()["meta"]["versionId"]

    told = [
        (await empty.http.get(f"/fhir/ValueSet/pk-task/_history/{one}")).status_code for one in (version, "1")
    ]

    assert told == [200, 404]
    assert (await empty.http.get("/fhir/ValueSet/pk-task/_history")).status_code == 501


@pytest.mark.asyncio(loop_scope="module")
async def test_what_the_statement_names_of_ours_and_of_r4_is_served(empty: Service) -> None:
    statement = (await empty.http.get("/fhir/metadata")).json()
    operations = [
        row["definition"] for one in statement["rest"][0]["resource"] for row in one.get("operation", ())
    ]
    named = {
        "CapabilityStatement": [u for u in statement["instantiates"] if u.startswith(BASE)],
        "ImplementationGuide": statement["implementationGuide"],
        "OperationDefinition": [u for u in operations if u.startswith((BASE, "http://hl7.org/fhir/Op"))],
    }

    for kind, canonicals in named.items():
        assert canonicals != []
        for canonical in set(canonicals):
            assert len(_ids(await empty.http.get(f"/fhir/{kind}", params={"url": canonical}))) == 1, canonical


async def test_the_questions_that_stored_answers_name_come_along(service: Service) -> None:
    ours = await a_registered_contract(service.http)
    answers = {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "basedOn": [{"reference": ours["CarePlan"]}],
        "subject": {"reference": ours["Patient"]},
        "questionnaire": f"{BASE}/Questionnaire/pk-five-questions|1.0",
    }
    await create(service.http, answers)

    told = await service.http.get("/fhir/QuestionnaireResponse?_include=QuestionnaireResponse:questionnaire")
    alone = await service.http.get("/fhir/QuestionnaireResponse")

    assert _included(told) == {"Questionnaire/pk-five-questions"}
    assert _included(alone) == set()
