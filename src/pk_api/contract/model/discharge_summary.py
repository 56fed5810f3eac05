"""The summary at discharge and the milestones of a contract: what clients send and are sent."""

from typing import Final, Literal

from pk_api.contract.model import examples
from pk_api.contract.model.answers import Milestone, PatientShown
from pk_api.contract.model.base import Answer, Request, Text
from pk_api.contract.model.items import AppointmentItem, ContactItem, PersonShown, PlanItem
from pk_api.contract.model.made_up import PATIENT_ID

Json = dict[str, object]
Known = Literal["stated", "not-known"]


class MilestoneMarked(Request):
    """What the contract as it stands is kept for."""

    kind: Literal["first-at-discharge"]


class MilestoneList(Answer):
    """The milestones of a contract."""

    items: list[Milestone]


class SummaryGiven(Request):
    """What the patient is given: the care that was given, in words for the patient."""

    text: Text


class CareGiven(Answer):
    """The care that was given."""

    state: Known
    text: str | None


class ContactsKnown(Answer):
    """The fast vårdkontakt, or each of them."""

    state: Known
    items: list[ContactItem]


class SipKnown(Answer):
    """The times to which those concerned are called to plan."""

    state: Known
    items: list[AppointmentItem]


class PlansKnown(Answer):
    """The plans that there are."""

    state: Known
    items: list[PlanItem]


class DischargeSummary(Answer):
    """The summary at discharge; `reference` is null until one is given, and what was given never changes."""

    reference: str | None
    version: int | None
    on: str | None
    unit: PersonShown | None
    revision: int | None
    patient: PatientShown | None
    care_given: CareGiven
    contacts: ContactsKnown
    sip: SipKnown
    plans: PlansKnown


MILESTONE: Final[Json] = {"kind": "first-at-discharge"}
MILESTONES: Final[Json] = {"items": [{"kind": "first-at-discharge", "revision": 17, "on": "2026-03-05"}]}
GIVEN: Final[Json] = {"text": "Du har vårdats för en stroke och tränat att gå."}
SUMMARY: Final[Json] = {
    "reference": f"DocumentReference/{PATIENT_ID}-d2q3s4u5w6y7a",
    "version": 1,
    "on": "2026-03-16T13:00:00.000000+01:00",
    "unit": None,
    "revision": 17,
    "patient": None,
    "careGiven": {"state": "stated", "text": "Du har vårdats för en stroke och tränat att gå."},
    "contacts": {"state": "stated", "items": [examples.ITEM["contacts"]]},
    "sip": {"state": "not-known", "items": []},
    "plans": {"state": "stated", "items": [examples.ITEM["plans"]]},
}
