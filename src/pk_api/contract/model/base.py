"""What the models share: names, dates, persons and patients.

Conventions: camelCase, RFC 3339 instants with an offset, dates `YYYY-MM-DD`; unknown fields are refused.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    WithJsonSchema,
    create_model,
    model_validator,
)
from pydantic.alias_generators import to_camel

_TIME = r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]((0\d|1[0-3]):[0-5]\d|14:00))"
INSTANT = re.compile(rf"\d{{4}}-\d\d-\d\dT{_TIME}", re.ASCII)
FHIR_ID = r"[A-Za-z0-9\-.]{1,64}"
_PLAIN = r"[^\x00-\x08\x0b\x0c\x0e-\x1f]"
_YEAR = r"([0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)"
_DAY = rf"{_YEAR}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"


class OutOfOrder(ValueError):
    """A period that ends before it starts: a rule that no JSON schema tells."""


def given(**types: str) -> dict[str, Any]:
    """Return the schema of an object that has these fields, of these JSON types (so not null)."""
    return {"required": list(types), "properties": {name: {"type": each} for name, each in types.items()}}


def given_if(kind: str, **types: str) -> dict[str, Any]:
    """Return the schema of an object of this `kind` that has these fields, of these JSON types."""
    schema = given(**types)
    return {**schema, "properties": {"kind": {"enum": [kind]}, **schema["properties"]}}


class Request(BaseModel):
    """A body that a client sends."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=False, validate_by_alias=True, extra="forbid", strict=True
    )

    def values(self) -> dict[str, Any]:
        """Return the fields that were sent, by their JSON names."""
        return self.model_dump(by_alias=True, exclude_unset=True)


def one_of(**types: str) -> ConfigDict:
    """Return the schema of a body that has exactly one of these fields, of these JSON types."""
    return ConfigDict(json_schema_extra={"oneOf": [given(**{name: each}) for name, each in types.items()]})


class OneOf(Request):
    """A body that has exactly one of the fields that its `one_of` names."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        extra: Any = self.model_config["json_schema_extra"]
        names = [each["required"][0] for each in extra["oneOf"]]
        fields = {info.alias: getattr(self, field) for field, info in type(self).model_fields.items()}
        if sum(fields[name] is not None for name in names) != 1:
            raise ValueError(f"exactly one of {', '.join(names[:-1])} and {names[-1]}")
        return self


def nullable_may_lack(schema: dict[str, Any]) -> None:
    """Let examples leave out what is null: FastAPI takes nulls out of them."""
    fields = schema.get("properties", {})
    schema["required"] = [
        name for name in schema.get("required", []) if {"type": "null"} not in fields[name].get("anyOf", ())
    ]


class Answer(BaseModel):
    """A body that the service sends; what is not known is null."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        json_schema_extra=nullable_may_lack,
    )


def _day(text: str) -> str:
    if len(text) != 10:
        raise ValueError("a date is written YYYY-MM-DD")
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise ValueError("a date that exists, written YYYY-MM-DD") from error
    return text


def _instant(text: str) -> str:
    if not INSTANT.fullmatch(text):
        raise ValueError("an instant is written YYYY-MM-DDThh:mm:ss+hh:mm or with Z")
    _day(text[:10])
    return text


def _day_or_instant(text: str) -> str:
    return _instant(text) if "T" in text else _day(text)


def _printable(text: str) -> str:
    if not text.strip():
        raise ValueError("text that says something")
    if any(ord(each) < 32 and each not in "\t\n\r" for each in text) or any(
        0xD800 <= ord(c) < 0xE000 for c in text
    ):
        raise ValueError("text without control characters")
    return text


def _moment(text: str) -> str:
    datetime.fromisoformat(_instant(text)[:19])
    return text


Day = Annotated[str, AfterValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
INSTANT_SCHEMA = {
    "type": "string",
    "format": "date-time",
    "pattern": f"^{_DAY}T{_TIME}$".replace(r"\d", "[0-9]"),
}
Instant = Annotated[str, AfterValidator(_moment), WithJsonSchema(INSTANT_SCHEMA)]
DayOrInstant = Annotated[
    str,
    AfterValidator(_day_or_instant),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date"}, INSTANT_SCHEMA]}),
]


@dataclass(frozen=True, slots=True)
class Told:
    """A pattern that the schema tells and a validator beside it keeps, with a text of its own."""

    pattern: str

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "pattern": self.pattern}


_SAYING = Told(rf"^{_PLAIN}*[^\s\x00-\x1f\x85]{_PLAIN}*$")
Text = Annotated[str, Field(min_length=1, max_length=5000), AfterValidator(_printable), _SAYING]
ShortText = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_printable), _SAYING]


def _whole(number: Any) -> Any:
    """JSON has one kind of number: 10.0 is the integer 10."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


WHOLE = BeforeValidator(_whole)
"""Stands after the limits of a number, for the schema to tell them."""
Id = Annotated[str, Field(pattern=f"^{FHIR_ID}$")]


def require_order(start: str | None, end: str | None) -> None:
    """Raise OutOfOrder when a period of days or instants ends before it starts."""
    if start is None or end is None:
        return
    both = len(start) > 10 and len(end) > 10
    if (datetime.fromisoformat(start) > datetime.fromisoformat(end)) if both else start[:10] > end[:10]:
        raise OutOfOrder("a period ends after it starts")


class PersonNamed(OneOf):
    """A person or unit: by reference, or by HSA-id; exactly one of them."""

    model_config = one_of(reference="string", hsaId="string")

    reference: (
        Annotated[
            str,
            Field(
                pattern=rf"^(PractitionerRole|Practitioner|Organization|HealthcareService|RelatedPerson|Patient)/{FHIR_ID}$"
            ),
        ]
        | None
    ) = None
    hsa_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9\-]{1,32}$")] | None = None


class PartyNamed(PersonNamed):
    """A person or unit that answers for something or takes part: a service does neither."""

    reference: (
        Annotated[
            str,
            Field(pattern=rf"^(PractitionerRole|Practitioner|Organization|RelatedPerson|Patient)/{FHIR_ID}$"),
        ]
        | None
    ) = None


class RoleNamed(PersonNamed):
    """A person in a role at a unit: by reference, or by the HSA-id of the assignment."""

    reference: Annotated[str, Field(pattern=rf"^PractitionerRole/{FHIR_ID}$")] | None = None


class PlaceNamed(OneOf):
    """A place: by reference, or in words; exactly one of them."""

    model_config = one_of(reference="string", name="string")

    reference: Annotated[str, Field(pattern=rf"^(Location|HealthcareService)/{FHIR_ID}$")] | None = None
    name: ShortText | None = None


class IdentifierNamed(Request):
    """An identifier and its system."""

    system: ShortText
    value: Annotated[ShortText, Field(max_length=64)]


class PatientNamed(OneOf):
    """A patient: by personnummer or samordningsnummer, by identifier, or by reference; exactly one of them.

    Identity numbers stand in bodies only, never in an address.
    """

    model_config = one_of(personnummer="string", identifier="object", reference="string")

    personnummer: (
        Annotated[str, Field(min_length=10, max_length=13), Told(r"^[0-9A-Z +\-]{10,13}$")] | None
    ) = None
    identifier: IdentifierNamed | None = None
    reference: Annotated[str, Field(pattern=rf"^Patient/{FHIR_ID}$")] | None = None


class When(Request):
    """A time that may be uncertain: earliest, latest, or words."""

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [given(text="string"), given(earliest="string"), given(latest="string")]}
    )

    text: ShortText | None = None
    earliest: DayOrInstant | None = None
    latest: DayOrInstant | None = None

    @model_validator(mode="after")
    def _something(self) -> "When":
        if self.text is None and self.earliest is None and self.latest is None:
            raise ValueError("at least one of text, earliest and latest")
        require_order(self.earliest, self.latest)
        return self


class WhenChange(Request):
    """What changes of a time: what is absent stays, null takes it away."""

    text: ShortText | None = None
    earliest: DayOrInstant | None = None
    latest: DayOrInstant | None = None


class Span(Request):
    """A period of days; an end that is absent is open."""

    start: Day | None = None
    end: Day | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "Span":
        require_order(self.start, self.end)
        return self


class TelecomPoint(Request):
    """A way of reaching somebody, and when it is open."""

    system: Annotated[str, Field(pattern="^(phone|fax|email|pager|url|sms|other)$")]
    value: ShortText
    hours: ShortText | None = None


def changes_of(
    model: type[Request], name: str, *, without: tuple[str, ...] = (), instead: dict[str, Any] | None = None
) -> type[Request]:
    """Return the model of a merge patch (RFC 7396): every field optional, null takes an optional one away.

    `instead` gives other types for fields whose objects merge too.
    """
    fields: dict[str, Any] = {}
    for field, info in model.model_fields.items():
        if field not in without:
            alias = info.alias or to_camel(field)
            annotation: Any = (instead or {}).get(field, info.annotation)
            for constraint in info.metadata:
                annotation = Annotated[annotation, constraint]
            fields[field] = (annotation, Field(default=None, alias=alias, json_schema_extra=no_default))
    doc = f"What changes: fields that are absent stay as they are, null takes one away. {model.__doc__}"
    return create_model(name, __base__=Request, __doc__=doc, **fields)


def no_default(schema: dict[str, Any]) -> None:
    """Leave the default out of a schema: what is absent is not changed."""
    schema.pop("default", None)
