"""The header `Acting-For: Patient/…`, by which a person says whom this request is for.

It only says so: whether the person may is decided on what is stored, as with a token that says it.
"""

import re
from dataclasses import replace
from typing import Final

from pk_api.access.actor import Actor
from pk_api.fhir.problems import Problem

_PATIENT: Final = re.compile(r"Patient/[A-Za-z0-9\-.]{1,64}", re.ASCII)


def acting_for(actor: Actor, told: str | None) -> Actor:
    """Return the actor as whom the header says. Problem invalid, or forbidden for others than persons."""
    if not told:
        return actor
    if not _PATIENT.fullmatch(told):
        raise Problem("invalid", "Acting-For names a patient as Patient/<id>.")
    if actor.kind not in {"patient", "proxy"}:
        raise Problem("forbidden", "Only persons act for patients.")
    return replace(actor, kind="proxy", acting_for=told)
