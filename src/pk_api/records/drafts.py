"""From a set of writes to drafts: keys, ids, references, owners and index values, before any lock."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pk_api.access.actor import Actor
from pk_api.access.person_rules import USUAL, PersonRules
from pk_api.access.visible import Visible
from pk_api.fhir import identity, membership, ownership, references
from pk_api.fhir.authors import Said
from pk_api.fhir.problems import Problem
from pk_api.fhir.resource_types import TYPES
from pk_api.fhir.search.index_values import IndexValues, index_of
from pk_api.fhir.systems import PERSON_SYSTEMS, SYNONYMS
from pk_api.fhir.validate import require_valid
from pk_api.records import affiliation, facts, voices
from pk_api.records.content import require_content
from pk_api.records.following import leads_nowhere, unseen
from pk_api.records.probing import ProbingRules
from pk_api.records.values import Write
from pk_api.records.voices import in_doubt
from pk_api.store import ids, reading
from pk_api.store.rows import Fact, Key
from pk_api.store.tables import SHARED


@dataclass(frozen=True, slots=True)
class Policy:
    """How strict the door is, and the address under which the service is known."""

    base_url: str = ""
    check_references: bool = True
    identity_numbers: Literal["error", "warning", "off"] = "error"
    probing: ProbingRules | None = None
    persons: PersonRules = USUAL


@dataclass(slots=True)
class Draft:
    """One write with all that can be known before the lock."""

    write: Write
    key: Key
    resource: dict[str, Any] | None
    index: IndexValues | None = None
    references: tuple[tuple[Key, str], ...] = ()
    paths: dict[Key, str] = field(default_factory=dict)
    strays: dict[Key, str] = field(default_factory=dict)
    placement: affiliation.Placement | None = None
    facts: tuple[Fact, ...] = ()
    identities: tuple[tuple[str, str], ...] = ()
    fingerprint: str = "deleted"
    voices: tuple[Said, ...] = ()
    """What it may say in the name of another than its writer."""
    silenced: tuple[Said, ...] = ()
    """What somebody has said in it who may be another than its writer, and it says no more."""
    is_moved: bool = False
    """Whether it is said to be about another patient than what is stored: refused, once it is open."""


@dataclass(slots=True)
class Drafts:
    """A set of drafts and the rows that come with it."""

    drafts: list[Draft] = field(default_factory=list)
    new_patients: list[str] = field(default_factory=list)
    chosen: list[tuple[str, str, str]] = field(default_factory=list)
    affiliations: list[tuple[str, str, str | None, str | None, str | None]] = field(default_factory=list)
    added: set[Key] = field(default_factory=set)
    """What the door adds by itself to what was asked for: neither granted to the writer, nor answered."""
    because: dict[Key, set[Key]] = field(default_factory=dict)
    """The events for which it adds a Task."""


@dataclass(frozen=True, slots=True)
class Follows:
    """What the writer sees, and so may refer to; `now` in microseconds."""

    visible: Visible
    now: int


class _Drafting:
    """The look-ups of one set; made anew for each."""

    def __init__(self, db: Any, actor: Actor, policy: Policy, follows: Follows) -> None:
        self._db = db
        self._follows = follows
        self._hidden: list[set[tuple[str, str]]] = []
        self._actor = actor
        self._policy = policy
        self._keys: dict[tuple[str, str], str] = {}
        self._by_temp: dict[str, int] = {}
        self._placed: dict[int, str] = {}
        self._moved: set[int] = set()
        self._found: list[list[references.LocalRef]] = []
        self._out = Drafts()

    async def drafts(self, asked: Sequence[Write], own: Sequence[Write]) -> Drafts:
        writes = [*asked, *own]
        for write in writes:
            if write.id is not None:
                _require_decent_id(write.id)
        self._by_temp = {w.temp: n for n, w in enumerate(writes) if w.temp}
        await self._learn_keys(writes)
        follows = self._follows
        found = self._found[: len(asked)]
        hidden = await unseen(self._db, asked, found, self._keys, follows.visible, now=follows.now)
        self._hidden = [*hidden, *(set[tuple[str, str]]() for _ in own)]
        keys = [self._key(writes, n) for n in range(len(writes))]
        self._keys |= {(k.type, k.id): k.patient for k in keys}
        names = {w.temp: k.reference for w, k in zip(writes, keys, strict=True) if w.temp}
        for n, (write, key) in enumerate(zip(writes, keys, strict=True)):
            try:
                self._out.drafts.append(self._draft(n, write, key, names))
            except Problem as problem:
                raise placed(problem, n) from problem
            self._out.drafts[n].is_moved = n in self._moved
        await self._affiliate()
        self._out.added = {draft.key for draft in self._out.drafts[len(asked) :]}
        return self._out

    async def _learn_keys(self, writes: Sequence[Write]) -> None:
        """Learn the patient keys of every id that is mentioned."""
        mentioned = {(w.type, w.id) for w in writes if w.id is not None}
        self._found = [self._literals(write.resource or {}) for write in writes]
        mentioned |= {(one.type, one.id) for found in self._found for one in found}
        unknown = []
        for one in mentioned:
            if (key := ids.key_in_id(*one)) is not None:
                self._keys[one] = key
            else:
                unknown.append(one)
        self._keys |= await reading.chosen_keys(self._db, unknown)

    def _literals(self, resource: Mapping[str, Any]) -> list[references.LocalRef]:
        found = references.local_references(resource, self._policy.base_url)
        return [f for f in found if f.type in TYPES]

    def _key(self, writes: Sequence[Write], n: int) -> Key:
        write, patient = writes[n], self._patient_of(writes, n)
        if write.id is None:
            return Key(patient, write.type, ids.new_id(patient, write.type))
        known = self._keys.get((write.type, write.id))
        if known is None:
            self._choose(write.type, write.id, patient)
        elif known != patient and write.method != "delete":
            self._moved.add(n)
        return Key(known or patient, write.type, write.id)

    def _choose(self, resource_type: str, resource_id: str, patient: str) -> None:
        self._keys[resource_type, resource_id] = patient
        self._out.chosen.append((resource_type, resource_id, patient))

    def _patient_of(self, writes: Sequence[Write], n: int, seen: frozenset[int] = frozenset()) -> str:
        """Return the key of the patient that the write is about; a new one for a new patient."""
        if n in self._placed:
            return self._placed[n]
        write = writes[n]
        if write.method == "delete" or write.resource is None:
            patient = self._keys.get((write.type, write.id or ""), SHARED)
        elif write.type == "Patient":
            known = self._keys.get(("Patient", write.id or ""))
            patient = known or self._new_patient()
        else:
            patient = self._patient_by_reference(writes, n, seen | {n})
        self._placed[n] = patient
        return patient

    def _new_patient(self) -> str:
        key = ids.new_patient_key()
        self._out.new_patients.append(key)
        return key

    def _patient_by_reference(self, writes: Sequence[Write], n: int, seen: frozenset[int]) -> str:
        for reference in ownership.patient_references(writes[n].resource or {}):
            base = references.full_url_base(writes[n].temp or "")
            target = self._by_temp.get(reference, self._by_temp.get(base + reference))
            if target is not None:
                if target not in seen and (key := self._patient_of(writes, target, seen)) != SHARED:
                    return key
                continue
            local = references.literal(reference, self._policy.base_url)
            if local is None or local.type not in TYPES or (local.type, local.id) in self._hidden[n]:
                continue
            key_or_none = self._keys.get((local.type, local.id)) or self._in_set(writes, local, seen)
            if key_or_none is None and local.type == "Patient":
                key_or_none = self._new_patient()
                self._choose("Patient", local.id, key_or_none)
            if key_or_none not in (None, SHARED):
                return str(key_or_none)
        return SHARED

    def _in_set(
        self, writes: Sequence[Write], local: references.LocalRef, seen: frozenset[int]
    ) -> str | None:
        """Return the key of a resource of this set that has a chosen id."""
        for m, other in enumerate(writes):
            if m not in seen and (other.type, other.id) == (local.type, local.id):
                patient = self._patient_of(writes, m, seen)
                if (local.type, local.id) not in self._keys:
                    self._choose(local.type, local.id, patient)
                return patient
        return None

    def _draft(self, n: int, write: Write, key: Key, names: Mapping[str, str]) -> Draft:
        if write.method == "delete" or write.resource is None:
            return Draft(write, key, None)
        base = references.full_url_base(write.temp or "")
        given = dict(write.resource)
        resource = references.rewrite(given, names, base=base)
        found = self._found[n] if resource is given else self._literals(resource)
        resource = {"resourceType": write.type, "id": key.id, **resource} | {"id": key.id}
        require_valid(resource, expected_type=write.type)
        require_content(resource, self._policy.identity_numbers)
        draft = Draft(write, key, resource, index_of(resource, base_url=self._policy.base_url))
        self._refer(draft, found, self._hidden[n])
        if write.type == "Patient":
            draft.identities = identities(resource)
        return draft

    def _refer(
        self, draft: Draft, found: Sequence[references.LocalRef], hidden: set[tuple[str, str]]
    ) -> None:
        """Note what the resource refers to, where, and which references carry membership."""
        resource = draft.resource or {}
        binds = {(e.type, e.id): e.direction for e in membership.edges(resource, self._policy.base_url)}
        out: dict[Key, str] = {}
        for local in found:
            patient = self._keys.get((local.type, local.id))
            if patient is None or (local.type, local.id) in hidden:
                patient = self._reserve(local, draft.key.type)
            target = Key(patient, local.type, local.id)
            binding = binds.get((local.type, local.id), "")
            if binding and patient != draft.key.patient:
                draft.strays[target] = binding
            out[target] = "" if target == draft.key else binding
            draft.paths.setdefault(target, local.path)
        about = "patient" if membership.belongs_by_patient(resource) else ""
        about = "down" if membership.is_contract(resource) else about
        if about:
            out |= {t: about for t in out if t.type == "Patient" and t.patient == draft.key.patient}
        draft.references = tuple(out.items())

    def _reserve(self, local: references.LocalRef, within: str) -> str:
        """Give a patient that is not here yet a key, so that what comes under this id is found there."""
        if self._policy.check_references:
            raise leads_nowhere(within, local.type, local.path)
        if local.type != "Patient":
            return SHARED
        patient = self._new_patient()
        self._choose("Patient", local.id, patient)
        return patient

    async def _affiliate(self) -> None:
        known = affiliation.Known(self._db, self._policy.base_url, _mentioned, wholes=facts.blocked)
        live = {d.key.reference: d.resource for d in self._out.drafts if d.resource is not None}
        await known.learn(live)
        self._out.affiliations = await known.rows()
        for draft in self._out.drafts:
            if draft.resource is not None:
                author = author_of(self._actor, draft.key.patient)
                draft.placement = known.place(draft.resource, self._actor, author, draft.key.patient)
                draft.facts = facts.facts_of(
                    draft.resource, known, said_by=draft.placement.owner, base_url=self._policy.base_url
                )
                draft.fingerprint = fingerprint(draft)
                draft.voices = in_doubt(draft.resource, known, self._actor, self._policy.base_url)


def _mentioned(resource: Mapping[str, Any]) -> Iterable[str]:
    return (*facts.mentioned(resource), *voices.mentioned(resource))


def placed(problem: Problem, n: int) -> Problem:
    """Return the same problem, saying which write of the set it is about."""
    return Problem(problem.kind, problem.detail, issues=problem.issues, facts={**problem.facts, "write": n})


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
        draft.facts,
        draft.identities,
        membership.is_contract(draft.resource or {}) and membership.contract_state(draft.resource or {}),
    )
    return hashlib.blake2b(repr(told).encode(), digest_size=12).hexdigest()


def author_of(actor: Actor, patient: str) -> str:
    """Return the name under which writing is kept: a patient's key, a proxy's mark, employee or software."""
    if actor.kind == "patient":
        return f"patient:{patient}"
    if actor.kind == "proxy":
        return f"proxy:{actor.caller}"
    return f"{actor.kind}:{actor.employee or actor.client}"


def identities(resource: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the national identity numbers of a patient, in the spelling of the FHIR system."""
    pairs = [
        (SYNONYMS.get(i.get("system", ""), i.get("system", "")), i.get("value"))
        for i in resource.get("identifier", ())
    ]
    return tuple(dict.fromkeys((s, v) for s, v in pairs if s in PERSON_SYSTEMS and v))


def _require_decent_id(resource_id: str) -> None:
    """Refuse an id that is an identity number, as people write it: ids stand in addresses and logs."""
    try:
        identity.normalise_person(resource_id)
    except Problem:
        return
    raise Problem("business-rule", "An identity number cannot be an id: ids stand in addresses and logs.")


async def draft_all(
    db: Any,
    writes: Sequence[Write],
    actor: Actor,
    policy: Policy,
    *,
    follows: Follows,
    own: Sequence[Write] = (),
) -> Drafts:
    """Return the drafts of a set; Problem when one is not valid or refers to what is not there.

    `own` are the door's: they refer to what their writer need not see, and are added to the set.
    """
    return await _Drafting(db, actor, policy, follows).drafts(writes, own)
