"""Which contracts the resources of a set belong to, before it and after it. Pure."""

from collections.abc import Mapping, Sequence

from pk_api.fhir import membership
from pk_api.records.drafts import Draft, Drafts
from pk_api.records.state import Settled, State
from pk_api.store.locked import Present
from pk_api.store.rows import Key
from pk_api.store.tables import SHARED

OPEN = frozenset({"draft", "active", "on-hold", "unknown"})
"""States of a contract to which a patient's relatives, consents and contacts belong by themselves."""


def needs_whole_patient(drafts: Sequence[Draft], present: Mapping[Key, Present]) -> set[str]:
    """Return the patients all of whose memberships must be worked out anew, not only the written ones'."""
    out: set[str] = set()
    written = {d.key for d in drafts}
    for draft in drafts:
        if draft.resource is None or draft.key.patient in out or draft.key.patient == SHARED:
            continue
        before = present.get(draft.key)
        if before is not None and before.fingerprint == draft.fingerprint:
            continue
        by_others = any(binds in ("down", "patient") for _, binds in draft.references)
        in_set = any(binds and key in written for key, binds in draft.references)
        if before is not None or by_others or in_set or membership.is_contract(draft.resource):
            out.add(draft.key.patient)
    return out


def memberships(
    drafts: Drafts, state: State, out: Settled
) -> tuple[dict[Key, set[str]], dict[Key, set[str]]]:
    """Return which contracts each written resource belonged to and belongs to now; `out` gets the rows."""
    whole = {r["patient_key"] for r in state.binding} | {r["patient_key"] for r in state.all_members}
    whole |= needs_whole_patient(drafts.drafts, state.present)
    before = {d.key: set(state.members.get(d.key, ())) for d in drafts.drafts}
    after: dict[Key, set[str]] = {}
    for patient in sorted(whole):
        after |= _whole_patient(patient, drafts, state, out)
    for draft in drafts.drafts:
        if draft.key.patient not in whole:
            after[draft.key] = _alone(draft, state, out)
    return before, {k: after.get(k, set()) for k in before}


def _alone(draft: Draft, state: State, out: Settled) -> set[str]:
    """The memberships of a resource to which no member refers: those of what it refers to upwards."""
    held = set(state.members.get(draft.key, ()))
    if draft.resource is None or draft.key.patient == SHARED or held:
        return held
    gained = set()
    for target, binds in draft.references:
        if binds == "up":
            above = state.members.get(target, set())
            gained |= above
            if above:
                out.joined.add(target)
    out.members += [(draft.key.patient, c, draft.key.type, draft.key.id) for c in sorted(gained)]
    return gained


def _whole_patient(patient: str, drafts: Drafts, state: State, out: Settled) -> dict[Key, set[str]]:
    """Work out all memberships of a patient anew, write the difference, and return them."""
    here = [d for d in drafts.drafts if d.key.patient == patient]
    edges, by_patient, contracts = _graph(patient, here, state)
    had: dict[str, set[str]] = {}
    for r in state.all_members:
        if r["patient_key"] == patient:
            had.setdefault(f"{r['type']}/{r['id']}", set()).add(r["contract_id"])
    closed = membership.closure(edges, {f"CarePlan/{c}" for c in contracts}, set())
    now: dict[str, set[str]] = {}
    for contract, refs in closed.items():
        for ref in refs:
            now.setdefault(ref, set()).add(contract.partition("/")[2])
    open_ = {c for c, status in contracts.items() if status in OPEN}
    for contract in contracts:
        parties = _parties(f"CarePlan/{contract}", closed[f"CarePlan/{contract}"], state, here)
        for ref in by_patient:
            owner = _owner(ref, state, here)
            joins = contract in open_ and (owner.startswith("patient:") or owner in parties)
            if joins or (contract not in open_ and contract in had.get(ref, ())):
                now.setdefault(ref, set()).add(contract)
    for ref in now.keys() | had.keys():
        new, old, place = now.get(ref, set()), had.get(ref, set()), ref.split("/")
        out.members += [(patient, c, place[0], place[1]) for c in sorted(new - old)]
        out.gone_members += [(patient, c, place[0], place[1]) for c in sorted(old - new)]
    _note_joined(here, had, out)
    return {Key(patient, *ref.split("/")): held for ref, held in now.items()}


def _parties(plan: str, members: set[str], state: State, here: Sequence[Draft]) -> set[str]:
    """The care providers of a contract: its owner and all that its teams name."""
    parties = {_owner(plan, state, here)}
    written = {d.key.reference: d.placement.team for d in here if d.placement is not None}
    for ref in members:
        parties.update(one[0] for one in written.get(ref, ()))
        if ref not in written:
            parties |= state.teams.get(ref, set())
    return parties


def _owner(ref: str, state: State, here: Sequence[Draft]) -> str:
    """Who owns a resource, stored or about to be."""
    if ref in state.owners:
        return state.owners[ref]
    return next((d.placement.owner for d in here if d.key.reference == ref and d.placement), "")


def _note_joined(here: Sequence[Draft], had: Mapping[str, set[str]], out: Settled) -> None:
    """Note what a written resource newly attaches itself to, or draws in: its writer must see that."""
    for draft in here:
        own = had.get(draft.key.reference, set())
        for target, binds in draft.references:
            held = had.get(target.reference, set())
            draws_in = binds == "down" and (not held or held - own)
            if target.type == "Patient":
                draws_in = binds == "down" and draft.key.id not in held
            if (binds == "up" and held - own) or draws_in:
                out.joined.add(target)


Graph = tuple[dict[str, list[membership.Edge]], set[str], dict[str, str]]


def _graph(patient: str, here: Sequence[Draft], state: State) -> Graph:
    """Return binding references, what belongs by patient, and contracts' status, as they will be."""
    edges: dict[str, list[membership.Edge]] = {}
    by_patient: set[str] = set()
    contracts = {c.id: c.status for c in state.contracts.get(patient, ())}
    written = {d.key.reference for d in here if d.resource is not None}
    for r in state.binding:
        ref = f"{r['type']}/{r['id']}"
        if r["patient_key"] == patient and ref not in written:
            _bind(edges, by_patient, ref, (r["target_type"], r["target_id"]), r["binds"])
    for draft in here:
        for target, binds in draft.references:
            _bind(edges, by_patient, draft.key.reference, (target.type, target.id), binds)
        if draft.resource is not None and (status := membership.contract_state(draft.resource)):
            contracts[draft.key.id] = status
    return edges, by_patient, contracts


def _bind(
    edges: dict[str, list[membership.Edge]],
    by_patient: set[str],
    ref: str,
    target: tuple[str, str],
    binds: str,
) -> None:
    if binds == "patient":
        by_patient.add(ref)
    elif binds:
        edges.setdefault(ref, []).append(membership.Edge(*target, "down" if binds == "down" else "up"))
