"""What a set of writes comes to under the lock: versions, memberships, revisions. Pure, free of access."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pk_api.access.actor import Actor
from pk_api.fhir import membership
from pk_api.fhir.problems import Issue, Problem
from pk_api.fhir.values import dump
from pk_api.records.drafts import Draft, Drafts, author_of, placed
from pk_api.store.rows import ContractRow, Key, NewVersion
from pk_api.store.writing import OutboxRow, Present

OPEN = frozenset({"draft", "active", "on-hold", "unknown"})
"""States of a contract to which a patient's relatives, consents and contacts belong by themselves."""


@dataclass(slots=True)
class State:
    """What was read under the lock."""

    present: Mapping[Key, Present]
    contracts: Mapping[str, list[ContractRow]]
    members: Mapping[Key, set[str]]
    binding: Sequence[Any] = ()
    all_members: Sequence[Any] = ()
    referrers: Sequence[tuple[Key, Key]] = ()
    changes: Mapping[Key, list[tuple[int, int]]] = field(default_factory=dict)


@dataclass(slots=True)
class Settled:
    """What a set will write."""

    versions: list[NewVersion] = field(default_factory=list)
    created: list[bool] = field(default_factory=list)
    stale_index: list[Key] = field(default_factory=list)
    contracts: list[ContractRow] = field(default_factory=list)
    members: list[tuple[str, str, str, str]] = field(default_factory=list)
    gone_members: list[tuple[str, str, str, str]] = field(default_factory=list)
    outbox: list[OutboxRow] = field(default_factory=list)
    joined: set[Key] = field(default_factory=set)


def needs_whole_patient(drafts: Sequence[Draft], present: Mapping[Key, Present]) -> set[str]:
    """Return the patients all of whose memberships must be worked out anew, not only the written ones'."""
    out = set()
    for draft in drafts:
        if draft.resource is None or draft.key.patient == "0":
            continue
        before = present.get(draft.key)
        if before is not None and before.fingerprint == fingerprint(draft):
            continue
        downward = any(binds == "down" for _, binds in draft.references)
        in_set = {d.key for d in drafts} & {k for k, binds in draft.references if binds}
        if before is not None or downward or in_set or membership.is_contract(draft.resource):
            out.add(draft.key.patient)
    return out


def fingerprint(draft: Draft) -> str:
    """Return a hash of all index rows beside `current`: equal ones need not be written again."""
    index, placement = draft.index, draft.placement
    if index is None or placement is None:
        return "deleted"
    told = (
        index.lookups,
        [(s.param, s.low, s.high, s.unit) for s in index.spans],
        [(k.type, k.id, binds) for k, binds in draft.references],
        placement.team,
        draft.identities,
        membership.is_contract(draft.resource or {}) and membership.contract_state(draft.resource or {}),
    )
    return hashlib.blake2b(repr(told).encode(), digest_size=12).hexdigest()


def check_present(drafts: Drafts, state: State, *, check_references: bool) -> None:
    """Raise Problem when a version does not match, something is gone, or a reference leads nowhere."""
    written = {d.key for d in drafts.drafts if d.write.method != "delete"}
    removed = {d.key for d in drafts.drafts if d.write.method == "delete"}
    for n, draft in enumerate(drafts.drafts):
        try:
            _check_version(draft, state.present.get(draft.key))
            if check_references:
                _check_references(draft, state, written, removed)
        except Problem as problem:
            raise placed(problem, n) from problem
    for target, referrer in state.referrers:
        if target in removed and referrer not in removed and referrer not in written:
            raise Problem("conflict", f"{target.type} cannot be deleted: {referrer.type} refers to it.")


def _check_references(draft: Draft, state: State, written: set[Key], removed: set[Key]) -> None:
    for target, _ in draft.references:
        there = state.present.get(target)
        if target in removed or (target not in written and (there is None or there.deleted)):
            detail = f"{draft.key.type} refers to a {target.type} that is not stored here."
            place = draft.paths.get(target, draft.key.type)
            raise Problem("business-rule", detail, issues=[Issue("not-found", detail, place)])


def _check_version(draft: Draft, before: Present | None) -> None:
    write, live = draft.write, before is not None and not before.deleted
    if write.method == "create" and before is not None:
        raise Problem("conflict", "There is a resource with this id.")
    if write.method == "delete" and before is None:
        raise Problem("not-found", "There is nothing to delete.")
    if write.if_match is None:
        return
    if not live or before is None or before.version != write.if_match:
        current = before.version if before is not None and live else None
        told = f"the current one is {current}" if current else "there is none now"
        raise Problem(
            "stale",
            f"The version named in If-Match is not the current one: {told}.",
            facts={"current": current},
        )


def check_base(drafts: Drafts, state: State, base: tuple[str, int]) -> None:
    """Raise Problem `conflict` when what is touched has changed after the revision the writer looked at."""
    conflicts = []
    for draft in drafts.drafts:
        made = state.changes.get(draft.key, [])
        before = state.present.get(draft.key)
        if before is None or not made or made[-1][0] <= base[1]:
            continue
        seen = [version for revision, version in made if revision <= base[1]]
        conflicts.append(
            {"reference": draft.key.reference, "base": seen[-1] if seen else None, "current": before.version}
        )
    if conflicts:
        raise Problem(
            "conflict", "What this writes has changed since that revision.", facts={"conflicts": conflicts}
        )


def settle(drafts: Drafts, state: State, actor: Actor, *, now: datetime) -> Settled:
    """Return all rows of the set; nothing of it may fail any more but for access and unique keys."""
    out = Settled()
    for draft in drafts.drafts:
        _version(draft, state, actor, now, out)
    before, after = _memberships(drafts, state, actor, out)
    _revisions(drafts, state, actor, before, after, out)
    return out


def _version(draft: Draft, state: State, actor: Actor, now: datetime, out: Settled) -> None:
    before = state.present.get(draft.key)
    version = before.version + 1 if before else 1
    placement, index, is_new = draft.placement, draft.index, before is None or before.deleted
    if draft.resource is None or placement is None or index is None:
        if before is None or before.deleted:
            return
        method, body, ix, sort_date = "DELETE", "", "", None
    else:
        method, ix, sort_date = "POST" if draft.write.method == "create" else "PUT", index.ix, index.sort_date
        body = dump(with_meta(draft.resource, version, now)).decode()
    new = NewVersion(
        key=draft.key,
        version=version,
        method=method,
        body=body,
        deleted=draft.resource is None,
        owner=before.owner if before else placement.owner if placement else "",
        unit=before.unit if before else placement.unit if placement else None,
        addressed=placement.addressed if placement else before.addressed if before else None,
        author=before.author if before else author_of(actor, draft.key.patient),
        ix=ix,
        sort_date=sort_date,
        fingerprint=fingerprint(draft),
    )
    if before is None or before.fingerprint != new.fingerprint:
        _index(draft, state, new)
        if before is not None:
            out.stale_index.append(draft.key)
    else:
        new.spans = new.lookups = new.references = new.team = ()  # type: ignore[assignment]  # unchanged rows stay
    out.versions.append(new)
    out.created.append(is_new)


def _index(draft: Draft, state: State, new: NewVersion) -> None:
    if draft.index is None or draft.placement is None:
        held = sorted(state.members.get(draft.key, ()))
        new.references = tuple(("CarePlan", contract, "was") for contract in held)
        return
    new.lookups = draft.index.lookups
    new.spans = tuple((s.param, s.low, s.high, s.unit) for s in draft.index.spans)
    new.references = tuple((k.type, k.id, binds) for k, binds in draft.references)
    new.team = draft.placement.team
    new.identities = draft.identities


def with_meta(resource: Mapping[str, Any], version: int, updated: datetime) -> dict[str, Any]:
    """Return the resource with the server's version and time in `meta`, every other element in its place."""
    given = resource.get("meta") or {}
    own = {"versionId": str(version), "lastUpdated": instant(updated)}
    meta = own | {k: v for k, v in given.items() if k not in own}
    out: dict[str, Any] = {}
    for name, value in resource.items():
        if name != "meta":
            out[name] = value
        if name == "id":
            out["meta"] = meta
    return out


def instant(moment: datetime) -> str:
    """Return a FHIR instant in UTC with milliseconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _memberships(
    drafts: Drafts, state: State, actor: Actor, out: Settled
) -> tuple[dict[Key, set[str]], dict[Key, set[str]]]:
    """Return which contracts each written resource belonged to before and belongs to now."""
    whole = {r["patient_key"] for r in state.binding} | {r["patient_key"] for r in state.all_members}
    whole |= needs_whole_patient(drafts.drafts, state.present)
    before = {d.key: set(state.members.get(d.key, ())) for d in drafts.drafts}
    after: dict[Key, set[str]] = {}
    for patient in sorted(whole):
        after |= _whole_patient(patient, drafts, state, out)
    for draft in drafts.drafts:
        if draft.key.patient not in whole:
            after[draft.key] = _alone(draft, state, out)
    del actor
    return before, {k: after.get(k, set()) for k in before}


def _alone(draft: Draft, state: State, out: Settled) -> set[str]:
    """The memberships of a resource to which no member refers: those of what it refers to upwards."""
    held = set(state.members.get(draft.key, ()))
    if draft.resource is None or draft.key.patient == "0" or held:
        return held
    gained = set()
    for target, binds in draft.references:
        if binds == "up":
            above = state.members.get(target, set())
            gained |= above
            if above:
                out.joined.add(target)
    if membership.belongs_by_patient(draft.resource):
        gained |= {c.id for c in state.contracts.get(draft.key.patient, ()) if c.status in OPEN}
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
    now: dict[str, set[str]] = {}
    for contract, refs in membership.closure(edges, {f"CarePlan/{c}" for c in contracts}, set()).items():
        for ref in refs:
            now.setdefault(ref, set()).add(contract.partition("/")[2])
    open_ = {c for c, status in contracts.items() if status in OPEN}
    for ref in by_patient:
        now.setdefault(ref, set()).update(open_ | (had.get(ref, set()) - open_))
    for ref in now.keys() | had.keys():
        new, old, place = now.get(ref, set()), had.get(ref, set()), ref.split("/")
        out.members += [(patient, c, place[0], place[1]) for c in sorted(new - old)]
        out.gone_members += [(patient, c, place[0], place[1]) for c in sorted(old - new)]
    _note_joined(here, had, out)
    return {Key(patient, *ref.split("/")): held for ref, held in now.items()}


def _note_joined(here: Sequence[Draft], had: Mapping[str, set[str]], out: Settled) -> None:
    """Note the standing contract items to which a written resource newly attaches itself."""
    for draft in here:
        own = had.get(draft.key.reference, set())
        for target, binds in draft.references:
            if binds == "up" and had.get(target.reference, set()) - own:
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
            _bind(edges, by_patient, ref, membership.Edge(r["target_type"], r["target_id"], r["binds"]))
    for draft in here:
        for target, binds in draft.references:
            _bind(edges, by_patient, draft.key.reference, membership.Edge(target.type, target.id, binds))
        if draft.resource is not None and (status := membership.contract_state(draft.resource)):
            contracts[draft.key.id] = status
    return edges, by_patient, contracts


def _bind(
    edges: dict[str, list[membership.Edge]], by_patient: set[str], ref: str, edge: membership.Edge
) -> None:
    if edge.direction == "patient":
        by_patient.add(ref)
    elif edge.direction == "was":
        edges.setdefault(ref, []).append(edge._replace(direction="up"))
    elif edge.direction:
        edges.setdefault(ref, []).append(edge)


def _revisions(
    drafts: Drafts,
    state: State,
    actor: Actor,
    before: Mapping[Key, set[str]],
    after: Mapping[Key, set[str]],
    out: Settled,
) -> None:
    """Raise the revision of every contract that the set touches by one, and note each change in it."""
    standing = {c.id: c for rows in state.contracts.values() for c in rows}
    touched: dict[str, ContractRow] = {}
    for draft in drafts.drafts:
        for contract in sorted(before.get(draft.key, set()) | after.get(draft.key, set())):
            if contract not in touched:
                old = standing.get(contract)
                touched[contract] = ContractRow(
                    draft.key.patient, contract, old.status if old else "", (old.revision if old else 0) + 1
                )
        if draft.resource is not None and membership.is_contract(draft.resource):
            touched[draft.key.id].status = membership.contract_state(draft.resource) or ""
        elif draft.resource is None and draft.key.id in touched and draft.key.type == "CarePlan":
            touched[draft.key.id].status = "deleted"
    out.contracts = list(touched.values())
    who: Callable[..., OutboxRow] = lambda v, contract, revision: OutboxRow(  # noqa: E731  # one use, next to it
        v.key,
        contract,
        revision,
        v.version,
        v.method,
        actor.kind,
        _told_name(actor),
        actor.unit or actor.provider,
    )
    for new in out.versions:
        held = sorted(before.get(new.key, set()) | after.get(new.key, set()))
        out.outbox += [who(new, c, touched[c].revision) for c in held] or [who(new, "", 0)]


def _told_name(actor: Actor) -> str:
    """A patient is a patient, not a name: the log of revisions is read by others too."""
    return "" if actor.kind == "patient" else actor.name or actor.client
