"""Who takes over a contract coordinates it: what follows of a yes is done by the door, in its commit.

The unit that is asked need not see the contract, and may change neither it nor the contact that coordinates
until then. Its own contact coordinates and is responsible, the others stay as contacts, and the unit joins
the team. Whose the treatment is stays as it is. Source: the regional guideline for patientkontrakt.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from pk_api.fhir import contacts, membership, systems, wishes
from pk_api.fhir.references import at_path, literal
from pk_api.records.values import Write
from pk_api.store import ids, reading, unasked
from pk_api.store.rows import Key, to_micros

Json = dict[str, Any]

_SWEDEN: Final = ZoneInfo("Europe/Stockholm")
_COORDINATING, _USUAL = contacts.COORDINATING, contacts.FAST_VARDKONTAKT


async def with_handovers(
    db: Any, writes: Sequence[Write], *, base_url: str, now: datetime
) -> tuple[list[Write], list[Write]]:
    """Return the set, the contact of a yes coordinating, and what the door changes because of it."""
    asked, more = list(writes), list[Write]()
    for write in writes:
        task = write.resource
        if write.type == "Task" and write.id is not None and task is not None and _is_yes(task):
            taking = _Taking(db, asked, base_url, now)
            more += await taking.over(dict(task), write.id)
    return asked, more


def _is_yes(task: Any) -> bool:
    return wishes.kind_of(task) == wishes.HANDOVER and wishes.state_of(task) == "accepted"


class _Taking:
    """What one yes comes to; `asked` is changed where the set writes the contact itself."""

    def __init__(self, db: Any, asked: list[Write], base_url: str, now: datetime) -> None:
        self._db = db
        self._asked = asked
        self._base_url = base_url
        self._now = now
        self._day = now.astimezone(_SWEDEN).date().isoformat()

    async def over(self, task: Json, task_id: str) -> list[Write]:
        """Return the changes; none when it has been said before, or there is nothing to take over."""
        before = await self._stored("Task", task_id)
        contract = await self._named(task, "basedOn", "CarePlan")
        told = wishes.references_in(task, "output", "contact")
        if before is None or contract is None or len(told) != 1 or wishes.state_of(before[1]) != "requested":
            return []
        patient = before[0].patient
        teams = await unasked.of_type(self._db, patient, "CareTeam")
        written = {(one.type, one.id) for one in self._asked}
        changed = [self._responsible(contract[1], told[0]), *self._contacts(teams, told[0])]
        changed += self._team(contract[1], teams, task["owner"])
        return [
            Write("update", one["resourceType"], one, id=one["id"], based_on=int(one["meta"]["versionId"]))
            for one in changed
            if (one["resourceType"], one["id"]) not in written
        ]

    async def _stored(self, resource_type: str, resource_id: str) -> tuple[Key, Json] | None:
        name = (resource_type, resource_id)
        patient = ids.key_in_id(*name) or (await reading.chosen_keys(self._db, [name])).get(name)
        if patient is None:
            return None
        key = Key(patient, *name)
        found = (await unasked.bodies(self._db, [key])).get(key)
        return (key, found) if found is not None else None

    async def _named(self, task: Json, path: str, resource_type: str) -> tuple[Key, Json] | None:
        for text in at_path(task, path):
            local = literal(text, self._base_url)
            if local is not None and local.type == resource_type:
                return await self._stored(local.type, local.id)
        return None

    def _responsible(self, contract: Json, contact: str) -> Json:
        """Return the contract with the contact who is responsible from now on."""
        said = {
            "url": systems.EXT_RESPONSIBLE,
            "extension": [
                {"url": "contact", "valueReference": {"reference": contact}},
                {"url": "since", "valueDate": self._day},
                {"url": "reason", "valueCode": "handover"},
            ],
        }
        others = [one for one in contract.get("extension", ()) if one.get("url") != systems.EXT_RESPONSIBLE]
        return {**contract, "extension": [*others, said]}

    def _contacts(self, teams: dict[Key, Json], contact: str) -> list[Json]:
        """Return the contacts that change: the one who takes over, and whoever has coordinated."""
        for n, write in enumerate(self._asked):
            if write.type == "CareTeam" and contact in {write.temp, f"CareTeam/{write.id}"}:
                self._asked[n] = replace(write, resource=_coded(dict(write.resource or {}), _COORDINATING))
        local = literal(contact, self._base_url)
        out = []
        for key, team in teams.items():
            is_the_one = local is not None and key.id == local.id
            coordinates = contacts.kinds_of(team) == (_COORDINATING,)
            if is_the_one and not coordinates:
                out.append(_coded(team, _COORDINATING))
            elif not is_the_one and coordinates and contacts.is_in_force(team, now=to_micros(self._now)):
                out.append(_coded(team, _USUAL))
        return out

    def _team(self, contract: Json, teams: dict[Key, Json], unit: Json) -> list[Json]:
        """Return the plan's team with the unit in it, when it was not."""
        named = {one.id for text in at_path(contract, "careTeam") if (one := literal(text, self._base_url))}
        for key, team in teams.items():
            if key.id in named and membership.is_active_plan_team(team) and not _is_in(team, unit):
                joined = {"member": unit, "period": {"start": self._day}}
                return [{**team, "participant": [*team.get("participant", []), joined]}]
        return []


def _is_in(team: Json, unit: Json) -> bool:
    return any(
        each.get("member", {}).get("reference") == unit.get("reference")
        and "end" not in each.get("period", {})
        for each in team.get("participant", ())
    )


def _coded(team: Json, code: str) -> Json:
    """Return a fast vårdkontakt with another national code."""
    known = {_COORDINATING, _USUAL}

    def coding(one: Json) -> Json:
        is_ours = one.get("system") == systems.KV_FAST_KONTAKT and one.get("code") in known
        return {"system": systems.KV_FAST_KONTAKT, "code": code} if is_ours else one

    participants = [
        {
            **each,
            **(
                {
                    "role": [
                        {**role, "coding": [coding(one) for one in role.get("coding", ())]}
                        for role in each["role"]
                    ]
                }
                if "role" in each
                else {}
            ),
        }
        for each in team.get("participant", ())
    ]
    return {**team, "participant": participants}
