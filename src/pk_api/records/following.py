"""Which references of a set its writer may follow: others lead nowhere, whether something is there or not."""

from collections.abc import Mapping, Sequence
from typing import Any

from pk_api.access.rules import DIRECTORY
from pk_api.access.visible import Visible
from pk_api.fhir.problems import Issue, Problem
from pk_api.fhir.references import LocalRef
from pk_api.records.values import Write
from pk_api.store import reading
from pk_api.store.rows import Key
from pk_api.store.tables import SHARED

Name = tuple[str, str]
"""Type and id."""


async def unseen(
    db: Any,
    writes: Sequence[Write],
    found: Sequence[Sequence[LocalRef]],
    keys: Mapping[Name, str],
    visible: Visible,
    *,
    now: int,
) -> list[set[Name]]:
    """Return of each write what it refers to and its writer does not see, absent or not.

    A Patient is named, not followed: who knows the id may write about the patient, within the law. What a
    resource that the writer sees refers to already may stay.
    """
    own = {(w.type, w.id) for w in writes if w.id is not None and w.method != "delete"}
    named = [{(one.type, one.id) for one in each if one.type != "Patient"} - own for each in found]
    asked = {
        Key(keys[name], *name)
        for name in set[Name]().union(*named)
        if name in keys and not (keys[name] == SHARED and name[0] in DIRECTORY)
    }
    if not asked:
        return [set() for _ in writes]
    seen = await reading.several(db, sorted(asked), visible, now=now, bodies=False)
    hidden = {(key.type, key.id) for key in asked - seen.keys()}
    standing = await _standing(db, writes, keys, visible, now) if hidden else {}
    return [
        (names & hidden) - standing.get((w.type, w.id or ""), set())
        for w, names in zip(writes, named, strict=True)
    ]


async def _standing(
    db: Any, writes: Sequence[Write], keys: Mapping[Name, str], visible: Visible, now: int
) -> dict[Name, set[Name]]:
    """Return what the resources that are to be changed, and are seen, refer to now."""
    changed = [(w.type, w.id) for w in writes if w.id is not None and w.method == "update"]
    places = sorted({Key(keys[name], *name) for name in changed if name in keys})
    seen = await reading.several(db, places, visible, now=now, bodies=False)
    referred = await reading.referred(db, list(seen))
    return {(key.type, key.id): names for key, names in referred.items()}


def leads_nowhere(resource_type: str, target_type: str, place: str) -> Problem:
    """Return the problem of a reference to what is not there, or not open to the writer."""
    detail = f"{resource_type} refers to a {target_type} that is not here, or not open to this caller."
    return Problem("business-rule", detail, issues=[Issue("not-found", detail, place)])
