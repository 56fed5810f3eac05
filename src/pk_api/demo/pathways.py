"""The pathway of the demo: stroke and TIA, continued care and rehabilitation (PSV part 2), made up in detail.

What it holds follows the national pathway: needs, actions, who and when, follow-up after three months and
after a year, by the ICF. Source: the person-centred pathway for stroke and TIA, part 2; ICF by WHO.
"""

from typing import Any, Final

from fhir.resources.R4B.plandefinition import PlanDefinition

from pk_api.demo.elements import Json, concept, ext
from pk_api.demo.steps import Step, make, step
from pk_api.fhir import systems

URL: Final = "https://region.example.org/fhir/PlanDefinition/stroke-rehab"
ICF: Final = "http://hl7.org/fhir/sid/icf"
_UCUM: Final = "http://unitsofmeasure.org"
_UNITS: Final = {"d": "dagar", "wk": "veckor", "mo": "månader", "a": "år"}

_GOALS: Final = (
    ("walking", "Gå säkert inomhus och utomhus", "d450", "Walking", (3, "mo")),
    ("speaking", "Kunna göra sig förstådd i samtal", "d330", "Speaking", (3, "mo")),
    ("dressing", "Klä sig själv", "d540", "Dressing", (6, "wk")),
    ("life", "Ta del i det sociala livet som förut", "d910", "Community life", (1, "a")),
)
"""Id, words, ICF category with its name, and by when."""


def pathway_step() -> Step:
    """Return the step by which the region loads its pathway."""
    return step("system-hospital", "Regionen lägger in vårdförloppet för stroke", stroke())


def stroke() -> PlanDefinition:
    """Return the pathway."""
    return make(
        PlanDefinition,
        id="psv-stroke-rehab",
        url=URL,
        version="1.0",
        name="StrokeRehab",
        title="Rehabiliteringsplan efter stroke",
        type={
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/plan-definition-type",
                    "code": "clinical-protocol",
                }
            ]
        },
        status="active",
        publisher="Region Exempel",
        description="Fortsatt vård och rehabilitering efter stroke och TIA, med uppföljning.",
        topic=[concept(systems.PLAN_KIND, "rehabiliteringsplan")],
        goal=[_goal(*row) for row in _GOALS],
        action=_actions(),
    )


def _goal(name: str, text: str, code: str, display: str, due: tuple[int, str]) -> Json:
    described = {"coding": [{"system": ICF, "code": code, "display": display}], "text": text}
    return {"id": name, "description": described, "target": [{"due": _long(*due)}]}


def _actions() -> list[Json]:
    week, months, year = _within(1, "wk"), _within(3, "mo"), _within(1, "a")
    return [
        _action(
            "Bedöm behov av rehabilitering", "care-action", week, role="Fysioterapeut eller arbetsterapeut"
        ),
        _action("Gå promenader varje dag", "own-action", months, who="patient", goals=("walking",)),
        _action("Träna tal och språk", "care-action", months, role="Logoped", goals=("speaking",)),
        _action(
            "Träna i hemmet med stöd av kommunen",
            "care-action",
            {"timingRange": {"low": _long(1, "wk"), "high": _long(6, "wk")}},
            who="municipality",
            goals=("walking", "dressing"),
        ),
        {
            "title": "Hur vill du träna styrka och balans?",
            "selectionBehavior": "exactly-one",
            "timingDuration": _long(2, "wk"),
            "action": [
                _action("Träna i grupp", "care-action", months, goals=("walking",)),
                _action(
                    "Träna hemma efter ett program", "own-action", months, who="patient", goals=("walking",)
                ),
            ],
        },
        _action("Följ upp läkemedel och blodtryck", "care-action", _within(4, "wk"), role="Sjuksköterska"),
        {
            "title": "Strukturerad uppföljning efter tre månader",
            "code": [concept(systems.FORM, "visit")],
            "timingRange": {"low": _long(10, "wk"), "high": _long(14, "wk")},
            "goalId": [row[0] for row in _GOALS],
        },
        _action("Boka uppföljning efter ett år", "book-time", year, role="Vårdcentralen", goals=("life",)),
    ]


def _action(
    title: str,
    kind: str,
    when: Json,
    *,
    who: str = "practitioner",
    role: str | None = None,
    goals: tuple[str, ...] = (),
) -> Json:
    participant: dict[str, Any] = {"type": "practitioner" if who == "municipality" else who}
    participant |= {"role": {"text": role}} if role else {}
    if who == "municipality":
        participant["extension"] = [ext(systems.EXT_SIDE, valueCode=who)]
    return {
        "title": title,
        "code": [concept(systems.TASK_KIND, kind)],
        "participant": [participant],
        **({"goalId": list(goals)} if goals else {}),
        **when,
    }


def _within(value: int, unit: str) -> Json:
    return {"timingDuration": _long(value, unit)}


def _long(value: int, unit: str) -> Json:
    return {"value": value, "unit": _UNITS[unit], "system": _UCUM, "code": unit}
