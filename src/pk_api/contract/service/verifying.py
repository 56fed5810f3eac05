"""Whether what was agreed on still is what was agreed on: hashes computed anew, and what has changed.

The versions that an acceptance pins were those of the revision that it was committed in, so the contract as
of that revision holds them all; each caller computes over what the law shows that caller now.
"""

from base64 import b64decode

from pk_api.contract.canonical import hash_of, manifest
from pk_api.contract.editing.agreement import JOSE
from pk_api.contract.elements import Json, extension_value, id_of, target_of
from pk_api.contract.reading.agreement import (
    Proposal,
    acceptances,
    hash_in,
    in_force,
    proposals,
    state_of,
)
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.covered import changes
from pk_api.contract.service.agreements import then_of
from pk_api.contract.service.caller import Caller, reading_of, rows_of
from pk_api.fhir import agreements as agreed
from pk_api.fhir import systems
from pk_api.fhir.problems import Problem
from pk_api.records.signing import Signer
from pk_api.records.values import ContractRows


async def verify(caller: Caller, contract: str, number: int) -> Json:
    """Return each acceptance that the caller sees, its hash computed anew, and what has changed since.

    Hashes are computed over what is stored now, not over what the process has in memory.
    """
    await caller.records.forget(contract)
    rows = await rows_of(caller, contract)
    reading = reading_of(caller, rows)
    every = proposals(reading)
    proposal = next((each for each in every if each.number == number), None)
    if proposal is None:
        raise Problem("not-found", "There is no such agreement here, or it is not open to this caller.")
    then = await then_of(caller, reading, proposal.revision)
    since = changes(then, reading, but=proposal.left_out)
    holds = in_force(every)
    told = [await _verified(caller, rows, each, reading) for each in _told(proposal, reading)]
    is_kept = not since and all(map(_is_kept, told))
    return {
        "number": number,
        "state": state_of(proposal, every),
        "acceptances": told,
        "holds": holds is not None and holds.number == number and is_kept,
        "changedSince": since,
    }


def _is_kept(acceptance: Json) -> bool:
    """Say whether nothing tells that what was agreed to stands there otherwise."""
    return acceptance["matches"] is not False and all(
        each["valid"] is not False for each in acceptance["signatures"]
    )


def _told(proposal: Proposal, reading: Reading) -> list[Json]:
    return sorted(acceptances(proposal, reading), key=lambda each: (each.get("recorded", ""), each["id"]))


async def _verified(caller: Caller, rows: ContractRows, acceptance: Json, reading: Reading) -> Json:
    """Return an acceptance with what it covers, and the hash over that as the caller sees it."""
    stored = next(each for each in rows.members if each.reference == f"Provenance/{acceptance['id']}")
    revision = await caller.records.revision_of(stored, rows.contract.id)
    then = await then_of(caller, reading, revision) if revision is not None else reading
    pinned = [(place.reference, int(place.version or 0)) for place in agreed.pinned(acceptance) if place]
    seen = [(name, version, then.members[name]) for name, version in pinned if _is_there(name, version, then)]
    told, number = hash_in(acceptance), agreed_number(acceptance)
    canonical = manifest(reading.contract, number, seen) if len(seen) == len(pinned) else None
    computed = hash_of(canonical) if canonical is not None else None
    return {
        "reference": f"Provenance/{acceptance['id']}",
        "task": agreed.answered_by(acceptance),
        "recorded": acceptance.get("recorded"),
        "hash": told,
        "recomputed": computed,
        "matches": computed == told if computed is not None and told is not None else None,
        "items": [{"reference": name, "version": version, "id": id_of(name)} for name, version, _ in seen],
        "notShown": len(pinned) - len(seen),
        "notAllWasShown": bool(extension_value(acceptance, systems.EXT_NOT_ALL_SHOWN, "valueBoolean")),
        "signatures": [
            _signature(each, canonical, caller.records.signer) for each in acceptance.get("signature", ())
        ],
    }


def _signature(signature: Json, canonical: bytes | None, signer: Signer | None) -> Json:
    """Return a signature: of the service it is checked, of others it is told that it is there."""
    valid = None
    if signature.get("sigFormat") == JOSE and canonical is not None and signer is not None:
        valid = signer.verifies(b64decode(signature.get("data", "")).decode("latin-1"), canonical)
    who = signature.get("who", {})
    return {
        "when": signature.get("when"),
        "by": who.get("display") or target_of(who),
        "format": signature.get("sigFormat"),
        "valid": valid,
    }


def agreed_number(acceptance: Json) -> int:
    """Return the number of the proposal that an acceptance is of."""
    return int(extension_value(acceptance, systems.EXT_AGREEMENT_NUMBER, "valuePositiveInt") or 0)


def _is_there(name: str, version: int, then: Reading) -> bool:
    found = then.members.get(name)
    return found is not None and found.get("meta", {}).get("versionId") == str(version)
