"""What the service sends of a contract's past: changes, timeline, sources. Descriptions and examples only."""

from typing import Any, Final, Literal

from pydantic import Field

from pk_api.contract.model.answers import By, WhyRevised
from pk_api.contract.model.base import Answer
from pk_api.contract.model.items import PersonShown
from pk_api.contract.model.made_up import PATIENT_ID

Json = dict[str, Any]
What = Literal["added", "changed", "removed"]


class Doer(By):
    """Who wrote; `spoke` is who stood in for the patient, `reason` why care did it, where it has said so."""

    unit_name: str | None
    spoke: PersonShown | None
    reason: WhyRevised | None


class Source(Answer):
    """When, by whom and in which revision; null where the log does not tell, or outside the contract."""

    at: str | None
    by: Doer | None
    revision: int | None


class FieldChange(Source):
    """A field that differs, and the last change of it; of what came or went there is no sentence by field."""

    field: str = Field(description="such as `text`, or `when.latest` of what merges by parts")
    before: Any
    after: Any
    text: str | None


class ItemChange(Source):
    """An item that differs; part `contract` is the contract itself, `patient` its patient."""

    part: str
    id: str
    reference: str
    what: What
    text: str | None = Field(description="the sentence of what came or went; else each field has its own")
    fields: list[FieldChange]


class Revised(Answer):
    """A revision; 0 before there was any."""

    revision: int


class Changes(Answer):
    """What differs between two moments."""

    from_: Revised = Field(alias="from")
    to: Revised
    items: list[ItemChange]
    sentences: list[str] = Field(description="all sentences, in the order in which it happened")


class Touched(Answer):
    """An item and the fields of it that a version changed."""

    part: str
    id: str
    fields: list[str]


class TimelineEntry(Source):
    """A version that was written; `items` is empty for what no part shows."""

    reference: str
    version: int
    what: What
    items: list[Touched]
    sentences: list[str]


class FieldSource(Source):
    """Who made a field what it is."""

    field: str


class ItemSources(Answer):
    """An item: who made it, and each field that says something."""

    part: str
    id: str
    reference: str
    made: Source
    fields: list[FieldSource]


_ID: Final = f"{PATIENT_ID}-o2q3s4u5w6y7a"
_SOURCE: Final[Json] = {
    "at": "2026-03-20T09:15:00.000000+01:00",
    "by": {
        "kind": "staff",
        "name": "Sanna Strömberg",
        "unit": "SE2329990010-1001",
        "unitName": "Strokeenheten",
        "spoke": None,
        "reason": {"code": "new-assessment", "name": "Ny bedömning", "text": None},
    },
    "revision": 42,
}
_MOVED: Final = (
    "Sanna Strömberg, Strokeenheten flyttade tiden hos Petra Lund från 20 mars 2026 kl. 09.00 till "
    "21 mars 2026 kl. 09.00."
)
CHANGES: Final[Json] = {
    "from": {"revision": 17},
    "to": {"revision": 42},
    "items": [
        {
            "part": "appointments",
            "id": _ID,
            "reference": f"Appointment/{_ID}",
            "what": "changed",
            **_SOURCE,
            "text": None,
            "fields": [
                {
                    "field": "start",
                    "before": "2026-03-20T09:00:00+01:00",
                    "after": "2026-03-21T09:00:00+01:00",
                    **_SOURCE,
                    "text": _MOVED,
                }
            ],
        }
    ],
    "sentences": [_MOVED],
}
TIMELINE: Final[Json] = {
    "items": [
        {
            **_SOURCE,
            "reference": f"Appointment/{_ID}",
            "version": 2,
            "what": "changed",
            "items": [{"part": "appointments", "id": _ID, "fields": ["start", "end"]}],
            "sentences": [_MOVED],
        }
    ],
    "next": None,
}
PROVENANCE: Final[Json] = {
    "items": [
        {
            "part": "appointments",
            "id": _ID,
            "reference": f"Appointment/{_ID}",
            "made": _SOURCE,
            "fields": [{"field": "start", **_SOURCE}],
        }
    ],
    "next": None,
}
REVISIONS: Final[Json] = {
    "items": [
        {
            "number": 42,
            "at": "2026-03-20T08:15:00.000+00:00",
            "by": {"kind": "system", "name": "Kommunens system", "unit": "SE2129990012-0001"},
            "reason": {"code": "new-assessment", "name": "Ny bedömning", "text": None},
            "changes": [
                {"reference": f"Task/{_ID}", "version": 2, "method": "PUT", "part": "actions", "id": _ID}
            ],
        }
    ],
    "next": None,
}
