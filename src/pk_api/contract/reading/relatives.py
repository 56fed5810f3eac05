"""Relatives and stand-ins: FHIR RelatedPerson, with what the patient lets them do: Consent.

Sources: https://hl7.org/fhir/R4/relatedperson.html, https://hl7.org/fhir/R4/consent.html.
"""

from pk_api.contract.codes import RELATIONS
from pk_api.contract.elements import (
    Json,
    code_in,
    codes_in,
    extension_value,
    name_of,
    target_of,
    text_of,
)
from pk_api.contract.reading.common import is_over, item, telecom
from pk_api.contract.reading.context import Reading
from pk_api.fhir import systems

CONSENT_ACTION = "http://terminology.hl7.org/CodeSystem/consentaction"
READ, ACT = "access", "correct"
RELATIVE_ACCESS = "relative-access"
_RELATIONS = {(code.system, code.code): relation for relation, code in RELATIONS.items()}


def relatives(reading: Reading) -> list[Json]:
    """Return the relatives, those that take part no longer last."""
    found = [_relative(person, reading) for person in reading.of_type("RelatedPerson")]
    return sorted(found, key=lambda each: (each["state"] == "ended", each["since"] or "", each["id"]))


def consent_for(person: str, reading: Reading) -> Json | None:
    """Return the active permission that names a relative (`RelatedPerson/id`)."""
    for consent in reading.of_type("Consent"):
        if consent.get("status") == "active" and is_relative_access(consent) and person in _actors(consent):
            return consent
    return None


def is_relative_access(consent: Json) -> bool:
    """Say whether a Consent tells what a relative may see and do."""
    return RELATIVE_ACCESS in codes_in(consent.get("category", ()), systems.CONSENT_KIND)


def relation_of(person: Json) -> str | None:
    """Return the relation as a word of ours; None for one that is not ours."""
    for concept in person.get("relationship", ()):
        for coding in concept.get("coding", ()):
            if relation := _RELATIONS.get((coding.get("system"), coding.get("code"))):
                return relation
    return None


def _actors(consent: Json) -> list[str | None]:
    return [target_of(actor.get("reference")) for actor in consent.get("provision", {}).get("actor", ())]


def _permitted(consent: Json | None, action: str) -> list[str]:
    if consent is None:
        return []
    for provision in consent.get("provision", {}).get("provision", ()):
        if code_in(provision.get("action", ()), CONSENT_ACTION) == action:
            return codes_in(provision.get("code", ()), systems.PART)
    return []


def _relative(person: Json, reading: Reading) -> Json:
    relation = relation_of(person)
    consent = consent_for(f"RelatedPerson/{person['id']}", reading)
    known = RELATIONS.get(relation or "")
    period = person.get("period", {})
    return {
        **item(person),
        "name": name_of(person.get("name")),
        "relation": relation,
        "relationText": known.name(reading.language)
        if known
        else text_of((person.get("relationship") or [None])[0]),
        "telecom": telecom(person.get("telecom", [])),
        "mayRead": _permitted(consent, READ),
        "mayAct": _permitted(consent, ACT),
        "wish": extension_value(person, systems.EXT_RELATIVE_WISH, "valueString"),
        "since": period.get("start"),
        "until": period.get("end"),
        "reason": extension_value(person, systems.EXT_STATUS_REASON, "valueString"),
        "state": _state(person, reading),
    }


def _state(person: Json, reading: Reading) -> str:
    over = is_over(person.get("period"), reading.today)
    return "ended" if over or person.get("active") is False else "active"
