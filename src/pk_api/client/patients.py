"""Patients: who they are, what happens to a person's record, blocks, emergencies; and the audit of access."""

from collections.abc import Sequence
from typing import Any

from pk_api.client.calls import Calls, Json, PatientName, named, path_of
from pk_api.client.paging import Paged
from pk_api.client.transport import Transport


class Patients:
    """Patients by the id of ours, found by identity number; what care may do beside the contract."""

    def __init__(self, transport: Transport) -> None:
        self._calls = Calls(transport)

    async def find(self, patient: PatientName) -> Json:
        """Return the patient of an identity number, which travels in the body only; NotFound when unknown."""
        return await self._calls.told("patients/find", {"patient": named(patient)})

    async def blocks(self, id: str) -> Json:
        """Return whether blocked information exists."""
        return await self._calls.told(self._path(id, "blocks"))

    async def block_owners(self, id: str, reason: str) -> Json:
        """Return which care providers have blocked information, in an emergency that is open."""
        return await self._calls.told(self._path(id, "block-owners"), {"reason": reason})

    async def ask_for_lift(self, id: str, reason: str) -> Json:
        """Ask whoever blocks to lift the block."""
        return await self._calls.told(self._path(id, "block-lift-requests"), {"reason": reason})

    def lift_requests_of(self, id: str) -> Paged[Json]:
        """Return what one's own unit has asked to be lifted of a patient."""
        return self._calls.listed(self._path(id, "block-lift-requests"))

    def lift_requests(self) -> Paged[Json]:
        """Return what one's own care provider is asked to lift."""
        return self._calls.listed("block-lift-requests")

    async def answer_lift(self, request: str, answer: str, reason: str, **fields: Any) -> Json:
        """Answer what is asked to be lifted, and say why."""
        body = {"answer": answer, "reason": reason, **fields}
        return await self._calls.told(path_of("block-lift-requests", request, "answer"), body)

    async def open_emergency(self, id: str, kind: str, reason: str, *, hours: int | None = None) -> Json:
        """Open the record in an emergency, for some hours; the patient is told and it is followed up."""
        body = {"kind": kind, "reason": reason, **({"hours": hours} if hours else {})}
        return await self._calls.told(self._path(id, "emergency-openings"), body)

    async def protect(self, id: str, kinds: Sequence[str]) -> Json:
        """State the protection of the patient's identity; none takes it away."""
        return await self._calls.told(self._path(id, "protected-identity"), {"kinds": list(kinds)})

    async def note_death(self, id: str, on: str) -> Json:
        """Note that the patient has died."""
        return await self._calls.told(self._path(id, "death"), {"on": on})

    async def change_identity(self, id: str, to: PatientName) -> Json:
        """Give the patient another identity number, such as a personnummer for a reservnummer."""
        return await self._calls.told(self._path(id, "identity-change"), {"to": named(to)})

    async def merge(self, id: str, duplicate: PatientName) -> Json:
        """Say that another Patient is the same person."""
        return await self._calls.told(self._path(id, "merge"), {"duplicate": named(duplicate)})

    async def unmerge(self, id: str, duplicate: PatientName) -> Json:
        """Take back that two Patients are one person."""
        return await self._calls.told(self._path(id, "unmerge"), {"duplicate": named(duplicate)})

    def _path(self, id: str, what: str) -> str:
        return path_of("patients", id, what)


class Audit:
    """For those who look after access at a care provider: openings, spot checks, and which rule decided."""

    def __init__(self, transport: Transport) -> None:
        self._calls = Calls(transport)

    async def explain(self, actor: Json, action: str, resource: Json | str) -> Json:
        """Return which rule would decide about an actor and a resource."""
        body = {"actor": actor, "action": action, "resource": resource}
        return await self._calls.told("access/explain", body)

    def emergencies(self, *, is_waiting: bool = False) -> Paged[Json]:
        """Return openings in emergencies; with `is_waiting` those that nobody has followed up."""
        return self._calls.listed("audit/emergency-openings", {"waiting": "true" if is_waiting else ""})

    async def review_emergency(self, id: str, finding: str, note: str | None = None) -> Json:
        """Follow up an opening."""
        return await self._review(path_of("audit", "emergency-openings", id, "review"), finding, note)

    async def spot_check(self, since: str, until: str, *, size: int | None = None) -> Json:
        """Draw accesses between two days to be looked at."""
        body = {"from": since, "to": until, **({"size": size} if size else {})}
        return await self._calls.told("audit/spot-checks", body)

    def spot_checks(self) -> Paged[Json]:
        """Return the spot checks."""
        return self._calls.listed("audit/spot-checks")

    async def get_spot_check(self, id: str) -> Json:
        """Return a spot check with its rows."""
        return await self._calls.told(path_of("audit", "spot-checks", id))

    async def review_row(self, check: str, row: str, finding: str, note: str | None = None) -> Json:
        """Say what was found of an access."""
        path = path_of("audit", "spot-checks", check, "rows", row, "review")
        return await self._review(path, finding, note)

    async def _review(self, path: str, finding: str, note: str | None) -> Json:
        return await self._calls.told(path, {"finding": finding, **({"note": note} if note else {})})
