"""A patient's identity becomes protected, or is so no longer: labels of the Patient, from which all follows.

Whoever reads without a care relation is shown the patient without name, number and address from that commit
on, in every version and every way out; contract and consents stand. Only a label officer ends it. Source: OSL
2009:400 22 kap. 1 §, folkbokföringslagen 1991:481 16 §; https://hl7.org/fhir/R4/security-labels.html.
"""

from collections.abc import Mapping
from typing import Any

from pk_api.contract.elements import Json
from pk_api.contract.reading.patient import PROTECTED
from pk_api.contract.service.caller import Caller, Conditions
from pk_api.fhir import systems
from pk_api.records.values import Write


async def protect(caller: Caller, patient: str, body: Json, conditions: Conditions) -> Json:
    """Let the identity be protected by these marks alone from now on. Problem forbidden when one is ended.

    Said again as it is, it changes nothing.
    """

    def changed(now: Mapping[str, Any]) -> dict[str, Any]:
        return _marked(now, body["kinds"])

    (written,) = await caller.write(
        [Write("update", "Patient", id=patient, patch=changed, unlabels=True)], conditions
    )
    return {
        "patient": written.reference,
        "version": written.version,
        "kinds": [
            one["code"] for one in written.resource.get("meta", {}).get("security", ()) if _is_mark(one)
        ],
    }


def _marked(patient: Mapping[str, Any], kinds: list[str]) -> dict[str, Any]:
    """Return the Patient with the marks of these kinds, and every other label as it is."""
    meta = dict(patient.get("meta", {}))
    standing = meta.pop("security", [])
    kept = [one for one in standing if not _is_mark(one) or one["code"] in kinds]
    there = {one["code"] for one in kept if _is_mark(one)}
    new = [{"system": systems.SECURITY_LABEL, "code": each} for each in kinds if each not in there]
    labels = [*kept, *new]
    return {**patient, "meta": {**meta, "security": labels} if labels else meta}


def _is_mark(label: Mapping[str, Any]) -> bool:
    return label.get("system") == systems.SECURITY_LABEL and label.get("code") in PROTECTED
