"""Two records that are one person's: merged by links between the Patients, and taken apart again.

Nothing moves but the identity numbers: what stands in the replaced record stays there, under the consents and
blocks that were given with it. Source: https://hl7.org/fhir/R4/patient-definitions.html#Patient.link.
"""

from collections.abc import Mapping
from typing import Any, Final

from pk_api.contract.editing.context import refused
from pk_api.contract.elements import Json, target_of
from pk_api.contract.service.caller import Caller, Conditions
from pk_api.fhir import systems
from pk_api.fhir.identity import canonical_system
from pk_api.fhir.problems import Problem
from pk_api.records.values import Stored, Write

_REPLACES: Final = "replaces"
_REPLACED: Final = "replaced-by"
_PAGE: Final = 100


async def merge(caller: Caller, patient: str, body: Json, conditions: Conditions) -> Json:
    """Let a Patient replace another one, whose identity numbers lead to it from now on.

    Problem conflict when one of them is merged already or the other has an active contract; business-rule
    when both bear a personnummer: these are two persons.
    """
    kept, gone = await _both(caller, patient, body["duplicate"])
    if _links(kept.resource, _REPLACED) or _links(gone.resource, _REPLACED):
        raise await caller.refused(Problem("conflict", "One of these Patients has been merged already."))
    if all(_has(one.resource, systems.PERSONNUMMER) for one in (kept, gone)):
        detail = "Each bears a personnummer: these are two persons. A new number of one is another matter."
        raise refused("/duplicate", detail)
    if await caller.records.standing_contract(gone.id) is not None:
        text = "The Patient that is to be replaced has an active contract: complete or revoke it first."
        raise await caller.refused(Problem("conflict", text))
    return await _written(caller, _replacing(kept, gone), _replaced(gone, kept), conditions)


async def unmerge(caller: Caller, patient: str, body: Json, conditions: Conditions) -> Json:
    """Take two Patients apart; each bears again the numbers that it bore. Problem conflict unless merged."""
    kept, gone = await _both(caller, patient, body["duplicate"])
    if kept.reference not in _links(gone.resource, _REPLACED):
        raise await caller.refused(Problem("conflict", "These Patients have not been merged."))
    before = await _before(caller, gone)
    own = {_mark(one) for one in before.get("identifier", ())}
    left = {**kept.resource, "identifier": [i for i in kept.resource["identifier"] if _mark(i) not in own]}
    kept_again = _unlinked(left, gone.reference)
    bare = {name: each for name, each in gone.resource.items() if name not in {"identifier", "active"}}
    told = {name: before[name] for name in ("identifier", "active") if name in before}
    return await _written(
        caller, (kept, kept_again), (gone, {**_unlinked(bare, kept.reference), **told}), conditions
    )


async def _both(caller: Caller, patient: str, named: str) -> tuple[Stored, Stored]:
    other = named.partition("/")[2]
    if other == patient:
        raise refused("/duplicate", "A Patient is not merged with itself.")
    kept, gone = [await caller.read("Patient", one) for one in (patient, other)]
    return kept, gone


def _links(patient: Mapping[str, Any], kind: str) -> list[str | None]:
    return [target_of(one.get("other")) for one in patient.get("link", ()) if one.get("type") == kind]


def _has(patient: Mapping[str, Any], system: str) -> bool:
    return any(canonical_system(one.get("system")) == system for one in patient.get("identifier", ()))


def _mark(identifier: Mapping[str, Any]) -> tuple[str, Any]:
    return canonical_system(identifier.get("system")), identifier.get("value")


def _numbers(patient: Mapping[str, Any]) -> list[Json]:
    return [one for one in patient.get("identifier", ()) if _mark(one)[0] in systems.PERSON_SYSTEMS]


def _linked(patient: Mapping[str, Any], other: str, kind: str) -> list[Json]:
    return [*patient.get("link", ()), {"other": {"reference": other}, "type": kind}]


def _replacing(kept: Stored, gone: Stored) -> tuple[Stored, Json]:
    """Return the Patient that stays, with the other's numbers as old ones."""
    old = [{**one, "use": "old"} for one in _numbers(gone.resource)]
    numbers = [*kept.resource.get("identifier", ()), *old]
    link = _linked(kept.resource, gone.reference, _REPLACES)
    return kept, {**_protected(kept.resource, gone.resource), "identifier": numbers, "link": link}


def _protected(kept: Mapping[str, Any], gone: Mapping[str, Any]) -> Json:
    """Return the Patient with the protection of its identity that the other one has."""
    own, other = (one.get("meta", {}).get("security", []) for one in (kept, gone))
    more = [one for one in other if one.get("system") == systems.SECURITY_LABEL and one not in own]
    return {**kept, "meta": {**kept["meta"], "security": [*own, *more]}} if more else dict(kept)


def _replaced(gone: Stored, kept: Stored) -> tuple[Stored, Json]:
    """Return the Patient that is replaced, without its numbers and not in use."""
    numbers = _numbers(gone.resource)
    left = [one for one in gone.resource.get("identifier", ()) if one not in numbers]
    bare = {name: each for name, each in gone.resource.items() if name != "identifier"}
    told: Json = {"identifier": left} if left else {}
    link = _linked(gone.resource, kept.reference, _REPLACED)
    return gone, {**bare, **told, "active": False, "link": link}


def _unlinked(patient: Json, other: str) -> Json:
    left = [one for one in patient.get("link", ()) if target_of(one.get("other")) != other]
    bare = {name: each for name, each in patient.items() if name != "link"}
    return {**bare, "link": left} if left else bare


async def _before(caller: Caller, gone: Stored) -> Mapping[str, Any]:
    """Return the Patient as it was before it was replaced."""
    after = None
    while True:
        page = await caller.records.history(
            caller.actor,
            "Patient",
            gone.id,
            since=None,
            limit=_PAGE,
            after=after,
            request_id=caller.request_id,
        )
        for one in page.items:
            if not one.deleted and not _links(one.resource, _REPLACED):
                return one.resource
        if page.next is None:
            raise Problem("conflict", "This Patient has been a replaced one from its beginning.")
        after = page.next


async def _written(
    caller: Caller, kept: tuple[Stored, Json], gone: tuple[Stored, Json], conditions: Conditions
) -> Json:
    writes = [
        Write("update", "Patient", told, id=stored.id, if_match=stored.version)
        for stored, told in (kept, gone)
    ]
    first, second = await caller.write(writes, conditions)
    return {"patient": _told(first), "duplicate": _told(second)}


def _told(stored: Stored) -> Json:
    replacing = next(iter(_links(stored.resource, _REPLACED)), None)
    return {"reference": stored.reference, "version": stored.version, "replacedBy": replacing}
