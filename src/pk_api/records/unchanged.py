"""Updates that change nothing: what is sent is what stands, to the last digit, so no version comes of it.

Systems that send what they hold once more raise no revision, and notify nobody. What the server alone says
in `meta` and the order of members of an object make no difference.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from pk_api.fhir.told import as_told
from pk_api.fhir.values import is_same
from pk_api.records.drafts import Draft, Drafts
from pk_api.records.state import Settled, State
from pk_api.store import unasked
from pk_api.store.database import Transaction
from pk_api.store.locked import Present
from pk_api.store.rows import Key, Stored


async def find_unchanged(
    tx: Transaction, drafts: Iterable[Draft], present: Mapping[Key, Present]
) -> dict[Key, Stored]:
    """Return the present versions that updates would only repeat.

    Only what is found the same way as before is compared at all: other updates cost nothing.
    """
    alike = {d.key: d.resource for d in drafts if d.resource is not None and _is_alike(d, present)}
    standing = await unasked.standing(tx, alike)
    return {
        key: stored
        for key, stored in standing.items()
        if is_same(as_told(stored.resource), as_told(alike[key]))
    }


def changing(drafts: Drafts, state: State) -> Drafts:
    """Return the set without the updates that change nothing, and without what the door adds for them."""
    state.needless |= {key for key, events in drafts.because.items() if events <= state.unchanged.keys()}
    left = [d for d in drafts.drafts if d.key not in state.unchanged and d.key not in state.needless]
    return replace(drafts, drafts=left) if len(left) < len(drafts.drafts) else drafts


def note_unchanged(settled: Settled, drafts: Drafts, state: State) -> None:
    """Note beside what a set writes what of it stands already, for the audit and for answers."""
    found = [(d.key, state.unchanged.get(d.key)) for d in drafts.drafts]
    settled.unchanged = [(key, one.version) for key, one in found if one is not None]
    settled.needless = state.needless


def _is_alike(draft: Draft, present: Mapping[Key, Present]) -> bool:
    before = present.get(draft.key)
    if before is None or before.deleted or draft.write.method != "update" or draft.write.is_touch:
        return False
    return before.fingerprint == draft.fingerprint
