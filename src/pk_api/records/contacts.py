"""What must hold of a fast kontakt in force, whatever way it is written: `fhir.contacts` has the rules.

Judged while the patient is this transaction's alone, so that of two who name a fast läkarkontakt at once one
is refused. A contact that ends, or has ended, is judged by none of them.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from pk_api.fhir import contacts
from pk_api.fhir.references import literal, relative
from pk_api.fhir.rules import lacking, problem_of
from pk_api.records.drafts import Draft, placed
from pk_api.records.jobs import Job
from pk_api.store import unasked
from pk_api.store.database import Transaction
from pk_api.store.rows import Key, to_micros
from pk_api.store.tables import SHARED

Json = Mapping[str, Any]

_DIRECTORY: Final = frozenset({"PractitionerRole", "Practitioner", "Organization"})
_LONGEST_CHAIN: Final = 10


async def check_contacts(tx: Transaction, job: Job, *, base_url: str, now: datetime) -> None:
    """Raise Problem, naming all that is lacking, when a fast kontakt in force would break a rule."""
    at = to_micros(now)
    written = {draft.key: draft.resource for draft in job.drafts.drafts}
    for n, draft in enumerate(job.drafts.drafts):
        if draft.resource is None or not contacts.is_in_force(draft.resource, now=at):
            continue
        team = relative(draft.resource, base_url)
        found = await _looked_up(tx, team, written, base_url)
        others = await _others(tx, draft, written)
        contact = contacts.contact_of(team, others, found.get, now=at)
        if broken := lacking(contacts.RULES, contact):
            raise placed(problem_of(broken), n)


async def _others(tx: Transaction, draft: Draft, written: Mapping[Key, dict[str, Any] | None]) -> list[Json]:
    """Return the patient's CareTeams as they are to be."""
    patient = draft.key.patient
    if patient == SHARED:
        return []
    stored = await unasked.of_type(tx, patient, "CareTeam")
    own = {key: one for key, one in written.items() if key.patient == patient and key.type == "CareTeam"}
    return [one for one in {**stored, **own}.values() if one is not None]


async def _looked_up(
    tx: Transaction, team: Json, written: Mapping[Key, dict[str, Any] | None], base_url: str
) -> dict[str, Json | None]:
    """Return what the contact leads to in the directory, by reference."""
    found: dict[str, Json | None] = {}
    open_ = set(contacts.looked_at(team))
    for _ in range(_LONGEST_CHAIN):
        keys = [key for name in open_ - found.keys() if (key := _directory_key(name)) is not None]
        if not keys:
            break
        stored = await unasked.bodies(tx, keys)
        there = {key: one for key in keys if (one := written.get(key) or stored.get(key)) is not None}
        new = {key.reference: relative(there[key], base_url) if key in there else None for key in keys}
        found |= new
        open_ = {name for one in new.values() if one is not None for name in contacts.looked_at(one)}
    return found


def _directory_key(name: str) -> Key | None:
    local = literal(name)
    return Key(SHARED, local.type, local.id) if local is not None and local.type in _DIRECTORY else None
