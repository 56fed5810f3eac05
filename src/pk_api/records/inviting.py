"""The part of the door that keeps invitations of relatives: one-time codes, stored as hashes alone."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, get_args

from pk_api.access.actor import Actor, ActorKind
from pk_api.access.persons import PERSONS
from pk_api.fhir.problems import Problem
from pk_api.records.audits import Access, audit_rows
from pk_api.records.door import Door
from pk_api.store import auditing, invitations
from pk_api.store.invitations import Invitation
from pk_api.store.rows import Key, from_micros, to_micros

LASTS: Final = timedelta(days=7)
"""How long an invitation may be accepted."""

_MAY: Final = (("RelatedPerson", "ru"), ("Patient", "r"))
_KINDS: Final[dict[str, ActorKind]] = {kind: kind for kind in get_args(ActorKind)}
_RELATIVE: Final = "RelatedPerson"
_NAME: Final = 24
"""Letters of a code's hash by which its invitation is named: no code is found from them."""
_LETTERS: Final = str.maketrans("0123456789", "ghijklmnop")


@dataclass(frozen=True, slots=True)
class Standing:
    """An invitation that may be used: of which patient (key), for which RelatedPerson, until when."""

    patient: str
    code: str
    relative: str
    until: datetime

    @property
    def name(self) -> str:
        """Its name, in which no twelve digits stand in a row."""
        return self.code[:_NAME].translate(_LETTERS)


class Inviting(Door):
    """Invitations."""

    async def keep_invitation(self, actor: Actor, relative: str, *, request_id: str = "") -> str:
        """Return the code of a new invitation for a RelatedPerson (reference). Problem forbidden."""
        facts, access = await self.facts(actor), Access(actor, "invite", request_id)
        if actor.person is None or facts.patient is None:
            await self._refused(access, "unknown-patient")
            raise Problem("forbidden", "Patients invite, and those who act for them.")
        code, now = secrets.token_urlsafe(32), self._clock()
        one = Invitation(facts.patient, relative, actor.kind, actor.person, actor.acting_for)
        async with self._db.transaction() as tx:
            await invitations.keep(tx, _hash(code), one, now=to_micros(now), until=to_micros(now + LASTS))
        key = Key(facts.patient, *relative.split("/"))
        await self._audit(audit_rows(access, [(key, None)], rule="own-words"))
        return code

    async def use_invitation(self, actor: Actor, code: str, *, request_id: str = "") -> tuple[Actor, str]:
        """Use a code up; return who invites, as they are logged in no more, and the RelatedPerson.

        Problem not-found for a code that is unknown, used or out of date; forbidden for who is no person.
        """
        access = Access(actor, "accept-invitation", request_id)
        if actor.kind not in PERSONS - {"app"} or actor.person is None:
            await self._refused(access, "no-person")
            raise Problem("forbidden", "An invitation is accepted by a person who has logged in.")
        async with self._db.transaction() as tx:
            one = await invitations.use(tx, _hash(code), now=self._micros())
        if one is None or one.person == actor.person:
            if one is not None:
                await self.give_back_invitation(code)
            await self._refused(access, "no-invitation")
            raise Problem("not-found", "This invitation is not known, or it has been used or is out of date.")
        key = Key(one.patient, *one.relative.split("/"))
        await self._audit(audit_rows(access, [(key, None)], rule="invitation"))
        client = f"invitation accepted by {actor.client}"
        inviter = Actor(_KINDS[one.kind], client, person=one.person, acting_for=one.acting_for, scopes=_MAY)
        return inviter, one.relative

    async def invitations(self, actor: Actor, *, request_id: str = "") -> list[Standing]:
        """Return the patient's invitations that may be used yet, the latest first. Problem forbidden."""
        access = Access(actor, "invitations", request_id)
        decision = await self._decide(access, "read", _RELATIVE)
        found = await self._standing(access)
        touched = [(Key(one.patient, *one.relative.split("/")), None) for one in found]
        await self._audit(audit_rows(access, touched, rule=decision.rule))
        return found

    async def withdraw_invitation(self, actor: Actor, name: str, *, request_id: str = "") -> None:
        """Make an invitation void before it is used. Problem not-found, forbidden."""
        access = Access(actor, "withdraw-invitation", request_id)
        decision = await self._decide(access, "update", _RELATIVE)
        one = next((one for one in await self._standing(access) if one.name == name), None)
        used = None
        if one is not None:
            async with self._db.transaction() as tx:
                used = await invitations.use(tx, one.code, now=self._micros())
        if one is None or used is None:
            await self._refused(access, "no-invitation")
            raise Problem("not-found", "There is no such invitation that could be used yet.")
        key = Key(one.patient, *one.relative.split("/"))
        await self._audit(audit_rows(access, [(key, None)], rule=decision.rule))

    async def _standing(self, access: Access) -> list[Standing]:
        patient = (await self.facts(access.actor)).patient
        if patient is None:
            await self._refused(access, "unknown-patient")
            raise Problem("forbidden", "Invitations are the patient's, and of those who act for one.")
        rows = await invitations.standing(self._db, patient, now=self._micros())
        return [Standing(patient, code, told, from_micros(until)) for code, told, until in rows]

    async def give_back_invitation(self, code: str) -> None:
        """Make a code good again: nothing came of it."""
        async with self._db.transaction() as tx:
            await invitations.give_back(tx, _hash(code))

    async def patient_of(self, reference: str) -> str | None:
        """Return the id of the Patient whom a resource (reference) is about."""
        key = await self.key(*reference.split("/"))
        return (await auditing.patient_ids(self._db, [key.patient])).get(key.patient) if key else None


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
