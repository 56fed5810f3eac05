"""What OpenAPI says of the contract API beside the models: headers, path and query parameters, examples."""

from typing import Any, Final

from pydantic import BaseModel

from pk_api.contract.model.answers import ProblemAnswer
from pk_api.contract.model.base import INSTANT_SCHEMA
from pk_api.contract.model.examples import CONTRACT_ID, PROBLEM
from pk_api.contract.parts import PARTS
from pk_api.contract.service.moments import FORM, MILESTONES
from pk_api.web.problem_json import MEDIA_TYPE
from pk_api.web.reasons import FORM_OF_REASON

Json = dict[str, Any]

_TEXT: Final[Json] = {"type": "string"}
_DATE: Final[Json] = {"type": "string", "format": "date"}
_ONE_TAG: Final = r'((W/)?"[^",]*"|[A-Za-z0-9\-.]+|\*)'
_TAGS: Final[Json] = {"type": "string", "pattern": f"^{_ONE_TAG}(, ?{_ONE_TAG})*$"}
KEY: Final = "[!-~]([ -~]{0,198}[!-~])?"
"""What an Idempotency-Key looks like."""
_ID: Final[Json] = {"type": "string", "pattern": r"^[A-Za-z0-9\-.]{1,64}$"}


def _parameter(name: str, place: str, description: str, schema: Json, **more: Any) -> Json:
    return {"name": name, "in": place, "description": description, "schema": schema, **more}


CONTRACT: Final = _parameter(
    "contract", "path", "The contract's id.", _ID, required=True, example=CONTRACT_ID
)
ITEM: Final = _parameter(
    "item", "path", "The item's id: the id of the FHIR resource behind it.", _ID, required=True
)
MEASUREMENT: Final = _parameter("measurement", "path", "The measurement's id.", _ID, required=True)
CONSENT: Final = _parameter("consent", "path", "The Consent's id.", _ID, required=True)
INVITATION: Final = _parameter("invitation", "path", "The invitation's id.", _ID, required=True)
LIFT_REQUEST: Final = _parameter("request", "path", "The request's id.", _ID, required=True)
PATIENT: Final = _parameter("patient", "path", "The Patient's id.", _ID, required=True)
LANGUAGE: Final = _parameter(
    "Accept-Language", "header", "Language of texts: sv or en; a patient's own is kept.", _TEXT, example="sv"
)
IF_NONE_MATCH: Final = _parameter(
    "If-None-Match", "header", "Tag of what the caller holds: 304 if it still is.", _TAGS
)
IF_MATCH: Final = _parameter(
    "If-Match", "header", "Version that the change is of: 412 when it is no longer.", _TAGS, example='W/"4"'
)
BASE_REVISION: Final = _parameter(
    "Base-Revision",
    "header",
    "Revision that the writer looked at: 409 with both sides when what is written has changed since.",
    {"type": "integer", "minimum": 0, "maximum": 999_999_999_999},
    example=42,
)
IDEMPOTENCY_KEY: Final = _parameter(
    "Idempotency-Key",
    "header",
    "The same key and body give the same answer once, for 7 days; another body gives 422.",
    {"type": "string", "pattern": f"^{KEY}$"},
    example="0b0c8f0e-6f0e-4f3e-9a53-7f1f4b1c2d3e",
)
ACTING_FOR: Final = _parameter(
    "Acting-For",
    "header",
    "For whom a person asks who acts for another, as `Patient/<id>`; else for oneself.",
    {"type": "string", "pattern": r"^(Patient/[A-Za-z0-9\-.]{1,64})?$"},
)
TOLD_BY: Final = _parameter(
    "Told-By",
    "header",
    "Which guardian or representative has said in person what care writes down, as `RelatedPerson/<id>`.",
    {"type": "string", "pattern": r"^(RelatedPerson/[A-Za-z0-9\-.]{1,64})?$"},
)
REVISION_REASON: Final = _parameter(
    "Revision-Reason",
    "header",
    "Why care revises it: a code of pk-revision-reason, and words as `; text=…` or `; text*=UTF-8''…`.",
    {"type": "string", "pattern": f"^({FORM_OF_REASON})?$"},
    example="new-assessment",
)
LIMIT: Final = _parameter(
    "limit", "query", "Items a page.", {"type": "integer", "minimum": 1, "maximum": 500, "default": 50}
)
CURSOR: Final = _parameter(
    "cursor", "query", "`next` of the page before.", {"type": "string", "pattern": "^[A-Za-z0-9_-]*$"}
)
FROM: Final = _parameter("from", "query", "First day, Swedish time.", _DATE, example="2026-03-01")
TO: Final = _parameter("to", "query", "Last day, Swedish time.", _DATE, example="2026-03-31")
WAITING: Final = _parameter(
    "waiting", "query", "Those alone that wait for their follow-up.", {"type": "boolean", "default": False}
)
FORMAT: Final = _parameter(
    "_format",
    "query",
    "Form of the answer, before `Accept`.",
    {"type": "string", "enum": ["json", "csv", "text"]},
)
CHECK: Final = _parameter("check", "path", "The spot check's id.", _ID, required=True)
ROW: Final = _parameter(
    "row", "path", "The row's number in it.", {"type": "integer", "minimum": 1}, required=True, example=1
)
AGREEMENT_NUMBER: Final = _parameter(
    "number",
    "path",
    "The number of the proposal in the contract.",
    {"type": "string", "pattern": "^[1-9][0-9]{0,8}$"},
    required=True,
    example="1",
)
OFFER: Final = _parameter("offer", "path", "The offer's id.", _ID, required=True)
WISH: Final = _parameter("wish", "path", "The wish's id.", _ID, required=True)
OF_PATIENT: Final = _parameter("patient", "query", "Only those for the Patient of this id.", _ID)
UNANSWERED: Final = _parameter(
    "open", "query", "Only those without an answer.", {"type": "boolean", "default": False}
)
HANDOVER: Final = _parameter("handover", "path", "The handover's id: that of the Task.", _ID, required=True)
JOURNAL_ENTRY: Final = _parameter(
    "entry", "path", "The mark's id: that of the DocumentReference.", _ID, required=True
)
NOTICE: Final = _parameter(
    "notice", "path", "The notice's id: that of the Communication.", _ID, required=True
)
SIP_CALL: Final = _parameter("call", "path", "The call's id: that of the Appointment.", _ID, required=True)
AHEAD: Final = _parameter(
    "open", "query", "Only those that are called to or confirmed.", {"type": "boolean", "default": False}
)
ADMISSION: Final = _parameter(
    "admission", "path", "The admission's id: that of the Encounter.", _ID, required=True
)
OF_UNIT: Final = _parameter(
    "unit",
    "query",
    "Only those of the unit with this HSA-id.",
    {"type": "string", "pattern": r"^[A-Za-z0-9\-]{1,32}$"},
)
OVERDUE: Final = _parameter(
    "overdue", "query", "Only those past their time.", {"type": "boolean", "default": False}
)
_MOMENT: Final[Json] = {
    "anyOf": [
        {"type": "string", "pattern": "^(revision:[0-9]{1,12}|agreement:[0-9]{1,9})$"},
        {"type": "string", "enum": [f"milestone:{each}" for each in MILESTONES]},
        _DATE,
        INSTANT_SCHEMA,
    ]
}
SINCE_MOMENT: Final = _parameter(
    "from", "query", f"Since then: {FORM}.", _MOMENT, required=True, example="revision:17"
)
UNTIL_MOMENT: Final = _parameter("to", "query", "Until then, as `from`; else now.", _MOMENT)
AS_OF: Final = _parameter("asOf", "query", f"As it was then: {FORM}.", _MOMENT, example="revision:42")
PARTS_ASKED: Final = _parameter(
    "parts",
    "query",
    "Only these parts, separated by commas.",
    {"type": "array", "items": {"type": "string", "enum": list(PARTS)}},
    style="form",
    explode=False,
    example=["actions", "contacts"],
)

_TAG: Final[Json] = {"description": "Tag of the version.", "schema": _TEXT}
_LOCATION: Final[Json] = {"description": "Where it is.", "schema": _TEXT}
_REVISION: Final[Json] = {
    "description": "The contract's revision that this made.",
    "schema": {"type": "integer"},
}
_PROBLEM: Final[Json] = {
    "model": ProblemAnswer,
    "description": "A problem; its `type` names the kind.",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemAnswer"}, "example": PROBLEM}},
}


def responses(
    model: type[BaseModel] | Any, example: Any, *, status: int = 200, headers: tuple[str, ...] = ()
) -> dict[int | str, Json]:
    """Return the answers of an operation: the good one with its example, and problems."""
    known = {"ETag": _TAG, "Location": _LOCATION, "Contract-Revision": _REVISION}
    good: Json = {
        "model": model,
        "description": "Done." if status != 201 else "Made.",
        "headers": {name: known[name] for name in headers},
        "content": {"application/json": {"example": example}},
    }
    return {status: good, "default": _PROBLEM}


def done(description: str) -> dict[int | str, Json]:
    """Return the answers of an operation that has nothing to show: 204, and problems."""
    return {204: {"description": description}, "default": _PROBLEM}


def not_modified(answers: dict[int | str, Json]) -> dict[int | str, Json]:
    """Return the answers with 304 among them."""
    return {**answers, 304: {"description": "What the caller holds still is."}}


def also(answers: dict[int | str, Json], *media_types: str) -> dict[int | str, Json]:
    """Return the answers with other media types of the good one."""
    good = answers[200]
    content = good["content"] | {kind: {"schema": _TEXT} for kind in media_types}
    return {**answers, 200: {**good, "content": content}}


def operation(*parameters: Json, example: Any = None) -> Json:
    """Return what the routes add to their operation: parameters and an example of the body."""
    told: Json = {"parameters": [*parameters, LANGUAGE]}
    if example is not None:
        told["requestBody"] = {"content": {"application/json": {"example": example}}}
    return told
