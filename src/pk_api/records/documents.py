"""What a patient was given at discharge stays as it was given, whatever way it is written.

Source: patientlag 2014:821 3 kap. 2 b §; PDL 2008:355 3 kap. 14 § (what is documented is not obliterated).
"""

from collections.abc import Mapping
from typing import Any, Final

from pk_api.access.actor import Actor
from pk_api.access.persons import PERSONS
from pk_api.fhir import systems
from pk_api.fhir.documents import is_document_of, is_journal_entry, is_summary, parsed_document
from pk_api.fhir.problems import Issue, Problem
from pk_api.records.drafts import Draft, Drafts, placed
from pk_api.records.state import State
from pk_api.store import unasked
from pk_api.store.database import Transaction

Json = Mapping[str, Any]

_STAYS: Final = ("type", "category", "subject", "date", "author", "description", "content", "context")
"""Elements of a summary that was given; its status may change, and what takes its place."""


def require_kept(draft: Draft, before: Json) -> None:
    """Raise Problem when what a patient was given, or a mark in a journal, is deleted."""
    if draft.resource is None and (is_summary(before) or is_journal_entry(before)):
        why = "This is not deleted: who has documented it marks a mistake as entered-in-error."
        raise Problem("business-rule", why, expression="DocumentReference.status")


async def check_documents(tx: Transaction, drafts: Drafts, state: State, actor: Actor) -> None:
    """Raise Problem for a summary that is changed or none, half a mark, and what is another's."""
    for n, draft in enumerate(drafts.drafts):
        if draft.key.type != "DocumentReference" or draft.resource is None:
            continue
        if is_journal_entry(draft.resource):
            _require_whole(n, draft.resource, actor)
        if is_summary(draft.resource) or is_journal_entry(draft.resource):
            _require_own(n, draft.placement.owner if draft.placement else "", actor)
        before = (await unasked.bodies(tx, [draft.key])).get(draft.key)
        if before is not None and (is_summary(before) or is_journal_entry(before)):
            _require_own(n, state.present[draft.key].owner, actor)
        if before is None or not is_summary(before):
            _require_document(n, draft.resource)
            continue
        for name in _STAYS:
            if before.get(name) != draft.resource.get(name):
                why = "What was given at discharge stays: give another that takes its place."
                issues = [Issue("business-rule", why, f"DocumentReference.{name}")]
                raise placed(Problem("business-rule", why, issues=issues), n)


def _require_own(n: int, owner: str, actor: Actor) -> None:
    if owner != actor.provider:
        raise placed(Problem("forbidden", "Not permitted: who has documented it changes that."), n)


def _require_document(n: int, kept: Json) -> None:
    """A summary is kept as the document that the patient was given: it is read back from there."""
    if not is_summary(kept) or is_document_of(parsed_document(kept), kept):
        return
    why = (
        "What is given at discharge is kept as a document: a Bundle of the patient, as application/fhir+json."
    )
    issues = [Issue("business-rule", why, "DocumentReference.content")]
    raise placed(Problem("business-rule", why, issues=issues), n)


def _require_whole(n: int, mark: Json, actor: Actor) -> None:
    """A mark in a journal says which revision, under which id, and of which contract; care makes it."""
    if actor.kind in PERSONS:
        raise placed(Problem("forbidden", "Not permitted: care tells what it has documented."), n)
    revisions = [one for one in mark.get("extension", ()) if one.get("url") == systems.EXT_REVISION]
    related = (mark.get("context") or {}).get("related")
    ids = [mark.get("masterIdentifier"), *mark.get("identifier", ())]
    if len(revisions) != 1 or not related or not any((one or {}).get("value") for one in ids):
        why = "A mark says which revision (pk-revision), of which contract (related), and the journal id."
        raise placed(Problem("business-rule", why, expression="DocumentReference"), n)
