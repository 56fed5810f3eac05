"""A real authorisation server (npm oidc-provider) and our running server: systems, staff and patients get in.

Skipped where Node is absent. Sources: SMART App Launch 2.2, RFC 9470.
"""

import json
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.oidc.flows import (
    REDIRECT,
    RESOURCE,
    assertion,
    backend_token,
    code_for,
    pkce,
    redeemed,
    user_tokens,
)
from tests.oidc.running import issuing_to
from tests.support.resources import a_patient, an_organization
from tests.support.server import free_port, serving
from tests.web.tokens.signing import a_key

pytestmark = pytest.mark.asyncio(loop_scope="module")

REGION = "SE2321000016-1001"
UNIT = "SE2321000016-2002"
TOLVAN, OTHER = "191212121212", "195009072553"
LOA3 = "http://id.sambi.se/loa/loa3"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
LABORATORY = f"patient/Observation.rs?category={CATEGORY}|laboratory"
SCOPES = ("system/*.cruds", "system/Patient.rs", "user/*.rs", "patient/*.rs", LABORATORY)
NURSE = {
    "employeeHsaId": "SE2321000016-E1",
    "commissionHsaId": "SE2321000016-U1",
    "commissionPurpose": "Vård och behandling",
    "healthCareProviderHsaId": REGION,
    "healthCareUnitHsaId": UNIT,
    "acr": LOA3,
}
PEOPLE = {
    "nurse": NURSE,
    "nurse-elsewhere": NURSE | {"healthCareProviderHsaId": "SE2120000142-3001"},
    "patient": {"personalIdentityNumber": TOLVAN, "acr": LOA3},
    "patient-weak": {"personalIdentityNumber": TOLVAN, "acr": "http://id.sambi.se/loa/loa2"},
}
ALGORITHMS = {"journal": ("EC", "ES384"), "journal-rsa": ("RSA", "RS384")}


@dataclass(frozen=True)
class Issuing:
    issuer: str
    keys: dict[str, Any]


def _public(key: Any, alg: str) -> dict[str, Any]:
    return {**key.as_dict(private=False), "kid": key.kid, "alg": alg, "use": "sig"}


def _system(name: str, key: Any, alg: str) -> dict[str, Any]:
    return {
        "client_id": name,
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": alg,
        "grant_types": ["client_credentials"],
        "response_types": [],
        "redirect_uris": [],
        "jwks": {"keys": [_public(key, alg)]},
    }


PORTAL = {
    "client_id": "portal",
    "token_endpoint_auth_method": "none",
    "application_type": "native",
    "grant_types": ["authorization_code"],
    "response_types": ["code"],
    "redirect_uris": [REDIRECT],
}


@pytest.fixture(scope="module")
def issuing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Issuing]:
    """The authorisation server, running; its clients' keys beside."""
    keys = {
        "journal": a_key("EC", crv="P-384"),
        "journal-rsa": a_key("RSA"),
    }
    told = {
        "port": free_port(),
        "clients": [PORTAL, *(_system(name, keys[name], alg) for name, (_, alg) in ALGORITHMS.items())],
        "people": PEOPLE,
        "scopes": " ".join(SCOPES),
        "audience": "pk_api",
        "resource": RESOURCE,
        "alg": "ES256",
    }
    with issuing_to(told, tmp_path_factory.mktemp("issuer") / "log") as issuer:
        yield Issuing(issuer, keys)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def http(
    issuing: Issuing, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[httpx.AsyncClient]:
    """Our server as in production, which believes this issuer alone, with two patients."""
    data = tmp_path_factory.mktemp("server")
    shutil.copy(sqlite_template, data / "pk.db")
    settings = {
        "PK_DEMO": "false",
        "PK_ISSUERS": json.dumps([{"issuer": issuing.issuer}]),
        "PK_CLIENTS": json.dumps(
            {
                "journal": {"organisation": REGION},
                "journal-rsa": {"organisation": REGION, "scopes": "system/Patient.rs"},
                "portal": {"organisation": REGION, "scopes": "user/*.cruds"},
            }
        ),
    }
    with serving(f"sqlite:///{data / 'pk.db'}", data, **settings) as server:
        async with httpx.AsyncClient(base_url=server.base, timeout=30) as client:
            await _fill(client, issuing)
            yield client


async def _fill(http: httpx.AsyncClient, issuing: Issuing) -> None:
    headers = await _as_system(http, issuing, "journal", "system/*.cruds")
    region = await _stored(http, headers, an_organization(REGION))
    unit = await _stored(http, headers, an_organization(UNIT) | {"partOf": {"reference": region}})
    for number in (TOLVAN, OTHER):
        patient = await _stored(http, headers, a_patient(number))
        if number == TOLVAN:
            await _stored(http, headers, an_encounter(patient, unit))
        for category in ("laboratory", "survey"):
            observation = {
                "resourceType": "Observation",
                "status": "final",
                "category": [{"coding": [{"system": CATEGORY, "code": category}]}],
                "code": {"text": "Vikt"},
                "subject": {"reference": patient},
            }
            await _stored(http, headers, observation)


async def _stored(http: httpx.AsyncClient, headers: dict[str, str], resource: dict[str, Any]) -> str:
    answer = await http.post(f"/fhir/{resource['resourceType']}", json=resource, headers=headers)
    assert answer.status_code == 201, answer.text
    return f"{resource['resourceType']}/{answer.json()['id']}"


def an_encounter(patient: str, unit: str) -> dict[str, Any]:
    """A care relation of the unit."""
    return {
        "resourceType": "Encounter",
        "status": "in-progress",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "subject": {"reference": patient},
        "serviceProvider": {"reference": unit},
    }


async def _smart(http: httpx.AsyncClient) -> dict[str, Any]:
    answer = await http.get("/fhir/.well-known/smart-configuration")
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/fhir+json"}


async def _as_system(http: httpx.AsyncClient, issuing: Issuing, name: str, scope: str) -> dict[str, str]:
    smart = await _smart(http)
    signed = assertion(name, issuing.keys[name], ALGORITHMS[name][1], audience=issuing.issuer)
    answer = await backend_token(http, smart, signed, scope)
    assert answer.status_code == 200, answer.text
    return _bearer(answer.json()["access_token"])


async def _as_person(http: httpx.AsyncClient, who: str, scope: str) -> dict[str, str]:
    async with httpx.AsyncClient(timeout=30) as browser:
        told = await user_tokens(browser, await _smart(http), who, scope)
    return _bearer(told["access_token"])


async def _found(http: httpx.AsyncClient, type_: str, headers: dict[str, str]) -> list[dict[str, Any]]:
    answer = await http.get(f"/fhir/{type_}", headers=headers)
    assert answer.status_code == 200, answer.text
    return [one["resource"] for one in answer.json().get("entry", ())]


async def test_apps_learn_where_tokens_are_had(http: httpx.AsyncClient, issuing: Issuing) -> None:
    smart = await _smart(http)
    root = (await http.get("/.well-known/smart-configuration")).json()
    security = (await http.get("/fhir/metadata")).json()["rest"][0]["security"]

    uris = {one["url"]: one["valueUri"] for one in security["extension"][0]["extension"]}
    assert root == smart
    assert smart["token_endpoint"].startswith(issuing.issuer)
    assert uris == {"token": smart["token_endpoint"], "authorize": smart["authorization_endpoint"]}
    assert smart["code_challenge_methods_supported"] == ["S256"]
    assert {"client-confidential-asymmetric", "client-public", "launch-standalone", "permission-v2"} <= set(
        smart["capabilities"]
    )
    assert "client-confidential-symmetric" not in smart["capabilities"]


@pytest.mark.parametrize("name", ALGORITHMS)
async def test_a_system_gets_in_with_a_key_of_its_own(
    http: httpx.AsyncClient, issuing: Issuing, name: str
) -> None:
    headers = await _as_system(http, issuing, name, "system/Patient.rs")

    assert len(await _found(http, "Patient", headers)) == 2
    assert (await http.get("/fhir/Observation", headers=headers)).status_code == 403


async def test_a_clients_assertion_is_good_once(http: httpx.AsyncClient, issuing: Issuing) -> None:
    smart = await _smart(http)
    signed = assertion("journal", issuing.keys["journal"], "ES384", audience=issuing.issuer)

    first = await backend_token(http, smart, signed, "system/Patient.rs")
    again = await backend_token(http, smart, signed, "system/Patient.rs")

    assert first.status_code == 200
    assert again.status_code in (400, 401)


async def test_an_assertion_with_anothers_key_gets_no_token(
    http: httpx.AsyncClient, issuing: Issuing
) -> None:
    forged = a_key("EC", crv="P-384", kid=issuing.keys["journal"].kid)
    signed = assertion("journal", forged, "ES384", audience=issuing.issuer)

    answer = await backend_token(http, await _smart(http), signed, "system/Patient.rs")

    assert answer.status_code == 401


async def test_staff_get_in_with_a_login(http: httpx.AsyncClient) -> None:
    headers = await _as_person(http, "nurse", "openid user/*.rs")

    (patient,) = await _found(http, "Patient", headers)
    assert patient["identifier"][0]["value"] == TOLVAN, "the one with whom the unit has a care relation"


async def test_staff_of_another_care_provider_than_the_clients_stay_outside(http: httpx.AsyncClient) -> None:
    headers = await _as_person(http, "nurse-elsewhere", "openid user/*.rs")

    assert (await http.get("/fhir/Patient", headers=headers)).status_code == 403


async def test_a_patient_sees_the_own_record(http: httpx.AsyncClient) -> None:
    headers = await _as_person(http, "patient", "openid patient/*.rs")

    (patient,) = await _found(http, "Patient", headers)
    observations = await _found(http, "Observation", headers)

    assert patient["identifier"][0]["value"] == TOLVAN
    assert {one["subject"]["reference"] for one in observations} == {f"Patient/{patient['id']}"}
    assert len(observations) == 2


async def test_a_patients_app_sees_what_its_scope_is_restricted_to(http: httpx.AsyncClient) -> None:
    headers = await _as_person(http, "patient", f"openid {LABORATORY}")

    (one,) = await _found(http, "Observation", headers)

    assert one["category"][0]["coding"][0]["code"] == "laboratory"
    assert (await http.get("/fhir/Patient", headers=headers)).status_code == 403


async def test_a_weak_login_is_sent_back_for_a_stronger_one(http: httpx.AsyncClient) -> None:
    headers = await _as_person(http, "patient-weak", "openid patient/*.rs")

    answer = await http.get("/fhir/Patient", headers=headers)

    assert answer.status_code == 401
    assert 'error="insufficient_user_authentication"' in answer.headers["www-authenticate"]
    assert 'acr_values="loa3"' in answer.headers["www-authenticate"]


async def test_a_code_is_nothing_without_its_verifier(http: httpx.AsyncClient) -> None:
    smart = await _smart(http)
    async with httpx.AsyncClient(timeout=30) as browser:
        code = await code_for(browser, smart, "nurse", "openid user/*.rs", pkce()[1])

        answer = await redeemed(browser, smart, code, pkce()[0])

    assert answer.status_code == 400


async def test_an_id_token_opens_nothing(http: httpx.AsyncClient) -> None:
    async with httpx.AsyncClient(timeout=30) as browser:
        told = await user_tokens(browser, await _smart(http), "nurse", "openid user/*.rs")

    assert (await http.get("/fhir/Patient", headers=_bearer(told["id_token"]))).status_code == 401
    assert (await http.get("/fhir/Patient", headers=_bearer(told["access_token"]))).status_code == 200
