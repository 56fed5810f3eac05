"""The extension of a stay and of notices of it: who is needed after discharge, and when it is.

Source: lag 2017:612 om samverkan vid utskrivning; names in `fhir.systems`.
"""

from pk_api.fhir import systems
from pk_api.fhir.artefacts.building import Json, canonical
from pk_api.fhir.artefacts.structures import BY_URL, extension, part, row


def discharge() -> Json:
    """Return the StructureDefinition."""
    principals = {"of": ("code",), "binding": ("required", canonical("ValueSet", "pk-principal"))}
    compulsory = {"of": ("code",), "binding": ("required", canonical("ValueSet", "pk-compulsory-care"))}
    return extension(
        systems.EXT_DISCHARGE,
        "PkDischarge",
        title="Inför utskrivning",
        description="Who is needed after discharge, assessed when; when it is expected; since when the "
        "patient is ready; on a notice also what the unit is that is told.",
        contexts=("Encounter", "Communication"),
        parts=[
            row("extension", by=BY_URL),
            *part("", "assessed", "0..1", of=("dateTime",)),
            *part("", "principal", "0..*", **principals),
            *part("", "expected", "0..1", of=("date",)),
            *part("", "compulsory", "0..1", **compulsory),
            *part("", "ready", "0..1", of=("dateTime",)),
            *part("", "recipient", "0..1", **principals),
        ],
    )
