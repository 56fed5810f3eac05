"""What must hold under the lock before a set is written: versions, references, the revision looked at."""

from pk_api.fhir import membership, ownership
from pk_api.fhir.problems import Problem
from pk_api.records.drafts import Draft, Drafts, placed
from pk_api.records.following import leads_nowhere
from pk_api.records.state import State
from pk_api.records.values import Write
from pk_api.store.database import Retry
from pk_api.store.locked import Present
from pk_api.store.rows import Key


def check_present(drafts: Drafts, state: State, *, check_references: bool) -> None:
    """Raise Problem when a version does not match, something is gone, or a reference leads nowhere."""
    written = {d.key for d in drafts.drafts if d.write.method != "delete"}
    removed = {d.key for d in drafts.drafts if d.write.method == "delete"}
    for n, draft in enumerate(drafts.drafts):
        try:
            _check_stays(draft)
            _check_version(draft, state.present.get(draft.key))
            _check_stays_contract(draft, state)
            if check_references and draft.key not in drafts.added:
                _check_references(draft, state, written, removed)
        except Problem as problem:
            raise placed(problem, n) from problem
    for target, referrer in state.referrers:
        if target in removed and referrer not in removed and referrer not in written:
            # not which: the writer may not see them
            raise Problem("conflict", f"This {target.type} cannot be deleted: others refer to it.")


def _check_stays(draft: Draft) -> None:
    if draft.is_moved:
        raise Problem("business-rule", "The patient that a resource is about never changes.")


def _check_stays_contract(draft: Draft, state: State) -> None:
    if draft.resource is None or membership.is_contract(draft.resource):
        return
    for standing in state.contracts.get(draft.key.patient, ()):
        if draft.key == Key(draft.key.patient, "CarePlan", standing.id) and standing.status != "deleted":
            detail = "A contract stays one: revoke it, or mark it as entered in error."
            raise Problem("business-rule", detail, expression="CarePlan")


def _check_references(draft: Draft, state: State, written: set[Key], removed: set[Key]) -> None:
    for target, _ in draft.references:
        there = state.present.get(target)
        if target in removed or (target not in written and (there is None or there.deleted)):
            raise leads_nowhere(draft.key.type, target.type, draft.paths.get(target, draft.key.type))


def _check_version(draft: Draft, before: Present | None) -> None:
    write = draft.write
    if write.method == "create" and before is not None and not before.deleted:
        raise Problem("conflict", "There is a resource with this id.")
    if write.method == "delete" and before is None:
        raise Problem("not-found", "There is nothing to delete.")
    current = before.version if before is not None and not before.deleted else None
    require_version(write, current)
    if write.based_on not in (None, current):
        raise Retry


def require_version(write: Write, current: int | None) -> None:
    """Raise Problem when the present version (None: there is none) is not as the write's conditions say."""
    told = f"the current one is {current}" if current else "there is none now"
    if write.if_match is not None and not _is_among(current, write.if_match):
        text = f"The version named in If-Match is not the current one: {told}."
        raise Problem("stale", text, facts={"current": current})
    if write.unless is not None and _is_among(current, write.unless):
        text = f"If-None-Match says that this version must not be there: {told}."
        raise Problem("precondition-failed", text, facts={"current": current})


def _is_among(current: int | None, versions: int | frozenset[str]) -> bool:
    """Say whether a version that there is is the one named, or one of the tags."""
    if current is None or isinstance(versions, int):
        return current is not None and current == versions
    return "*" in versions or str(current) in versions


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


def strays(draft: Draft, state: State) -> list[Key]:
    """Return what is about somebody else, or nobody, and yet tied to a contract by the draft."""
    is_contract = draft.resource is not None and membership.is_contract(draft.resource)
    found = [(target, binds) for target, binds in draft.strays.items() if target in state.present]
    return [
        target
        for target, binds in found
        if (binds == "up" and state.members.get(target))
        or (binds == "down" and is_contract and target.type in ownership.PATIENTS)
    ]


def check_strays(drafts: Drafts, state: State) -> None:
    """Raise Problem when something is tied to a contract of another patient."""
    for n, draft in enumerate(drafts.drafts):
        for target in strays(draft, state):
            detail = "A contract holds what is about its own patient."
            place = draft.paths.get(target, draft.key.type)
            problem = Problem("business-rule", detail, expression=place)
            raise placed(problem, n)
