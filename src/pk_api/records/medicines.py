"""What must hold of a reference to medicines, however written: rules of `fhir.medicines`; one's own alone."""

from collections.abc import Mapping
from typing import Any, Final

from pk_api.access.actor import Actor
from pk_api.access.persons import PERSONS
from pk_api.fhir import medicines
from pk_api.fhir.problems import Issue, Problem
from pk_api.fhir.rules import lacking
from pk_api.records.drafts import Drafts, placed
from pk_api.store.locked import Present


def check_medicines(drafts: Drafts, actor: Actor, *, base_url: str) -> None:
    """Raise Problem business-rule, naming all that is lacking, or forbidden for who keeps no such list."""
    for n, draft in enumerate(drafts.drafts):
        if draft.resource is None or medicines.kind_of(draft.resource) is None:
            continue
        if actor.kind in PERSONS or (draft.placement and draft.placement.owner != actor.provider):
            raise placed(Problem("forbidden", _KEEPERS), n)
        told = [(rule.lacks, rule.path) for rule in lacking(medicines.RULES, draft.resource)]
        if base_url and any(link.startswith(base_url) for link in medicines.links_in(draft.resource)):
            told.append((_HERE, "DocumentReference.content.attachment.url"))
        if told:
            issues = [Issue("business-rule", text, path) for text, path in told]
            raise placed(Problem("business-rule", told[0][0], issues=issues), n)


_KEEPERS: Final = "Not permitted: who keeps a medication list says where it stands."
_HERE: Final = "Medicines are referred to where they are kept, which is not here."


def require_kept(before: Mapping[str, Any], actor: Actor, present: Present) -> None:
    """Raise Problem forbidden when somebody else changes or deletes where a list stands."""
    if medicines.kind_of(before) is not None and present.owner != actor.provider:
        raise Problem("forbidden", _KEEPERS)
