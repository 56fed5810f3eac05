"""Tokens of a made-up issuer, and an issuer that answers, or does not, on a loopback port."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

ISSUER = "https://issuer.example"
CLAIMS = {"iss": ISSUER, "aud": "pk_api", "client_id": "journal", "scope": "system/*.cruds", "sub": "journal"}


def a_key(kind: str = "EC", **more: Any) -> ECKey | RSAKey:
    curve = more.pop("crv", "P-256")
    made = RSAKey.generate_key(2048, more) if kind == "RSA" else ECKey.generate_key(curve, more)
    made.ensure_kid()
    return made


def signed(
    key: Any, alg: str = "ES256", *, header: Mapping[str, Any] | None = None, now: float = 0, **changes: Any
) -> str:
    """Return a token with these claims changed; None takes a claim away."""
    moment = int(now or time.time())
    claims = CLAIMS | {"iat": moment, "nbf": moment, "exp": moment + 600} | changes
    claims = {k: v for k, v in claims.items() if v is not None}
    return jwt.encode({"alg": alg, "kid": key.kid} | dict(header or {}), claims, key, algorithms=[alg])


def bearer(*given: Any, **more: Any) -> str:
    return f"Bearer {signed(*given, **more)}"


def key_set(*keys: Any) -> dict[str, Any]:
    return {"keys": [{**key.as_dict(private=False), "kid": key.kid} for key in keys]}


@dataclass
class Answering:
    """An issuer's pages by path, 404 for others; `asked` are the paths that were asked for."""

    base: str = ""
    pages: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def publish(self, *keys: Any, path: str = "/.well-known/openid-configuration") -> None:
        """Publish metadata at this path, and the keys where they lead to."""
        self.pages[path] = {"issuer": self.base, "jwks_uri": f"{self.base}/jwks"}
        self.pages["/jwks"] = key_set(*keys)


@contextmanager
def answering() -> Iterator[Answering]:
    """Give an issuer that answers over HTTP."""
    issuer = Answering()

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.asked.append(self.path)
            body = json.dumps(issuer.pages.get(self.path)).encode()
            self.send_response(200 if self.path in issuer.pages else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    issuer.base = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
