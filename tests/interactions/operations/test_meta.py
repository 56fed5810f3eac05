"""$meta, $meta-add, $meta-delete, and the ways of asking for an operation."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.support.resources import a_patient
from tests.support.service import MUNICIPALITY, TOLVAN, Service, as_fhir, create, problems

TAG = {"system": "https://patientkontrakt.org/fhir/tags", "code": "viktig"}
LABEL = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}


async def changed(http: httpx.AsyncClient, patient: str, name: str, **meta: Any) -> httpx.Response:
    asked = {"resourceType": "Parameters", "parameter": [{"name": "meta", "valueMeta": meta}]}
    return await http.post(f"/fhir/Patient/{patient}/${name}", json=asked, headers=as_fhir())


async def test_meta_is_told_as_parameters(service: Service) -> None:
    stored = await create(service.http, a_patient(TOLVAN))

    answer = await service.http.get(f"/fhir/Patient/{stored['id']}/$meta")

    told = {"name": "return", "valueMeta": stored["meta"]}
    assert (answer.status_code, answer.json()["parameter"]) == (200, [told])


async def test_meta_of_what_is_not_there_is_absent(service: Service) -> None:
    answer = await service.http.post("/fhir/Patient/nobody/$meta")

    assert answer.status_code == 404


async def test_an_operation_is_refused_where_it_is_not_offered(service: Service) -> None:
    answer = await service.http.get("/fhir/Patient/$meta")

    assert answer.status_code == 501


async def test_tags_and_labels_are_added_in_a_new_version(service: Service) -> None:
    patient = (await create(service.http, a_patient(TOLVAN)))["id"]

    answer = await changed(service.http, patient, "meta-add", tag=[TAG], security=[LABEL])

    (told,) = answer.json()["parameter"]
    read = (await service.http.get(f"/fhir/Patient/{patient}")).json()
    assert read["meta"] == told["valueMeta"]
    assert (read["meta"]["versionId"], read["meta"]["tag"], read["meta"]["security"]) == ("2", [TAG], [LABEL])
    assert answer.headers["etag"] == 'W/"2"'


async def test_what_is_there_already_is_not_added_again(service: Service) -> None:
    patient = (await create(service.http, a_patient(TOLVAN) | {"meta": {"tag": [TAG]}}))["id"]

    answer = await changed(service.http, patient, "meta-add", tag=[TAG | {"display": "Viktig"}])

    assert answer.json()["parameter"][0]["valueMeta"]["versionId"] == "1"


async def test_tags_are_taken_away_and_others_stay(service: Service) -> None:
    other = TAG | {"code": "annan"}
    patient = (await create(service.http, a_patient(TOLVAN) | {"meta": {"tag": [TAG, other]}}))["id"]

    await changed(service.http, patient, "meta-delete", tag=[TAG])
    answer = await changed(service.http, patient, "meta-delete", tag=[other])

    meta = (await service.http.get(f"/fhir/Patient/{patient}")).json()["meta"]
    assert ("tag" in meta, meta["versionId"], answer.status_code) == (False, "3", 200)


async def test_a_security_label_is_taken_away_by_its_own_unit(service: Service) -> None:
    patient = (await create(service.http, a_patient(TOLVAN) | {"meta": {"security": [LABEL]}}))["id"]

    answer = await changed(service.http, patient, "meta-delete", security=[LABEL])

    meta = (await service.http.get(f"/fhir/Patient/{patient}")).json()["meta"]
    assert (answer.status_code, "security" in meta) == (200, False)


@pytest.mark.parametrize("meta", [{"tag": [TAG]}, {"security": [LABEL | {"code": "N"}]}])
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_a_security_label_is_not_taken_away_by_a_change(
    service: Service, method: str, meta: dict[str, Any]
) -> None:
    stored = await create(service.http, a_patient(TOLVAN) | {"meta": {"security": [LABEL]}})
    address, changed_to = f"/fhir/Patient/{stored['id']}", stored | {"meta": meta, "gender": "other"}
    headers = {"Content-Type": "application/merge-patch+json"} if method == "PATCH" else as_fhir()
    body = {"meta": {"security": None} | meta, "gender": "other"} if method == "PATCH" else changed_to

    refused = await service.http.request(method, address, json=body, headers=headers)
    kept = await service.http.put(address, json=stored | {"gender": "other"}, headers=as_fhir())

    assert (refused.status_code, kept.status_code) == (403, 200)
    assert problems(refused)[0]["expression"] == ["Patient.meta.security"]
    assert kept.json()["meta"]["security"] == [LABEL]


async def test_a_security_label_outlives_a_deletion(service: Service) -> None:
    stored = await create(service.http, a_patient(TOLVAN) | {"meta": {"security": [LABEL]}})
    bare = a_patient(TOLVAN) | {"id": stored["id"]}
    await service.http.delete(f"/fhir/Patient/{stored['id']}")

    refused = await service.http.put(f"/fhir/Patient/{stored['id']}", json=bare, headers=as_fhir())
    revived = await service.http.put(f"/fhir/Patient/{stored['id']}", json=stored, headers=as_fhir())

    assert (refused.status_code, revived.status_code) == (403, 201)
    assert revived.json()["meta"]["security"] == [LABEL]


async def test_tags_added_at_the_same_time_are_all_kept(service: Service) -> None:
    patient = (await create(service.http, a_patient(TOLVAN)))["id"]
    codes = [f"tag-{n}" for n in range(12)]

    adding = (changed(service.http, patient, "meta-add", tag=[TAG | {"code": code}]) for code in codes)
    answers = await asyncio.gather(*adding)

    meta = (await service.http.get(f"/fhir/Patient/{patient}")).json()["meta"]
    assert {one.status_code for one in answers} == {200}
    assert sorted(tag["code"] for tag in meta["tag"]) == sorted(codes)


@pytest.mark.parametrize("name", ["meta-add", "meta-delete"])
async def test_who_may_not_write_a_resource_may_not_change_its_meta(service: Service, name: str) -> None:
    patient = (await create(service.http, a_patient(TOLVAN)))["id"]

    answer = await changed(service.as_(MUNICIPALITY), patient, name, tag=[TAG])

    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"resourceType": "Parameters"}, 400),
        ({"resourceType": "Parameters", "parameter": [{"name": "meta", "valueString": "x"}]}, 400),
        ({"resourceType": "Patient"}, 400),
    ],
)
async def test_a_change_without_a_meta_is_refused(service: Service, asked: dict, status: int) -> None:
    patient = (await create(service.http, a_patient(TOLVAN)))["id"]

    answer = await service.http.post(f"/fhir/Patient/{patient}/$meta-add", json=asked, headers=as_fhir())
    got = await service.http.get(f"/fhir/Patient/{patient}/$meta-add")

    assert (answer.status_code, got.status_code) == (status, 405)
    assert problems(answer)
