"""What patients may do, and those who act for them: guardians, representatives, relatives, apps.

Rules over what is stored (`Facts.grounds`); `access.rules` puts them into its tuples with name and source.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import Final

from pk_api.access.actor import Actor, ActorKind
from pk_api.access.facts import Facts
from pk_api.access.labels import BLOCK, FROM_GUARDIAN, NOT_RELATIVES, PARTYS_OWN, UNTOLD
from pk_api.access.visible import Clause, Visible
from pk_api.fhir.search.filters import Filter
from pk_api.fhir.search.parameters import SEARCH_PARAMETERS
from pk_api.fhir.systems import CONSENT_KIND, EXT_GOAL_ACCEPTANCE, EXT_READ

PERSONS: frozenset[ActorKind] = frozenset({"patient", "proxy", "app"})
"""Who writes in a patient's place: what they write are the patient's words."""

_THEMSELVES: frozenset[ActorKind] = frozenset({"patient", "app"})
_SEEING: Final = frozenset({"read", "search"})

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

NO_PERMISSIONS = PATIENTS_WORDS - {"Consent", "RelatedPerson"}
"""What is written by those who may not decide who else has access."""

TASK_ANSWERS = frozenset({"status", "statusReason", "businessStatus", "note", "output", "lastModified"})
"""What whoever is asked to do a Task may change in it."""

PATIENTS_ANSWERS = (
    ("Task", TASK_ANSWERS),
    ("Goal", frozenset({f"extension:{EXT_GOAL_ACCEPTANCE}"})),
    ("Appointment", frozenset({"participant"})),
    ("Communication", frozenset({f"extension:{EXT_READ}"})),
)
"""What a patient may change in items that others wrote: the own answer, nothing else."""

OWN_CONSENTS = ("sharing", "sip", "disclosure", "relative-access", "block-inner", "block-outer")
"""Kinds of Consents that the patient gives and takes back, also those that care wrote down."""

CONSENT_ANSWERS = frozenset({"status"})
"""What a patient may change in a Consent that care wrote down."""

PATIENTS_VOICE = frozenset({"Patient", "RelatedPerson"})
"""Who may be named as the one who says what a patient writes: not care, whose words these are not."""

SERVICES = frozenset({"Patient", "Appointment", "AppointmentResponse", "CareTeam"})
"""What of the record belongs to the e-services of the young: who they are, times and contacts."""

ASKED = frozenset({"Task", "Communication"})
"""Types that are for whoever they are addressed to."""

ACCEPTANCES: Final = frozenset({"Provenance"})
"""What an agreement is kept in."""

BY_GUARDIAN: Final = UNTOLD | {FROM_GUARDIAN}
"""What those who act for a patient are not shown."""

MANDATES: Mapping[str, frozenset[str] | None] = MappingProxyType(
    {"mandate:person": None, "mandate:rights": frozenset({"Patient", "CareTeam"})}
)
"""Scope of a mandate → types that it opens for reading (None: all); others, such as property, open none."""

TOLD_RELATIVES = frozenset({"Goal", "Task", "Observation"})
"""Of the patient's words, those that relatives read: not messages and answers to care, nor permissions."""

PARTS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "whatMatters": frozenset({"Goal"}),
        "goals": frozenset({"Goal"}),
        "actions": frozenset({"Task", "ServiceRequest"}),
        "contacts": frozenset({"CareTeam"}),
        "team": frozenset({"CareTeam"}),
        "appointments": frozenset({"Appointment", "AppointmentResponse"}),
        "plans": frozenset({"CarePlan"}),
    }
)
"""Parts of a contract as a permission names them, and what they are here. Relatives are told of no others."""


def is_too_young(actor: Actor, facts: Facts, _: str) -> bool:
    """Say whether a patient is too young to log in, or of an age that is not known."""
    return actor.kind in _THEMSELVES and (facts.age is None or facts.age < facts.limits.services)


def is_dead(actor: Actor, facts: Facts, _: str) -> bool:
    """Say whether the patient is dead, for whom a person would read or write."""
    return actor.kind in PERSONS and "dead" in facts.grounds


def is_unknown(actor: Actor, facts: Facts, _: str) -> bool:
    """Say whether nobody is registered with the patient's number."""
    return actor.kind in _THEMSELVES and facts.patient is None


def has_no_mandate(actor: Actor, facts: Facts, _: str) -> bool:
    """Say whether no stored ground lets a proxy act for the patient."""
    if actor.kind != "proxy":
        return False
    grounds = (as_guardian, as_guardian_by_exception, as_representative, as_relative)
    return not any(ground(actor, facts, "read").clauses for ground in grounds)


def is_not_allowed(actor: Actor, facts: Facts, _: str) -> bool:
    """Say whether an app has not the patient's permission."""
    return actor.kind == "app" and "app-access" not in facts.grounds


def knows_of_hidden(actor: Actor) -> bool:
    """Say whether one is told that something is hidden: the patient is, as it may be asked for and appealed.

    Those who stand in for a patient are not (OSL 2009:400 12 kap. 3 §), and of staff-only notes nobody is.
    """
    return actor.kind in _THEMSELVES


def own_record(actor: Actor, facts: Facts, action: str) -> Visible:
    """The patient reads the own record, from a certain age, and the records that were merged with it."""
    if actor.kind not in _THEMSELVES or action not in _SEEING or _age(facts) < facts.limits.record:
        return Visible()
    keys = (facts.patient, *facts.merged)
    return Visible(tuple(Clause("own-record", patient=key, without=UNTOLD) for key in keys))


def own_services(actor: Actor, facts: Facts, action: str) -> Visible:
    """The young use e-services: own words, what is asked of them, times and contacts."""
    if actor.kind not in _THEMSELVES or action not in _SEEING:
        return Visible()
    if not facts.limits.services <= _age(facts) < facts.limits.record:
        return Visible()
    own = f"patient:{facts.patient}"
    clause = Clause("own-services", patient=facts.patient, without=UNTOLD)
    return Visible(
        (
            replace(clause, types=SERVICES),
            replace(clause, types=PATIENTS_WORDS, owner=own),
            replace(clause, types=ASKED, addressed=own),
        )
    )


def own_words(actor: Actor, facts: Facts, action: str) -> Visible:
    """The patient writes, and so does an app that the patient lets in, though no permissions."""
    if actor.kind not in _THEMSELVES or action in _SEEING:
        return Visible()
    types = PATIENTS_WORDS if actor.kind == "patient" else NO_PERMISSIONS
    return Visible((_words("own-words", facts, types), *_agreeing("own-words", facts, action)))


def _agreeing(ground: str, facts: Facts, action: str) -> tuple[Clause, ...]:
    """The patient, or who acts in the patient's place, agrees to the contract; a yes never changes."""
    return (_words(ground, facts, ACCEPTANCES),) if action == "create" else ()


def own_answers(actor: Actor, facts: Facts, action: str) -> Visible:
    """The patient answers what others wrote."""
    if actor.kind not in _THEMSELVES or action != "update":
        return Visible()
    answers = _answers("own-answers", facts, UNTOLD)
    if actor.kind == "app":
        return Visible(answers)
    consents = Clause("own-answers", frozenset({"Consent"}), facts.patient, holds=_own_consents())
    return Visible((*answers, replace(consents, elements=CONSENT_ANSWERS, voices=PATIENTS_VOICE)))


@cache
def _own_consents() -> tuple[tuple[str, ...], ...]:
    """Return the index entries of which a Consent has one that the patient gives and takes back."""
    values = tuple(f"{CONSENT_KIND}|{kind}" for kind in OWN_CONSENTS)
    return (Filter(SEARCH_PARAMETERS["Consent"]["category"], values=values).needles(),)


def as_guardian(actor: Actor, facts: Facts, action: str) -> Visible:
    """Guardians of small children see and act; they block nothing."""
    if not _is_guardian(actor, facts) or not 0 <= _age(facts) < facts.limits.guardian_acts:
        return Visible()
    return _stand_in("guardian", actor, facts, action, types=PATIENTS_WORDS, without=BY_GUARDIAN | {BLOCK})


def as_guardian_by_exception(actor: Actor, facts: Facts, action: str) -> Visible:
    """Guardians of young people read, where an exception has been decided with the young person."""
    limits = facts.limits
    if not _is_guardian(actor, facts) or action not in _SEEING or "guardian-exception" not in facts.grounds:
        return Visible()
    if not limits.guardian_acts <= _age(facts) < limits.guardian_reads:
        return Visible()
    without = BY_GUARDIAN | PARTYS_OWN
    return Visible((Clause("guardian-exception", patient=facts.patient, without=without),))


def as_representative(actor: Actor, facts: Facts, action: str) -> Visible:
    """God man, förvaltare and holders of a lasting power act within the scope of their mandate."""
    if actor.kind != "proxy":
        return Visible()
    if "mandate:person" in facts.grounds:
        return _stand_in("mandate", actor, facts, action, types=NO_PERMISSIONS, without=UNTOLD)
    opened = [MANDATES[scope] for scope in sorted(facts.grounds & MANDATES.keys())]
    if action not in _SEEING or not opened:
        return Visible()
    told = Clause("mandate", patient=facts.patient, without=UNTOLD | PARTYS_OWN)
    return Visible(tuple(replace(told, types=types) for types in opened))


def as_relative(actor: Actor, facts: Facts, action: str) -> Visible:
    """Relatives whom the patient lets in have part in own tasks and in what the patient wrote."""
    if actor.kind != "proxy" or "relative-access" not in facts.grounds:
        return Visible()
    if action == "update":
        return Visible(tuple(_own_task(facts, one, is_answer=True) for one in facts.people))
    if action not in _SEEING:
        return Visible()
    own = [_own_task(facts, one, is_answer=False) for one in facts.people]
    return Visible((*own, *_told_relative(facts)))


def _told_relative(facts: Facts) -> tuple[Clause, ...]:
    untold = BY_GUARDIAN | {NOT_RELATIVES}
    told = Clause("relative", types=TOLD_RELATIVES, patient=facts.patient, without=untold)
    words = replace(told, owner=f"patient:{facts.patient}")
    if facts.limits.relatives != "named":
        return (words,)
    named = (PARTS.get(ground.removeprefix("relative-access:"), frozenset()) for ground in facts.grounds)
    types = frozenset[str]().union(*named)
    return (words, replace(told, types=types)) if types else (words,)


def _own_task(facts: Facts, person: str, *, is_answer: bool) -> Clause:
    own = Clause("relative", frozenset({"Task"}), facts.patient, addressed=person, without=BY_GUARDIAN)
    return replace(own, elements=TASK_ANSWERS, voices=frozenset({"RelatedPerson"})) if is_answer else own


def _stand_in(
    ground: str, actor: Actor, facts: Facts, action: str, *, types: frozenset[str], without: frozenset[str]
) -> Visible:
    """See as the patient does, of acceptances only one's own; write in the patient's place, and answer."""
    if action in _SEEING:
        mine = Clause(ground, types=ACCEPTANCES, patient=facts.patient, author=f"proxy:{actor.caller}")
        told = Clause(ground, patient=facts.patient, without=(without - {BLOCK}) | PARTYS_OWN)
        return Visible((told, mine))
    words = (replace(_words(ground, facts, types), without=without), *_agreeing(ground, facts, action))
    if action != "update":
        return Visible(words)
    own = (_own_task(facts, one, is_answer=True) for one in facts.people)
    own = (replace(task, ground=ground, without=without) for task in own)
    return Visible((*words, *_answers(ground, facts, without), *own))


def _words(ground: str, facts: Facts, types: frozenset[str]) -> Clause:
    own = f"patient:{facts.patient}"
    return Clause(ground, types=types, patient=facts.patient, owner=own, voices=PATIENTS_VOICE)


def _answers(ground: str, facts: Facts, without: frozenset[str]) -> tuple[Clause, ...]:
    return tuple(
        Clause(
            ground,
            types=frozenset({t}),
            patient=facts.patient,
            addressed=f"patient:{facts.patient}" if t == "Task" else None,
            without=without,
            elements=elements,
            voices=PATIENTS_VOICE,
        )
        for t, elements in PATIENTS_ANSWERS
    )


def _is_guardian(actor: Actor, facts: Facts) -> bool:
    return actor.kind == "proxy" and "guardian" in facts.grounds and "guardian-barred" not in facts.grounds


def _age(facts: Facts) -> int:
    """The age; one that is not known is within no limits."""
    return -1 if facts.age is None else facts.age
