"""Messages between patient and team: what clients send, what they get, and an example of each."""

from typing import Any, Final, Literal

from pydantic import Field

from pk_api.contract.model.base import Answer, Id, PersonNamed, Request, ShortText, Text, changes_of
from pk_api.contract.model.items import Item, PersonShown
from pk_api.contract.model.made_up import PATIENT_ID


class MessageNew(Request):
    """Something said to the other side: to the patient, or to care in the plan's team."""

    text: Text
    topic: ShortText | None = None
    to: list[PersonNamed] | None = Field(default=None, max_length=20)
    in_reply_to: Id | None = None


MessageChange = changes_of(MessageNew, "MessageChange")


class Mark(Answer):
    """Who has read a message, on which side, and when."""

    side: Literal["patient", "care", "municipality", "relative", "other"]
    by: PersonShown | None
    on: str | None


class MessageItem(Item):
    """A message; `unread` is about the reader: the patient, or the reader's unit."""

    text: str | None
    topic: str | None
    from_: PersonShown | None = Field(alias="from")
    to: list[PersonShown]
    in_reply_to: str | None
    sent_on: str | None
    unread: bool
    read_by: list[Mark]
    state: Literal["sent"]


NEW: Final = {"text": "Kan jag ta bussen till rehabiliteringen?", "topic": "Resor"}
CHANGE: Final = {"text": "Kan jag ta bussen eller färdtjänst till rehabiliteringen?"}

_TOWN: Final = {"hsaId": "SE2129990012-0001", "name": "Exempelstads kommun"}
ITEM: Final[dict[str, Any]] = {
    "text": NEW["text"],
    "topic": NEW["topic"],
    "from": {
        "reference": f"Patient/{PATIENT_ID}",
        "name": "Tolvan Tolvansson",
        "role": "Patienten",
        "unit": None,
        "organisation": None,
    },
    "to": [
        {
            "reference": "Organization/0-a2c3e4g5i6k7m2o3q4s5u6w7y2",
            "name": _TOWN["name"],
            "role": None,
            "unit": _TOWN,
            "organisation": {"kind": "municipality", **_TOWN},
        }
    ],
    "inReplyTo": None,
    "sentOn": "2026-03-20T09:15:00+01:00",
    "unread": False,
    "readBy": [],
    "state": "sent",
}
