"""A change of a contract by part and item id, merged three ways by field with what others changed meanwhile.

One transaction: all of it is written, or, where it does not go together with what others did, nothing.
"""

from collections.abc import Sequence
from dataclasses import replace

from pk_api.contract.editing.context import Editing
from pk_api.contract.editing.merging import Asked, merge
from pk_api.contract.elements import Json
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.view import view_of
from pk_api.contract.service.caller import Caller, Conditions, Done, reading_of, rows_of
from pk_api.contract.service.moments import with_past
from pk_api.contract.service.people import with_directory
from pk_api.contract.service.writing import Edited, change_contract, revision_in, with_written
from pk_api.fhir.problems import Problem
from pk_api.records.values import AsOf

_CLASH = "Others have changed the same since that revision: nothing is stored."


class _Merging:
    """One request, which may be judged several times when others come between."""

    def __init__(self, caller: Caller, contract: str, body: Json, base_revision: int | None) -> None:
        self._caller = caller
        self._contract = contract
        self._body = body
        self._base_revision = base_revision
        self._then: Reading | None = None
        self._is_read = False
        self.directory: dict[str, Json] = {}
        self.merged: Sequence[Json] = ()

    async def edit(self, editing: Editing, reading: Reading) -> Edited:
        """Return what to write. Problem conflict with every field on which both sides differ."""
        then = await self._base(reading)
        known, asked = await self._resolved(reading)
        found = merge(asked, then, replace(editing, reading=known))
        if found.conflicts:
            facts = {"conflicts": found.conflicts, "revision": reading.revision}
            raise Problem("conflict", _CLASH, facts=facts)
        self.directory, self.merged = dict(known.directory), found.merged
        return Edited(found.resources, self._body)

    async def _base(self, reading: Reading) -> Reading | None:
        """Return what the writer looked at: the present when it does not say, None when nothing was there."""
        if self._base_revision is None or self._base_revision == reading.revision:
            return reading
        if self._base_revision > reading.revision:
            raise Problem("business-rule", "Base-Revision: the contract has no such revision yet.")
        if not self._is_read:
            self._is_read = True
            self._then = await self._as_of(self._base_revision)
        return self._then

    async def _as_of(self, revision: int) -> Reading | None:
        try:
            rows = await rows_of(self._caller, self._contract, AsOf(revision=revision))
        except Problem as problem:
            if problem.kind != "not-found":
                raise
            return None
        return replace(reading_of(self._caller, rows), today=self._caller.today)

    async def _resolved(self, reading: Reading) -> tuple[Reading, list[Asked]]:
        """Return the reading with all whom the changes name, and the changes with references to them."""
        asked = []
        for part, items in self._body.items():
            for item, values in items.items():
                reading, fields = await with_directory(self._caller, reading, values)
                asked.append(Asked(part, item, fields))
        return reading, asked


async def patch_contract(caller: Caller, contract: str, body: Json, conditions: Conditions) -> Done:
    """Return the contract after the change, and in `merged` what of others' changes went in beside it."""
    merging = _Merging(caller, contract, body, conditions.base_revision)
    unconditional = replace(conditions, base_revision=None)
    rows, stored = await change_contract(caller, contract, unconditional, merging.edit)
    reading = with_written(rows, stored, caller)
    reading = replace(reading, directory={**reading.directory, **merging.directory}, seen={})
    reading = await with_past(caller, reading)
    return Done({**view_of(reading), "merged": merging.merged}, revision_in(stored, contract))
