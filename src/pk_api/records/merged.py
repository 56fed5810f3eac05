"""Of two records that were found to be one person's, the one that is replaced gets no contract of its own."""

from pk_api.fhir.problems import Problem
from pk_api.records import answers
from pk_api.records.drafts import Drafts
from pk_api.records.state import State
from pk_api.store import persons
from pk_api.store.database import Transaction


async def require_unmerged(tx: Transaction, drafts: Drafts, state: State) -> None:
    """Raise Problem conflict when a contract becomes active for a Patient that another one replaces."""
    for draft in drafts.drafts:
        if draft.resource is None or not answers.is_active_contract(draft.resource):
            continue
        standing = {one.id: one.status for one in state.contracts.get(draft.key.patient, ())}
        if standing.get(draft.key.id) != "active" and await persons.replaced_by(tx, draft.key.patient):
            text = "This Patient has been merged: the contract is of the Patient that replaces it."
            raise Problem("conflict", text)
