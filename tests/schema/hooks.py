"""What schemathesis leaves out or does differently here, each for a reason."""

from itertools import count
from typing import Any

import schemathesis
from schemathesis.openapi.checks import RejectedPositiveData

_CALLS = count()


@schemathesis.hook
def filter_case(context: Any, case: Any) -> bool:
    """A header that nobody knows is ignored, not refused (RFC 9110 5.1): its acceptance is no fault."""
    return not any(name.lower().startswith("x-schemathesis-unknown") for name in case.headers or {})


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """A key that was used for another body is refused before the body is read: good calls have their own."""
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str) and len(key) < 180 and case.meta.generation.mode.is_positive:
        case.headers["Idempotency-Key"] = f"{key}-{next(_CALLS)}"


@schemathesis.hook
def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """No schema says which cursors a list gave: another one is refused (400) though its form is good."""
    cursors = {**(case.query or {}), **(case.body if isinstance(case.body, dict) else {})}.get("cursor")
    return not (isinstance(failure, RejectedPositiveData) and cursors and b"/cursor" in response.content)
