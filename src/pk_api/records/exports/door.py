"""The part of the door for bulk exports: handing one in, how it stands, its files, and the work itself."""

import asyncio
import zlib
from dataclasses import replace

import orjson

from pk_api.access.actor import Actor
from pk_api.access.decide import Decision
from pk_api.access.rules import EXPORTERS
from pk_api.fhir.problems import Problem
from pk_api.records.audits import Access, audit_rows
from pk_api.records.door import Door
from pk_api.records.exports import group
from pk_api.records.exports.giving import still_open
from pk_api.records.exports.run import Run
from pk_api.records.exports.values import Asked, ExportRules, ExportState, actor_to_json
from pk_api.store import exports, ids, reading
from pk_api.store.exports import DONE, RUNNING, WAITING, NewExport
from pk_api.store.rows import Key, from_micros, to_micros
from pk_api.store.tables import SHARED


class Exporting(Door):
    """Bulk exports; each is its caller's alone."""

    exports_wanted: asyncio.Event
    _exports: ExportRules

    async def start_export(self, actor: Actor, asked: Asked, *, request: str, request_id: str = "") -> str:
        """Hand a job in and return its id. Problem forbidden, not-found, business-rule, too-many-requests."""
        access = Access(actor, "export", request_id)
        decision = await self._decide(access, "search", "*")
        if actor.kind not in EXPORTERS:
            await self._refused(access, "exporters")
            raise Problem("forbidden", "Bulk export is for systems and staff of care; there is $everything.")
        if asked.group is not None:
            key = await self.key("Group", asked.group)
            found = None
            if key is not None:
                found = await reading.read(self._db, key, decision.visible, now=self._micros())
            stored = await self._told(access, decision, key or Key(SHARED, "Group", asked.group), found)
            if not stored.resource.get("member"):
                group.participants(stored.resource, base_url=self._policy.base_url)
        new = NewExport(
            id=ids.new_export(),
            caller=actor.caller,
            actor=actor_to_json(actor),
            asked=asked.to_json(),
            request=request,
            request_id=request_id,
            created=self._micros(),
            expires=to_micros(self._clock() + self._exports.kept),
        )
        await self._hand_in(new)
        await self._audit(audit_rows(access, [], rule=decision.rule, detail=f"export {new.id} begun"))
        self.exports_wanted.set()
        return new.id

    async def _hand_in(self, new: NewExport) -> None:
        async with self._db.transaction() as tx:
            is_alone = await tx.alone(f"pk_api export {new.caller}")
            counted = await exports.of_caller(tx, new.caller, now=new.created)
            under_way = counted.get(WAITING, 0) + counted.get(RUNNING, 0)
            if not is_alone or under_way >= self._exports.at_once:
                text = (
                    f"At most {self._exports.at_once} exports of a caller are under way at once; try later."
                )
                raise Problem("too-many-requests", text, facts={"retry-after": 30})
            if sum(counted.values()) >= self._exports.most_kept:
                text = "Too many exports are kept: delete those that have been fetched."
                raise Problem("too-many-requests", text, facts={"retry-after": 600})
            await exports.start(tx, new)

    async def export_state(self, actor: Actor, export_id: str, *, request_id: str = "") -> ExportState:
        """Return how the caller's job stands. Problem not-found for another's, an old or no job."""
        access = Access(actor, "export-status", request_id)
        decision = await self._decide(access, "search", "*")
        row = await exports.find(self._db, export_id, actor.caller, now=self._micros())
        if row is None:
            raise await self._no_export(access, decision)
        await self._audit(audit_rows(access, [], rule=decision.rule, detail=f"export {export_id}"))
        listed = await exports.files(self._db, export_id) if row["status"] == DONE else ()
        return ExportState(
            status=row["status"],
            request=row["request"],
            written=row["written"],
            moment=None if row["moment"] is None else from_micros(row["moment"]),
            expires=from_micros(row["expires"]),
            files=[(f["n"], f["kind"], f["type"], f["count"]) for f in listed],
            problem=orjson.loads(row["problem"]) if row["problem"] else {},
        )

    async def export_file(self, actor: Actor, export_id: str, n: int, *, request_id: str = "") -> bytes:
        """Return the lines of a file of the caller's; every patient in it is in the audit.

        What the caller may see has been decided line by line when it was written, and is decided anew.
        """
        access = Access(actor, "export-file", request_id)
        row = await exports.find(self._db, export_id, actor.caller, now=self._micros())
        file = await exports.file(self._db, export_id, n) if row and row["status"] == DONE else None
        if file is None:
            raise await self._no_export(access, await self._decide(access, "search", "*"))
        decision = await self._decide(access, "search", file.type if file.kind == "output" else "*")
        named = orjson.dumps([f"$export-file/{export_id}-{n}"]).decode()
        if file.kind == "output":
            given, told = await still_open(self._db, file.body, decision.visible, now=self._micros())
        else:
            given, told = await asyncio.to_thread(zlib.decompress, file.body), orjson.loads(file.patients)
        patients = [(Key(patient, file.type, ""), None) for patient in told]
        rows = audit_rows(access, patients, rule=decision.rule, detail=file.type)
        await self._audit([replace(one, entities=named) for one in rows])
        return given

    async def cancel_export(self, actor: Actor, export_id: str, *, request_id: str = "") -> None:
        """End the caller's job and remove its files. Problem not-found."""
        access = Access(actor, "export-cancel", request_id)
        decision = await self._decide(access, "search", "*")
        if not await exports.drop(self._db, export_id, actor.caller):
            raise await self._no_export(access, decision)
        await self._audit(audit_rows(access, [], rule=decision.rule, detail=f"export {export_id}"))

    async def _no_export(self, access: Access, decision: Decision) -> Problem:
        await self._audit(audit_rows(access, [], rule=decision.rule, outcome="absent"))
        return Problem("not-found", "There is no such export or file of this caller; it may have expired.")

    # --- the work

    async def run_export(self, worker: str) -> bool:
        """Write one job that waits, as this worker; False when there was none."""
        now = self._micros()
        if not await exports.is_free(self._db, now=now):
            return False
        until = to_micros(self._clock() + self._exports.lease)
        row = await exports.take(self._db, worker, now=now, until=until)
        if row is None:
            return False
        run = Run(
            self._db,
            row,
            self._exports,
            clock=self._clock,
            base_url=self._policy.base_url,
            audit=self._audit,
            key=self.key,
            facts=self.facts,
        )
        await run.perform()
        return True

    async def release_exports(self, worker: str) -> None:
        """Leave what the worker was at to others."""
        await exports.release(self._db, worker)

    async def forget_exports(self) -> None:
        """Remove exports that have expired."""
        await exports.forget(self._db, now=self._micros())
