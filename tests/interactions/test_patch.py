"""PATCH in all its forms is an update like any other: validated, decided, kept as a version."""

import asyncio
import base64
import json
from collections import Counter
from typing import Any

import httpx
import pytest

from pk_api.fhir.resource_types import TYPES
from pk_api.fhir.systems import PERSONNUMMER
from tests.support import tables
from tests.support.resources import a_goal, a_patient
from tests.support.service import (
    FHIR_JSON,
    MUNICIPALITY,
    TOLVAN,
    Service,
    bundle,
    client_of,
    create,
    entry,
    problems,
    token_of,
)

JSON_PATCH, MERGE_PATCH = "application/json-patch+json", "application/merge-patch+json"


def fhirpath(type: str, path: str, **parts: Any) -> dict[str, Any]:
    given = {"type": {"valueCode": type}, "path": {"valueString": path}} | parts
    rows = [{"name": name} | part for name, part in given.items()]
    return {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": rows}]}


FORMS = {
    JSON_PATCH: [{"op": "add", "path": "/gender", "value": "female"}],
    MERGE_PATCH: {"gender": "female"},
    "application/json": {"gender": "female"},
    FHIR_JSON: fhirpath("add", "Patient", name={"valueString": "gender"}, value={"valueCode": "female"}),
}


async def patch(
    http: httpx.AsyncClient, address: str, content: Any, form: str = JSON_PATCH, **headers: str
) -> httpx.Response:
    told = {"Content-Type": form} | {k.replace("_", "-"): v for k, v in headers.items()}
    return await http.patch(f"/fhir/{address}", content=json.dumps(content), headers=told)


@pytest.mark.parametrize("form", FORMS)
async def test_every_form_of_patch_makes_a_new_version(service: Service, form: str) -> None:
    stored = await create(service.http, a_patient(TOLVAN))

    answer = await patch(service.http, f"Patient/{stored['id']}", FORMS[form], form)

    assert answer.status_code == 200, answer.text
    assert answer.headers["etag"] == 'W/"2"'
    read = (await service.http.get(f"/fhir/Patient/{stored['id']}")).json()
    assert read == answer.json()
    assert (read["gender"], read["identifier"]) == ("female", stored["identifier"])


WRITABLE = sorted(name for name, kind in TYPES.items() if kind.is_writable)


async def test_every_type_that_can_be_written_can_be_patched(service: Service) -> None:
    statement = (await service.http.get("/fhir/metadata")).json()
    offered = {
        r["type"]
        for r in statement["rest"][0]["resource"]
        if "patch" in {one["code"] for one in r["interaction"]}
    }
    statuses = {}
    for kind in WRITABLE:
        answer = await patch(service.http, f"{kind}/nobody", [{"op": "remove", "path": "/x"}])
        statuses[kind] = answer.status_code

    assert statuses == dict.fromkeys(WRITABLE, 404)
    assert offered == set(WRITABLE)
    assert statement["patchFormat"] == [JSON_PATCH, FHIR_JSON, MERGE_PATCH]


async def test_decimals_that_a_patch_does_not_touch_stay_as_they_were_written(service: Service) -> None:
    patient = await create(service.http, a_patient(TOLVAN))
    text = (
        '{"resourceType":"Observation","status":"final","code":{"text":"Vikt"},"subject":{"reference":"Patient/'
        + patient["id"]
        + '"},"valueQuantity":{"value":72.50,"unit":"kg"}}'
    )
    made = await service.http.post("/fhir/Observation", content=text, headers={"Content-Type": FHIR_JSON})
    address = f"Observation/{made.json()['id']}"

    answer = await service.http.patch(
        f"/fhir/{address}",
        content='[{"op":"add","path":"/referenceRange","value":[{"low":{"value":50.0}}]}]',
        headers={"Content-Type": JSON_PATCH},
    )

    assert answer.status_code == 200, answer.text
    assert '"value":72.50' in answer.text
    assert '"value":50.0' in answer.text


@pytest.mark.parametrize(
    ("content", "form", "status"),
    [
        ([{"op": "add", "path": "/gender", "value": "bad"}], JSON_PATCH, 400),
        ({"gender": ["female"]}, MERGE_PATCH, 400),
        ([{"op": "replace", "path": "/id", "value": "x"}], JSON_PATCH, 422),
        ([{"op": "remove", "path": "/id"}], JSON_PATCH, 422),
        ({"resourceType": "Person"}, "application/json", 422),
        ([{"op": "remove", "path": "/photo"}], JSON_PATCH, 422),
        ([{"op": "test", "path": "/resourceType", "value": "Person"}], JSON_PATCH, 409),
        ([{"op": "replace", "path": "/identifier/0/value", "value": "1"}], JSON_PATCH, 428),
        ({"op": "remove", "path": "/gender"}, JSON_PATCH, 400),
        ({"identifier": [{"system": PERSONNUMMER, "value": "1"}]}, MERGE_PATCH, 400),
        ("<diff/>", "application/xml-patch+xml", 415),
    ],
)
async def test_a_patch_is_refused_as_the_update_would_be_and_changes_nothing(
    service: Service, content: Any, form: str, status: int
) -> None:
    stored = await create(service.http, a_patient(TOLVAN))

    answer = await patch(service.http, f"Patient/{stored['id']}", content, form)

    assert answer.status_code == status, answer.text
    assert problems(answer)
    assert ("accept-patch" in answer.headers) == (status == 415)
    assert (await service.http.get(f"/fhir/Patient/{stored['id']}")).json() == stored


async def test_an_item_of_a_list_is_changed_with_a_version_or_a_test(service: Service) -> None:
    stored = await create(service.http, a_patient(TOLVAN) | {"name": [{"family": "A"}, {"family": "B"}]})
    address = f"Patient/{stored['id']}"
    change = {"op": "replace", "path": "/name/1/family", "value": "C"}
    test = {"op": "test", "path": "/name/1/family", "value": "B"}

    bare = await patch(service.http, address, [change])
    tested = await patch(service.http, address, [test, change])
    again = await patch(service.http, address, [test, change])
    versioned = await patch(service.http, address, [change | {"value": "D"}], If_Match='W/"2"')
    stale = await patch(service.http, address, [change], If_Match='W/"2"')

    assert [a.status_code for a in (bare, tested, again, versioned, stale)] == [428, 200, 409, 200, 412]
    assert "If-Match" in problems(bare)[0]["diagnostics"]


async def test_what_was_deleted_or_never_was_cannot_be_patched(service: Service) -> None:
    stored = await create(service.http, a_patient(TOLVAN))
    await service.http.delete(f"/fhir/Patient/{stored['id']}")

    gone = await patch(service.http, f"Patient/{stored['id']}", FORMS[MERGE_PATCH], MERGE_PATCH)
    never = await patch(service.http, "Patient/nobody", FORMS[MERGE_PATCH], MERGE_PATCH)
    own = await patch(service.http, "AuditEvent/one", FORMS[MERGE_PATCH], MERGE_PATCH)

    assert (gone.status_code, never.status_code, own.status_code) == (410, 404, 405)


async def test_a_patch_reads_nothing_that_its_caller_may_not_read(service: Service) -> None:
    patient = await create(service.http, a_patient(TOLVAN))
    goal = await create(service.http, a_goal(f"Patient/{patient['id']}"))
    content = [{"op": "test", "path": "/lifecycleStatus", "value": "active"}]
    elsewhere = service.as_(MUNICIPALITY)
    token = token_of(service.data, "system-hospital", scope="system/*.u")
    writer = client_of(service.app, {"Authorization": f"Bearer {token}"})

    answers = [await patch(http, f"Goal/{goal['id']}", content) for http in (elsewhere, writer)]
    answers.append(await patch(elsewhere, "Goal?lifecycle-status=active", content))

    assert [a.status_code for a in answers] == [404, 403, 404]
    assert "affären" not in "".join(a.text for a in answers)


async def test_who_may_answer_may_patch_the_answer_and_nothing_else(service: Service) -> None:
    organisation = await create(
        service.as_(MUNICIPALITY),
        {
            "resourceType": "Organization",
            "identifier": [{"system": "urn:oid:1.2.752.29.4.19", "value": "SE2129990012-0001"}],
        },
    )
    patient = await create(service.http, a_patient(TOLVAN))
    task = await create(
        service.http,
        {
            "resourceType": "Task",
            "status": "requested",
            "intent": "order",
            "for": {"reference": f"Patient/{patient['id']}"},
            "owner": {"reference": f"Organization/{organisation['id']}"},
        },
    )
    asked = service.as_(MUNICIPALITY)

    answered = await patch(asked, f"Task/{task['id']}", {"status": "accepted"}, MERGE_PATCH)
    meddled = await patch(asked, f"Task/{task['id']}", {"priority": "stat"}, MERGE_PATCH)

    assert (answered.status_code, meddled.status_code) == (200, 403)


async def test_parallel_patches_of_one_resource_are_all_kept(service: Service) -> None:
    stored = await create(service.http, a_patient(TOLVAN))
    first = {"telecom": [{"system": "phone", "value": "first"}]}

    async def add(n: int) -> httpx.Response:
        telecom = {"op": "add", "path": "/telecom/-", "value": {"system": "phone", "value": str(n)}}
        return await patch(service.http, f"Patient/{stored['id']}", [telecom])

    await patch(service.http, f"Patient/{stored['id']}", first, MERGE_PATCH)
    answers = await asyncio.gather(*(add(n) for n in range(24)))

    assert Counter(a.status_code for a in answers) == {200: 24}
    read = (await service.http.get(f"/fhir/Patient/{stored['id']}")).json()
    assert {one["value"] for one in read["telecom"]} == {"first", *map(str, range(24))}
    assert read["meta"]["versionId"] == "26"


async def test_a_conditional_patch_changes_the_one_that_is_found(service: Service) -> None:
    stored = await create(service.http, a_patient(TOLVAN))
    address = f"Patient?identifier={TOLVAN}"

    changed = await patch(service.http, address, {"active": True}, MERGE_PATCH)
    nobody = await patch(service.http, "Patient?identifier=nobody", {"active": True}, MERGE_PATCH)
    await create(service.http, a_patient("195009072553"))
    several = await patch(service.http, "Patient?identifier:missing=false", {"active": True}, MERGE_PATCH)
    all_ = await patch(service.http, "Patient", {"active": True}, MERGE_PATCH)

    assert [a.status_code for a in (changed, nobody, several, all_)] == [200, 404, 412, 400]
    assert (changed.json()["id"], changed.json()["active"]) == (stored["id"], True)


def in_binary(content: Any, form: str = JSON_PATCH) -> dict[str, Any]:
    data = base64.b64encode(json.dumps(content).encode()).decode()
    return {"resourceType": "Binary", "contentType": form, "data": data}


@pytest.mark.parametrize("kind", ["batch", "transaction"])
async def test_a_bundle_takes_every_form_of_patch(service: Service, kind: str) -> None:
    stored = [await create(service.http, {"resourceType": "Practitioner"}) for _ in range(3)]
    activated = [{"op": "add", "path": "/active", "value": True}]
    added = fhirpath("add", "Practitioner", name={"valueString": "active"}, value={"valueBoolean": True})

    answer = await bundle(
        service.http,
        kind,
        entry(
            "PATCH",
            f"Practitioner/{stored[0]['id']}",
            in_binary(activated),
        ),
        entry("PATCH", f"Practitioner/{stored[1]['id']}", in_binary({"active": True}, MERGE_PATCH)),
        entry("PATCH", f"Practitioner?_id={stored[2]['id']}", added, ifMatch='W/"1"'),
    )

    told = [one["response"] for one in answer.json()["entry"]]
    assert [(one["status"], one["etag"]) for one in told] == [("200 OK", 'W/"2"')] * 3
    for one in stored:
        assert (await service.http.get(f"/fhir/Practitioner/{one['id']}")).json()["active"] is True


async def test_a_patch_in_a_transaction_refers_to_what_is_made_with_it(service: Service) -> None:
    patient = await create(service.http, a_patient(TOLVAN))
    goal = await create(service.http, a_goal(f"Patient/{patient['id']}"))
    urn = "urn:uuid:00000000-0000-4000-8000-000000000009"

    answer = await bundle(
        service.http,
        "transaction",
        entry("POST", "Practitioner", {"resourceType": "Practitioner"}, full_url=urn),
        entry("PATCH", f"Goal/{goal['id']}", in_binary({"expressedBy": {"reference": urn}}, MERGE_PATCH)),
    )

    assert answer.status_code == 200, answer.text
    read = (await service.http.get(f"/fhir/Goal/{goal['id']}")).json()
    assert read["expressedBy"]["reference"].startswith("Practitioner/")


async def test_a_refused_patch_in_a_transaction_names_its_entry(service: Service) -> None:
    wrong = [
        (in_binary([{"op": "remove", "path": "/photo"}]), 422),
        (in_binary("x" * 10), 400),
        (in_binary([], "text/plain"), 415),
        ({"resourceType": "Binary", "contentType": JSON_PATCH, "data": "%%"}, 400),
    ]
    stored = await create(service.http, {"resourceType": "Practitioner"})

    for resource, status in wrong:
        answer = await bundle(
            service.http,
            "transaction",
            entry("POST", "Practitioner", {"resourceType": "Practitioner"}),
            entry("PATCH", f"Practitioner/{stored['id']}", resource),
        )

        assert answer.status_code == status, answer.text
        assert "Bundle.entry[1]" in json.dumps(problems(answer))
    assert (await service.http.get("/fhir/Practitioner?_total=accurate")).json()["total"] == 1


async def test_a_patch_done_or_refused_is_in_the_audit(service: Service) -> None:
    stored = await create(service.http, a_patient(TOLVAN))
    address = f"Patient/{stored['id']}"

    await patch(service.http, address, {"active": True}, MERGE_PATCH)
    await patch(service.http, address, [{"op": "test", "path": "/active", "value": False}])

    rows = await tables.select(service.database_url, "SELECT interaction, outcome, entities FROM audit")
    told = [(r["outcome"], r["entities"]) for r in rows if r["interaction"] == "patch"]
    assert sorted(told) == [("allowed", f'["{address}/_history/2"]'), ("refused", f'["{address}"]')]
