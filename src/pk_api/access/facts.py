"""What is stored about an actor, as the rules need it."""

from dataclasses import dataclass

from pk_api.access.person_rules import USUAL, PersonRules


@dataclass(frozen=True, slots=True)
class Facts:
    """What is stored about the actor.

    `patient` is the key of the patient that the actor is or acts for, `age` that patient's age, `context` the
    key of the one that the app was started for. `grounds` are the kinds of stored facts by which the actor
    acts for the patient now, as `kind` or `kind:what`; `people` the RelatedPersons that the actor is to the
    patient, as references; `limits` the ages and choices that hold. `merged` are the keys of records that
    were found to be the patient's too.
    `unit_kind` is what the actor's unit says that it is in the act on shared documentation, None when it does
    not say; `activity` what it is part of: its own kind, or that of the nearest above. `above` are the units
    that the actor's unit is part of, below the care provider; `below` those that are part of it.
    """

    patient: str | None = None
    context: str | None = None
    unit_kind: str | None = None
    activity: str = "vardgivare"
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    age: int | None = None
    grounds: frozenset[str] = frozenset()
    people: tuple[str, ...] = ()
    limits: PersonRules = USUAL
    merged: tuple[str, ...] = ()
