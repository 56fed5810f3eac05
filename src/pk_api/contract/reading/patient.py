"""The patient as a contract shows them: name, needs, wished forms of contact; never an identity number.

Source: HL7 Sweden base profiles 1.1.0 (SEBasePatient, SecurityLabel).
"""

from pk_api.contract.elements import Json, extension_value, name_of, target_of, text_of
from pk_api.contract.reading.circumstances import adaptations
from pk_api.contract.reading.context import Reading
from pk_api.contract.texts import text
from pk_api.fhir import systems

_INTERPRETER = "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired"
PROTECTED = frozenset({"sekretessmarkering", "skyddadFolkbokforing"})
"""Marks of SecurityLabel that protect an identity."""


def patient(reading: Reading) -> Json | None:
    """Return the contract's patient; None when the reader may not see who it is."""
    target = target_of(reading.members.get(reading.contract, {}).get("subject"))
    if target is None:
        return None
    resource = reading.members.get(target) or {}
    return {
        "reference": target,
        "version": int(resource["meta"]["versionId"]) if "versionId" in resource.get("meta", {}) else None,
        "name": name_of(resource.get("name")),
        "birthDate": resource.get("birthDate"),
        "protected": is_protected(resource),
        "needs": _needs(resource, reading),
        "preferredContact": _preferred(resource),
    }


def is_protected(resource: Json) -> bool:
    """Say whether the person's identity is protected (22 kap. 1 § OSL, folkbokföringslagen)."""
    labels = resource.get("meta", {}).get("security", ())
    return any(
        each.get("system") == systems.SECURITY_LABEL and each.get("code") in PROTECTED for each in labels
    )


def _needs(resource: Json, reading: Reading) -> list[Json]:
    """Return what the Patient says, and what was told beside it, each kind once."""
    told = adaptations(reading)
    kinds = {each["kind"] for each in told}
    return [each for each in _registered(resource, reading.language) if each["kind"] not in kinds] + told


def _registered(resource: Json, language: str) -> list[Json]:
    interpreter = extension_value(resource, _INTERPRETER, "valueBoolean") is True
    needs = [{"kind": "interpreter", "text": text("interpreter", language)}] if interpreter else []
    spoken = [each for each in resource.get("communication", ()) if each.get("preferred") is True]
    return needs + [
        {"kind": "language", "text": f"{text('language', language)}: {text_of(each.get('language'))}"}
        for each in spoken
    ]


def _preferred(resource: Json) -> list[str]:
    ranked = [each for each in resource.get("telecom", ()) if "rank" in each and "system" in each]
    ranked.sort(key=lambda each: each["rank"])
    return list(dict.fromkeys(each["system"] for each in ranked))
