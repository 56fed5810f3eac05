"""Identity numbers that a caller puts where none belongs come back in no link and no error text."""

from typing import Any

import pytest

from tests.support.service import FHIR_JSON, TOLVAN, Service, create

PATHS = [
    f"Patient/{TOLVAN}/CarePlan",
    f"Patient/{TOLVAN}/*",
    f"Patient/{TOLVAN}/$everything",
    f"Task/_history?x{TOLVAN}=1",
    f"Task?x{TOLVAN}=1",
    f"Patient/$everything?x{TOLVAN}=1",
    f"$export?x{TOLVAN}=1",
]


@pytest.mark.parametrize("path", PATHS)
async def test_an_address_with_an_identity_number_is_refused_without_repeating_it(
    service: Service, path: str
) -> None:
    answer = await service.http.get(f"/fhir/{path}")

    assert 400 <= answer.status_code < 500
    assert TOLVAN not in answer.text


async def test_a_patch_that_names_an_identity_number_is_refused_without_repeating_it(
    service: Service,
) -> None:
    stored = await create(service.http, {"resourceType": "Patient", "name": [{"text": "Tea"}]})
    parts: list[dict[str, Any]] = [
        {"name": "type", "valueCode": "delete"},
        {"name": "path", "valueString": f"Patient.x{TOLVAN}"},
    ]
    patch = {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": parts}]}

    answer = await service.http.patch(
        f"/fhir/Patient/{stored['id']}", json=patch, headers={"Content-Type": FHIR_JSON}
    )

    assert answer.status_code in (400, 422)
    assert TOLVAN not in answer.text
