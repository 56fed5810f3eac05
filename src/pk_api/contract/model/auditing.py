"""What audit officers send and get: spot checks of the audit and their reviews, with examples."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field, model_validator

from pk_api.contract.model.answers import AccessItem
from pk_api.contract.model.base import WHOLE, Answer, Day, Request, Text, require_order

ACCESS_LOG: Final[dict[str, Any]] = {
    "items": [
        {
            "id": "aaaaaaaaaaaaaaaaaaaaaaaaaa-bta3sipkkmafw7s3yx34y5i535d",
            "time": "2026-03-20T09:15:00+01:00",
            "careProvider": "Region Exempel",
            "careUnit": "Strokeenheten",
            "user": "Sanna Strömberg",
            "title": "Sjuksköterska",
            "what": "Läst patientkontraktet",
            "about": ["patientkontrakt och planer", "mål"],
            "outcome": "visades eller gjordes",
            "purpose": "Vård och behandling",
            "emergency": False,
        }
    ],
    "next": None,
}

Finding = Literal["in-order", "to-be-asked-about", "unauthorised"]
Mark = Literal["emergency", "colleague", "protected-identity", "same-surname", "refused-often", "chance"]


class NewSpotCheck(Request):
    """Of which days (Swedish time, both included) rows are picked, and how many by marks and by chance."""

    from_: Day = Field(alias="from")
    to: Day
    size: Annotated[int, Field(ge=1, le=200), WHOLE] = 20

    @model_validator(mode="after")
    def _in_order(self) -> "NewSpotCheck":
        require_order(self.from_, self.to)
        return self


class Review(Request):
    """What a review of a row found."""

    finding: Finding
    note: Text | None = None


class ReviewItem(Answer):
    """What a review found, when and by whom."""

    at: str
    by: str
    finding: Finding
    note: str | None


class SpotRow(Answer):
    """A row that was picked, by which marks, and its review; `access` is null once the row is removed."""

    item: int
    marks: list[Mark]
    patient: str | None = Field(description="`Patient/…`")
    access: AccessItem | None
    review: ReviewItem | None


class SpotCheckHead(Answer):
    """A spot check: of which time, made when and by whom, out of how many rows of staff."""

    id: str
    made: str
    by: str
    from_: str = Field(alias="from")
    until: str
    looked: int
    items: int
    open: int = Field(description="items that wait for their review")


class SpotCheckAnswer(SpotCheckHead):
    """A spot check with its rows."""

    rows: list[SpotRow]


class SpotChecks(Answer):
    """The last hundred spot checks, the latest first, and when the next one is due."""

    items: list[SpotCheckHead]
    next_due: str
    is_due: bool


class UnitOfOpening(Answer):
    """The unit that opened."""

    hsa_id: str
    name: str | None


class EmergencyOpened(Answer):
    """An emergency opening: by whom, why, what was read under it, and what its follow-up found."""

    id: str
    reference: str
    kind: Literal["shared-care", "inner-block"]
    patient: str | None
    unit: UnitOfOpening
    by: str
    reason: str
    start: str | None
    end: str | None
    reads: int = Field(description="rows of the audit under the opening, allowed ones")
    users: int
    last_read: str | None
    review: ReviewItem | None


NEW: Final[dict[str, Any]] = {"from": "2026-03-01", "to": "2026-03-31", "size": 20}
REVIEW: Final[dict[str, Any]] = {"finding": "to-be-asked-about", "note": "Ingen vårdrelation i journalen."}
_HEAD: Final[dict[str, Any]] = {
    "id": "bta3sipkkmafw7s3",
    "made": "2026-04-01T09:00:00+02:00",
    "by": "SE2329990010-E900",
    "from": "2026-03-01T00:00:00+01:00",
    "until": "2026-04-01T00:00:00+02:00",
    "looked": 18250,
    "items": 1,
    "open": 0,
}
CHECKS: Final[dict[str, Any]] = {"items": [_HEAD], "nextDue": "2026-05-01", "isDue": False}
CHECK: Final[dict[str, Any]] = _HEAD | {
    "rows": [
        {
            "item": 1,
            "marks": ["same-surname"],
            "patient": "Patient/aaaaaaaaaaaaaaaaaaaaaaaaaa",
            "access": ACCESS_LOG["items"][0],
            "review": {
                "at": "2026-04-02T10:30:00+02:00",
                "by": "SE2329990010-E900",
                **REVIEW,
            },
        }
    ]
}
OPENING: Final[dict[str, Any]] = {
    "id": "aaaaaaaaaaaaaaaaaaaaaaaaaa-bta3sipkkmafw7s3yx34y5i535d",
    "reference": "Consent/aaaaaaaaaaaaaaaaaaaaaaaaaa-bta3sipkkmafw7s3yx34y5i535d",
    "kind": "shared-care",
    "patient": "Patient/aaaaaaaaaaaaaaaaaaaaaaaaaa",
    "unit": {"hsaId": "SE2329990010-1001", "name": "Akutmottagningen"},
    "by": "SE2329990010-E001",
    "reason": "Medvetslös, läkemedel måste kännas till.",
    "start": "2026-03-20T09:15:00+01:00",
    "end": "2026-03-20T13:15:00+01:00",
    "reads": 4,
    "users": 1,
    "lastRead": "2026-03-20T09:31:00+01:00",
    "review": {"at": "2026-03-23T10:30:00+01:00", "by": "SE2329990010-E900", **REVIEW},
}
OPENINGS: Final[dict[str, Any]] = {"items": [OPENING], "next": None}
