"""Who may read the audit, and how much of it.

A care provider follows up what its own users did (PDL 2008:355 4 kap. 3 §); a patient is told who had access
to the own data (PDL 8 kap. 5 §). Nobody else reads it, and nobody reads all of it.
"""

from dataclasses import dataclass
from typing import Final

from pk_api.access.actor import Actor
from pk_api.access.decide import decide, reach
from pk_api.access.facts import Facts
from pk_api.access.visible import Visible

AUDIT_OFFICER: Final = "audit-officer"
"""The system role of those who look through a care provider's audit."""

_ROLES: Final = frozenset({AUDIT_OFFICER, f"pk;{AUDIT_OFFICER}", "pk;loggranskare"})
"""The role as tokens tell it; in the national catalogue a system's name stands before it."""


@dataclass(frozen=True, slots=True)
class AuditScope:
    """The rows that are open: those about a patient, or those of a care provider's users; by which rule.

    `sees` is what a patient sees of the record: of other things that were read or written, the log names the
    type alone. None: an officer is told them all.
    """

    rule: str
    patient: str | None = None
    provider: str | None = None
    merged: tuple[str, ...] = ()
    sees: Visible | None = None

    @property
    def patients(self) -> tuple[str, ...]:
        """The keys of the patient's records; none for a care provider's rows."""
        return () if self.patient is None else (self.patient, *self.merged)


def audit_scope(actor: Actor, facts: Facts) -> AuditScope | None:
    """Return what of the audit is open to the actor, None for nothing."""
    if not (actor.may("r", "AuditEvent") or actor.may("s", "AuditEvent")):
        return None
    if actor.kind == "patient" and facts.patient is not None and reach(actor, facts).clauses:
        sees = decide(actor, facts, "read").visible
        return AuditScope("own-log", patient=facts.patient, merged=facts.merged, sees=sees)
    if actor.kind == "staff" and _ROLES.intersection(actor.roles) and actor.provider:
        return AuditScope(AUDIT_OFFICER, provider=actor.provider)
    return None
