"""What must be open to the writer of a set: what it changes, what it attaches itself to, what comes of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pk_api.access.decide import decide, reach
from pk_api.access.rules import ID_CHOOSERS
from pk_api.access.visible import Clause, Visible
from pk_api.fhir.problems import Problem
from pk_api.fhir.references import literal
from pk_api.records import answers
from pk_api.records.checks import require_version, strays
from pk_api.records.drafts import Draft
from pk_api.records.hiding import may_unlabel
from pk_api.records.jobs import Job, keys_of
from pk_api.records.kept import require_kept
from pk_api.records.state import Settled, State
from pk_api.records.values import Method
from pk_api.store import reading
from pk_api.store.database import Transaction
from pk_api.store.locked import Present
from pk_api.store.rows import Key, Stored
from pk_api.store.tables import SHARED


async def require_before(tx: Transaction, job: Job, state: State, *, base_url: str, now: int) -> None:
    """Raise Problem when what is changed or deleted is not open to the writer as it stands."""
    for method in ("update", "delete"):
        await _require_open(tx, job, state, method, base_url, now)
    created = decide(job.actor, job.facts, "create").visible
    for draft in job.drafts.drafts:
        if draft.key not in state.present or draft.write.method == "create":
            chooses = draft.write.method != "delete" and draft.write.id is not None
            if chooses and job.actor.kind not in ID_CHOOSERS:
                raise Problem("forbidden", "Not permitted: ids are chosen by systems of care; use POST.")
            _require_own_voice(draft, created, None, job, base_url)


async def _require_open(
    tx: Transaction, job: Job, state: State, method: Method, base_url: str, now: int
) -> None:
    asked = [d for d in job.drafts.drafts if d.key not in job.drafts.added]
    drafts = [d for d in asked if d.write.method == method and d.key in state.present]
    if not drafts:
        return
    visible = decide(job.actor, job.facts, method).visible
    whole = replace(visible, clauses=tuple(c for c in visible.clauses if c.elements is None))
    speaks = any(c.voices is not None for c in whole.clauses)
    found = await reading.several(tx, [d.key for d in drafts], whole, now=now)
    for draft in drafts:
        if draft.key not in found:
            await _require_answer(tx, job, draft, visible, base_url, now, present=state.present[draft.key])
            continue
        _require_told(found[draft.key])
        before = await _last_told(tx, found[draft.key], whole, now)
        present = state.present[draft.key]
        require_version(draft.write, None if present.deleted else present.version)  # it is told first
        require_kept(draft, before, job, present, base_url=base_url)
        _require_labels_kept(draft, before, job, present)
        if speaks:
            _require_own_voice(draft, whole, found[draft.key], job, base_url)


def _require_told(before: Stored) -> None:
    """Who is shown a masked text may not put another in its place."""
    if before.is_masked:
        text = "Not permitted: the identity is protected, and only those with a care relation change this."
        raise Problem("forbidden", text, facts={"rule": "protected-identity"})


async def _last_told(tx: Transaction, before: Stored, visible: Visible, now: int) -> Stored:
    """Return what is stored, of a deleted resource the version before its deletion."""
    if not before.deleted:
        return before
    return await reading.vread(tx, before.key, before.version - 1, visible, now=now) or before


def _require_labels_kept(draft: Draft, before: Stored, job: Job, present: Present) -> None:
    """Whatever way a change comes, it takes no security label away: that needs a right of its own."""
    if draft.resource is None or '"security"' not in before.body:
        return
    gone = answers.labels(before.resource) - answers.labels(draft.resource)
    if gone and not may_unlabel(draft, gone, job.actor, present):
        detail = "Not permitted: a security label is taken away by a named right alone."
        path = f"{draft.key.type}.meta.security"
        raise Problem("forbidden", detail, expression=path)


async def _require_answer(
    tx: Transaction, job: Job, draft: Draft, visible: Visible, base_url: str, now: int, *, present: Present
) -> None:
    """Let a change pass that touches only the elements that a ground names."""
    limited = [c for c in visible.clauses if c.elements is not None and c.opens(draft.key.type)]
    for clause in limited if draft.resource is not None else ():
        only = replace(visible, clauses=(clause,))
        before = (await reading.several(tx, [draft.key], only, now=now)).get(draft.key)
        if before is None:
            continue
        _require_told(before)
        require_version(draft.write, None if before.deleted else before.version)
        if _is_answer(draft, before, clause, job, base_url):
            require_kept(draft, before, job, present, base_url=base_url)
            return
    readable = decide(job.actor, job.facts, "read").visible
    if draft.write.method == "delete" and not await _all_open(tx, [draft.key], readable, now):
        raise Problem("not-found", "There is nothing to delete.")
    raise Problem("forbidden", f"Not permitted: {draft.write.method} {draft.key.type}.")


def _is_answer(draft: Draft, before: Stored, clause: Clause, job: Job, base_url: str) -> bool:
    if before.deleted or draft.resource is None:
        return False
    is_own = _own_voice(draft, job, base_url) if clause.voices is not None else _anybody
    elements = clause.elements or frozenset()
    return answers.answers_only(before.resource, draft.resource, elements, is_own)


def _anybody(_: Mapping[str, Any]) -> bool:
    return True


def _require_own_voice(
    draft: Draft, visible: Visible, before: Stored | None, job: Job, base_url: str
) -> None:
    """Who is let in for the own words may name nobody else as the one who says them."""
    limits = [c.voices for c in visible.clauses if c.opens(draft.key.type)]
    if draft.resource is None or not limits or None in limits:
        return
    old = before.resource if before is not None and not before.deleted else {}
    voices = frozenset[str]().union(*(one for one in limits if one is not None))
    is_own = _own_voice(draft, job, base_url)
    for path in answers.others_words(old, draft.resource, voices, is_own):
        detail = "What a patient writes, the patient says, or a relative."
        raise Problem("forbidden", detail, expression=path)


def _own_voice(draft: Draft, job: Job, base_url: str) -> answers.IsOwn:
    """Return the test of a Reference for leading to the patient whom it is about, or to who acts for them."""
    patients = {k.id for k, _ in draft.references if k.type == "Patient" and k.patient == draft.key.patient}
    people = {f"Patient/{one}" for one in patients} | set(job.facts.people)

    def is_own(reference: Mapping[str, Any]) -> bool:
        local = literal(str(reference.get("reference", "")), base_url)
        return local is not None and f"{local.type}/{local.id}" in people

    return is_own


async def require_joined(tx: Transaction, job: Job, settled: Settled, state: State, *, now: int) -> None:
    """Raise Problem when something is attached to what the writer does not see.

    A contract may also be opened for a patient whom the writer has named by identity number.
    """
    joined = settled.joined.union(*(strays(draft, state) for draft in job.drafts.drafts))
    joined = {k for k in joined if k in state.present and k.patient != SHARED}
    joined -= {k for k in joined if k.type == "Patient" and k.id in job.identified}
    if await _all_open(tx, joined, reach(job.actor, job.facts), now):
        return
    if all(k.type == "Patient" for k in joined):
        raise Problem(
            "forbidden", "Not permitted: name the patient by identity number to open a contract for them."
        )
    raise Problem("forbidden", "Not permitted: the contract is not open to this caller.")


async def unseen(tx: Transaction, settled: Sequence[tuple[Job, Settled]], *, now: int) -> list[Job]:
    """Return the jobs that wrote what their writers may not write: each is selected back within that."""
    out = []
    for method in ("create", "update"):
        by_visible: dict[Visible, list[tuple[Job, Key]]] = {}
        for job, one in settled:
            if keys := keys_of(job, one, method):
                visible = decide(job.actor, job.facts, method).visible
                by_visible.setdefault(visible, []).extend((job, k) for k in keys)
        for visible, pairs in by_visible.items():
            seen = await reading.several(tx, [k for _, k in pairs], visible, now=now, bodies=False)
            out += [job for job, key in pairs if key not in seen]
    return out


async def _all_open(tx: Transaction, keys: Collection[Key], visible: Visible, now: int) -> bool:
    found = await reading.several(tx, list(keys), visible, now=now, bodies=False)
    return all(key in found for key in keys)
