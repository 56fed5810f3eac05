"""A token as it comes: its size, its header and its claims, before anything of it is believed.

Sources: RFC 7515, RFC 7519, RFC 8725 (best practices), RFC 9068 (`at+jwt`).
"""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pk_api.fhir.problems import Problem

ALGORITHMS: Final = frozenset({"RS256", "ES256", "ES384", "PS256"})
LONGEST: Final = 16_384
"""Characters of a token; a longer one is not even looked at."""
_TYPES: Final = frozenset({"", "jwt", "at+jwt", "application/at+jwt"})
_KEYS_IN_HEADERS: Final = frozenset({"crit", "b64", "zip", "enc"})
_OF_ID_TOKENS: Final = frozenset({"nonce", "at_hash", "c_hash", "s_hash"})
_LONGEST_KID: Final = 200
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Unverified:
    """A token that is well formed; nothing in it is true yet.

    `kid` None: its header names no key. `is_typed`: it says that it is an access token.
    """

    text: str
    algorithm: str
    kid: str | None
    claims: Mapping[str, Any]
    is_typed: bool

    @property
    def issuer(self) -> str:
        """The issuer that it names: it only picks the keys to verify it with."""
        issuer = self.claims.get("iss")
        return issuer if isinstance(issuer, str) else ""


def refused() -> Problem:
    """Return the problem of a token that is not believed; it says nothing of why."""
    headers = {"www-authenticate": 'Bearer error="invalid_token"'}
    text = "The access token is not valid here, or has expired."
    return Problem("unauthenticated", text, facts={"headers": headers})


def read(text: str) -> Unverified:
    """Return a well-formed token. Problem unauthenticated for what is no access token.

    Keys and addresses of keys in a header (`jwk`, `jku`, `x5c`, `x5u`) are not heeded; what must be heeded
    (`crit`) is not known here.
    """
    if len(text) > LONGEST or not _TOKEN.fullmatch(text):
        raise refused()
    head, body, _ = text.split(".")
    header, claims = _object(head), _object(body)
    algorithm, kid, kind = header.get("alg"), header.get("kid"), header.get("typ", "")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise refused()
    if not isinstance(kind, str) or kind.lower() not in _TYPES or _KEYS_IN_HEADERS & header.keys():
        raise refused()
    if kid is not None and (not isinstance(kid, str) or len(kid) > _LONGEST_KID):
        raise refused()
    is_typed = kind.lower().endswith("at+jwt")
    if not is_typed and _is_id_token(claims):
        raise refused()
    return Unverified(text, algorithm, kid, claims, is_typed)


def _is_id_token(claims: Mapping[str, Any]) -> bool:
    """Say whether claims are those that tell a client who logged in, not a service what is permitted."""
    return bool(_OF_ID_TOKENS & claims.keys()) or claims.get("token_use") == "id" or claims.get("typ") == "ID"


def _object(part: str) -> dict[str, Any]:
    try:
        raw = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
        value = json.loads(raw.decode(), object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise refused() from error
    if not isinstance(value, dict):
        raise refused()
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the object; ValueError when a member is there twice: readers would disagree about it."""
    out = dict(pairs)
    if len(out) != len(pairs):
        raise ValueError("a member is repeated")
    return out


def _no_constant(_: str) -> None:
    raise ValueError("no number")
