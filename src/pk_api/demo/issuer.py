"""The demo's own issuer of tokens: one ES256 key, kept in the data directory and readable by its owner only.

Its tokens are for the demo on loopback. Sources: RFC 7519, RFC 7517, RFC 7638.
"""

import json
import os
import secrets
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from joserfc import jwt
from joserfc.jwk import ECKey

from pk_api.demo.actors import ACTORS, DemoActor
from pk_api.fhir.problems import Problem

ISSUER: Final = "https://demo.patientkontrakt.invalid"
AUDIENCE: Final = "pk_api"
ALGORITHM: Final = "ES256"
KEY_FILE: Final = "demo-issuer.json"
PUBLIC_FILE: Final = "demo-jwks.json"


def issue_token(data_dir: Path, name: str, *, now: datetime, lifetime: timedelta) -> str:
    """Return a signed token of the demo actor, valid from `now` for the lifetime."""
    key = _key(data_dir)
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        **_actor(name).claims(),
        "iat": int(now.timestamp()),
        "nbf": int(now.timestamp()),
        "exp": int((now + lifetime).timestamp()),
        "jti": secrets.token_urlsafe(16),
    }
    return jwt.encode({"alg": ALGORITHM, "kid": key.kid, "typ": "JWT"}, claims, key, algorithms=[ALGORITHM])


def jwks(data_dir: Path) -> dict[str, Any]:
    """Return the public key set by which the tokens are checked."""
    key = _key(data_dir)
    return {"keys": [{**key.as_dict(private=False), "kid": key.kid, "alg": ALGORITHM, "use": "sig"}]}


def jwks_path(data_dir: Path) -> Path:
    """Return the file with the public key set, made when it is not there."""
    path = data_dir / PUBLIC_FILE
    if not path.exists():
        _write_once(path, jwks(data_dir))
    return path


def _actor(name: str) -> DemoActor:
    actor = ACTORS.get(name)
    if actor is None:
        raise Problem("not-found", f"There is no such demo actor; there are: {', '.join(ACTORS)}")
    return actor


def _key(data_dir: Path) -> ECKey:
    path = data_dir / KEY_FILE
    if not path.exists():
        _write_once(path, dict(ECKey.generate_key("P-256").as_dict(private=True)))
    key = ECKey.import_key(json.loads(path.read_text()))
    key.ensure_kid()
    return key


def _write_once(path: Path, content: dict[str, Any]) -> None:
    """Write a file whole or not at all, for its owner only; of two processes at once, the first wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # made with mode 0600
    try:
        with os.fdopen(handle, "w") as file:
            json.dump(content, file)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        Path(draft).unlink()
