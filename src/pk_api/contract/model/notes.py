"""What is told in words, the child's voice among it: what clients send, what they get, an example of each."""

from typing import Any, Final, Literal

from pydantic import ConfigDict, Field, model_validator

from pk_api.contract.model.base import Answer, Day, Id, Request, ShortText, Text, changes_of, given, given_if
from pk_api.contract.model.items import Item

NoteKind = Literal["story", "knowledge", "resources", "abilities", "worry", "child-voice"]
Absence = Literal["not-asked", "asked-declined", "not-applicable"]
_ONE: Final = "exactly one of text and notHeard"


class NotHeard(Request):
    """Why a child was not heard."""

    reason: Absence
    text: ShortText | None = None


class NoteNew(Request):
    """What somebody has told: story, knowledge, resources, abilities, worry of the patient, a child's voice.

    Of a child's voice also how it was heard and how it was weighed, or why the child was not heard.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                given(text="string", notHeard="null") | {"required": ["text"]},
                given_if("child-voice", notHeard="object", text="null") | {"required": ["notHeard"]},
            ]
        }
    )

    kind: NoteKind
    text: Text | None = None
    told_by: Literal["patient", "relative", "care"] | None = None
    relative: Id | None = Field(default=None, description="the relative who told it, an item of `relatives`")
    on: Day | None = None
    how: ShortText | None = Field(default=None, description="how the child was heard")
    not_heard: NotHeard | None = None
    comment: Text | None = Field(default=None, description="such as how the child's view was weighed")

    @model_validator(mode="after")
    def _something_told(self) -> "NoteNew":
        if (self.text is None) == (self.not_heard is None):
            raise ValueError(_ONE)
        if self.not_heard is not None and self.kind != "child-voice":
            raise ValueError("of a child alone it is told why it was not heard")
        return self


NoteChange = changes_of(NoteNew, "NoteChange")


class NotHeardShown(Answer):
    """Why a child was not heard."""

    reason: str | None
    text: str | None


class NoteItem(Item):
    """What somebody has told."""

    kind: NoteKind
    text: str | None
    told_by: Literal["patient", "relative", "care"]
    relative: str | None
    on: str | None
    how: str | None
    not_heard: NotHeardShown | None
    comment: str | None
    state: Literal["told", "ended"]


NEW: Final = {"kind": "story", "text": "Jag har arbetat som snickare och vill klara mig själv."}
CHANGE: Final = {"text": "Jag har arbetat som snickare i fyrtio år och vill klara mig själv."}
ITEM: Final[dict[str, Any]] = {
    **NEW,
    "toldBy": "patient",
    "relative": None,
    "on": "2026-03-03",
    "how": None,
    "notHeard": None,
    "comment": None,
    "state": "told",
}
