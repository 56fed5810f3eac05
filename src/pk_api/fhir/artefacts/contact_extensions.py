"""The extensions of named contacts: who appointed them, and what is told of the patient's need of one.

Names in `fhir.systems`; the rules that look at them stand in `fhir.contacts`.
"""

from typing import Final

from pk_api.fhir import systems
from pk_api.fhir.artefacts.extension_rows import ExtensionRow, PartRow

OF_CONTACTS: Final = (
    ExtensionRow(
        systems.EXT_APPOINTED,
        "PkAppointed",
        "Utsedd av",
        "Who appointed the contact, for the unit's manager, and when; a fast läkarkontakt the patient may "
        "have chosen.",
        ("CareTeam",),
        parts=(
            PartRow("by", "1..1", ("PractitionerRole", "Organization", "Patient")),
            PartRow("on", "1..1", ("date",)),
        ),
    ),
    ExtensionRow(
        systems.EXT_LIFE_THREATENING,
        "PkLifeThreatening",
        "Livshotande tillstånd",
        "That the illness threatens the patient's life: the fast vårdkontakt is then a licensed physician "
        "(SOSFS 2011:7 2 kap.).",
        ("CareTeam",),
        ("boolean",),
    ),
    ExtensionRow(
        systems.EXT_RESPONSIBLE,
        "PkResponsible",
        "Ansvarig kontakt",
        "The contact who is responsible for the contract, since when, and why; or else whoever coordinates, "
        "else primary care.",
        ("CarePlan",),
        parts=(
            PartRow("contact", "1..1", ("CareTeam",)),
            PartRow("since", "1..1", ("date",)),
            PartRow("reason", "1..1", ("code",), "pk-responsible-reason"),
            PartRow("text", "0..1", ("string",)),
        ),
    ),
    ExtensionRow(
        systems.EXT_DIRECTION,
        "PkDirection",
        "Vart patienten vänder sig",
        "Whom the patient turns to for what: questions, when it gets worse, times, medicines; or what to do "
        "then.",
        ("CarePlan",),
        parts=(
            PartRow("purpose", "1..1", ("code",), "pk-contact-purpose"),
            PartRow("to", "0..1", ("CareTeam", "HealthcareService", "Organization", "PractitionerRole")),
            PartRow("text", "0..1", ("string",)),
        ),
        most="*",
    ),
)
