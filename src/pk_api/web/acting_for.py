"""The headers `Acting-For: Patient/…` and `Told-By: RelatedPerson/…`: on whose behalf something is done.

By the first a person says whom the request is for, by the second care, which guardian or representative has
said in person what it writes. They only say so: what is stored decides.
"""

import re
from dataclasses import replace
from typing import Final

from pk_api.access.actor import Actor
from pk_api.access.rules import CARE
from pk_api.fhir.problems import Problem

_PATIENT: Final = re.compile(r"Patient/[A-Za-z0-9\-.]{1,64}", re.ASCII)
_PERSON: Final = re.compile(r"RelatedPerson/[A-Za-z0-9\-.]{1,64}", re.ASCII)


def told_by(actor: Actor, told: str | None) -> Actor:
    """Return the actor who writes what the header's person has said; an empty one names nobody.

    Problem invalid, or forbidden for others than care.
    """
    if not told:
        return actor
    if not _PERSON.fullmatch(told):
        raise Problem("invalid", "Told-By names a guardian or representative as RelatedPerson/<id>.")
    if actor.kind not in CARE:
        raise Problem("forbidden", "Only care writes down what others have said in person.")
    return replace(actor, told_by=told)


def acting_for(actor: Actor, told: str | None) -> Actor:
    """Return the actor as whom the header says. Problem invalid, or forbidden for others than persons."""
    if not told:
        return actor
    if not _PATIENT.fullmatch(told):
        raise Problem("invalid", "Acting-For names a patient as Patient/<id>.")
    if actor.kind not in {"patient", "proxy"}:
        raise Problem("forbidden", "Only persons act for patients.")
    return replace(actor, kind="proxy", acting_for=told)
