"""Ids that lead to their place without a look-up: `<patient key>`, `<patient key>-<rest>`, `0-<rest>`."""

import re
import secrets
from base64 import b32encode

from pk_api.store.tables import SHARED

_OURS = re.compile(r"(?:([a-z2-7]{26})|(0))-[a-z2-7]{13,26}")
_PATIENT = re.compile(r"[a-z2-7]{26}")


class _Dice:
    """Random letters of base32, drawn from the system's source in lots: one call to it for many ids."""

    _LOT = 4_000

    def __init__(self) -> None:
        self._letters = ""

    def draw(self, letters: int) -> str:
        if len(self._letters) < letters:
            self._letters = b32encode(secrets.token_bytes(self._LOT)).decode().lower()
        drawn, self._letters = self._letters[:letters], self._letters[letters:]
        return drawn


_random = _Dice().draw


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


def new_law() -> int:
    """Return a number that a patient's facts have not had before, but for a chance of one in 2^62."""
    return secrets.randbits(62)


def new_export() -> str:
    """Return an id for a bulk export: 130 random bits, as it stands in the addresses of files."""
    return _random(26)


def key_in_id(resource_type: str, resource_id: str) -> str | None:
    """Return the patient key that an id of ours holds; None for an id that a client chose."""
    if resource_type == "Patient":
        return resource_id if _PATIENT.fullmatch(resource_id) else None
    found = _OURS.fullmatch(resource_id)
    return (found[1] or found[2]) if found else None
