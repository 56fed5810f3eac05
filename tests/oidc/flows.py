"""How clients get tokens from an authorisation server: with a key of their own, or for whoever logs in.

Sources: SMART App Launch 2.2 (backend services, standalone launch), RFC 7523, RFC 7636 (PKCE).
"""

import base64
import hashlib
import secrets
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from joserfc import jwt

REDIRECT = "http://127.0.0.1/callback"
RESOURCE = "urn:pk-api"
_JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def assertion(client: str, key: Any, alg: str, *, audience: str) -> str:
    """Return a client's signed statement of who it is."""
    now = int(time.time())
    claims = {"iss": client, "sub": client, "aud": audience, "jti": secrets.token_hex(8)}
    header = {"alg": alg, "kid": key.kid, "typ": "JWT"}
    return jwt.encode(header, claims | {"iat": now, "exp": now + 120}, key, algorithms=[alg])


async def backend_token(
    http: httpx.AsyncClient, smart: dict[str, Any], signed: str, scope: str
) -> httpx.Response:
    """Ask for a token with a client's assertion, as SMART's backend services do."""
    form = {"grant_type": "client_credentials", "scope": scope, "resource": RESOURCE}
    form |= {"client_assertion_type": _JWT_BEARER, "client_assertion": signed}
    return await http.post(smart["token_endpoint"], data=form)


async def code_for(
    http: httpx.AsyncClient, smart: dict[str, Any], who: str, scope: str, challenge: str
) -> str:
    """Log somebody in with a browser, and return the code that comes back to the app."""
    asked = {
        "client_id": "portal",
        "response_type": "code",
        "redirect_uri": REDIRECT,
        "scope": scope,
        "state": secrets.token_hex(8),
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "resource": RESOURCE,
        "login_hint": who,
    }
    answer = await http.get(smart["authorization_endpoint"], params=asked)
    for _ in range(6):
        place = str(answer.headers.get("location", ""))
        if place.startswith(REDIRECT):
            query = parse_qs(urlsplit(place).query)
            assert query["state"] == [asked["state"]], query
            return query["code"][0]
        answer = await http.get(httpx.URL(smart["authorization_endpoint"]).join(place))
    raise AssertionError(answer.text)


def pkce() -> tuple[str, str]:
    """Return a verifier and its challenge."""
    verifier = secrets.token_urlsafe(40)
    digest = hashlib.sha256(verifier.encode()).digest()
    return verifier, base64.urlsafe_b64encode(digest).decode().rstrip("=")


async def redeemed(
    http: httpx.AsyncClient, smart: dict[str, Any], code: str, verifier: str
) -> httpx.Response:
    """Ask for the tokens that a code stands for."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "client_id": "portal"}
    form |= {"code_verifier": verifier, "resource": RESOURCE}
    return await http.post(smart["token_endpoint"], data=form)


async def user_tokens(http: httpx.AsyncClient, smart: dict[str, Any], who: str, scope: str) -> dict[str, Any]:
    """Log somebody in and return the tokens that the app gets."""
    verifier, challenge = pkce()
    answer = await redeemed(http, smart, await code_for(http, smart, who, scope, challenge), verifier)
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]
