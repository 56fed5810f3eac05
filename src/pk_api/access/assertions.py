"""Who may say what about access, and what it takes: one row for each kind of Consent.

Sources: RIV informationsecurity:authorization:consent 2.0 (PDLAssertion) and :blocking 4.0; lag 2022:913.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Final, Literal

from pk_api.access.actor import ActorKind

Whose = Literal["any", "provider", "unit"]
"""Whom it may be about: any unit, units of the writer's own care provider, or the writer's own unit."""

_CARE: Final[frozenset[ActorKind]] = frozenset({"system", "staff"})
_PATIENT: Final[frozenset[ActorKind]] = frozenset({"patient"})
_STAND_IN: Final[frozenset[ActorKind]] = frozenset({"proxy"})


@dataclass(frozen=True, slots=True)
class Assertion:
    """What it takes to say it.

    `by`: who says it. `whose`: whom it may be about when care says it. `needs`: elements that must be there:
    `reason` (why, in words), `end` (of the provision's period), `verified` (by whom, with whom, when).
    `most`: the longest that it may last. `lacks`: what is missing where it says nothing that counts.
    """

    source: str
    by: frozenset[ActorKind]
    whose: Whose = "any"
    needs: frozenset[str] = frozenset()
    most: timedelta | None = None
    lacks: str = "names no unit that is known here"


ASSERTIONS: Final[Mapping[str, Assertion]] = MappingProxyType(
    {
        "sharing": Assertion("Lag 2022:913 3 kap.: the patient's consent", _CARE | _PATIENT | _STAND_IN),
        "clarified-attitude": Assertion(
            "Lag 2022:913 3 kap.; prop. 2013/14:202", _CARE, needs=frozenset({"reason", "verified"})
        ),
        "emergency": Assertion(
            "Lag 2022:913 3 kap.: danger to life or health",
            _CARE,
            whose="unit",
            needs=frozenset({"reason", "end"}),
            most=timedelta(hours=24),
        ),
        "care-relation": Assertion(
            "PDL 2008:355 4 kap. 1 §",
            _CARE,
            whose="unit",
            needs=frozenset({"reason", "end"}),
            most=timedelta(days=366),
        ),
        "disclosure": Assertion(
            "OSL 2009:400: the patient's consent to disclosure", _CARE | _PATIENT | _STAND_IN
        ),
        "block-inner": Assertion(
            "PDL 2008:355 4 kap.: the patient's block within a provider", _CARE | _PATIENT, whose="provider"
        ),
        "block-outer": Assertion(
            "Lag 2022:913 2 kap.: the patient's block between providers", _CARE | _PATIENT, whose="provider"
        ),
        "emergency-lift": Assertion(
            "PDL 2008:355 4 kap.: danger to life or health",
            _CARE,
            whose="unit",
            needs=frozenset({"reason", "end"}),
            most=timedelta(hours=24),
        ),
        "block-lift": Assertion(
            "PDL 2008:355 4 kap.; lag 2022:913 2 kap.: by the patient's consent",
            _CARE,
            needs=frozenset({"reason", "end"}),
        ),
        "guardian-exception": Assertion(
            "Föräldrabalk 6 kap. 11 §: assessed, agreed with the young person, for a time",
            _CARE,
            lacks="lacks the guardian, the assessor, the young person's agreement or the end",
        ),
        "app-access": Assertion(
            "PDL 2008:355 5 kap. 5 §: the patient's choice", _PATIENT | _STAND_IN, lacks="names no app"
        ),
    }
)
"""What each kind takes; guardians and other stand-ins block nothing."""
