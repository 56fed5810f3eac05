"""Patches that nobody meant: each is done or refused, and what is stored stays valid FHIR."""

import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pk_api.fhir.validate import require_valid
from tests.support.invariants import broken
from tests.support.resources import a_patient
from tests.support.service import BASE, TOLVAN, Service, bundle, entry, served

SHORT = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
LONG = settings(SHORT, max_examples=1500, derandomize=False)
PATIENT = a_patient(TOLVAN) | {
    "id": "p",
    "name": [{"family": "A", "given": ["B", "C"]}, {"family": "D"}],
    "telecom": [{"system": "phone", "value": "1"}],
    "deceasedBoolean": False,
    "extension": [{"url": "urn:x", "valueDecimal": 1}],
}
JSON_PATCH, MERGE_PATCH, FHIR = (
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/fhir+json",
)

names = st.sampled_from([*PATIENT, "family", "given", "value", "system", "valueDecimal", "photo", "_id", "x"])
parts = names | st.sampled_from(["0", "1", "2", "-", "", "01", "-1", "~0", "~", "é"])
pointers = st.lists(parts, max_size=4).map(lambda found: "".join(f"/{one}" for one in found)) | st.text(
    max_size=5
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["male", "1970-01-01"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=2),
    max_leaves=5,
)
operations = st.fixed_dictionaries(
    {
        "op": st.sampled_from(["add", "remove", "replace", "move", "copy", "test", "x"]),
        "path": pointers,
        "from": pointers,
        "value": values,
    }
)
steps = st.sampled_from(
    [
        *(f".{name}" for name in PATIENT),
        *("[0]", "[9]", ".first()", ".where(value = '1')", ".extension('urn:x')", ".value", ".given"),
        *(".ofType(boolean)", ".nothing", ".", "(", " as string", ".single()"),
    ]
)
types = st.sampled_from(["add", "insert", "delete", "replace", "move", "x"])
kinds = st.sampled_from(["valueString", "valueBoolean", "valueHumanName", "part", "x"])
paths = st.lists(steps, max_size=4).map(lambda found: "Patient" + "".join(found)) | st.text(max_size=8)
elements = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["add", "insert", "delete", "replace", "move", "x"]).map(
            lambda v: {"valueCode": v}
        ),
        "path": paths.map(lambda v: {"valueString": v}),
    },
    optional={
        "name": names.map(lambda v: {"valueString": v}),
        "value": st.tuples(
            st.sampled_from(["valueString", "valueBoolean", "valueHumanName", "part", "x"]), values
        ).map(lambda pair: {pair[0]: pair[1]}),
        "index": st.integers(-1, 3).map(lambda v: {"valueInteger": v}),
        "source": st.integers(0, 3).map(lambda v: {"valueInteger": v}),
        "destination": st.integers(0, 3).map(lambda v: {"valueInteger": v}),
    },
)


def as_parameters(found: list[dict[str, Any]]) -> dict[str, Any]:
    rows = [{"name": "operation", "part": [{"name": k} | v for k, v in one.items()]} for one in found]
    return {"resourceType": "Parameters", "parameter": rows}


patches = (
    st.tuples(st.just(JSON_PATCH), st.lists(operations, max_size=3) | values)
    | st.tuples(st.just(FHIR), st.lists(elements, max_size=3).map(as_parameters))
    | st.tuples(st.just(MERGE_PATCH), st.dictionaries(names, values, max_size=3) | values)
)


@pytest.fixture
async def target(database_url: str, tmp_path: Path) -> AsyncIterator[Service]:
    async with served(database_url, tmp_path, check_references=False) as service:
        made = await service.http.put("/fhir/Patient/p", json=PATIENT, headers={"Content-Type": FHIR})
        assert made.status_code == 201, made.text
        yield service
        assert await broken(database_url, BASE) == []


async def present(target: Service) -> dict[str, Any]:
    return (await target.http.get("/fhir/Patient/p")).json()  # type: ignore[no-any-return]  # JSON


def _said(stored: dict[str, Any]) -> dict[str, Any]:
    """Return a resource without the version and time that the service gave it."""
    return stored | {"meta": stored["meta"] | {"versionId": None, "lastUpdated": None}}


async def is_done_or_refused(target: Service, form: str, content: Any, *, is_bundled: bool) -> None:
    before = await present(target)
    body = json.dumps(content).encode()
    if is_bundled:
        binary = {"resourceType": "Binary", "contentType": form, "data": base64.b64encode(body).decode()}
        one = entry("PATCH", "Patient/p", binary, ifMatch=f'W/"{before["meta"]["versionId"]}"')
        answer = await bundle(target.http, "transaction", one)
    else:
        answer = await target.http.patch("/fhir/Patient/p", content=body, headers={"Content-Type": form})

    after = await present(target)
    assert answer.status_code in (200, 400, 409, 413, 415, 422, 428), answer.text
    if answer.status_code == 200:
        require_valid(after, expected_type="Patient")
        is_changed = _said(after) != _said(before)
        assert int(after["meta"]["versionId"]) == int(before["meta"]["versionId"]) + is_changed
    else:
        assert after == before
        assert answer.json()["resourceType"] == "OperationOutcome"


@SHORT
@given(patch=patches, is_bundled=st.booleans())
async def test_a_patch_is_done_or_refused(target: Service, patch: tuple[str, Any], is_bundled: bool) -> None:
    await is_done_or_refused(target, *patch, is_bundled=is_bundled)


@pytest.mark.slow
@LONG
@given(patch=patches, is_bundled=st.booleans())
async def test_thousands_of_patches_are_done_or_refused(
    target: Service, patch: tuple[str, Any], is_bundled: bool
) -> None:
    await is_done_or_refused(target, *patch, is_bundled=is_bundled)


async def test_the_patches_that_are_tried_are_not_all_refused(target: Service) -> None:
    deleted = {"type": {"valueCode": "delete"}, "path": {"valueString": "Patient.telecom[0]"}}
    tried = [
        (JSON_PATCH, [{"op": "add", "path": "/name/-", "value": {"family": "E"}}]),
        (FHIR, as_parameters([deleted])),
        (MERGE_PATCH, {"deceasedBoolean": None}),
    ]

    for form, content in tried:
        answer = await target.http.patch(
            "/fhir/Patient/p", content=json.dumps(content), headers={"Content-Type": form}
        )
        assert answer.status_code == 200, answer.text
