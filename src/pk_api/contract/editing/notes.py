"""What is told in words as FHIR Observation: story, worry and more, a child's voice or why there is none.

Sources: https://hl7.org/fhir/R4/observation.html; Patientlag 2014:821 4 kap. 3 § (a child's view).
"""

from typing import Final

from pk_api.contract.codes import ABSENCES, code_of
from pk_api.contract.editing.context import Editing, Editor, refused
from pk_api.contract.editing.draft import concept_of, merged, put, put_text
from pk_api.contract.elements import Json, code_in, target_of
from pk_api.contract.reading.notes import kind_of
from pk_api.contract.texts import text
from pk_api.fhir import systems


def _skeleton(values: Json, editing: Editing) -> Json:
    return {
        "resourceType": "Observation",
        "basedOn": [editing.contract],
        "status": "final",
        "code": concept_of(code_of(systems.NARRATIVE, values["kind"])),
        "subject": editing.patient,
        "effectiveDateTime": editing.today,
        "performer": [editing.patient if editing.by_patient else editing.writer],
    }


def _put_kind(draft: Json, value: str, _editing: Editing) -> None:
    if kind_of(draft) != value:
        put(draft, "code", concept_of(code_of(systems.NARRATIVE, value)))


def _put_words(draft: Json, value: str | None, _editing: Editing) -> None:
    put(draft, "valueString", value)


def _put_told_by(draft: Json, value: str | None, editing: Editing) -> None:
    tellers = {
        "care": editing.writer,
        "relative": {"type": "RelatedPerson", "display": text("relative", "sv")},
    }
    put(draft, "performer", [tellers.get(value or "patient", editing.patient)])


def _put_relative(draft: Json, value: str | None, editing: Editing) -> None:
    if value is not None:
        put(draft, "performer", [editing.member(f"RelatedPerson/{value}", "/relative")])
    elif any((target_of(each) or "").startswith("RelatedPerson/") for each in draft.get("performer", ())):
        _put_told_by(draft, "relative", editing)


def _put_on(draft: Json, value: str | None, _editing: Editing) -> None:
    put(draft, "effectiveDateTime", value)


def _put_how(draft: Json, value: str | None, _editing: Editing) -> None:
    put_text(draft, "method", value)


def _put_not_heard(draft: Json, value: Json | None, _editing: Editing) -> None:
    before = draft.get("dataAbsentReason")
    if value is None or (before is None and "reason" not in value):
        put(draft, "dataAbsentReason", None)
        return
    said = {"reason": code_in([before], systems.ABSENT_REASON), "text": before.get("text")} if before else {}
    told = merged(said, value)
    concept = concept_of(ABSENCES[told["reason"]])
    put(draft, "dataAbsentReason", {**concept, "text": told.get("text") or concept["text"]})


def _put_comment(draft: Json, value: str | None, _editing: Editing) -> None:
    put(draft, "note", [{"text": value}] if value is not None else None)


def _settle(draft: Json, _before: Json | None, _editing: Editing) -> None:
    is_told, is_absent = "valueString" in draft, "dataAbsentReason" in draft
    if is_told == is_absent:
        raise refused("/text", "Either it is told in words, or why the child was not heard.")
    if is_absent and kind_of(draft) != "child-voice":
        raise refused("/notHeard", "Of a child alone it is told why it was not heard.")


NOTES: Final = Editor(
    _skeleton,
    {
        "kind": _put_kind,
        "text": _put_words,
        "toldBy": _put_told_by,
        "relative": _put_relative,
        "on": _put_on,
        "how": _put_how,
        "notHeard": _put_not_heard,
        "comment": _put_comment,
    },
    _settle,
)
