"""What the service refuses, as exceptions: one class for each thing that a caller can do about it.

Sources: https://hl7.org/fhir/R4/http.html#Status-Codes, RFC 9457 (problem+json), RFC 9110.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import httpx
import msgspec

from pk_api.client.exact import parse_exact

_CORRELATION_HEADERS: Final = ("x-request-id", "x-correlation-id")


class ApiError(Exception):
    """An answer that is no success; the message holds no query string, so no identity number.

    `status` is 0 when no answer came. `outcome` is the OperationOutcome (FHIR) or the problem (contract API)
    as it was sent, and `correlation_id` finds the request in the service's log.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 0,
        outcome: Mapping[str, Any] | None = None,
        correlation_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.outcome: Mapping[str, Any] = outcome or {}
        self.correlation_id = correlation_id

    @property
    def expressions(self) -> tuple[str, ...]:
        """The elements that the service names: FHIRPaths, or JSON pointers from the contract API."""
        issues = self.outcome.get("issue") or ()
        paths = [path for issue in issues for path in issue.get("expression") or ()]
        pointers = [error["pointer"] for error in self.outcome.get("errors") or () if "pointer" in error]
        return (*paths, *pointers)


class NotFound(ApiError):
    """404: there is nothing here that this caller may know of."""


class Gone(ApiError):
    """410: it has been deleted."""


class Stale(ApiError):
    """412: the version that the caller knew is not the current one; read again."""


class Conflict(ApiError):
    """409: the request conflicts with the present state."""

    @property
    def conflicts(self) -> tuple[Mapping[str, Any], ...]:
        """What changed since the caller's base revision, each with base, theirs and yours; or empty."""
        return tuple(self.outcome.get("conflicts") or ())


class Refused(ApiError):
    """401 or 403: no valid token, or not permitted."""


class Invalid(ApiError):
    """400, 405, 406, 415, 422 or 428: the request itself has to change."""


class TooLarge(ApiError):
    """413: the body is larger than the service takes."""


class Unavailable(ApiError):
    """429, 5xx of a gateway, or no answer at all: the same request may succeed later."""


_BY_STATUS: Final[Mapping[int, type[ApiError]]] = MappingProxyType(
    {
        400: Invalid,
        401: Refused,
        403: Refused,
        404: NotFound,
        405: Invalid,
        406: Invalid,
        409: Conflict,
        410: Gone,
        412: Stale,
        413: TooLarge,
        415: Invalid,
        422: Invalid,
        428: Invalid,
        429: Unavailable,
        502: Unavailable,
        503: Unavailable,
        504: Unavailable,
    }
)


def error_of(response: httpx.Response) -> ApiError:
    """Return the exception that says what this answer says."""
    outcome = _outcome(response.content)
    kind = _BY_STATUS.get(response.status_code, ApiError)
    request = response.request
    return kind(
        f"{request.method} {request.url.path}: {response.status_code} {_summary(outcome)}".rstrip(),
        status=response.status_code,
        outcome=outcome,
        correlation_id=_correlation_id(response, outcome),
    )


def _outcome(body: bytes) -> Mapping[str, Any]:
    try:
        value = parse_exact(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return value if isinstance(value, dict) else {}


def _summary(outcome: Mapping[str, Any]) -> str:
    issues = outcome.get("issue") or ()
    texts = [issue.get("diagnostics") or (issue.get("details") or {}).get("text") or "" for issue in issues]
    return "; ".join(filter(None, texts)) or str(outcome.get("detail") or outcome.get("title") or "")


def _correlation_id(response: httpx.Response, outcome: Mapping[str, Any]) -> str | None:
    named = (response.headers.get(name) for name in _CORRELATION_HEADERS)
    return next(filter(None, named), None) or outcome.get("instance")
