"""The part of the door for blocks that only the blocking care provider lifts: whom to ask, and the answers.

Who asks learns neither whom nor how many: that is told in an emergency alone, in two steps (`records.law`).
Source: lag 2022:913 2 kap.; RIV informationsecurity:authorization:blocking 4.0.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from pk_api.access.actor import Actor
from pk_api.access.rules import reader_of
from pk_api.access.visible import Clause, Reader, Visible
from pk_api.fhir.search.query import parse_query
from pk_api.fhir.systems import HSA_ID, TASK_KIND
from pk_api.records.audits import Access, audit_rows
from pk_api.records.law import LawReading
from pk_api.store import contracts, law, searching
from pk_api.store.law import Said
from pk_api.store.rows import Key

LIFT: Final = "lift-block"
_SOUGHT: Final = [("code", f"{TASK_KIND}|{LIFT}"), ("_sort", "-authored-on"), ("_count", "200")]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of the asker's own: when it was made, and the status of the Task behind it."""

    at: str
    status: str
    place: tuple[str, str]
    """The care provider and unit that were asked: for the door's routing, never for an answer."""


def asker_of(actor: Actor) -> str:
    """Return the HSA-id under which somebody asks: the unit's, else the care provider's."""
    return actor.unit or actor.provider or ""


class Lifting(LawReading):
    """Blocks between care providers, and requests to lift them."""

    async def outer_blocks(
        self, actor: Actor, patient_id: str, *, request_id: str = ""
    ) -> list[tuple[str, str]]:
        """Return care provider and unit ('' for all) of the blocks between providers that bar the caller.

        For the door's routing, never for an answer. Problem not-found when the Patient is not open.
        """
        access = Access(actor, "ask-for-lift", request_id)
        key = await self._open_patient(access, patient_id)
        reader = reader_of(actor, await self.facts(actor))
        lifts = [
            one for one in await law.facts(self._db, key.patient, now=self._micros()) if _is_lift(one, reader)
        ]
        barring = [one for one in await self._barring(access, key) if one.fact.kind == "outer"]
        await self._audit(audit_rows(access, [(key, None)], rule="existence-of-blocks"))
        places = [(b.fact.provider, b.fact.unit) for b in barring if not _is_lifted(b, lifts)]
        return list(dict.fromkeys(places))

    async def lifts_asked(self, actor: Actor, patient_id: str, *, request_id: str = "") -> list[Asked]:
        """Return what the caller's own unit has asked for, the latest first, without telling whom.

        Problem not-found when the Patient is not open to the caller.
        """
        access = Access(actor, "lift-requests", request_id)
        key = await self._open_patient(access, patient_id)
        found = await self._own_requests(key, asker_of(actor))
        await self._audit(audit_rows(access, [(key, None)], rule="existence-of-blocks"))
        return found

    async def _own_requests(self, key: Key, asker: str) -> list[Asked]:
        query = parse_query("Task", _SOUGHT, lenient=False)
        visible = Visible((Clause("own-request", patient=key.patient),))
        page = await searching.search(self._db, query, visible, patients=[key.patient], now=self._micros())
        own = [one for one in page.items if _asker(one.resource) == asker]
        owners = [await contracts.owner(self._db, one.key) for one in own]
        return [
            Asked(one.resource.get("authoredOn", ""), one.resource["status"], (provider, unit or ""))
            for one, (provider, unit) in zip(own, owners, strict=True)
        ]


def _asker(task: dict[str, Any]) -> str | None:
    named = task.get("requester", {}).get("identifier", {})
    return named.get("value") if named.get("system") == HSA_ID else None


def _is_lift(said: Said, reader: Reader) -> bool:
    fact = said.fact
    return (
        fact.kind == "lift"
        and fact.provider == reader.provider
        and (not reader.units or fact.unit in reader.units)
        and fact.person in ("", reader.employee)
    )


def _is_lifted(block: Said, lifts: Iterable[Said]) -> bool:
    """Say whether the care provider that blocks has lifted it for this reader."""
    return any(
        one.fact.said_by == block.fact.provider and one.fact.target in ("", block.reference) for one in lifts
    )
