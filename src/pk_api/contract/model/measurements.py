"""What patients measure under an action: told, shown, with examples."""

from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from pk_api.contract.model.base import Answer, DayOrInstant, OneOf, Request, ShortText, Text, one_of
from pk_api.contract.model.items import Item, PersonShown
from pk_api.contract.model.made_up import PATIENT_ID

MeasureName = Literal[
    "blood-pressure",
    "heart-rate",
    "respiratory-rate",
    "body-weight",
    "body-temperature",
    "oxygen-saturation",
    "glucose",
]


def _decimal(value: object) -> object:
    """Return a number of JSON as it was written."""
    return Decimal(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value


_LARGEST: Final = 1_000_000_000
Amount = Annotated[
    Decimal,
    BeforeValidator(_decimal),
    Field(ge=-_LARGEST, le=_LARGEST),
    WithJsonSchema({"type": "number", "minimum": -_LARGEST, "maximum": _LARGEST}),
]


class ValueTold(Request):
    """A value: of the whole, or of a part such as `systolic`; the unit (UCUM), else that of the kind."""

    part: Literal["systolic", "diastolic"] | None = None
    value: Amount
    unit: Annotated[str, Field(pattern=r"^[!-~]{1,100}$")] | None = None


class MeasurementTold(OneOf):
    """What was measured, of a kind or in words, and when; now when no time is told."""

    model_config = one_of(kind="string", text="string")

    kind: MeasureName | None = None
    text: ShortText | None = None
    told: list[ValueTold] = Field(min_length=1, max_length=2, alias="values")
    on: DayOrInstant | None = None
    note: Text | None = None


class ValueShown(Answer):
    """A value with its unit, by UCUM and in words; `text` is what another system told that is no number."""

    part: str | None
    value: float | None
    unit: str | None
    text: str | None


class MeasurementItem(Item):
    """A measurement; one that was withdrawn has the state `entered-in-error`."""

    kind: str | None
    text: str | None
    values: list[ValueShown]
    on: str | None
    by: PersonShown | None
    note: str | None
    state: str


class Measurements(Answer):
    """A page of measurements, the latest first."""

    items: list[MeasurementItem]
    next: str | None


_ID: Final = f"{PATIENT_ID}-o2q3s4u5w6y7a"
TOLD: Final = {
    "kind": "blood-pressure",
    "values": [{"part": "systolic", "value": 132}, {"part": "diastolic", "value": 84}],
    "on": "2026-03-20T07:30:00+01:00",
}
SHOWN: Final = {
    "id": _ID,
    "version": 1,
    "reference": f"Observation/{_ID}",
    "hidden": None,
    "kind": "blood-pressure",
    "text": "Blodtryck",
    "values": [
        {"part": "systolic", "value": 132, "unit": "mm[Hg]", "text": None},
        {"part": "diastolic", "value": 84, "unit": "mm[Hg]", "text": None},
    ],
    "on": "2026-03-20T07:30:00+01:00",
    "by": {
        "reference": f"Patient/{PATIENT_ID}",
        "name": "Tolvan Tolvansson",
        "role": None,
        "unit": None,
        "organisation": None,
    },
    "note": None,
    "state": "final",
}
PAGE: Final = {"items": [SHOWN], "next": None}
