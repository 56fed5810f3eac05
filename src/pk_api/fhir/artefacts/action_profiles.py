"""Profiles of agreed actions and of what belongs to them.

Source: the data elements of a patientkontrakt.
"""

from collections.abc import Iterator

from pk_api.fhir import systems
from pk_api.fhir.artefacts.building import Json, canonical
from pk_api.fhir.artefacts.structures import extended, profile, row


def _codes(value_set: str) -> str:
    return canonical("ValueSet", value_set)


def profiles() -> Iterator[Json]:
    """Yield the StructureDefinitions."""
    yield _action()
    yield _measurement()
    yield _medicines()


def _action() -> Json:
    return profile(
        "pk-action",
        "PkAction",
        "Task",
        title="Överenskommen åtgärd",
        description="What somebody has taken on or is asked to do: who, what, when, and whom to turn to.",
        rows=[
            *extended(
                ("side", systems.EXT_SIDE, "0..1", "Ansvarig part"),
                ("whenText", systems.EXT_WHEN_TEXT, "0..1", "När, i ord"),
                ("turnTo", systems.EXT_TURN_TO, "0..1", "Vem man vänder sig till"),
                ("goal", systems.EXT_PERTAINS_TO_GOAL, "0..*", "Mål som åtgärden är till för"),
                ("intervention", systems.EXT_INTERVENTION, "0..1", "Insatsens sort"),
                ("guarantee", systems.EXT_CARE_GUARANTEE, "0..1", "Vårdgaranti"),
                ("egenvard", systems.EXT_EGENVARD, "0..1", "Bedömning, när åtgärden är egenvård"),
                (
                    "otherActor",
                    systems.EXT_OTHER_ACTOR,
                    "0..1",
                    "Vem man når hos annan aktör, och svaret",
                ),
            ),
            row("basedOn", "1..*", must=True, short="Kontraktet eller en plan under det"),
            row("status", must=True),
            row("statusReason", must=True),
            row("intent", must=True),
            row("code", "1..1", must=True, binding=("extensible", _codes("pk-task"))),
            row("description", "1..1", must=True),
            row("for", "1..1", of=("Patient",), must=True),
            row("authoredOn", must=True),
            row("requester", must=True),
            row("owner", must=True, short="Den som gör det, och som svarar på om det blir så"),
            row("restriction.period", must=True, short="När det ska vara gjort"),
        ],
    )


def _measurement() -> Json:
    return profile(
        "pk-measurement",
        "PkMeasurement",
        "Observation",
        title="Egen mätning",
        description="What the patient has measured under an action, or somebody in the patient's place.",
        rows=[
            *extended(("action", systems.EXT_MEASURED_UNDER, "1..1", "Åtgärden som mätningen hör till")),
            row("status", must=True),
            row("code", must=True),
            row("subject", "1..1", of=("Patient",), must=True),
            row("effective[x]", "1..1", must=True),
            row("performer", must=True, short="Den som har mätt"),
            row("value[x]", must=True, short="Med enhet i UCUM"),
            row("note", must=True),
            row("component.value[x]", must=True, short="Med enhet i UCUM"),
        ],
    )


def _medicines() -> Json:
    return profile(
        "pk-medicines",
        "PkMedicines",
        "DocumentReference",
        title="Hänvisning till läkemedel",
        description="Where a medication list or a plan of medication stands; never a copy of it.",
        rows=[
            row("text", "0..0", short="Ingen kopia, inte heller i ord"),
            row("contained", "0..0"),
            row("status", must=True),
            row("category", "1..*", must=True, binding=("extensible", _codes("pk-document"))),
            row("subject", "1..1", of=("Patient",), must=True),
            row("date", must=True),
            row("author", must=True, short="Den som har listan"),
            row("description", must=True, short="Vad listan kallas; inga doser"),
            row("content.attachment.data", "0..0"),
            row("content.attachment.url", must=True, short="Listans adress hos källan"),
            row("context", "1..1"),
            row("context.related", "1..*", must=True, short="Kontraktet, och listans beteckning hos källan"),
        ],
    )
