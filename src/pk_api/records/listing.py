"""The part of the door that finds many resources: searches and histories, page by page."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from pk_api.access.actor import Actor
from pk_api.access.decide import Decision
from pk_api.access.rules import Action
from pk_api.access.visible import Visible
from pk_api.fhir.search.query import Query
from pk_api.records.audits import Access, audit_rows, told_of
from pk_api.records.door import Door
from pk_api.records.keys import compartment_of, only_patient_of, patients_of
from pk_api.records.probing import is_for_patients, numbers_in
from pk_api.store import reading, searching
from pk_api.store.reading import HistoryScope
from pk_api.store.rows import Key, Page, to_micros
from pk_api.store.tables import SHARED


def _is_whole(page: Page) -> bool:
    """Say whether what was found was so all along: a total that misses rows of the page was counted later."""
    many = len(page.items)
    return bool(many or page.total) and (page.total is None or page.total >= many)


class Listing(Door):
    """Searches and histories."""

    async def search(
        self, actor: Actor, query: Query, *, after: Sequence[Any] | None = None, request_id: str = ""
    ) -> Page:
        """Return a page of what matches and is visible; every patient in it is in the audit."""
        access = Access(actor, "search", request_id)
        decision = await self._decide(access, "search", query.type)
        numbers = numbers_in(query)
        if after is None and (numbers or is_for_patients(query)):
            await self._ask_for_patients(access, numbers)
        visible, now = decision.visible, self._micros()
        page, decision = await self._searched(decision, query, after, now=now)
        if query.includes and page.items:
            found, cut = await searching.included(self._db, query.includes, page.items, visible, now=now)
            page = replace(page, included=found, is_cut=cut)
        touched = await self._touched((*page.items, *page.included))
        rows = audit_rows(access, touched, rule=decision.rule, detail=told_of(query), judged=decision.about)
        await self._audit(rows)
        if not page.items and not page.total and after is None:
            await self._note_missed(access, numbers)
        return page

    async def _searched(
        self, decision: Decision, query: Query, after: Sequence[Any] | None, *, now: int
    ) -> tuple[Page, Decision]:
        """Return the page, and the decision about the patient where all that is looked at is about one."""
        compartment = await compartment_of(self._db, query)
        query = await searching.widened(self._db, query, decision.visible, now=now)

        async def look(visible: Visible, patients: Sequence[str] | None, alone: str = "") -> Page:
            return await searching.search(
                self._db,
                query,
                visible,
                patients=patients,
                compartment=compartment,
                alone=alone,
                now=now,
                after=after,
            )

        only = None if query.has_links else await only_patient_of(self._db, query)
        if only is not None:
            one = partial(look, patients=[only.patient], alone=only.id)
            page, judged = await self._laws.seen(only.patient, decision, one, now=now, is_found=_is_whole)
            if page.items:
                return page, judged
        patients = await patients_of(self._db, query)
        if patients is not None and len(set(patients)) == 1 and not query.has_links:
            one = partial(look, patients=patients)
            return await self._laws.seen(patients[0], decision, one, now=now, is_found=_is_whole)
        return await look(decision.visible, patients), decision

    async def history(
        self,
        actor: Actor,
        resource_type: str | None,
        resource_id: str | None,
        *,
        since: datetime | None,
        limit: int,
        after: Sequence[Any] | None,
        request_id: str = "",
    ) -> Page:
        """Return versions, newest first: of one resource, of a type, or of all."""
        access = Access(actor, "history", request_id)
        key = await self.key(resource_type, resource_id) if resource_type and resource_id else None
        asked = key or Key(SHARED, resource_type or "", resource_id) if resource_id else None
        action: Action = "read" if resource_id else "search"
        decision = await self._decide(access, action, resource_type or "*", asked=asked)
        page, now = Page(()), self._micros()

        async def look(visible: Visible) -> Page:
            return await reading.history(
                self._db,
                HistoryScope(key, resource_type),
                visible,
                now=now,
                since=None if since is None else to_micros(since),
                limit=limit,
                after=after,
            )

        if key:
            seen = self._laws.seen(key.patient, decision, look, now=now, is_found=_is_whole)
            page, decision = await seen
        elif not resource_id:
            page = await look(decision.visible)
        if asked and not page.items and after is None and since is None:
            await self._told(access, decision, asked, None)
        touched = await self._touched(page.items)
        rows = audit_rows(access, touched, rule=decision.rule, detail=resource_type, judged=decision.about)
        await self._audit(rows)
        return page
