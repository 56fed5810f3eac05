"""What the client sends for each FHIR interaction, and what it makes of the answers."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.patient import Patient

from tests.client.wire import Wire, answer, body_of, exactly

PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "meta": {"versionId": "3"},
    "name": [{"family": "Tolvansson"}],
}


async def test_read_by_class_gives_the_model_of_the_class():
    wire = Wire(answer(PATIENT))

    async with wire.client() as client:
        patient = await client.read(Patient, "p1")

    assert isinstance(patient, Patient)
    assert str(wire.last.url) == "http://service.test/prefix/fhir/Patient/p1"


async def test_read_by_name_gives_the_model_of_the_type():
    async with Wire(answer(PATIENT)).client() as client:
        patient = await client.read("Patient", "p1")

    assert isinstance(patient, Patient)


async def test_raw_read_keeps_every_digit_and_writes_it_back():
    wire = Wire(exactly('{"resourceType":"Basic","id":"b","meta":{"versionId":"1"},"x":72.50,"y":[1.0]}'))

    async with wire.client() as client:
        await client.raw.update(await client.raw.read("Basic", "b"))

    assert b'"x":72.50,"y":[1.0]' in wire.last.content


async def test_vread_names_the_version_in_the_path():
    wire = Wire(answer(PATIENT))

    async with wire.client() as client:
        await client.vread(Patient, "p1", 2)

    assert wire.last.url.path == "/prefix/fhir/Patient/p1/_history/2"


async def test_an_id_cannot_leave_its_path_segment():
    wire = Wire(answer(PATIENT))

    async with wire.client() as client:
        await client.read(Patient, "../v1/me?x=1")

    assert wire.last.url.raw_path == b"/prefix/fhir/Patient/..%2Fv1%2Fme%3Fx%3D1"


async def test_create_posts_the_model_and_gives_back_what_was_stored():
    wire = Wire(answer(PATIENT, 201))

    async with wire.client() as client:
        stored = await client.create(Patient.model_validate({"name": [{"family": "Tolvansson"}]}))

    assert stored.id == "p1"
    assert wire.last.method == "POST"
    assert wire.last.headers["content-type"] == "application/fhir+json"
    assert body_of(wire.last) == {"resourceType": "Patient", "name": [{"family": "Tolvansson"}]}


async def test_update_says_which_version_it_replaces():
    wire = Wire(answer(PATIENT))

    async with wire.client() as client:
        await client.update(Patient.model_validate(PATIENT))

    assert (wire.last.method, wire.last.headers["if-match"]) == ("PUT", 'W/"3"')


async def test_update_without_check_sends_no_condition():
    wire = Wire(answer(PATIENT))

    async with wire.client() as client:
        await client.update(Patient.model_validate(PATIENT), check=False)

    assert "if-match" not in wire.last.headers


async def test_update_of_a_resource_never_read_is_refused_before_sending():
    wire = Wire(answer(PATIENT))

    async with wire.client() as client:
        with pytest.raises(ValueError, match="versionId"):
            await client.update(Patient.model_validate({"id": "p1"}))

    assert wire.requests == []


async def test_delete_may_name_the_version():
    wire = Wire(answer({}, 204))

    async with wire.client() as client:
        await client.delete(Patient, "p1", version=3)

    assert (wire.last.method, wire.last.headers["if-match"]) == ("DELETE", 'W/"3"')


async def test_transaction_posts_the_bundle_to_the_base():
    wire = Wire(answer({"resourceType": "Bundle", "type": "transaction-response"}))

    async with wire.client() as client:
        response = await client.transaction(Bundle.model_validate({"type": "transaction"}))

    assert response.type == "transaction-response"
    assert wire.last.url.path == "/prefix/fhir"


async def test_capabilities_are_read_as_a_model():
    statement = {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-11-22",
        "kind": "instance",
        "fhirVersion": "4.0.1",
        "format": ["json"],
    }
    async with Wire(answer(statement)).client() as client:
        found = await client.capabilities()

    assert found.fhirVersion == "4.0.1"


async def test_history_gives_method_and_version_and_no_resource_for_a_deletion():
    wire = Wire(
        answer(
            {
                "resourceType": "Bundle",
                "type": "history",
                "entry": [
                    {"request": {"method": "DELETE", "url": "Patient/p1"}},
                    {"request": {"method": "PUT", "url": "Patient/p1"}, "resource": PATIENT},
                ],
            }
        )
    )

    async with wire.client() as client:
        since = datetime(2026, 11, 22, tzinfo=UTC)
        entries = await client.history(Patient, "p1", since=since).all()

    assert [(entry.method, entry.resource is None) for entry in entries] == [("DELETE", True), ("PUT", False)]
    assert wire.last.url.path == "/prefix/fhir/Patient/p1/_history"
    assert wire.last.url.params["_since"] == "2026-11-22T00:00:00+00:00"


def test_importing_the_client_does_not_load_the_models():
    check = "import sys, pk_api.client; sys.exit(any('fhir.resources' in name for name in sys.modules))"

    done = subprocess.run([sys.executable, "-c", check], check=False)

    assert done.returncode == 0
