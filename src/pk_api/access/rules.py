"""The law as three tuples: REFUSALS, GRANTS, NARROWINGS.

Each rule has a stable name, which lands in the audit row, and names its source. No grant means refusal;
the order of rows cannot open anything.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from pk_api.access.actor import Actor, ActorKind
from pk_api.access.visible import Clause, Visible
from pk_api.fhir.resource_types import TYPES
from pk_api.fhir.systems import EXT_GOAL_ACCEPTANCE

Action = Literal["read", "search", "create", "update", "delete"]

Result = TypeVar("Result")

LETTERS: dict[Action, str] = {"read": "r", "search": "s", "create": "c", "update": "u", "delete": "d"}
_SEEING: frozenset[Action] = frozenset({"read", "search"})

DIRECTORY = frozenset(
    {
        "Organization",
        "Practitioner",
        "PractitionerRole",
        "HealthcareService",
        "Location",
        "Questionnaire",
        "PlanDefinition",
        "ActivityDefinition",
        "Measure",
    }
)
"""Types of the common directory: who and where care is, and its forms. All users need the names in a plan."""

_PLANNED = frozenset(TYPES) - {"Patient"}
"""What the parties of a contract write together: who the patient is, is kept by whoever registered it."""

PATIENTS_WORDS = frozenset(
    {
        "Goal",
        "Task",
        "RelatedPerson",
        "Consent",
        "Communication",
        "QuestionnaireResponse",
        "AppointmentResponse",
        "Observation",
    }
)
"""Types in which a patient writes: what matters, goals, own actions, answers, relatives, messages, story."""

TASK_ANSWERS = frozenset({"status", "statusReason", "businessStatus", "note", "output", "lastModified"})
"""What whoever is asked to do a Task may change in it."""

PATIENTS_ANSWERS = (
    ("Task", TASK_ANSWERS),
    ("Goal", frozenset({f"extension:{EXT_GOAL_ACCEPTANCE}"})),
    ("Appointment", frozenset({"participant"})),
)
"""What a patient may change in items that others wrote: the own answer, nothing else."""

ID_CHOOSERS: frozenset[ActorKind] = frozenset({"system", "staff"})
"""Who may store something new under an id of one's own choice."""

EXPORTERS: frozenset[ActorKind] = frozenset({"system", "staff"})
"""Who may export in bulk: care. A patient's own record is given by $everything."""

PATIENTS_VOICE = frozenset({"Patient", "RelatedPerson"})
"""Who may be named as the one who says what a patient writes: not care, whose words these are not."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is stored about the actor: the key of the patient that the actor is, and of the one in context."""

    patient: str | None = None
    context: str | None = None


@dataclass(frozen=True, slots=True)
class Rule(Generic[Result]):
    """A rule: its name, its source in law or specification, and what it says of actor, facts and action."""

    name: str
    source: str
    says: Callable[[Actor, Facts, Action], Result]


def _no_person_data(actor: Actor, _: Facts, __: Action) -> bool:
    return actor.kind in {"statistics", "operator"}


def _no_rule_yet(actor: Actor, _: Facts, __: Action) -> bool:
    return actor.kind in {"proxy", "app"}


def _no_organisation(actor: Actor, _: Facts, __: Action) -> bool:
    # a colon stands in no HSA-id: it marks what patients own
    return actor.kind in {"system", "staff"} and (not actor.provider or ":" in actor.provider)


def _unknown_patient(actor: Actor, facts: Facts, _: Action) -> bool:
    return actor.kind == "patient" and facts.patient is None


def _own_organisation(actor: Actor, _: Facts, __: Action) -> Visible:
    if actor.kind not in {"system", "staff"}:
        return Visible()
    return Visible((Clause("own-organisation", owner=actor.provider),))


def _addressed(actor: Actor, _: Facts, action: Action) -> Visible:
    if actor.kind not in {"system", "staff"} or action in {"create", "delete"}:
        return Visible()
    if action in _SEEING:
        return Visible((Clause("addressed", addressed=actor.provider),))
    types = frozenset({"Task"})
    return Visible((Clause("addressed", types=types, addressed=actor.provider, elements=TASK_ANSWERS),))


def _contract_team(actor: Actor, _: Facts, action: Action) -> Visible:
    if actor.kind not in {"system", "staff"}:
        return Visible()
    types = None if action in _SEEING else _PLANNED
    return Visible((Clause("contract-team", types=types, team=actor.provider),))


def _directory(actor: Actor, _: Facts, action: Action) -> Visible:
    if action not in _SEEING or actor.kind not in {"system", "staff", "patient"}:
        return Visible()
    return Visible((Clause("directory", types=DIRECTORY, shared=True),))


def _own_record(actor: Actor, facts: Facts, action: Action) -> Visible:
    if actor.kind != "patient" or action not in _SEEING:
        return Visible()
    return Visible((Clause("own-record", patient=facts.patient),))


def _own_words(actor: Actor, facts: Facts, action: Action) -> Visible:
    if actor.kind != "patient" or action in _SEEING:
        return Visible()
    own = Clause(
        "own-words",
        types=PATIENTS_WORDS,
        patient=facts.patient,
        author=f"patient:{facts.patient}",
        voices=PATIENTS_VOICE,
    )
    return Visible((own,))


def _own_answers(actor: Actor, facts: Facts, action: Action) -> Visible:
    if actor.kind != "patient" or action != "update":
        return Visible()
    return Visible(
        tuple(
            Clause(
                "own-answers",
                types=frozenset({t}),
                patient=facts.patient,
                addressed=f"patient:{facts.patient}" if t == "Task" else None,
                elements=elements,
                voices=PATIENTS_VOICE,
            )
            for t, elements in PATIENTS_ANSWERS
        )
    )


def _scopes(actor: Actor, _: Facts, action: Action) -> frozenset[str]:
    letter = LETTERS[action]
    return frozenset(t for t in TYPES if actor.may(letter, t))


REFUSALS: tuple[Rule[bool], ...] = (
    Rule("no-person-data", "PDL 2008:355 4 kap. 1 §: only those who take part in care", _no_person_data),
    Rule("no-mandate", "PDL 2008:355 4 kap. 1 §: no ground has been laid down for this kind", _no_rule_yet),
    Rule("no-organisation", "HSLF-FS 2016:40: every user belongs to a care provider", _no_organisation),
    Rule("unknown-patient", "PDL 2008:355 5 kap. 5 §: direct access is to one's own data", _unknown_patient),
)

GRANTS: tuple[Rule[Visible], ...] = (
    Rule("own-organisation", "PDL 2008:355 4 kap. 1 §", _own_organisation),
    Rule("addressed", "PDL 2008:355 4 kap. 1 §: whoever is asked to take part in care", _addressed),
    Rule("contract-team", "the patient and the parties agreed on the shared plan", _contract_team),
    Rule("directory", "names of care are not patient data", _directory),
    Rule("own-record", "PDL 2008:355 5 kap. 5 §", _own_record),
    Rule("own-words", "Patientlag 2014:821 5 kap. 1 §", _own_words),
    Rule("own-answers", "Patientlag 2014:821 5 kap. 1 §", _own_answers),
)

NARROWINGS: tuple[Rule[frozenset[str]], ...] = (Rule("scopes", "SMART App Launch 2: scopes", _scopes),)
"""Each says which types remain; all are intersected."""
