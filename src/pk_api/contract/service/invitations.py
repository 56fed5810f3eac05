"""Relatives are invited by the patient: a one-time code leads who logs in with it to the RelatedPerson.

The relative's identity number is kept in the patient's own RelatedPerson, written in the patient's right. One
that care keeps, a guardian's or representative's above all, gets its number from care alone.
"""

from collections.abc import Mapping
from typing import Any

from pk_api.contract.dates import instant
from pk_api.contract.elements import Json, codes_in, target_of
from pk_api.contract.service.caller import Caller, Conditions
from pk_api.contract.service.me import relatives_consent, ruled_by
from pk_api.fhir import systems
from pk_api.fhir.identity import canonical_system
from pk_api.fhir.problems import Problem
from pk_api.records.inviting import LASTS
from pk_api.records.values import Write

_BY_CARE = frozenset({"GUARD", "god-man", "forvaltare", "framtidsfullmakt"})


async def invite(caller: Caller, body: Json) -> Json:
    """Return a code for a relative of the patient's. Problem forbidden, business-rule, not-found."""
    person = body["relative"]
    stored = await caller.read("RelatedPerson", person.partition("/")[2])
    _require_invitable(stored.resource)
    same = Write("update", "RelatedPerson", stored.resource, stored.id)
    problem = await caller.records.rehearse(caller.actor, same, request_id=caller.request_id)
    if problem is not None:
        raise Problem("forbidden", "This relative is kept by care: care adds who it is.")
    await _let_in(caller, person)
    code = await caller.records.keep_invitation(caller.actor, person, request_id=caller.request_id)
    return {"code": code, "relative": person, "until": instant(caller.now + LASTS)}


async def list_invitations(caller: Caller) -> Json:
    """Return the invitations that may be used yet, the latest first; their codes are told no more."""
    found = await caller.records.invitations(caller.actor, request_id=caller.request_id)
    items = [{"id": one.name, "relative": one.relative, "until": instant(one.until)} for one in found]
    return {"items": items, "next": None}


async def withdraw(caller: Caller, invitation: str) -> None:
    """Make an invitation void. Problem not-found when it is used, over or not the patient's."""
    await caller.records.withdraw_invitation(caller.actor, invitation, request_id=caller.request_id)


async def accept(caller: Caller, body: Json) -> Json:
    """Make the caller the relative whom a code is for. Problem not-found, forbidden."""
    code = body["code"]
    records = caller.records
    inviter, person = await records.use_invitation(caller.actor, code, request_id=caller.request_id)
    system, value = caller.actor.person or ("", "")

    def with_number(now: Mapping[str, Any]) -> dict[str, Any]:
        _require_invitable(now)
        return {**now, "identifier": [*now.get("identifier", ()), {"system": system, "value": value}]}

    known = Write("update", "RelatedPerson", id=person.partition("/")[2], patch=with_number)
    try:
        await records.write(inviter, [known], request_id=caller.request_id)
    except Problem:
        await records.give_back_invitation(code)
        raise
    return {"patient": f"Patient/{await records.patient_of(person)}", "relative": person}


def _require_invitable(person: Mapping[str, Any]) -> None:
    """Raise Problem for one whose number is care's to say, or is there already."""
    codes = codes_in(person.get("relationship", ()), systems.ROLE_CODE)
    codes += codes_in(person.get("relationship", ()), systems.RELATION)
    if _BY_CARE & set(codes):
        raise Problem("business-rule", "Guardians and representatives are registered by care.")
    told = {canonical_system(one.get("system")) for one in person.get("identifier", ())}
    if told & systems.PERSON_SYSTEMS:
        raise Problem("business-rule", "Who this relative is stands here already.")
    if person.get("active") is False:
        raise Problem("business-rule", "This relative takes part no longer.")


async def _let_in(caller: Caller, person: str) -> None:
    """See to it that the patient's permission stands; which parts it names is said elsewhere."""
    is_let_in = False
    for stored in await ruled_by(caller, "proxies"):
        actors = stored.resource.get("provision", {}).get("actor", ())
        named = {target_of(one.get("reference")) for one in actors}
        kinds = codes_in(stored.resource.get("category", ()), systems.CONSENT_KIND)
        if stored.resource.get("status") != "active" or person not in named:
            continue
        if "mandate" in kinds:
            raise Problem("business-rule", "Guardians and representatives are registered by care.")
        is_let_in = is_let_in or "relative-access" in kinds
    if not is_let_in:
        await relatives_consent(caller, person, Conditions())
