"""References to medication lists and plans as DocumentReference: an address or an identifier, no copy."""

from typing import Final

from pk_api.contract.codes import code_of
from pk_api.contract.dates import instant
from pk_api.contract.editing.context import Editing, Editor, refused
from pk_api.contract.editing.draft import concept_of, put
from pk_api.contract.elements import Json
from pk_api.fhir import medicines as rules
from pk_api.fhir import systems


def _skeleton(values: Json, editing: Editing) -> Json:
    return {
        "resourceType": "DocumentReference",
        "status": "current",
        "category": [concept_of(code_of(systems.DOCUMENT, values["kind"]))],
        "subject": editing.patient,
        "date": instant(editing.now, exact=True),
        "author": [editing.writer],
        "content": [{"attachment": {"title": code_of(systems.DOCUMENT, values["kind"]).sv}}],
        "context": {"related": [editing.contract]},
    }


def _put_kind(draft: Json, value: str, _editing: Editing) -> None:
    if rules.kind_of(draft) != value:
        kept = [each for each in draft["category"] if rules.kind_of({**draft, "category": [each]}) is None]
        put(draft, "category", [concept_of(code_of(systems.DOCUMENT, value)), *kept])


def _put_title(draft: Json, value: str | None, _editing: Editing) -> None:
    put(draft, "description", value)


def _put_link(draft: Json, value: str | None, _editing: Editing) -> None:
    first, *others = draft.get("content") or [{"attachment": {}}]
    attachment = {name: each for name, each in first.get("attachment", {}).items() if name != "url"}
    put(draft, "content", [{**first, "attachment": attachment | ({"url": value} if value else {})}, *others])


def _put_identifier(draft: Json, value: Json | None, _editing: Editing) -> None:
    related = draft.get("context", {}).get("related", [])
    kept = [each for each in related if "reference" in each or "identifier" not in each]
    kind = rules.ELSEWHERE[rules.kind_of(draft) or rules.LIST]
    told = {name: each for name, each in (value or {}).items() if each}
    new = [{"type": kind, "identifier": told}] if told else []
    put(draft, "context", {**draft.get("context", {}), "related": [*kept, *new]})


def _settle(draft: Json, _before: Json | None, _editing: Editing) -> None:
    if not rules.links_in(draft) and not rules.elsewhere_in(draft):
        raise refused("/link", "Where the medicines stand is said by link, by identifier or by both.")


MEDICINES: Final = Editor(
    _skeleton,
    {"kind": _put_kind, "title": _put_title, "link": _put_link, "identifier": _put_identifier},
    _settle,
)
