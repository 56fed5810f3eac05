"""The extensions of actions: egenvård, the care guarantee, other actors, interventions, measurements.

Source: lag 2022:1250 om egenvård; names in `fhir.systems`.
"""

from typing import Final

from pk_api.fhir import systems
from pk_api.fhir.artefacts.extension_rows import ExtensionRow, PartRow

OF_ACTIONS: Final = (
    ExtensionRow(
        systems.EXT_EGENVARD,
        "PkEgenvard",
        "Bedömning av egenvård",
        "Who of licensed staff assessed that the patient can do it, alone or with whose help, and when; when "
        "it is followed up and assessed anew.",
        ("Task",),
        parts=(
            PartRow("assessor", "1..1", ("Practitioner", "PractitionerRole")),
            PartRow("on", "1..1", ("date",)),
            PartRow("helper", "0..1", ("RelatedPerson", "Practitioner", "PractitionerRole")),
            PartRow("followUp", "0..1", ("date",)),
            PartRow("reassess", "0..1", ("date",)),
        ),
    ),
    ExtensionRow(
        systems.EXT_CARE_GUARANTEE,
        "PkCareGuaranteeClock",
        "Vårdgaranti",
        "Kind, first and last day of the care guarantee, and the days that are not counted.",
        ("Task", "ServiceRequest"),
        parts=(
            PartRow("type", "1..1", ("code",), "pk-care-guarantee"),
            PartRow("start", "1..1", ("date",)),
            PartRow("due", "0..1", ("date",)),
            PartRow(
                "paused",
                "0..*",
                parts=(
                    PartRow("period", "1..1", ("Period",)),
                    PartRow("reason", "0..1", ("code",), "pk-care-guarantee"),
                ),
            ),
        ),
    ),
    ExtensionRow(
        systems.EXT_INTERVENTION,
        "PkInterventionCode",
        "Insatsens sort",
        "What kind of intervention an action is; a ServiceRequest says so in its category.",
        ("Task",),
        ("code",),
        codes="pk-intervention",
    ),
    ExtensionRow(
        systems.EXT_MEASURED_UNDER,
        "PkMeasuredUnder",
        "Åtgärd som mätningen hör till",
        "The action that the patient measures under; R4 bases no Observation on a Task.",
        ("Observation",),
        ("Task", "ServiceRequest"),
    ),
    ExtensionRow(
        systems.EXT_OTHER_ACTOR,
        "PkOtherActor",
        "Aktör utanför vård och omsorg",
        "Whom to reach at an actor outside care, and what the actor answered: told to whom of care, when, "
        "and by whom of the actor.",
        ("Task",),
        parts=(
            PartRow("contact", "0..1", ("string",)),
            PartRow("telecom", "0..*", ("ContactPoint",)),
            PartRow(
                "answer",
                "0..1",
                parts=(
                    PartRow("code", "1..1", ("code",), "http://hl7.org/fhir/ValueSet/participationstatus"),
                    PartRow("to", "1..1", ("PractitionerRole", "Organization")),
                    PartRow("on", "1..1", ("date",)),
                    PartRow("by", "0..1", ("string",)),
                ),
            ),
        ),
    ),
)
