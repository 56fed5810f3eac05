"""What is asked and answered about lifting blocks between care providers."""

from typing import Final, Literal

from pk_api.contract.model.base import Answer, Instant, Request
from pk_api.contract.model.law import Reason

_TASK = "aaaaaaaaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbb"


class LiftAsked(Request):
    """Why a block should be lifted; the care providers that block read it, and so does the patient."""

    reason: Reason


class LiftAnswered(Request):
    """`lifted` until a time, as the patient lets, or `refused`; and why."""

    answer: Literal["lifted", "refused"]
    reason: Reason
    until: Instant | None = None


class OwnLiftRequest(Answer):
    """What the caller's unit has asked for; whom it went to is not told."""

    asked: str
    state: Literal["requested", "lifted", "refused"]


class Asker(Answer):
    """The unit that asks."""

    hsa_id: str | None
    name: str | None


class LiftRequest(Answer):
    """A request to lift what one's own care provider blocks."""

    id: str
    version: int
    reference: str
    patient: str | None
    asker: Asker
    reason: str | None
    asked: str | None
    state: Literal["requested", "lifted", "refused"]


ASKED: Final = {"reason": "Behöver läkemedelslistan inför operation; patienten vill det."}
OWN: Final = {"asked": "2026-03-20T09:15:00+01:00", "state": "requested"}
OWN_REQUESTS: Final = {"items": [OWN], "next": None}
REQUEST: Final = {
    "id": _TASK,
    "version": 1,
    "reference": f"Task/{_TASK}",
    "patient": "Patient/aaaaaaaaaaaaaaaaaaaaaaaaaa",
    "asker": {"hsaId": "SE2329990028-1001", "name": "Vårdcentralen Norrviken"},
    **ASKED,
    "asked": "2026-03-20T09:15:00+01:00",
    "state": "requested",
}
REQUESTS: Final = {"items": [REQUEST], "next": None}
ANSWER: Final = {
    "answer": "lifted",
    "reason": "Patienten har sagt ja per telefon.",
    "until": "2026-03-27T00:00:00+01:00",
}
ANSWERED: Final = {**REQUEST, "version": 2, "state": "lifted"}
