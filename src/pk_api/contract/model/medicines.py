"""References to the patient's medicines: what clients send, what they get, an example of each."""

from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field, model_validator

from pk_api.contract.model.base import Answer, Request, ShortText, changes_of, given
from pk_api.contract.model.items import Item, PersonShown

Kind = Literal["medication-list", "medication-plan"]
Link = Annotated[str, Field(pattern=r"^(https)://[^\s\x00-\x1f\x85]{1,990}$")]
Address = Annotated[str, Field(pattern=r"^(https?://|urn:)[!-~]{1,190}$")]


class Elsewhere(Request):
    """The identifier of a list or a prescription in the system that keeps it."""

    system: Address
    value: ShortText


class MedicinesNew(Request):
    """Where a medication list or plan stands: by link, identifier or both. What is in it is never sent."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [given(link="string"), given(identifier="object")]})

    kind: Kind
    title: ShortText | None = Field(default=None, description="what the source calls it; no doses")
    link: Link | None = None
    identifier: Elsewhere | None = None

    @model_validator(mode="after")
    def _somewhere(self) -> "MedicinesNew":
        if self.link is None and self.identifier is None:
            raise ValueError("say where it stands: link, identifier or both")
        return self


MedicinesChange = changes_of(MedicinesNew, "MedicinesChange")


class ElsewhereShown(Answer):
    """The identifier of a list or a prescription in the system that keeps it."""

    system: str | None
    value: str | None


class MedicinesItem(Item):
    """Where a medication list or plan stands."""

    kind: Kind
    title: str | None
    link: str | None
    identifier: ElsewhereShown | None
    owner: PersonShown | None
    on: str | None
    state: Literal["current", "ended"]


NEW: Final = {
    "kind": "medication-list",
    "title": "Läkemedelslistan",
    "link": "https://journal.example.org/lakemedel/1",
}
CHANGE: Final = {"link": "https://journal.example.org/lakemedel/2"}
ITEM: Final[dict[str, Any]] = {
    **NEW,
    "identifier": None,
    "owner": None,
    "on": "2026-03-03",
    "state": "current",
}
