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
        now = self._micros()
        general = decision

        async def look(visible: Visible) -> tuple[Record, Sequence[Line] | None]:
            return await self._looked(
                key, wanted, visible, general.visible, now=now, limit=limit, after=after
            )

        (record, behind), decision = await self._laws.seen(
            key.patient, decision, look, now=now, is_found=lambda found: found[0].patient
        )
        if record.patient is None:
            await self._absent(access, decision, key)
            raise Problem("not-found", "There is no such Patient here, or it is not open to this caller.")
        page = await self._page(key, wanted, general, record, behind, limit=limit, after=after)
        lines = [*page.items, *page.included]
        if lines[:1] != [record.patient]:
            lines.append(record.patient)  # each page names the patient
        touched = await self._touched(lines)
        await self._audit(audit_rows(access, touched, rule=decision.rule, judged=decision.about))
        return page

    async def _looked(
        self,
        key: Key,
        wanted: Wanted,
        visible: Visible,
        everywhere: Visible,
        *,
        now: int,
        limit: int,
        after: Mark | None,
    ) -> tuple[Record, Sequence[Line] | None]:
        """Return a page of the record and, where it has been looked at too, the directory behind it."""
        narrow: Visible | None = visible
        if after is None and wanted == Wanted():
            seen = visible.with_shared(everywhere) if visible.about else visible
            record, behind = await everything.both(self._db, key, seen, now=now, limit=limit + 1)
            if not record.is_referred:
                return record, behind
            narrow = None
        in_record = after is None or after[0] == "record"
        record = await everything.record(
            self._db,
            key,
            wanted if in_record else Wanted(frozenset()),
            narrow,
            everywhere=everywhere,
            now=now,
            limit=limit + 1,
            after=after[1:] if after is not None and in_record else None,
        )
        return record, None

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
        behind: Sequence[Line] | None,
        *,
        limit: int,
        after: Mark | None,
    ) -> Whole:
        """Fill the page up from the directory (`behind`, where known) when the record has come to its end."""
        head = record.patient
        items = record.rows if head is None or after or not _holds(wanted, head) else (head, *record.rows)
        if len(items) > limit:
            last = items[limit - 1].key
            ended = ("", "") if last == key else _place(last)  # the Patient comes before all others
            return Whole(items[:limit], next=("record", *ended))
        if wanted.types is not None and not wanted.types & DIRECTORY:
            return Whole(items)
        room = limit - len(items)
        if behind is None:
            behind = await self._behind(key, wanted, decision, record, room=room, after=after)
        if len(behind) <= room:
            return Whole(items, tuple(behind))
        mark = _place(behind[room - 1].key) if room else ("", "")
        return Whole(items, tuple(behind[:room]), next=("directory", *mark))

    async def _behind(
        self, key: Key, wanted: Wanted, decision: Decision, record: Record, *, room: int, after: Mark | None
    ) -> Sequence[Line]:
        """Return one line more than there is room for, of the directory that the record leads to."""
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
        return found


def _holds(wanted: Wanted, patient: Line) -> bool:
    """Whether the Patient itself is asked for; it has no date of care."""
    is_of_type = wanted.types is None or "Patient" in wanted.types
    return is_of_type and (wanted.since is None or patient.updated >= wanted.since)


def _place(key: Key) -> Place:
    return key.type, key.id


__all__ = ["EverythingReading", "Line", "Mark", "Wanted", "Whole"]
