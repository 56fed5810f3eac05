"""What must hold of a SIP in force, whatever way it is written: `fhir.sip` has the rules, this the facts.

Asked when a SIP is written that is in force, and when an action is put under one or changes owner. What the
patient takes back is never refused: a withdrawn consent ends no plan by itself, but nothing but ending it, or
resting it, is written of it any more.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from pk_api.access.labels import NOT_RELATIVES
from pk_api.access.persons import PERSONS
from pk_api.fhir import sip, systems
from pk_api.fhir.problems import Issue, Problem
from pk_api.fhir.references import at_path, literal
from pk_api.fhir.rules import problem_of
from pk_api.records.drafts import Draft, placed
from pk_api.records.jobs import Job
from pk_api.store import locked, unasked
from pk_api.store.database import Transaction
from pk_api.store.rows import Key
from pk_api.store.tables import SHARED

Json = Mapping[str, Any]

_ACTIONS: Final = frozenset({"Task", "ServiceRequest"})
_OF_ACTIONS: Final = frozenset({"owners", "kinds", "relatives"})
_SWEDEN: Final = ZoneInfo("Europe/Stockholm")
_LONGEST_CHAIN: Final = 10
_ABOVE: Final = {"PractitionerRole": "organization", "Organization": "partOf"}


async def check_sips(tx: Transaction, job: Job, *, base_url: str, now: datetime) -> None:
    """Raise Problem business-rule, naming all that is lacking, when a SIP in force would break a rule."""
    facts = _Gathering(tx, job, base_url, now.astimezone(_SWEDEN).date().isoformat())
    for n, draft in enumerate(job.drafts.drafts):
        resource = draft.resource
        if resource is None:
            continue
        if sip.is_in_force(resource):
            lacking = sip.lacking(await facts.of_plan(draft, resource))
        elif draft.key.type in _ACTIONS and await facts.is_put_under_one(draft, resource):
            found = sip.lacking(await facts.of_action(draft, resource))
            lacking = [rule for rule in found if rule.name in _OF_ACTIONS]
        else:
            _check_need(n, resource, job)
            continue
        if lacking:
            raise placed(problem_of(lacking), n)


def _check_need(n: int, resource: Json, job: Job) -> None:
    """What is told of the need is one of its states, and by whom it may be told."""
    told = sip.needs_in(resource)
    if told is None:
        return
    if len(told) != 1 or not told <= sip.NEEDS:
        detail = "The need of a SIP is told by one code of pk-sip."
        issue = Issue("business-rule", detail, "Observation.value")
        raise placed(Problem("business-rule", detail, issues=[issue]), n)
    if job.actor.kind in PERSONS and not told <= sip.PATIENTS_NEEDS:
        detail = "Not permitted: care judges whether a SIP is needed, and calls to it."
        raise placed(Problem("forbidden", detail), n)


class _Gathering:
    """The look-ups of one set: what it writes itself stands before what is stored."""

    def __init__(self, tx: Transaction, job: Job, base_url: str, day: str) -> None:
        self._tx = tx
        self._base_url = base_url
        self._day = day
        self._written = {d.key: d.resource for d in job.drafts.drafts}

    async def of_plan(self, draft: Draft, plan: Json) -> sip.Sip:
        """Return what is known of a plan."""
        around = await self._around(draft)
        actions = [each for each in around if sip.is_on(each)]
        owners = [owner for each in actions if (owner := sip.owner_in(each))]
        owners += self._own_performers(plan)
        own = len(plan.get("activity", ())) - len(list(at_path(plan, "activity.reference")))
        kinds = await self._kinds(owners)
        people = {one.type for one in self._locals(at_path(plan, "contributor"))}
        has_relatives = "relative" in kinds or "RelatedPerson" in people
        return sip.Sip(
            consents=sum(sip.is_consent_to(e, draft.key.reference, day=self._day) for e in around),
            actions=len(actions) + own,
            owners=kinds,
            leads=await self._kinds(sip.leads_of(plan)),
            has_relatives=has_relatives,
            objects=has_relatives and await self._objects(draft.key.patient),
            follow_up=sip.follow_up_of(plan),
            is_card=sip.is_card(plan),
        )

    async def of_action(self, draft: Draft, action: Json) -> sip.Sip:
        """Return what is known of a single action, of a plan of which all else is well."""
        owner = sip.owner_in(action)
        kinds = await self._kinds([owner] if owner else [])
        relative = "relative" in kinds
        objects = relative and await self._objects(draft.key.patient)
        return sip.Sip(1, int(sip.is_on(action)), kinds, ("region",), relative, objects, self._day)

    async def is_put_under_one(self, draft: Draft, action: Json) -> bool:
        """Say whether an action comes under a SIP in force by this write, or gets another owner there."""
        named = [k for k, binds in draft.references if k.type == "CarePlan" and binds == "up"]
        plans = [one for one in (await self._resources(named)).values() if sip.is_in_force(one)]
        if not plans:
            return False
        before = (await unasked.bodies(self._tx, [draft.key])).get(draft.key, {})
        return (before.get("basedOn"), sip.owner_in(before)) != (action.get("basedOn"), sip.owner_in(action))

    async def _around(self, draft: Draft) -> list[Json]:
        """Return what refers to a plan, and what it refers to as its activities."""
        keys = {key for _, key in await locked.referrers(self._tx, [draft.key])}
        keys |= {d for d in self._written if d.patient == draft.key.patient}
        named = {key for key, _ in draft.references if key.type in _ACTIONS}
        found = await self._resources({k for k in keys | named if k.type in {*_ACTIONS, "Consent"}})
        return [each for key, each in found.items() if key in named or self._names(each, draft.key)]

    def _names(self, resource: Json, plan: Key) -> bool:
        path = "provision.data.reference" if resource["resourceType"] == "Consent" else "basedOn"
        return any(one.reference == plan.reference for one in self._locals(at_path(resource, path)))

    def _own_performers(self, plan: Json) -> list[Json]:
        """Return the first performer of each activity that the plan itself describes."""
        details = [each.get("detail") or {} for each in plan.get("activity", ())]
        return [each["performer"][0] for each in details if each.get("performer")]

    def _locals(self, references: Iterable[str]) -> list[Any]:
        return [one for each in references if (one := literal(each, self._base_url)) is not None]

    async def _resources(self, keys: Collection[Key]) -> dict[Key, Json]:
        found: dict[Key, Json] = dict(await unasked.bodies(self._tx, set(keys) - self._written.keys()))
        return found | {k: r for k in keys if (r := self._written.get(k)) is not None}

    async def _kinds(self, references: Iterable[Json]) -> list[str | None]:
        return [await self._kind(each) for each in references]

    async def _kind(self, reference: Json) -> str | None:
        """Return what kind of owner a reference leads to; of an organisation, that nearest which says so."""
        for local in self._locals([str(reference.get("reference", ""))]):
            if local.type in {"Patient", "RelatedPerson"}:
                return "patient" if local.type == "Patient" else "relative"
            return await self._principal(Key(SHARED, local.type, local.id))
        return None

    async def _principal(self, key: Key) -> str | None:
        for _ in range(_LONGEST_CHAIN):
            resource = (await self._resources([key])).get(key, {})
            for each in resource.get("extension", ()):
                if each.get("url") == systems.EXT_PRINCIPAL:
                    return str(each.get("valueCode"))
            above = self._locals(at_path(resource, _ABOVE.get(key.type, "")))
            if not above:
                return None
            key = Key(SHARED, above[0].type, above[0].id)
        return None

    async def _objects(self, patient: str) -> bool:
        """Say whether what was told last is that no relatives are to take part."""
        stored = await unasked.labelled(self._tx, patient, "Observation", NOT_RELATIVES)
        told = {**stored, **{k: r for k, r in self._written.items() if k.patient == patient and r}}
        wishes = [each for each in told.values() if "relatives-wish" in _narratives(each)]
        latest = max(wishes, key=lambda each: str(each.get("effectiveDateTime", "")), default=None)
        return latest is not None and "no-relatives" in _narratives(latest)


def _narratives(resource: Json) -> set[str]:
    code = resource.get("code")
    coding = code.get("coding", ()) if isinstance(code, Mapping) else ()
    return {str(one.get("code")) for one in coding if one.get("system") == systems.NARRATIVE}
