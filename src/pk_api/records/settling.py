"""What a set of writes comes to under the lock: versions, memberships, revisions. Pure, free of access."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pk_api.access.actor import Actor
from pk_api.fhir import membership
from pk_api.fhir.values import dump
from pk_api.records.belonging import memberships
from pk_api.records.drafts import Draft, Drafts, author_of
from pk_api.records.facts import PROTECTION, is_protected, labels_of
from pk_api.records.person_facts import kept_by
from pk_api.records.state import Settled, State
from pk_api.store.rows import ContractRow, Key, NewVersion
from pk_api.store.tables import SHARED
from pk_api.store.writing import OutboxRow


def settle(drafts: Drafts, state: State, actor: Actor, *, now: datetime) -> Settled:
    """Return all rows of the set; nothing of it may fail any more but for access and unique keys."""
    out = Settled()
    for draft in drafts.drafts:
        _version(draft, state, actor, now, out)
    before, after = memberships(drafts, state, out)
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
        addressed_unit=placement.addressed_unit if placement else before.addressed_unit if before else None,
        labels=_labels(draft, before.labels if before else None),
        author=before.author if before else author_of(actor, draft.key.patient),
        ix=ix,
        sort_date=sort_date,
        fingerprint=draft.fingerprint,
    )
    if before is None or before.fingerprint != new.fingerprint:
        _index(draft, state, new)
        if before is not None:
            out.stale_index.append(draft.key)
    else:
        new.spans, new.lookups, new.references, new.team, new.facts = (), (), (), (), ()
    out.versions.append(new)
    out.created.append(is_new)


def _labels(draft: Draft, before: str | None) -> str | None:
    """What bars some from it: of a deleted resource, what barred them before."""
    if draft.resource is None:
        return before
    others = any(key.patient not in (SHARED, draft.key.patient) for key, _ in draft.references)
    return labels_of(draft.resource, names_others=others)


def _index(draft: Draft, state: State, new: NewVersion) -> None:
    if draft.index is None or draft.placement is None:
        held = sorted(state.members.get(draft.key, ()))
        new.references = tuple(("CarePlan", contract, "was", draft.key.patient) for contract in held)
        new.facts = (PROTECTION,) if is_protected(new.labels) else ()
        return
    new.lookups = draft.index.lookups
    new.spans = tuple((s.param, s.low, s.high, s.unit) for s in draft.index.spans)
    new.references = tuple((k.type, k.id, binds, k.patient) for k, binds in draft.references)
    new.team = draft.placement.team
    new.facts = kept_by(new.owner, draft.facts)
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
    changed = {new.key for new in out.versions}
    for draft in [d for d in drafts.drafts if d.key in changed]:
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
    out.numbers = {c: row.revision for c, row in (standing | touched).items()}
    for new in out.versions:
        held = sorted(before.get(new.key, set()) | after.get(new.key, set()))
        places = [(c, touched[c].revision) for c in held] or [("", 0)]
        out.outbox += [_change(new, actor, contract, revision) for contract, revision in places]


def _change(new: NewVersion, actor: Actor, contract: str, revision: int) -> OutboxRow:
    who = (actor.kind, _told_name(actor), actor.unit or actor.provider)
    return OutboxRow(new.key, contract, revision, new.version, new.method, *who)


def _told_name(actor: Actor) -> str:
    """Patients and those in their place are no names: the log of revisions is read by others too."""
    return "" if actor.kind in {"patient", "proxy"} else actor.name or actor.client
