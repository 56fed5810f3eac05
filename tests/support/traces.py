"""What the service must not write: identity numbers, in the twelve digits that it keeps them in."""

import re

from pk_api.fhir.identity import is_person

_TWELVE = re.compile(r"(?<![0-9A-Fa-f])(?:18|19|20)[0-9]{6}-?[0-9]{4}(?![0-9A-Fa-f])")


def names_anybody(text: str) -> bool:
    """Say whether an identity number stands in a text by itself; one within a random id is none."""
    return any(is_person(found[0]) for found in _TWELVE.finditer(text))
