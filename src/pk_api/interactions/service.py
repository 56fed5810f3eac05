"""The table of interactions, and the service that performs them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from pk_api.fhir.capabilities import Features, capability_statement
from pk_api.fhir.problems import Problem
from pk_api.fhir.resource_types import CONFORMANCE_TYPES, TYPES
from pk_api.fhir.values import dump
from pk_api.interactions import definitions, instance, lists
from pk_api.interactions.bundle import bundle
from pk_api.interactions.call import R4, Call, Reply
from pk_api.interactions.cursors import Cursors
from pk_api.interactions.operations import table
from pk_api.interactions.operations.export import cancel
from pk_api.interactions.versions import in_version
from pk_api.records.records import Records

_READS = ("read", "vread", "history-instance", "history-type", "search-type")
_WRITES = ("create", "update", "patch", "delete")
_READ_ONLY = ("read", "search-type")


class FhirService:
    """Performs interactions by name."""

    def __init__(
        self,
        records: Records,
        cursors: Cursors,
        *,
        base: str,
        version: str,
        started: datetime,
        max_entries: int,
        features: Features,
        oauth: Callable[[], Awaitable[Sequence[tuple[str, str]]]] | None = None,
    ) -> None:
        self._records = records
        self._cursors = cursors
        self._max_entries = max_entries
        offered: dict[str, tuple[str, ...]] = {
            n: (*_READS, *_WRITES) if t.is_writable else _READ_ONLY for n, t in TYPES.items()
        }
        offered[definitions.AUDIT] = ("read", "vread", "search-type")
        offered |= dict.fromkeys(sorted(CONFORMANCE_TYPES), _READ_ONLY)
        self._oauth = oauth
        self._statement = lru_cache(maxsize=4)(
            lambda uris: dump(
                capability_statement(
                    base,
                    version,
                    started,
                    offered,
                    operations=table.offered(),
                    features=replace(features, oauth=uris),
                )
            )
        )
        self._table: Mapping[str, Callable[[Call], Awaitable[Reply]]] = {
            "read": lambda call: instance.read(records, call),
            "vread": lambda call: instance.vread(records, call),
            "create": lambda call: instance.create(records, call),
            "update": lambda call: instance.update(records, call),
            "patch": lambda call: instance.patch(records, call),
            "delete": lambda call: instance.delete(records, call),
            "search": lambda call: lists.search(records, cursors, call),
            "history": lambda call: lists.history(records, cursors, call),
            "bundle": self._bundle,
            "operation": self._operation,
            "cancel": lambda call: cancel(records, call),
            "capabilities": self._told,
        }

    async def perform(self, name: str, call: Call) -> Reply:
        """Perform an interaction of the table."""
        if name not in self._table:
            raise Problem("not-supported", "This interaction is not supported.")
        if call.sent_version != R4 or call.version_wanted != R4:
            return await in_version(name, call, self._table[name])
        if name == "history" and definitions.is_carried(call):
            raise Problem("not-supported", "Definitions have one version here, and no history.")
        return await self._table[name](call)

    async def _bundle(self, call: Call) -> Reply:
        return await bundle(self._records, self.perform, call, max_entries=self._max_entries)

    async def _operation(self, call: Call) -> Reply:
        return await table.find(call).perform(self._records, self._cursors, call)

    async def _told(self, _: Call) -> Reply:
        uris = tuple(await self._oauth()) if self._oauth else ()
        return Reply(200, self._statement(uris))
