"""Which version of FHIR a request is in and asks for: the parameter `fhirVersion` of media types.

Source: https://hl7.org/fhir/R4/http.html#version-parameter.
"""

import re
from typing import Final

from pk_api.fhir.problems import Problem
from pk_api.interactions.call import R4

_PARAMETER: Final = re.compile(r";\s*fhirversion\s*=\s*\"?([^\s;,\"]*)", re.IGNORECASE)
_KNOWN: Final = {"4.0": R4, "4.0.1": R4, "5.0": "5.0", "5.0.0": "5.0"}
_SPOKEN: Final = "FHIR 4.0 is spoken here, and 5.0 of some resources."


def version_of(media_type: str | None, refusal: str) -> str | None:
    """Return the version that a media type names, None when it names none. Problem for an unknown one.

    `refusal` is the kind of that problem: not-acceptable, or unsupported-media-type.
    """
    found = _PARAMETER.search(media_type or "")
    if found is None:
        return None
    if found[1] not in _KNOWN:
        raise Problem(refusal, _SPOKEN)
    return _KNOWN[found[1]]


def version_wanted(accept: str | None, asked: str | None, sent: str) -> str:
    """Return the version to answer in: that of `_format`, of Accept, or the one that was sent.

    Of several media types in Accept, the first whose version is spoken here.
    """
    if asked is not None:
        return version_of(asked, "not-acceptable") or sent
    refused = None
    for media_type in (accept or "").split(","):
        try:
            found = version_of(media_type, "not-acceptable")
        except Problem as problem:
            refused = problem
            continue
        if found is not None:
            return found
        if media_type.strip():
            return sent
    if refused is not None:
        raise refused
    return sent
