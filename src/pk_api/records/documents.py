"""What a patient was given at discharge stays as it was given, whatever way it is written.

Source: patientlag 2014:821 3 kap. 2 b §; PDL 2008:355 3 kap. 14 § (what is documented is not obliterated).
"""

from collections.abc import Mapping
from typing import Any, Final

from pk_api.fhir.documents import is_summary
from pk_api.fhir.problems import Issue, Problem
from pk_api.records.drafts import Drafts, placed
from pk_api.store import unasked
from pk_api.store.database import Transaction

Json = Mapping[str, Any]

_STAYS: Final = ("type", "category", "subject", "date", "author", "description", "content", "context")
"""Elements of a summary that was given; its status may change, and what takes its place."""


async def check_documents(tx: Transaction, drafts: Drafts) -> None:
    """Raise Problem business-rule for a summary that is changed after it was given."""
    for n, draft in enumerate(drafts.drafts):
        if draft.key.type != "DocumentReference" or draft.resource is None:
            continue
        before = (await unasked.bodies(tx, [draft.key])).get(draft.key)
        if before is None or not is_summary(before):
            continue
        for name in _STAYS:
            if before.get(name) != draft.resource.get(name):
                why = "What was given at discharge stays: give another that takes its place."
                issues = [Issue("business-rule", why, f"DocumentReference.{name}")]
                raise placed(Problem("business-rule", why, issues=issues), n)
