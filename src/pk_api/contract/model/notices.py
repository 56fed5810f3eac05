"""What units are told of stays in hospital: descriptions and examples."""

from typing import Final

from pydantic import Field

from pk_api.contract.model.admissions import NoticeKind
from pk_api.contract.model.base import Answer
from pk_api.contract.model.items import Item, PersonShown
from pk_api.contract.model.made_up import PATIENT_ID

Json = dict[str, object]


class NumberShown(Answer):
    """An identity number, as the notice by law tells it."""

    system: str
    value: str


class PatientTold(Answer):
    """Whom a notice is about; of a protected identity no more than the reader may know."""

    reference: str
    name: str | None
    identifier: NumberShown | None
    address: str | None
    protected: bool


class NoticeItem(Item):
    """A notice, as its unit reads it."""

    kind: NoticeKind
    patient: PatientTold | None
    admission: str | None
    from_: PersonShown | None = Field(alias="from")
    to: list[PersonShown | None]
    sent_on: str | None
    text: str | None
    expected_discharge: str | None
    principals: list[str]
    compulsory: str | None
    ready_since: str | None


class NoticeList(Answer):
    """A page of notices; `next` is the cursor of the page after it."""

    items: list[NoticeItem]
    next: str | None


NOTICE: Final[Json] = {
    "id": f"{PATIENT_ID}-n2q3s4u5w6y7a",
    "version": 1,
    "reference": f"Communication/{PATIENT_ID}-n2q3s4u5w6y7a",
    "hidden": None,
    "kind": "admission-notice",
    "patient": {
        "reference": f"Patient/{PATIENT_ID}",
        "name": "Tolvan Tolvansson",
        "identifier": {
            "system": "http://electronichealth.se/identifier/personnummer",
            "value": "191212121212",
        },
        "address": "Storgatan 1, 123 45 Exempelköping",
        "protected": False,
    },
    "admission": f"Encounter/{PATIENT_ID}-e2q3s4u5w6y7a",
    "from": None,
    "to": [],
    "sentOn": "2026-03-10T10:00:00+01:00",
    "text": "Inskrivningsmeddelande",
    "expectedDischarge": "2026-03-16",
    "principals": ["municipality", "region"],
    "compulsory": None,
    "readySince": None,
}
NOTICES: Final[Json] = {"items": [NOTICE], "next": None}
