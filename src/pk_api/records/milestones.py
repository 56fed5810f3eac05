"""The contract as it stands when the patient leaves hospital is a version to come back to: the door marks it.

Only where the care provider that discharges sees the contract: its log names who changed it. Source: the
regional guideline for patientkontrakt (the first version is made before discharge).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from pk_api.fhir import systems
from pk_api.fhir.membership import milestones_of
from pk_api.fhir.ownership import patient_references
from pk_api.fhir.references import literal
from pk_api.fhir.stays import is_over
from pk_api.records.drafts import Follows
from pk_api.records.keys import key_of
from pk_api.records.values import Write
from pk_api.store import contracts, reading, unasked
from pk_api.store.rows import Stored

AT_DISCHARGE: Final = "first-at-discharge"
_JUST_NOW: Final = timedelta(days=1)
"""How long ago a stay may have ended that is first told of when it has."""

Json = dict[str, Any]


async def with_milestones(
    db: Any, writes: Sequence[Write], follows: Follows, *, base_url: str, now: datetime
) -> tuple[list[Write], list[Write]]:
    """Return the set with the contracts that it writes marked, and the changes of those it does not write."""
    asked, more = list(writes), list[Write]()
    for write in writes:
        patient = await _discharged(db, write, base_url, now)
        contract = await contracts.standing(db, patient) if patient else None
        if contract is None or not await _is_seen(db, contract, follows):
            continue
        places = [n for n, one in enumerate(asked) if (one.type, one.id) == ("CarePlan", contract.id)]
        for n in places:
            if asked[n].resource is not None:
                asked[n] = replace(asked[n], resource=marked(dict(asked[n].resource or {})))
        if not places and AT_DISCHARGE not in milestones_of(contract.resource):
            marking = marked(contract.resource)
            more.append(Write("update", "CarePlan", marking, id=contract.id, based_on=contract.version))
    return asked, more


def marked(contract: Json, code: str = AT_DISCHARGE) -> Json:
    """Return the contract marked as a milestone; as it is when it is so already."""
    if code in milestones_of(contract):
        return contract
    meta = contract.get("meta", {})
    tag = [*meta.get("tag", []), {"system": systems.MILESTONE, "code": code}]
    return {**contract, "meta": {**meta, "tag": tag}}


async def _discharged(db: Any, write: Write, base_url: str, now: datetime) -> str | None:
    """Return the key of the patient who leaves hospital by this write; None when nobody does."""
    stay = write.resource
    if write.type != "Encounter" or stay is None or write.method == "delete" or not is_over(stay):
        return None
    key = await key_of(db, write.type, write.id) if write.id else None
    before = (await unasked.bodies(db, [key])).get(key) if key else None
    if key is not None and before is not None:
        return None if is_over(before) else key.patient
    if not _is_just_now(stay.get("period", {}).get("end"), now):
        return None
    for reference in patient_references(stay):
        local = literal(reference, base_url)
        found = await key_of(db, local.type, local.id) if local and local.type == "Patient" else None
        if found is not None:
            return found.patient
    return None


def _is_just_now(end: str | None, now: datetime) -> bool:
    if end is None or len(end) < 10:
        return True
    left = datetime.fromisoformat(end)
    return left.replace(tzinfo=left.tzinfo or now.tzinfo) > now - _JUST_NOW


async def _is_seen(db: Any, contract: Stored, follows: Follows) -> bool:
    found = await reading.several(db, [contract.key], follows.visible, now=follows.now, bodies=False)
    return contract.key in found
