"""What must hold of a reference to medicines, however written: rules of `fhir.medicines`; one's own alone."""

from pk_api.access.actor import Actor
from pk_api.access.persons import PERSONS
from pk_api.fhir import medicines
from pk_api.fhir.problems import Issue, Problem
from pk_api.fhir.rules import lacking
from pk_api.records.drafts import Draft, Drafts, placed
from pk_api.records.state import State


def check_medicines(drafts: Drafts, state: State, actor: Actor, *, base_url: str) -> None:
    """Raise Problem business-rule, naming all that is lacking, or forbidden for who keeps no such list."""
    for n, draft in enumerate(drafts.drafts):
        if draft.resource is None or medicines.kind_of(draft.resource) is None:
            continue
        if actor.kind in PERSONS or not _is_own(draft, state, actor):
            detail = "Not permitted: who keeps a medication list says where it stands."
            raise placed(Problem("forbidden", detail), n)
        told = [(rule.lacks, rule.path) for rule in lacking(medicines.RULES, draft.resource)]
        if base_url and any(link.startswith(base_url) for link in medicines.links_in(draft.resource)):
            told.append((_HERE, "DocumentReference.content.attachment.url"))
        if told:
            issues = [Issue("business-rule", text, path) for text, path in told]
            raise placed(Problem("business-rule", told[0][0], issues=issues), n)


_HERE = "Medicines are referred to where they are kept, which is not here."


def _is_own(draft: Draft, state: State, actor: Actor) -> bool:
    owners = {draft.placement.owner} if draft.placement else set()
    owners |= {state.present[draft.key].owner} if draft.key in state.present else set()
    return owners == {actor.provider}
