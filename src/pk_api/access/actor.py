"""Who calls: the actor, its identity and its scopes."""

import hashlib
from dataclasses import dataclass
from typing import Literal

ActorKind = Literal["system", "staff", "patient", "proxy", "app", "statistics", "operator"]


Scopes = tuple[tuple[str, str], ...]
"""Pairs of a resource type or `*` with letters of `cruds`."""


@dataclass(frozen=True, slots=True)
class LimitedScope:
    """A scope that opens less than all of a type: what it opens must meet every limit given.

    `patient` says that it is for the patient in context alone (`Actor.context`); `tokens` are search
    parameters of kind token with their alternatives, as in `category=system|code`.
    """

    type: str
    letters: str
    patient: bool = False
    tokens: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """Why care writes: a code of `pk-revision-reason`, and words."""

    code: str
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """A caller as the token names it.

    `provider` and `unit` are HSA-ids of care provider and care unit (without one, `Organization/<id>`), their
    names as the token had them beside; `assignment` is the HSA-id of staff's assignment (medarbetaruppdrag),
    `roles` the system roles, `title` the profession; `person` is (system, value) of the caller's own personal
    identity, `assurance` the level by which it was proved (LoA, 1–4); `acting_for` is the Patient that a
    proxy stands in for, `context` the id of the Patient that an app was started for; `scopes` hold without
    limits, `limited` within theirs; `told_by` is the RelatedPerson (reference) who has said in person what
    care writes down for a patient, `reason` why care revises a contract; `asker` (HSA-id) whose request the
    service writes down in the name of the unit that is asked; `client` names the software. None means absent,
    never everything.
    """

    kind: ActorKind
    client: str
    name: str = ""
    provider: str | None = None
    unit: str | None = None
    employee: str | None = None
    person: tuple[str, str] | None = None
    acting_for: str | None = None
    purpose: str = "care"
    scopes: Scopes = ()
    provider_name: str | None = None
    unit_name: str | None = None
    assignment: str | None = None
    assignment_name: str | None = None
    title: str | None = None
    roles: tuple[str, ...] = ()
    assurance: int | None = None
    context: str | None = None
    limited: tuple[LimitedScope, ...] = ()
    told_by: str | None = None
    reason: Reason | None = None
    asker: str | None = None

    def may(self, interaction: str, resource_type: str) -> bool:
        """Say whether a scope holds this letter of `cruds` for the type, be it within limits."""
        return self.may_all(interaction, resource_type) or any(
            one.type in ("*", resource_type) and interaction in one.letters for one in self.limited
        )

    def may_all(self, interaction: str, resource_type: str) -> bool:
        """Say whether a scope without limits holds this letter for the type."""
        return any(t in ("*", resource_type) and interaction in letters for t, letters in self.scopes)

    @property
    def caller(self) -> str:
        """Who asks, by person, software and whom they act for, without telling an identity number."""
        told = "\x1f".join([self.kind, self.client, self.employee or "", *(self.person or ())])
        if self.acting_for:
            told += f"\x1f{self.acting_for}"
        return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()
