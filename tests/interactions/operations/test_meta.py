"""$meta, and the ways of asking for an operation."""

from tests.support.resources import a_patient
from tests.support.service import TOLVAN, Service, create


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
