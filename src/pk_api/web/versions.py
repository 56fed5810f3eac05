"""Which version of FHIR a request is in and asks for: the parameter `fhirVersion` of media types.

Source: https://hl7.org/fhir/R4/http.html#version-parameter, RFC 9110 12.5.1.
"""

import re
from collections.abc import Iterator
from typing import Final

from pk_api.fhir.problems import Problem
from pk_api.interactions.call import R4, R5

_PARAMETER: Final = re.compile(r';\s*fhirversion\s*=\s*"?([^\s;,"]*)', re.IGNORECASE)
_WEIGHT: Final = re.compile(r";\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*(?:;|$)", re.IGNORECASE)
_KNOWN: Final = {"4.0": R4, "4.0.1": R4, "5.0": R5, "5.0.0": R5}


def version_of(media_type: str | None, refusal: str) -> str | None:
    """Return the version that a media type names, None when it names none. Problem for an unknown one.

    `refusal` is the kind of that problem: not-acceptable, or unsupported-media-type.
    """
    found = _PARAMETER.search(media_type or "")
    if found is None:
        return None
    if found[1] not in _KNOWN:
        raise Problem(refusal, "FHIR 4.0 is spoken here, and 5.0 of some resources.")
    return _KNOWN[found[1]]


def version_wanted(accept: str | None, asked: str | None, sent: str) -> str:
    """Return the version to answer in: that of `_format`, of Accept, or the one that was sent.

    Of several media types in Accept, the one that is liked best among those whose version is spoken here.
    """
    if asked is not None:
        return version_of(asked, "not-acceptable") or sent
    if accept is None or "fhirversion" not in accept.lower():
        return sent
    refused = None
    for media_type in _by_weight(accept):
        try:
            return version_of(media_type, "not-acceptable") or sent
        except Problem as problem:
            refused = problem
    if refused is not None:
        raise refused
    return sent


def _by_weight(accept: str) -> Iterator[str]:
    """Yield the media types, those liked best first, without those that are not wanted."""
    weighed = [(_weight(one), one) for one in accept.split(",")]
    yield from (one for weight, one in sorted(weighed, key=lambda pair: -pair[0]) if weight > 0)


def _weight(media_type: str) -> float:
    found = _WEIGHT.search(media_type)
    return float(found[1]) if found else 1.0
