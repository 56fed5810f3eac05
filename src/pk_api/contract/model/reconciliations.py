"""What is told and shown of reconciled plans, with examples."""

from typing import Annotated, Final

from pydantic import Field

from pk_api.contract.model.base import Answer, Id, Request, Text
from pk_api.contract.model.items import Item, PersonShown
from pk_api.contract.model.made_up import PATIENT_ID


class ReconciliationTold(Request):
    """Which plans were gone through together, as they stand, and what came of it."""

    plans: Annotated[list[Id], Field(min_length=2, max_length=50)]
    text: Text | None = None


class PlanReconciled(Answer):
    """A plan in the version that was gone through."""

    id: str
    version: int
    changed_since: bool


class ReconciliationItem(Item):
    """Who went through which plans, and when."""

    by: PersonShown | None
    on: str | None
    plans: list[PlanReconciled]
    text: str | None


class Reconciliations(Answer):
    """All reconciliations that the caller sees, the latest first."""

    items: list[ReconciliationItem]
    next: str | None


_ID: Final = f"{PATIENT_ID}-o2q3s4u5w6y7a"
TOLD: Final = {"plans": [_ID, f"{_ID[:-1]}b"], "text": "Träningen i planerna stämmer nu överens."}
SHOWN: Final = {
    "id": _ID,
    "version": 1,
    "reference": f"Provenance/{_ID}",
    "hidden": None,
    "by": {"reference": None, "name": "Petra Lund", "role": None, "unit": None, "organisation": None},
    "on": "2026-03-20T07:30:00+01:00",
    "plans": [
        {"id": _ID, "version": 3, "changedSince": False},
        {"id": f"{_ID[:-1]}b", "version": 1, "changedSince": True},
    ],
    "text": TOLD["text"],
}
LISTED: Final = {"items": [SHOWN], "next": None}
