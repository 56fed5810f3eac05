"""What codes mean, hold and are called: the terminology operations."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from pk_api.fhir.systems import BASE, KV_FAST_KONTAKT, ROLE_CODE, SIDE, STATUTORY_PLAN
from pk_api.fhir.validate import check
from tests.support.reader import as_model
from tests.support.service import Service, as_fhir, bundle, entry, problems

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.one_database]

SIDES = f"{BASE}/ValueSet/pk-side"
CONTACTS = f"{BASE}/ValueSet/pk-contact-kind"
STATUS = "http://hl7.org/fhir/ValueSet/task-status"
FINDINGS = "http://hl7.org/fhir/ValueSet/condition-code"
RELATIONS = "http://hl7.org/fhir/ValueSet/relatedperson-relationshiptype"


async def _get(service: Service, path: str, **params: str) -> httpx.Response:
    return await service.http.get(f"/fhir/{path}", params=params)


async def _post(service: Service, path: str, *parameters: Mapping[str, Any]) -> httpx.Response:
    body = {"resourceType": "Parameters", "parameter": list(parameters)}
    return await service.http.post(f"/fhir/{path}", json=body, headers=as_fhir())


def _told(answer: httpx.Response) -> dict[str, Any]:
    """Return the simple parameters of a valid answer."""
    assert answer.status_code == 200, answer.text
    assert check(answer.json(), expected_type="Parameters") == []
    as_model(answer.json())
    return {
        row["name"]: next(v for k, v in row.items() if k.startswith("value"))
        for row in answer.json()["parameter"]
        if "part" not in row
    }


def _listed(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    assert check(answer.json(), expected_type="ValueSet") == []
    as_model(answer.json())
    return [each["code"] for each in answer.json()["expansion"].get("contains", [])]


async def test_a_value_set_is_expanded_by_its_canonical_and_by_its_id(empty: Service) -> None:
    by_url = await _get(empty, "ValueSet/$expand", url=SIDES)
    by_id = await _get(empty, "ValueSet/pk-side/$expand")
    posted = await _post(empty, "ValueSet/$expand", {"name": "url", "valueUri": SIDES})

    assert _listed(by_url) == ["patient", "care", "municipality", "relative", "other"]
    assert _listed(by_id) == _listed(posted) == _listed(by_url)


async def test_an_expansion_is_filtered_by_the_words_of_a_name_in_any_language(empty: Service) -> None:
    swedish = await _get(empty, "ValueSet/$expand", url=SIDES, filter="vård")
    english = await _get(empty, "ValueSet/$expand", url=SIDES, filter="the relat")
    other_letter = await _get(empty, "ValueSet/$expand", url=SIDES, filter="varden")

    assert _listed(swedish) == ["care"]
    assert _listed(english) == []
    assert _listed(await _get(empty, "ValueSet/$expand", url=SIDES, filter="relative")) == ["relative"]
    assert _listed(other_letter) == []


async def test_an_expansion_is_given_in_pages(empty: Service) -> None:
    page = await _get(empty, "ValueSet/$expand", url=SIDES, offset="1", count="2")
    none = await _get(empty, "ValueSet/$expand", url=SIDES, count="0")

    assert _listed(page) == ["care", "municipality"]
    assert (page.json()["expansion"]["total"], page.json()["expansion"]["offset"]) == (5, 1)
    assert (_listed(none), none.json()["expansion"]["total"]) == ([], 5)


async def test_names_are_in_the_language_that_is_asked_for(empty: Service) -> None:
    swedish = await _get(empty, "ValueSet/$expand", url=SIDES, filter="patient")
    english = await _get(empty, "ValueSet/$expand", url=SIDES, filter="patient", displayLanguage="en-GB")
    both = await _get(empty, "ValueSet/$expand", url=SIDES, includeDesignations="true", count="1")

    assert swedish.json()["expansion"]["contains"][0]["display"] == "Patienten"
    assert english.json()["expansion"]["contains"][0]["display"] == "The patient"
    assert [each["language"] for each in both.json()["expansion"]["contains"][0]["designation"]] == [
        "sv",
        "en",
    ]


async def test_codes_that_nobody_chooses_are_marked_or_left_out(empty: Service) -> None:
    whole = (await _get(empty, "ValueSet/$expand", url=RELATIONS)).json()["expansion"]["contains"]
    chosen = await _get(empty, "ValueSet/$expand", url=RELATIONS, excludeNotForUI="true")

    assert [each["code"] for each in whole if each.get("abstract")] == ["_PersonalRelationshipRoleType"]
    assert "_PersonalRelationshipRoleType" not in _listed(chosen)


@pytest.mark.parametrize(
    ("params", "status", "code"),
    [
        ({}, 400, "invalid"),
        ({"url": "http://example.org/none"}, 404, "not-found"),
        ({"url": SIDES, "valueSetVersion": "9"}, 404, "not-found"),
        ({"url": FINDINGS}, 404, "not-found"),
        ({"url": "http://hl7.org/fhir/ValueSet/mimetypes"}, 422, "not-supported"),
        ({"url": SIDES, "count": "many"}, 400, "invalid"),
        ({"url": SIDES, "activeOnly": "maybe"}, 400, "invalid"),
        ({"url": SIDES, "contextDirection": "incoming"}, 400, "not-supported"),
    ],
)
async def test_an_expansion_that_cannot_be_made_says_why(
    empty: Service, params: dict[str, str], status: int, code: str
) -> None:
    answer = await _get(empty, "ValueSet/$expand", **params)

    assert (answer.status_code, problems(answer)[0]["code"]) == (status, code)


async def test_a_resource_to_expand_is_not_taken(empty: Service) -> None:
    answer = await _post(
        empty,
        "ValueSet/$expand",
        {"name": "valueSet", "resource": {"resourceType": "ValueSet", "status": "draft"}},
    )

    assert (answer.status_code, problems(answer)[0]["expression"]) == (400, ["Parameters.parameter[0]"])


@pytest.mark.parametrize(
    ("params", "is_right"),
    [
        ({"url": SIDES, "system": SIDE, "code": "care"}, True),
        ({"url": SIDES, "code": "care"}, True),
        ({"url": SIDES, "system": SIDE, "code": "carer"}, False),
        ({"url": SIDES, "system": ROLE_CODE, "code": "care"}, False),
        ({"url": SIDES, "system": SIDE, "code": "care", "display": "vården"}, True),
        ({"url": SIDES, "system": SIDE, "code": "care", "display": "Care"}, True),
        ({"url": SIDES, "system": SIDE, "code": "care", "display": "Kommunen"}, False),
        ({"url": CONTACTS, "system": "urn:oid:1.2.752.129.5.1.69", "code": "4"}, True),
        ({"url": CONTACTS, "system": KV_FAST_KONTAKT, "code": "5"}, False),
        ({"url": RELATIONS, "system": ROLE_CODE, "code": "_PersonalRelationshipRoleType"}, False),
        (
            {
                "url": RELATIONS,
                "system": ROLE_CODE,
                "code": "_PersonalRelationshipRoleType",
                "abstract": "true",
            },
            True,
        ),
        ({"url": "http://hl7.org/fhir/ValueSet/mimetypes", "code": "text/plain"}, True),
        ({"url": "http://hl7.org/fhir/ValueSet/mimetypes", "code": "plain"}, False),
    ],
)
async def test_a_code_is_in_a_value_set_or_not(
    empty: Service, params: dict[str, str], is_right: bool
) -> None:
    told = _told(await _get(empty, "ValueSet/$validate-code", **params))

    assert told["result"] is is_right
    assert ("message" in told) is not is_right


async def test_one_right_code_of_a_concept_is_enough(empty: Service) -> None:
    concept = {"coding": [{"system": SIDE, "code": "none"}, {"system": SIDE, "code": "patient"}]}

    told = _told(
        await _post(
            empty,
            "ValueSet/pk-side/$validate-code",
            {"name": "codeableConcept", "valueCodeableConcept": concept},
        )
    )

    assert told == {"result": True, "display": "Patienten"}


async def test_validation_without_a_code_is_refused(empty: Service) -> None:
    answer = await _get(empty, "ValueSet/pk-side/$validate-code")

    assert (answer.status_code, "code" in problems(answer)[0]["diagnostics"]) == (400, True)


async def test_a_code_is_looked_up_with_its_names_and_its_place(empty: Service) -> None:
    answer = await _get(empty, "CodeSystem/$lookup", system=ROLE_CODE, code="MTH", displayLanguage="sv")
    told = _told(answer)

    parts = [
        {part["name"]: next(v for k, v in part.items() if k.startswith("value")) for part in row["part"]}
        for row in answer.json()["parameter"]
        if row["name"] == "property"
    ]
    assert (told["display"], told["version"]) == ("mother", "2018-08-12")
    assert {"code": "parent", "value": "PRN"} in parts
    assert {"code": "child", "value": "NMTH"} in parts


async def test_the_statutes_of_a_plan_are_looked_up(empty: Service) -> None:
    coding = {"system": STATUTORY_PLAN, "code": "behandlingsplan"}

    answer = await _post(
        empty,
        "CodeSystem/$lookup",
        {"name": "coding", "valueCoding": coding},
        {"name": "property", "valueCode": "statute"},
    )

    rows = [row for row in answer.json()["parameter"] if "part" in row]
    assert [row["part"][1]["valueString"] for row in rows] == ["SOSFS 2014:5"]
    assert _told(answer)["display"] == "Behandlingsplan"


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"system": ROLE_CODE, "code": "NOBODY"}, 404),
        ({"system": "http://snomed.info/sct", "code": "734163000"}, 404),
        ({"code": "MTH"}, 400),
        ({"system": ROLE_CODE}, 400),
        ({"system": ROLE_CODE, "code": "MTH", "version": "1"}, 404),
    ],
)
async def test_a_code_that_is_not_known_is_not_looked_up(
    empty: Service, params: dict[str, str], status: int
) -> None:
    assert (await _get(empty, "CodeSystem/$lookup", **params)).status_code == status


@pytest.mark.parametrize(
    ("path", "params", "is_right"),
    [
        ("CodeSystem/$validate-code", {"url": SIDE, "code": "care"}, True),
        ("CodeSystem/$validate-code", {"url": SIDE, "code": "none"}, False),
        ("CodeSystem/pk-side/$validate-code", {"code": "care", "display": "Vården"}, True),
        ("CodeSystem/pk-side/$validate-code", {"code": "care", "display": "Patienten"}, False),
    ],
)
async def test_a_code_is_in_a_code_system_or_not(
    empty: Service, path: str, params: dict[str, str], is_right: bool
) -> None:
    assert _told(await _get(empty, path, **params))["result"] is is_right


@pytest.mark.parametrize(
    ("a", "b", "outcome"),
    [
        ("PRN", "NMTH", "subsumes"),
        ("NMTH", "PRN", "subsumed-by"),
        ("PRN", "PRN", "equivalent"),
        ("PRN", "SIB", "not-subsumed"),
    ],
)
async def test_one_code_contains_another_or_not(empty: Service, a: str, b: str, outcome: str) -> None:
    asked = await _get(empty, "CodeSystem/$subsumes", system=ROLE_CODE, codeA=a, codeB=b)
    of_one = await _get(empty, "CodeSystem/v3-RoleCode/$subsumes", codeA=a, codeB=b)
    posted = await _post(
        empty,
        "CodeSystem/$subsumes",
        {"name": "codingA", "valueCoding": {"system": ROLE_CODE, "code": a}},
        {"name": "codingB", "valueCoding": {"system": ROLE_CODE, "code": b}},
    )

    assert [_told(each)["outcome"] for each in (asked, of_one, posted)] == [outcome] * 3


async def test_codes_of_two_systems_do_not_contain_each_other(empty: Service) -> None:
    answer = await _post(
        empty,
        "CodeSystem/$subsumes",
        {"name": "codingA", "valueCoding": {"system": ROLE_CODE, "code": "PRN"}},
        {"name": "codingB", "valueCoding": {"system": SIDE, "code": "care"}},
    )

    assert answer.status_code == 400


def _matches(answer: httpx.Response) -> list[tuple[str, str]]:
    rows = [
        {part["name"]: part for part in row["part"]} for row in answer.json()["parameter"] if "part" in row
    ]
    return [(row["equivalence"]["valueCode"], row["concept"]["valueCoding"]["code"]) for row in rows]


@pytest.mark.parametrize(
    ("params", "matches"),
    [
        ({"system": STATUTORY_PLAN, "code": "samordnad-vardplan-lptlrv"}, [("equivalent", "SPLPTLRV")]),
        ({"system": STATUTORY_PLAN, "code": "vardplan-lptlrv"}, [("wider", "VP")]),
        (
            {"system": STATUTORY_PLAN, "code": "individuell-plan-habrehab"},
            [("narrower", "HP"), ("narrower", "RP")],
        ),
        ({"system": STATUTORY_PLAN, "code": "behandlingsplan"}, []),
        ({"system": STATUTORY_PLAN, "code": "vardplan-lptlrv", "targetsystem": "http://example.org"}, []),
        ({"system": "http://snomed.info/sct", "code": "385651009"}, [("equivalent", "in-progress")]),
    ],
)
async def test_a_code_is_translated_by_all_maps_that_are_carried(
    empty: Service, params: dict[str, str], matches: list[tuple[str, str]]
) -> None:
    answer = await _get(empty, "ConceptMap/$translate", **params)

    assert _told(answer)["result"] is bool(matches)
    assert _matches(answer) == matches


async def test_a_code_is_translated_back_by_a_map(empty: Service) -> None:
    riv = "urn:riv:clinicalprocess:logistics:logistics:enums:TypeOfCarePlanEnum:3"

    answer = await _get(
        empty, "ConceptMap/pk-statutory-plan-to-national/$translate", system=riv, code="VP", reverse="true"
    )

    assert _matches(answer) == [("narrower", "vardplan-lptlrv")]


@pytest.mark.parametrize(
    "path",
    ["ConceptMap/none/$translate?code=x", "ValueSet/none/$expand", "CodeSystem/none/$validate-code?code=x"],
)
async def test_an_operation_on_what_is_not_carried_is_refused(empty: Service, path: str) -> None:
    assert (await empty.http.get(f"/fhir/{path}")).status_code == 404


async def test_an_operation_is_asked_for_within_a_batch(empty: Service) -> None:
    answer = await bundle(empty.http, "batch", entry("GET", f"ValueSet/$expand?url={SIDES}&count=1"))

    (one,) = answer.json()["entry"]
    assert one["resource"]["expansion"]["total"] == 5
