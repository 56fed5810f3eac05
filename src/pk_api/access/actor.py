"""Who calls: the actor, its identity and its scopes."""

import hashlib
from dataclasses import dataclass
from typing import Literal

ActorKind = Literal["system", "staff", "patient", "proxy", "app", "statistics", "operator"]


@dataclass(frozen=True, slots=True)
class Actor:
    """A caller as the token names it.

    `provider` and `unit` are HSA-ids of care provider and care unit (without one, `Organization/<id>`);
    `person` is (system, value) of the caller's own personal identity; `scopes` pairs a resource type or `*`
    with letters of `cruds`; `client` names the software. None means absent, never everything.
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
    scopes: tuple[tuple[str, str], ...] = ()

    def may(self, interaction: str, resource_type: str) -> bool:
        """Say whether a scope holds this letter of `cruds` for the type."""
        return any(t in ("*", resource_type) and interaction in letters for t, letters in self.scopes)

    @property
    def caller(self) -> str:
        """Who asks, person by person and software by software, without telling an identity number."""
        told = "\x1f".join([self.kind, self.client, self.employee or "", *(self.person or ())])
        return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()
