"""Bodies that are wrong: the status, the element named, nothing stored, nothing personal told back."""

import json
from typing import Any

import pytest

from tests.support import tables
from tests.support.resources import a_contract, a_goal, a_patient
from tests.support.service import (
    HOSPITAL,
    TOLVAN,
    Service,
    as_fhir,
    create,
    problems,
    put,
    served,
)

NAME = "Tolvansson"
WRONG_DIGIT = "191212121213"


def patient(**changes: Any) -> dict[str, Any]:
    return a_patient(TOLVAN) | {"name": [{"family": NAME}]} | changes


def nested(depth: int) -> str:
    """A Patient whose extensions lie in each other."""
    inside = '{"url":"http://x.example/a","valueString":"a"}'
    for _ in range(depth):
        inside = '{"url":"http://x.example/a","extension":[' + inside + "]}"
    return '{"resourceType":"Patient","extension":[' + inside + "]}"


RAW = {
    "nothing": ("", ""),
    "no JSON": ("{", ""),
    "cut off": (json.dumps(patient())[:-5], ""),
    "a list": ("[]", ""),
    "a text": (f'"{TOLVAN}"', ""),
    "null": ("null", ""),
    "NaN": ('{"resourceType":"Patient","multipleBirthInteger":NaN}', ""),
    "two values": ("{} {}", ""),
    "a comment": ("{/* */}", ""),
    "single quotes": ("{'resourceType':'Patient'}", ""),
    "no type": ("{}", ""),
    "a type that is a number": ('{"resourceType":1}', "resourceType"),
    "another type": ('{"resourceType":"Goal"}', "resourceType"),
    "a type that is a person": (f'{{"resourceType":"{NAME}"}}', "resourceType"),
    "duplicate keys": ('{"resourceType":"Patient","active":true,"active":true}', "Patient.active"),
    "duplicate keys inside": (
        '{"resourceType":"Patient","name":[{"family":"A","family":"B"}]}',
        "Patient.name[0].family",
    ),
    "null inside": ('{"resourceType":"Patient","active":null}', "Patient.active"),
    "null in a list": ('{"resourceType":"Patient","name":[null]}', "Patient.name"),
    "an empty list": ('{"resourceType":"Patient","name":[]}', "Patient.name"),
    "an empty object": ('{"resourceType":"Patient","name":[{}]}', "Patient.name[0]"),
    "an empty text": ('{"resourceType":"Patient","gender":""}', "Patient.gender"),
    "a control character": ('{"resourceType":"Patient","name":[{"family":"a\\u0000b"}]}', "name[0].family"),
    "an unescaped control character": (
        '{"resourceType":"Patient","name":[{"family":"a\x01b"}]}',
        "",
    ),
    "half a surrogate pair": ('{"resourceType":"Patient","name":[{"family":"\\ud800"}]}', "name[0].family"),
    "not UTF-8": (b'{"resourceType":"Patient","name":[{"family":"\xff"}]}', ""),
    "UTF-16": (json.dumps(patient()).encode("utf-16"), ""),
    "depth over a hundred": (nested(60), ""),
    "depth of ten thousand": (nested(10_000), ""),
    "brackets alone": ("[" * 100_000, ""),
    "an unknown element": (f'{{"resourceType":"Patient","{NAME}{TOLVAN}":1}}', ""),
    "an element of another type": (
        '{"resourceType":"Patient","lifecycleStatus":"active"}',
        "lifecycleStatus",
    ),
    "a text for true": ('{"resourceType":"Patient","active":"true"}', "Patient.active"),
    "an object for a text": ('{"resourceType":"Patient","gender":{"a":1}}', "Patient.gender"),
    "one for many": ('{"resourceType":"Patient","name":{"family":"A"}}', "Patient.name"),
    "a code that is none": (f'{{"resourceType":"Patient","gender":"{NAME}"}}', "Patient.gender"),
    "a date that is none": ('{"resourceType":"Patient","birthDate":"2026-02-30"}', "Patient.birthDate"),
    "a date with a time": ('{"resourceType":"Patient","birthDate":"2026-02-03T10:00:00Z"}', "birthDate"),
    "two choices": (
        '{"resourceType":"Patient","deceasedBoolean":true,"deceasedDateTime":"2026"}',
        "Patient.deceased",
    ),
    "an integer too large": ('{"resourceType":"Patient","multipleBirthInteger":2147483648}', "multipleBirth"),
    "an integer far too large": (
        '{"resourceType":"Patient","multipleBirthInteger":' + "9" * 5000 + "}",
        "",
    ),
    "a fraction for an integer": ('{"resourceType":"Patient","multipleBirthInteger":1.5}', "multipleBirth"),
    "a script in the narrative": (
        '{"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns=\\"http://www.w3.org/1999/'
        'xhtml\\"><script>1</script></div>"}}',
        "Patient.text",
    ),
    "a reference that is none": (
        '{"resourceType":"Patient","managingOrganization":{"reference":"not a reference"}}',
        "managingOrganization",
    ),
    "a reference of a wrong type": (
        '{"resourceType":"Patient","managingOrganization":{"reference":"Patient/1"}}',
        "managingOrganization",
    ),
    "a contained resource that nothing refers to": (
        '{"resourceType":"Patient","contained":[{"resourceType":"Organization","id":"o","name":"A"}]}',
        "contained[0]",
    ),
    "a wrong check digit": (json.dumps(a_patient(WRONG_DIGIT)), "Patient.identifier[0].value"),
    "a security label that is none": ('{"resourceType":"Patient","meta":{"security":[{}]}}', "meta.security"),
}


@pytest.mark.parametrize("case", RAW)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_body_that_is_wrong_is_refused_and_leaves_nothing(refusing: Service, case: str) -> None:
    body, place = RAW[case]
    before = await tables.stored(refusing.database_url)

    answer = await refusing.http.post("/fhir/Patient", content=body, headers=as_fhir())

    issues = problems(answer)
    assert answer.status_code == 400, answer.text
    assert any(place in str(issue.get("expression", "")) for issue in issues), issues
    assert all(person not in answer.text for person in (NAME, TOLVAN, WRONG_DIGIT)), answer.text
    assert await tables.stored(refusing.database_url) == before


@pytest.mark.parametrize(
    ("id_", "status"),
    [
        ("x" * 64, 201),
        ("x" * 65, 400),
        ("a b", 400),
        ("å", 400),
        ("", 400),
        ("a_b", 400),
        ("other", 400),
        (7, 400),
        (None, 400),
        (TOLVAN, 422),
        ("1212121212", 422),
        ("19121212-1212", 422),
        ("121212-1212", 422),
    ],
)
async def test_the_id_in_the_body_is_the_one_in_the_address_and_decent(
    service: Service, id_: Any, status: int
) -> None:
    address = {"other": "one", "": "one", 7: "7", None: "one"}.get(id_, id_)

    answer = await service.http.put(
        f"/fhir/Patient/{address}", json=patient() | {"id": id_}, headers=as_fhir()
    )

    assert answer.status_code == status, answer.text
    assert NAME not in answer.text or status == 201


@pytest.mark.parametrize(("setting", "status"), [("error", 400), ("warning", 201), ("off", 201)], ids=str)
async def test_a_wrong_check_digit_is_what_the_setting_says(
    database_url: str, tmp_path, setting: str, status: int
) -> None:
    async with served(database_url, tmp_path, identity_numbers=setting) as service:
        answer = await service.http.post("/fhir/Patient", json=a_patient(WRONG_DIGIT), headers=as_fhir())

    assert answer.status_code == status


REFERENCES = {
    "a Patient": (a_goal("Patient/nobody"), "Goal.subject"),
    "ours by its address": (a_goal("http://127.0.0.1:8000/fhir/Patient/nobody"), "Goal.subject"),
    "one in a list": (
        a_contract("Patient/p") | {"goal": [{"reference": "Goal/nothing"}]},
        "CarePlan.goal[0]",
    ),
    "a version of nothing": (a_goal("Patient/nobody/_history/1"), "Goal.subject"),
}


@pytest.mark.parametrize("case", REFERENCES)
async def test_a_reference_to_nothing_is_refused_naming_it(service: Service, case: str) -> None:
    resource, place = REFERENCES[case]
    await put(service.http, patient() | {"id": "p"})
    before = await tables.stored(service.database_url)

    answer = await service.http.post(f"/fhir/{resource['resourceType']}", json=resource, headers=as_fhir())

    assert answer.status_code == 422
    assert place in problems(answer)[0]["expression"][0]
    assert await tables.stored(service.database_url) == before


async def test_a_reference_to_what_was_deleted_is_refused(service: Service) -> None:
    stored = await create(service.http, patient())
    await service.http.delete(f"/fhir/Patient/{stored['id']}")

    answer = await service.http.post("/fhir/Goal", json=a_goal(f"Patient/{stored['id']}"), headers=as_fhir())

    assert answer.status_code == 422


async def test_references_are_not_asked_for_when_the_setting_says_so(database_url: str, tmp_path) -> None:
    async with served(database_url, tmp_path, check_references=False) as service:
        goal = await create(
            service.http, a_goal("Patient/later") | {"addresses": [{"reference": "Condition/x"}]}
        )
        before = await service.http.get("/fhir/Goal?patient=Patient/later")
        late = await put(service.http, patient() | {"id": "later"})
        after = await service.http.get("/fhir/Goal?patient=later")

    assert goal["subject"]["reference"] == "Patient/later"
    assert late.status_code == 201
    for found in (before, after):
        assert [e["resource"]["id"] for e in found.json()["entry"]] == [goal["id"]]


@pytest.mark.parametrize(
    "reference",
    [
        "Device/1",
        "Medication/some-medicine",
        "https://elsewhere.example/fhir/Patient/1",
        "urn:uuid:11111111-1111-4111-8111-111111111111",
        "urn:oid:1.2.3",
    ],
)
async def test_references_to_what_is_not_served_are_kept(service: Service, reference: str) -> None:
    stored = await create(service.http, patient())
    observation = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "a"},
        "subject": {"reference": f"Patient/{stored['id']}"},
        "focus": [{"reference": reference}],
    }

    kept = await create(service.http, observation)

    assert kept["focus"] == [{"reference": reference}]


@pytest.mark.parametrize(
    "value",
    [
        "1e999",
        "1E+400",
        "-1e400",
        "1e-999",
        "0.000000000000000000000001",
        "12345678901234567890.5",
        "9" * 100,
    ],
)
async def test_numbers_of_any_size_are_kept_or_refused_never_an_error(service: Service, value: str) -> None:
    stored = await create(service.http, patient())
    observation = {"resourceType": "Observation", "status": "final", "code": {"text": "a"}}
    observation |= {"subject": {"reference": f"Patient/{stored['id']}"}, "valueQuantity": {"value": 0}}
    body = json.dumps(observation).replace('"value": 0', f'"value": {value}')

    answer = await service.http.post("/fhir/Observation", content=body, headers=as_fhir())
    found = await service.http.get(f"/fhir/Observation?value-quantity=gt{value}")
    sorted_ = await service.http.get("/fhir/Observation?_sort=value-quantity")

    assert answer.status_code in (201, 400), answer.text
    assert found.status_code in (200, 400)
    assert sorted_.status_code == 200
    if answer.status_code == 201:
        assert f'"value":{value}' in answer.text


async def test_refusals_leave_an_audit_row_each(service: Service) -> None:
    stored = await create(service.http, patient())
    before = await tables.select(service.database_url, "SELECT outcome FROM audit")

    await service.http.put(f"/fhir/Patient/{stored['id']}", json=stored, headers=as_fhir(If_Match='W/"7"'))
    await service.as_("system-municipality").get(f"/fhir/Patient/{stored['id']}")
    await service.as_("statistics").get(f"/fhir/Patient/{stored['id']}")
    await service.as_(HOSPITAL).get("/fhir/Patient/nobody")

    after = await tables.select(service.database_url, "SELECT outcome FROM audit")
    outcomes = sorted(row["outcome"] for row in after)
    assert len(after) == len(before) + 4
    assert outcomes == sorted([*(row["outcome"] for row in before), "refused", "absent", "refused", "absent"])
