"""What makes an action egenvård: a row of RULES for each demand, and what is asked of the action.

Source: lag 2022:1250 om egenvård (2 § what it is, 4 § who assesses), prop. 2021/22:244 (who helps).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pk_api.fhir import systems
from pk_api.fhir.rules import Rule

Json = Mapping[str, Any]

KIND: Final = "egenvard"
PERSONS: Final = frozenset({"RelatedPerson", "Practitioner", "PractitionerRole"})
"""Types of who may help."""

_LAW: Final = "Lag 2022:1250"
_ASSESSED: Final = f"Task.extension('{systems.EXT_EGENVARD}')"


@dataclass(frozen=True, slots=True)
class Egenvard:
    """What is known of an action that is egenvård, or bears an assessment of it.

    `licensed` says of each assessor whether it is one of licensed staff on the day; `helpers` are the types
    that references to helpers have, None for a name alone; `is_done_by_them` says that nobody else does it.
    """

    kinds: frozenset[str]
    assessments: int
    licensed: tuple[bool, ...]
    on: str | None
    today: str
    helpers: tuple[str | None, ...] = ()
    is_done_by_them: bool = True


RULES: Final[tuple[Rule[Egenvard], ...]] = (
    Rule(
        "kind",
        lambda one: one.kinds == {KIND},
        "An action is either egenvård or something else; what is not egenvård bears no assessment of it.",
        "Task.code",
        f"{_LAW} 2 §",
    ),
    Rule(
        "assessed",
        lambda one: one.assessments == 1 and len(one.licensed) == 1 and one.on is not None,
        "Egenvård says by one assessment who assessed it, and on which day.",
        _ASSESSED,
        f"{_LAW} 2 §",
    ),
    Rule(
        "licensed",
        lambda one: all(one.licensed),
        "Egenvård is assessed by one of licensed staff: a Practitioner, or its PractitionerRole, with a "
        "qualification of HOSP that is valid on the day.",
        _ASSESSED,
        f"{_LAW} 4 §",
    ),
    Rule(
        "day",
        lambda one: one.on is None or one.on <= one.today,
        "Egenvård is assessed before it is agreed: the day is not ahead.",
        _ASSESSED,
        f"{_LAW} 2 §",
    ),
    Rule(
        "helper",
        lambda one: len(one.helpers) <= 1 and PERSONS.issuperset(each for each in one.helpers if each),
        "Whoever helps with egenvård is a person, named or registered.",
        _ASSESSED,
        f"{_LAW} 2 §, prop. 2021/22:244",
    ),
    Rule(
        "doer",
        lambda one: one.is_done_by_them,
        "Egenvård is done by the patient or the named helper: what care does is not egenvård.",
        "Task.owner",
        f"{_LAW} 2 and 5 §§",
    ),
)


def kinds_of(task: Json) -> frozenset[str]:
    """Return the kinds of action that a Task has, of our own codes."""
    coding = (task.get("code") or {}).get("coding", ())
    return frozenset(str(one.get("code")) for one in coding if one.get("system") == systems.TASK_KIND)


def assessments_in(resource: Json) -> list[Json]:
    """Return the assessments of egenvård that a resource bears."""
    return [each for each in resource.get("extension", ()) if each.get("url") == systems.EXT_EGENVARD]


def is_marked(resource: Json) -> bool:
    """Say whether a resource is an action that is, or is assessed as, egenvård."""
    if resource.get("resourceType") != "Task":
        return False
    return KIND in kinds_of(resource) or bool(assessments_in(resource))


def said(resource: Json) -> tuple[Any, ...]:
    """Return what the rules are about: with the same said again they are not asked anew."""
    owner = (resource.get("owner") or {}).get("reference")
    return kinds_of(resource), assessments_in(resource), owner


def parts(assessments: list[Json], name: str) -> list[Any]:
    """Return the values of one part of assessments, such as `assessor` or `on`."""
    return [
        value
        for one in assessments
        for each in one.get("extension", ())
        if each.get("url") == name
        for key, value in each.items()
        if key.startswith("value")
    ]


def is_licensed(practitioner: Json, *, day: str) -> bool:
    """Say whether one of staff has, on a day, a licence or an occupation by HOSP."""
    return any(
        _is_of_hosp(each) and _holds_on(each.get("period") or {}, day)
        for each in practitioner.get("qualification", ())
    )


def _is_of_hosp(qualification: Json) -> bool:
    licences = [each for each in qualification.get("identifier", ()) if each.get("system") == systems.LICENCE]
    coding = (qualification.get("code") or {}).get("coding", ())
    occupations = [each for each in coding if each.get("system") == systems.OCCUPATION]
    return any(each.get("value") for each in licences) or any(each.get("code") for each in occupations)


def _holds_on(period: Json, day: str) -> bool:
    start, end = str(period.get("start", ""))[:10], str(period.get("end", "9999"))[:10]
    return start <= day and day[: len(end)] <= end
