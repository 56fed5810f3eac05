"""Who calls: the actor, its identity and its scopes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

ActorKind = Literal["system", "staff", "patient", "proxy", "app", "statistics", "operator"]


@dataclass(frozen=True, slots=True)
class Actor:
    """A caller as the token names it.

    `provider` and `unit` are HSA-ids of care provider and care unit (without one, `Organization/<id>`);
    `person` is (system, value) of the caller's own personal identity; `scopes` maps a resource type or `*`
    to letters of `cruds`; `client` names the software. None means absent, never everything.
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
    scopes: Mapping[str, str] = field(default_factory=dict)

    def may(self, interaction: str, resource_type: str) -> bool:
        """Say whether a scope holds this letter of `cruds` for the type."""
        return interaction in self.scopes.get(resource_type, "") or interaction in self.scopes.get("*", "")
