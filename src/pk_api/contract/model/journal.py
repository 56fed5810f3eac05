"""Marks that a contract is documented in a journal: what clients send and are sent."""

from typing import Annotated, Final

from pydantic import Field

from pk_api.contract.model.base import WHOLE, Answer, Instant, Request, ShortText
from pk_api.contract.model.items import Item, Named, PersonShown
from pk_api.contract.model.made_up import PATIENT, PATIENT_ID

Json = dict[str, object]


class JournalMarked(Request):
    """That the caller's unit has documented a revision of the contract in its journal."""

    journal_id: ShortText
    on: Instant | None = Field(default=None, description="when it was documented; now unless said")
    revision: Annotated[int, Field(ge=1, le=999_999_999), WHOLE] | None = Field(
        default=None, description="the present one unless said"
    )
    link: Annotated[str, Field(pattern=r"^https?://[^\s\x00-\x1f\x85]{1,990}$")] | None = None
    text: ShortText | None = None


class JournalEntryItem(Item):
    """A mark of a unit."""

    revision: int | None
    unit: PersonShown | None
    journal_id: str | None
    on: str | None
    link: str | None
    text: str | None
    contract: str | None


class JournalEntries(Answer):
    """The marks of a contract."""

    items: list[JournalEntryItem]


class Undocumented(Answer):
    """A contract that the unit has not documented: which revision, why, and the last one that it has."""

    contract: str
    patient: Named
    revision: int
    why: str
    documented: int | None


class UndocumentedList(Answer):
    """A page of contracts; one may hold none and have a next one."""

    items: list[Undocumented]
    next: str | None


_ID: Final = f"{PATIENT_ID}-d2q3s4u5w6y7b"
MARKED: Final[Json] = {"journalId": "J-2026-4711", "revision": 17}
ENTRY: Final[Json] = {
    "id": _ID,
    "version": 1,
    "reference": f"DocumentReference/{_ID}",
    "hidden": None,
    "revision": 17,
    "unit": None,
    "journalId": "J-2026-4711",
    "on": "2026-03-16T14:00:00+01:00",
    "link": None,
    "text": None,
    "contract": f"{PATIENT_ID}-k2q3s4u5w6y7a",
}
ENTRIES: Final[Json] = {"items": [ENTRY]}
UNDOCUMENTED: Final[Json] = {
    "items": [
        {
            "contract": f"{PATIENT_ID}-k2q3s4u5w6y7a",
            "patient": PATIENT,
            "revision": 17,
            "why": "first-at-discharge",
            "documented": None,
        }
    ],
    "next": None,
}
