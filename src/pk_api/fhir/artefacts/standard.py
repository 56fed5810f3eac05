"""R4's own artefacts: terms that our types bind to, and definitions of searches and operations.

Source: `definitions/terminology.json` and `definitions/definitional.json`, generated from the official R4
4.0.1 definitions.
"""

from collections.abc import Iterator
from typing import Any, Final

from pk_api.fhir.structures import table

_TYPES: Final = (("code_systems", "CodeSystem"), ("value_sets", "ValueSet"))


def resources() -> Iterator[dict[str, Any]]:
    """Yield the resources, without narrative and without the definitions of their codes."""
    content = table("terminology")
    for part, kind in _TYPES:
        for row in content[part].values():
            yield {"resourceType": kind, **row}
    yield from table("definitional")["resources"]
