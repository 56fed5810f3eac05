"""The part of the door that gives everything about a patient, page after page, each decided anew."""

from collections.abc import Sequence
from dataclasses import dataclass

from pk_api.access.actor import Actor
from pk_api.access.decide import Decision
from pk_api.access.persons import PERSONS
from pk_api.access.rules import DIRECTORY
from pk_api.access.visible import Visible
from pk_api.fhir.problems import Problem
from pk_api.records.audits import Access, audit_rows
from pk_api.records.door import Door
from pk_api.store import everything, reading
from pk_api.store.everything import Line, Place, Record, Wanted
from pk_api.store.rows import Key
from pk_api.store.tables import SHARED

Mark = tuple[str, str, str]
"""Where a page ended: in the `record` or the `directory`, and the last type and id."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A page: what is in the patient's compartment, then the directory that it leads to."""

    items: tuple[Line, ...]
    included: tuple[Line, ...] = ()
    next: Mark | None = None


class EverythingReading(Door):
    """Everything about a patient."""

    async def own_patient(self, actor: Actor) -> str | None:
        """Return the id of the Patient that the actor is or acts for, None for one who is none."""
        if actor.kind == "proxy":
            return (actor.acting_for or "").removeprefix("Patient/") or None
        if actor.kind not in PERSONS or actor.person is None:
            return None
        key = (await reading.identified(self._db, [actor.person])).get(actor.person)
        return key.id if key else None

    async def everything(
        self,
        actor: Actor,
        patient_id: str,
        wanted: Wanted,
        *,
        limit: int,
        after: Mark | None = None,
        request_id: str = "",
    ) -> Whole:
        """Return a page of all that is visible; Problem not-found, gone or forbidden for the Patient."""
        access = Access(actor, "everything", request_id)
        decision = await self._decide(access, "search", "Patient")
        key = await self.key("Patient", patient_id) or Key(SHARED, "Patient", patient_id)
        in_record = after is None or after[0] == "record"
        place = after[1:] if after is not None and in_record else None
        now = self._micros()
        general = decision
        record, decision = await self._laws.seen(
            key.patient,
            decision,
            lambda visible: everything.record(
                self._db,
                key,
                wanted if in_record else Wanted(frozenset()),
                visible,
                everywhere=general.visible,
                now=now,
                limit=limit + 1,
                after=place,
            ),
            now=now,
            is_found=lambda found: found.patient,
        )
        if record.patient is None:
            await self._absent(access, decision, key)
            raise Problem("not-found", "There is no such Patient here, or it is not open to this caller.")
        page = await self._page(key, wanted, general, record, limit=limit, after=after)
        lines = [*page.items, *page.included]
        if lines[:1] != [record.patient]:
            lines.append(record.patient)  # each page names the patient
        touched = await self._touched(lines)
        await self._audit(audit_rows(access, touched, rule=decision.rule, judged=decision.about))
        return page

    async def _absent(self, access: Access, decision: Decision, key: Key) -> None:
        """Audit and tell why there is no Patient: absent, not visible or gone."""
        found = await reading.read(self._db, key, decision.visible, now=self._micros())
        await self._told(access, decision, key, found)

    async def _page(
        self,
        key: Key,
        wanted: Wanted,
        decision: Decision,
        record: Record,
        *,
        limit: int,
        after: Mark | None,
    ) -> Whole:
        """Fill the page up from the directory when the record has come to its end."""
        head = record.patient
        items = record.rows if head is None or after or not _holds(wanted, head) else (head, *record.rows)
        if len(items) > limit:
            last = items[limit - 1].key
            ended = ("", "") if last == key else _place(last)  # the Patient comes before all others
            return Whole(items[:limit], next=("record", *ended))
        if wanted.types is not None and not wanted.types & DIRECTORY:
            return Whole(items)
        room = limit - len(items)
        now = self._micros()

        async def look(visible: Visible) -> Sequence[Line]:
            is_general = record.is_referred or visible.about is None
            return await everything.directory(
                self._db,
                key,
                wanted,
                decision.visible if is_general else visible.with_shared(decision.visible),
                now=now,
                limit=room + 1,
                after=after[1:] if after is not None and after[0] == "directory" else None,
                is_referred=record.is_referred,
            )

        found, _ = await self._laws.seen(key.patient, decision, look, now=now)
        if len(found) <= room:
            return Whole(items, tuple(found))
        mark = _place(found[room - 1].key) if room else ("", "")
        return Whole(items, tuple(found[:room]), next=("directory", *mark))


def _holds(wanted: Wanted, patient: Line) -> bool:
    """Whether the Patient itself is asked for; it has no date of care."""
    is_of_type = wanted.types is None or "Patient" in wanted.types
    return is_of_type and (wanted.since is None or patient.updated >= wanted.since)


def _place(key: Key) -> Place:
    return key.type, key.id


__all__ = ["EverythingReading", "Line", "Mark", "Wanted", "Whole"]
