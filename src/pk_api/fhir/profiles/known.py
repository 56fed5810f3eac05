"""The profiles that the service knows: those of its artefacts, with the codes of its terminology."""

from typing import Final

from pk_api.fhir.artefacts import registry
from pk_api.fhir.profiles import Profiles
from pk_api.fhir.terminology import expand

KNOWN: Final = Profiles(registry.find, expand)
