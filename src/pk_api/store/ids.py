"""Ids that lead to their place without a look-up: `<patient key>`, `<patient key>-<rest>`, `0-<rest>`."""

import re
import secrets
from base64 import b32encode

from pk_api.store.tables import SHARED

_OURS = re.compile(r"(?:([a-z2-7]{26})|(0))-[a-z2-7]{13,26}")
_PATIENT = re.compile(r"[a-z2-7]{26}")


def _random(letters: int) -> str:
    return b32encode(secrets.token_bytes(-(-letters * 5 // 8))).decode()[:letters].lower()


def new_patient_key() -> str:
    """Return a key of 130 random bits."""
    return _random(26)


def new_id(patient_key: str, resource_type: str) -> str:
    """Return an id for a resource of this patient (SHARED: of none); a patient's own id is the key."""
    if resource_type == "Patient":
        return patient_key
    return f"{SHARED}-{_random(26)}" if patient_key == SHARED else f"{patient_key}-{_random(13)}"


def new_entry() -> str:
    """Return an id for an audit or outbox row."""
    return _random(16)


def key_in_id(resource_type: str, resource_id: str) -> str | None:
    """Return the patient key that an id of ours holds; None for an id that a client chose."""
    if resource_type == "Patient":
        return resource_id if _PATIENT.fullmatch(resource_id) else None
    found = _OURS.fullmatch(resource_id)
    return (found[1] or found[2]) if found else None
