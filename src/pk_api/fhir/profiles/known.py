"""The profiles that the service knows: those of its artefacts, with the codes of its terminology."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from pk_api.fhir.artefacts import registry
from pk_api.fhir.profiles import Profiles
from pk_api.fhir.terminology import expand
from pk_api.fhir.terminology.code_systems import code_system

_OF_HL7: Final = ("http://hl7.org/", "http://terminology.hl7.org/")
"""Systems that `validate` looks at, or that are carried in part."""


@cache
def _whole() -> Mapping[str, frozenset[str]]:
    """Return the codes of each system that is carried whole."""
    carried = registry.of_type("CodeSystem").values()
    urls = [one["url"] for one in carried if one["content"] == "complete"]
    systems = [code_system(url) for url in urls if not url.startswith(_OF_HL7)]
    return MappingProxyType({one.url: frozenset(one.concepts) for one in systems if one is not None})


def _is_unknown(system: str, code: str) -> bool:
    return system in _whole() and code not in _whole()[system]


KNOWN: Final = Profiles(registry.find, expand, _is_unknown)
