"""The service's own signature: detached JWS over what somebody agreed to, and the key by which it is checked.

Sources: RFC 7515 appendix F (detached content), RFC 7517, RFC 7638; ES256 of RFC 7518.
"""

import json
from typing import Any, Final

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

ALGORITHM: Final = "ES256"


class Signer:
    """A private key on the curve P-256, as a JWK in JSON."""

    def __init__(self, key: str) -> None:
        """Read the key. ValueError for one that cannot sign."""
        told = json.loads(key)
        if told.get("kty") != "EC" or told.get("crv") != "P-256" or "d" not in told:
            raise ValueError("the signing key is a private JWK of the curve P-256")
        self._key = ECKey.import_key(told)
        self._key.ensure_kid()

    def sign(self, content: bytes) -> str:
        """Return `header..signature`: the content is where it is, and not repeated."""
        header = {"alg": ALGORITHM, "kid": self._key.kid}
        head, _, signature = jws.serialize_compact(header, content, self._key, algorithms=[ALGORITHM]).split(
            "."
        )
        return f"{head}..{signature}"

    def verifies(self, signature: str, content: bytes) -> bool | None:
        """Say whether the signature is this key's and of the content; None for one of another key."""
        try:
            told = jws.extract_compact(signature.encode())
            if told.headers().get("kid") != self._key.kid:
                return None
            jws.deserialize_compact(signature, self._key, algorithms=[ALGORITHM], payload=content)
        except (JoseError, ValueError):
            return False
        return True

    def keys(self) -> dict[str, Any]:
        """Return the public key set (RFC 7517)."""
        public = {**self._key.as_dict(private=False), "kid": self._key.kid, "alg": ALGORITHM, "use": "sig"}
        return {"keys": [public]}
