"""The headers that every answer has, so that a browser does nothing with it but show it, and keeps nothing.

Sources: RFC 9111 (caching), RFC 6797 (HSTS), W3C Content Security Policy Level 3, WHATWG Fetch (nosniff,
CORP).
"""

import base64
import hashlib
from collections.abc import Iterable
from typing import Final

from pk_api.web.asgi import Header

_NOTHING: Final = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox"
_ALWAYS: Final[tuple[Header, ...]] = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", _NOTHING.encode()),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_HTTPS_ALONE: Final[Header] = (b"strict-transport-security", b"max-age=31536000")


def safe_headers(base_url: str) -> list[Header]:
    """Return what every answer has that does not say otherwise itself."""
    return [*_ALWAYS, *([_HTTPS_ALONE] if base_url.startswith("https://") else [])]


def page_policy(scripts: Iterable[str]) -> str:
    """Return the content security policy of a page with files of ours and these scripts within it."""
    hashes = " ".join(f"'sha256-{_hash(script)}'" for script in scripts)
    return (
        f"default-src 'none'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; connect-src 'self'; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
