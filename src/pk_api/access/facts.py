"""What is stored about an actor, as the rules need it."""

from dataclasses import dataclass
from typing import Literal

UnitKind = Literal["vardgivare", "omsorgsgivare", "social-services", "other-actor"]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is stored about the actor.

    `patient` is the key of the patient that the actor is, `context` of the one that the app was started for.
    `unit_kind` is what the actor's unit is in the act
    on shared documentation, None when the directory does not say. `above` are the units that the actor's
    unit is part of, below the care provider; `below` those that are part of it.
    """

    patient: str | None = None
    context: str | None = None
    unit_kind: str | None = None
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
