"""The service's signature over what was agreed to, and who can check it."""

import base64
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from joserfc import jws
from joserfc.jwk import ECKey

from pk_api.contract.canonical import hash_of, manifest
from pk_api.fhir.values import parse
from pk_api.records.drafts import Policy
from pk_api.records.records import Records
from pk_api.records.signing import Signer
from pk_api.store.database import Database
from tests.conftest import BASE
from tests.contract.agreeing import a_case, by
from tests.contract.wire import Api
from tests.support.actors import PATIENT, SYSTEM_HOSPITAL
from tests.support.service import client_of, served
from tests.support.tables import run


def a_key() -> str:
    return json.dumps(ECKey.generate_key("P-256").as_dict(private=True))


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A signature is the same on either database."""
    shutil.copy(sqlite_template, tmp_path / "pk.db")
    return f"sqlite:///{tmp_path / 'pk.db'}"


@pytest.fixture
async def records(db: Database) -> AsyncIterator[Records]:
    door = Records(db, Policy(base_url=BASE), signer=Signer(a_key()))
    yield door
    await door.drain()


async def test_an_acceptance_is_signed_and_anybody_with_the_key_can_tell(records: Records) -> None:
    case = await a_case(Api(records))
    await case.proposed()
    members = (await records.contract(SYSTEM_HOSPITAL, case.contract)).members
    (acceptance,) = [each.resource for each in members if each.type == "Provenance"]
    items = []
    for target in acceptance["target"]:
        kind, id_, _, version = target["reference"].split("/")
        body = (await records.vread(SYSTEM_HOSPITAL, kind, id_, int(version))).body
        items.append((f"{kind}/{id_}", int(version), parse(body)))
    content = manifest(f"CarePlan/{case.contract}", 1, items)

    (signature,) = acceptance["signature"]
    told = base64.b64decode(signature["data"]).decode()
    assert records.signer is not None
    (public,) = records.signer.keys()["keys"]
    found = jws.deserialize_compact(told, ECKey.import_key(public), algorithms=["ES256"], payload=content)

    assert found.headers()["kid"] == public["kid"]
    assert "d" not in public
    assert hash_of(content) in json.dumps(acceptance["extension"])


async def test_verify_tells_whether_the_signature_is_of_what_stands_there(records: Records) -> None:
    case = await a_case(Api(records))
    await case.proposed()

    first = await by(case.api, SYSTEM_HOSPITAL, "GET", f"{case.path}/agreements/1/verify")
    records.signer = Signer(a_key())
    other = await by(case.api, SYSTEM_HOSPITAL, "GET", f"{case.path}/agreements/1/verify")
    records.signer = None
    none = await by(case.api, SYSTEM_HOSPITAL, "GET", f"{case.path}/agreements/1/verify")

    told = [[each["valid"] for each in one["acceptances"][0]["signatures"]] for one in (first, other, none)]
    assert told == [[True], [None], [None]]


async def test_what_was_changed_behind_the_service_is_told_by_hash_and_signature(
    records: Records, database_url: str
) -> None:
    case = await a_case(Api(records))
    await case.agreed()
    before = await by(case.api, PATIENT, "GET", f"{case.path}/agreements/1/verify")

    await run(database_url, "UPDATE version SET body = replace(body, 'Gå 500 m', 'Gå 900 m')")
    after = await by(case.api, PATIENT, "GET", f"{case.path}/agreements/1/verify")

    assert before["holds"]
    assert {each["matches"] for each in before["acceptances"]} == {True}
    assert {one["valid"] for each in before["acceptances"] for one in each["signatures"]} == {True}
    assert not after["holds"]
    assert {each["matches"] for each in after["acceptances"]} == {False}
    assert {one["valid"] for each in after["acceptances"] for one in each["signatures"]} == {False}


async def test_without_a_key_nothing_is_signed(records: Records) -> None:
    records.signer = None
    case = await a_case(Api(records))
    await case.proposed()

    verified = await by(case.api, PATIENT, "GET", f"{case.path}/agreements/1/verify")

    assert verified["acceptances"][0]["signatures"] == []


def test_a_signature_is_of_its_content_alone() -> None:
    signer = Signer(a_key())
    signature = signer.sign(b"det vi kom \xc3\xb6verens om")

    assert signer.verifies(signature, b"det vi kom \xc3\xb6verens om") is True
    assert signer.verifies(signature, b"n\xc3\xa5got annat") is False
    assert signer.verifies("inte..signerat", b"n\xc3\xa5got") is False
    assert Signer(a_key()).verifies(signature, b"det vi kom \xc3\xb6verens om") is None


@pytest.mark.parametrize("change", [{"kty": "RSA"}, {"crv": "P-384"}, {"d": None}])
def test_another_key_is_refused(change: dict[str, str | None]) -> None:
    told = {name: value for name, value in (json.loads(a_key()) | change).items() if value is not None}

    with pytest.raises(ValueError, match="P-256"):
        Signer(json.dumps(told))


@pytest.mark.parametrize("key", ["", a_key()])
async def test_the_key_is_told_to_everybody(database_url: str, tmp_path: Path, key: str) -> None:
    async with served(database_url, tmp_path, signing_key=key) as service:
        answer: httpx.Response = await client_of(service.app, {}).get("/.well-known/jwks.json")

    keys = answer.json()["keys"]
    assert answer.status_code == 200
    assert len(keys) == bool(key)
    assert all("d" not in each and each["use"] == "sig" for each in keys)
