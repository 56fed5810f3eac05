"""The extensions of named contacts: who appointed them, and what is told of the patient's need of one.

Names in `fhir.systems`; the rules that look at them stand in `fhir.contacts`.
"""

from collections.abc import Iterator

from pk_api.fhir import systems
from pk_api.fhir.artefacts.building import Json, canonical
from pk_api.fhir.artefacts.structures import BY_URL, extension, part, row


def extensions() -> Iterator[Json]:
    """Yield the StructureDefinitions."""
    yield _appointed()
    yield _life_threatening()
    yield _responsible()
    yield _direction()


def _appointed() -> Json:
    appointers = ("PractitionerRole", "Organization", "Patient")
    return extension(
        systems.EXT_APPOINTED,
        "PkAppointed",
        title="Utsedd av",
        description="Who appointed the contact, for the unit's manager, and when; a fast läkarkontakt the "
        "patient may have chosen.",
        contexts=("CareTeam",),
        parts=[
            row("extension", by=BY_URL),
            *part("", "by", "1..1", of=appointers),
            *part("", "on", "1..1", of=("date",)),
        ],
    )


def _life_threatening() -> Json:
    return extension(
        systems.EXT_LIFE_THREATENING,
        "PkLifeThreatening",
        title="Livshotande tillstånd",
        description="That the illness threatens the patient's life: the fast vårdkontakt is then a licensed "
        "physician (SOSFS 2011:7 2 kap.).",
        contexts=("CareTeam",),
        value=row("value[x]", of=("boolean",)),
    )


def _responsible() -> Json:
    reasons = {"of": ("code",), "binding": ("required", canonical("ValueSet", "pk-responsible-reason"))}
    return extension(
        systems.EXT_RESPONSIBLE,
        "PkResponsible",
        title="Ansvarig kontakt",
        description="The contact who is responsible for the contract, since when, and why; or else whoever "
        "coordinates, else primary care.",
        contexts=("CarePlan",),
        parts=[
            row("extension", by=BY_URL),
            *part("", "contact", "1..1", of=("CareTeam",)),
            *part("", "since", "1..1", of=("date",)),
            *part("", "reason", "1..1", **reasons),
            *part("", "text", "0..1", of=("string",)),
        ],
    )


def _direction() -> Json:
    purposes = {"of": ("code",), "binding": ("required", canonical("ValueSet", "pk-contact-purpose"))}
    return extension(
        systems.EXT_DIRECTION,
        "PkDirection",
        title="Vart patienten vänder sig",
        description="Whom the patient turns to for what: questions, when it gets worse, times, medicines; or "
        "what to do then.",
        contexts=("CarePlan",),
        parts=[
            row("extension", by=BY_URL),
            *part("", "purpose", "1..1", **purposes),
            *part("", "to", "0..1", of=("CareTeam", "HealthcareService", "Organization", "PractitionerRole")),
            *part("", "text", "0..1", of=("string",)),
        ],
        most="*",
    )
