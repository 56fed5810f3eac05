"""Which licences a member of staff has: `Practitioner.qualification` with a code of the register HOSP.

Sources: HL7 Sweden SEBasePractitioner (slice hosp); Socialstyrelsen, yrkeskoder (1.2.752.116.3.1.3).
"""

from collections.abc import Mapping
from typing import Any, Final

from pk_api.fhir.search.index_values import period_span
from pk_api.fhir.systems import OCCUPATION

PHYSICIAN: Final = "LK"
"""The code of a licensed physician."""


def licences_of(practitioner: Mapping[str, Any], *, now: int) -> frozenset[str]:
    """Return the codes of the licences that are in force; `now` in microseconds since 1970 UTC."""
    return frozenset(
        str(coding.get("code"))
        for one in practitioner.get("qualification", ())
        if _is_in_force(one.get("period"), now)
        for coding in (one.get("code") or {}).get("coding", ())
        if coding.get("system") == OCCUPATION
    )


def _is_in_force(period: Mapping[str, Any] | None, now: int) -> bool:
    since, until = period_span(period)
    return (since is None or since <= now) and (until is None or now < until)
