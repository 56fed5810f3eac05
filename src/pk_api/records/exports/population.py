"""Which patients an export is limited to: those of a Group, those who are named."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from pk_api.access.visible import Visible
from pk_api.fhir.problems import Problem
from pk_api.fhir.references import LocalRef, literal
from pk_api.records.exports import group
from pk_api.records.exports.values import Asked
from pk_api.store import reading, stretches
from pk_api.store.database import Database
from pk_api.store.rows import Key, Stored, to_micros

FindKey = Callable[[str, str], Awaitable[Key | None]]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: within what is visible, as of a moment; `key` finds where an id stands."""

    db: Database
    visible: Visible
    moment: int
    clock: Callable[[], datetime]
    base_url: str
    key: FindKey

    async def read(self, resource_type: str, resource_id: str) -> Stored | None:
        """Return a resource that is there and visible."""
        key = await self.key(resource_type, resource_id)
        if key is None:
            return None
        found = await reading.read(self.db, key, self.visible, now=to_micros(self.clock()))
        return None if found is None or found.deleted else found

    async def keys(self, ids: Iterable[str]) -> set[Key]:
        """Return where these Patients stand, as far as there are any."""
        found = [await self.key("Patient", id_) for id_ in ids]
        return {key for key in found if key is not None}


async def limited_to(asked: Asked, reader: Reader) -> list[Key] | None:
    """Return the patients that the export is limited to, in the order of their keys; None for all."""
    found: set[Key] | None = None
    if asked.group is not None:
        found = await _members(asked.group, reader)
    if asked.patients is not None:
        named = await reader.keys(asked.patients)
        found = named if found is None else found & named
    return None if found is None else sorted(found)


async def _members(group_id: str, reader: Reader) -> set[Key]:
    stored = await reader.read("Group", group_id)
    if stored is None:
        raise Problem("not-found", "There is no such Group here, or it is not open to this caller.")
    if stored.resource.get("member"):
        listed = group.listed(stored.resource, now=reader.clock(), base_url=reader.base_url)
        return await reader.keys(listed)
    named = group.participants(stored.resource, base_url=reader.base_url)
    teams = [await _with_team(one, reader) for one in named]
    return set.intersection(*teams) if teams else set()


async def _with_team(named: LocalRef, reader: Reader) -> set[Key]:
    """Return the patients of the care team that is named, or of those with the participant who is."""
    if named.type == "CareTeam":
        team = await reader.read("CareTeam", named.id)
        teams = [] if team is None else [team]
    else:
        rows = await stretches.referring(
            reader.db,
            [(named.type, named.id)],
            frozenset({"CareTeam"}),
            reader.visible,
            moment=reader.moment,
            now=to_micros(reader.clock()),
        )
        teams = [row for row in rows if _takes_part(row, named, reader)]
    subjects = [team.resource.get("subject", {}).get("reference", "") for team in teams]
    patients = [literal(reference, reader.base_url) for reference in subjects]
    return await reader.keys(p.id for p in patients if p is not None and p.type == "Patient")


def _takes_part(team: Stored, named: LocalRef, reader: Reader) -> bool:
    return group.has_participant(team.resource, named, now=reader.clock(), base_url=reader.base_url)
