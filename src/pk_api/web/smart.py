"""Where apps learn how to get a token: `/.well-known/smart-configuration`, at the root and under `/fhir`.

What it says is what the authorisation server tells of itself: nothing is claimed that it does not do.
Source: SMART App Launch 2.2, conformance.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from pk_api.fhir.problems import Problem
from pk_api.fhir.values import dump

WELL_KNOWN: Final = "/.well-known/smart-configuration"
PLACES: Final = frozenset({WELL_KNOWN, f"/fhir{WELL_KNOWN}"})
_PASSED_ON: Final = (
    *("issuer", "jwks_uri", "authorization_endpoint", "token_endpoint", "registration_endpoint"),
    *("introspection_endpoint", "revocation_endpoint", "management_endpoint", "scopes_supported"),
    *("response_types_supported", "grant_types_supported", "token_endpoint_auth_methods_supported"),
    "token_endpoint_auth_signing_alg_values_supported",
)
_OURS: Final = ("permission-patient", "permission-user", "permission-v1", "permission-v2")
_BY_LIST: Final = (
    ("token_endpoint_auth_methods_supported", "none", "client-public"),
    ("token_endpoint_auth_methods_supported", "client_secret_basic", "client-confidential-symmetric"),
    ("token_endpoint_auth_methods_supported", "private_key_jwt", "client-confidential-asymmetric"),
    ("scopes_supported", "openid", "sso-openid-connect"),
    ("scopes_supported", "offline_access", "permission-offline"),
    ("scopes_supported", "launch/patient", "context-standalone-patient"),
    ("scopes_supported", "launch", "launch-ehr"),
    ("response_types_supported", "code", "launch-standalone"),
)
"""What the authorisation server lists, and the capability of SMART that follows."""
router = APIRouter()


def configuration(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document for an authorisation server that tells this of itself."""
    told = {name: metadata[name] for name in _PASSED_ON if metadata.get(name)}
    challenges = set(_listed(metadata, "code_challenge_methods_supported")) - {"plain"}
    capabilities = [name for key, value, name in _BY_LIST if value in _listed(metadata, key)]
    return told | {
        "code_challenge_methods_supported": sorted(challenges),
        "capabilities": sorted({*_OURS, *capabilities}),
    }


def _listed(metadata: Mapping[str, Any], key: str) -> Collection[str]:
    value = metadata.get(key)
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


@router.get(WELL_KNOWN, include_in_schema=False)
@router.get(f"/fhir{WELL_KNOWN}", include_in_schema=False)
async def tell(request: Request) -> Response:
    """Tell where tokens are had; not found where no issuer publishes it."""
    metadata = await request.app.state.authorisation()
    if not metadata.get("token_endpoint"):
        raise Problem("not-found", "No authorisation server publishes its addresses here.")
    return Response(dump(configuration(metadata)), media_type="application/json")
