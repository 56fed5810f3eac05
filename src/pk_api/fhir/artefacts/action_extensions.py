"""The extensions of an action that are made of parts: the assessment of egenvård.

Source: lag 2022:1250 om egenvård; names in `fhir.systems`.
"""

from collections.abc import Iterator
from typing import Final

from pk_api.fhir import systems
from pk_api.fhir.artefacts.building import Json, canonical
from pk_api.fhir.artefacts.extensions import ExtensionRow
from pk_api.fhir.artefacts.structures import BY_URL, extension, part, row

_PLAIN: Final = (
    ExtensionRow(
        systems.EXT_INTERVENTION,
        "PkInterventionCode",
        "Insatsens sort",
        "What kind of intervention an action is; a ServiceRequest says so in its category.",
        ("Task",),
        "code",
        codes="pk-intervention",
    ),
    ExtensionRow(
        systems.EXT_MEASURED_UNDER,
        "PkMeasuredUnder",
        "Åtgärd som mätningen hör till",
        "The action that the patient measures under; R4 bases no Observation on a Task.",
        ("Observation",),
        "Reference",
        targets=("Task", "ServiceRequest"),
    ),
)


def extensions() -> Iterator[Json]:
    """Yield the StructureDefinitions."""
    yield _egenvard()
    yield _care_guarantee()
    for each in _PLAIN:
        yield each.resource()


def _egenvard() -> Json:
    helpers = ("RelatedPerson", "Practitioner", "PractitionerRole")
    return extension(
        systems.EXT_EGENVARD,
        "PkEgenvard",
        title="Bedömning av egenvård",
        description="Who of licensed staff assessed that the patient can do it, alone or with whose help, "
        "and when; when it is followed up and assessed anew.",
        contexts=("Task",),
        parts=[
            row("extension", by=BY_URL),
            *part("", "assessor", "1..1", of=("Practitioner", "PractitionerRole")),
            *part("", "on", "1..1", of=("date",)),
            *part("", "helper", "0..1", of=helpers),
            *part("", "followUp", "0..1", of=("date",)),
            *part("", "reassess", "0..1", of=("date",)),
        ],
    )


def _care_guarantee() -> Json:
    codes: Json = {"of": ("code",), "binding": ("required", canonical("ValueSet", "pk-care-guarantee"))}
    pause = [
        *part("extension:paused.", "period", "1..1", of=("Period",)),
        *part("extension:paused.", "reason", "0..1", **codes),
    ]
    return extension(
        systems.EXT_CARE_GUARANTEE,
        "PkCareGuaranteeClock",
        title="Vårdgaranti",
        description="Kind, first and last day of the care guarantee, and the days that are not counted.",
        contexts=("Task", "ServiceRequest"),
        parts=[
            row("extension", by=BY_URL),
            *part("", "type", "1..1", **codes),
            *part("", "start", "1..1", of=("date",)),
            *part("", "due", "0..1", of=("date",)),
            *part("", "paused", "0..*", *pause),
        ],
    )
