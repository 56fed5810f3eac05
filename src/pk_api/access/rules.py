"""The law as three tuples: REFUSALS, GRANTS, NARROWINGS.

Each rule has a stable name, which lands in the audit row, and names its source. No grant means refusal;
the order of rows cannot open anything.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, Literal, TypeVar

from pk_api.access import persons
from pk_api.access.actor import Actor, ActorKind
from pk_api.access.facts import Facts
from pk_api.access.labels import BLOCK, PARTYS_OWN
from pk_api.access.visible import Clause, Need, Reader, Visible
from pk_api.fhir.resource_types import TYPES

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

CARE: frozenset[ActorKind] = frozenset({"system", "staff"})
"""Who acts for a care provider, an omsorgsgivare or another actor."""

SHARERS = frozenset({"vardgivare", "omsorgsgivare"})
"""Kinds of units within the act on shared documentation."""

RELATION: frozenset[Need] = frozenset({"relation"})

_PLANNED = frozenset(TYPES) - {"Patient", "Consent"}
"""What the parties of a contract write together: who the patient is, is kept by whoever registered it, and
what opens or bars, by whoever says it."""

ID_CHOOSERS: frozenset[ActorKind] = frozenset({"system", "staff"})
"""Who may store something new under an id of one's own choice."""

EXPORTERS: frozenset[ActorKind] = frozenset({"system", "staff"})
"""Who may export in bulk: care. A patient's own record is given by $everything."""


@dataclass(frozen=True, slots=True)
class Rule(Generic[Result]):
    """A rule: its name, its source in law or specification, and what it says of actor, facts and action."""

    name: str
    source: str
    says: Callable[[Actor, Facts, Action], Result]


def _no_person_data(actor: Actor, _: Facts, __: Action) -> bool:
    return actor.kind in {"statistics", "operator"}


def _no_organisation(actor: Actor, _: Facts, __: Action) -> bool:
    # a colon stands in no HSA-id: it marks what patients own
    return actor.kind in {"system", "staff"} and (not actor.provider or ":" in actor.provider)


def _own_care(actor: Actor, facts: Facts, action: Action) -> Visible:
    """What one's own care provider has written: a system's whole, staff's with a care relation."""
    if actor.kind not in CARE:
        return Visible()
    reader = reader_of(actor, facts)
    is_personal = actor.kind == "staff" and action != "create"
    return Visible(
        (
            Clause(
                "own-care",
                owner=actor.provider,
                kin=_is_of_a_unit(actor) and action != "create",
                needs=RELATION if is_personal else frozenset(),
                unblocked=action != "create",
                reader=reader,
            ),
        )
    )


def _is_of_a_unit(actor: Actor) -> bool:
    """A system without a unit is its whole provider's, which keeps its own activities apart."""
    return actor.kind == "staff" or actor.unit is not None


def _own_notes(actor: Actor, facts: Facts, action: Action) -> Visible:
    if actor.kind != "staff" or action == "create" or actor.employee is None:
        return Visible()
    author = f"staff:{actor.employee}"
    clause = Clause(
        "own-notes", owner=actor.provider, author=author, unblocked=True, reader=reader_of(actor, facts)
    )
    return Visible((clause,))


def _own_directory(actor: Actor, _: Facts, action: Action) -> Visible:
    if actor.kind != "staff" or action in _SEEING or action == "create":
        return Visible()
    return Visible((Clause("own-directory", types=DIRECTORY, owner=actor.provider, shared=True),))


def _shared_care(actor: Actor, facts: Facts, action: Action) -> Visible:
    if not _shares(actor, facts) or action not in _SEEING:
        return Visible()
    return Visible((_others("shared-care", actor, facts, RELATION | {"consent"}),))


def _emergency(actor: Actor, facts: Facts, action: Action) -> Visible:
    if not _shares(actor, facts) or action not in _SEEING:
        return Visible()
    return Visible((_others("emergency", actor, facts, frozenset({"emergency"})),))


def _disclosed(actor: Actor, facts: Facts, action: Action) -> Visible:
    if actor.kind not in CARE or action not in _SEEING:
        return Visible()
    needs: frozenset[Need] = frozenset({"disclosure"})
    return Visible((Clause("disclosed", needs=needs, reader=reader_of(actor, facts)),))


def _others(ground: str, actor: Actor, facts: Facts, needs: frozenset[Need]) -> Clause:
    return Clause(
        ground,
        others=True,
        needs=needs,
        unblocked=True,
        without=PARTYS_OWN,
        reader=reader_of(actor, facts),
    )


def _shares(actor: Actor, facts: Facts) -> bool:
    """Whether the actor's unit is within the act on shared documentation."""
    return actor.kind in CARE and facts.unit_kind in SHARERS


def _takes_part(actor: Actor, facts: Facts) -> bool:
    """Whether the actor's unit may have part in the shared plan as such, and not in own tasks alone."""
    return actor.kind in CARE and facts.activity not in {"social-services", "other-actor"}


def _patients_words(actor: Actor, facts: Facts, action: Action) -> Visible:
    """What the patient has written in the shared plan is for all who take part in the care, but for blocks.

    A reader learns that blocks exist, and not from the patient's own either whose.
    """
    if not _takes_part(actor, facts) or action not in _SEEING:
        return Visible()
    reader, barred = reader_of(actor, facts), PARTYS_OWN | {BLOCK}
    clause = Clause("patients-words", by_patient=True, needs=RELATION, without=barred, reader=reader)
    return Visible((clause,))


def _addressed(actor: Actor, facts: Facts, action: Action) -> Visible:
    if actor.kind not in CARE or action in {"create", "delete"}:
        return Visible()
    reader = reader_of(actor, facts)
    units = reader.units
    if action in _SEEING:
        alone = Clause("addressed", addressed=actor.provider, units=units)
        among_others = Clause("addressed", needs=frozenset({"addressed"}), reader=reader)
        return Visible((alone, among_others))
    types = frozenset({"Task"})
    clause = Clause(
        "addressed", types=types, addressed=actor.provider, units=units, elements=persons.TASK_ANSWERS
    )
    return Visible((clause,))


def _told_of_patient(actor: Actor, facts: Facts, action: Action) -> Visible:
    """Who is to receive a patient, or is called to plan, knows who it is."""
    if actor.kind not in CARE or action not in _SEEING:
        return Visible()
    reader = reader_of(actor, facts)
    return Visible((Clause("told", frozenset({"Patient"}), needs=frozenset({"told"}), reader=reader),))


def _contract_team(actor: Actor, facts: Facts, action: Action) -> Visible:
    """The parties of a contract write in it together; what they change, they must be allowed to read."""
    if not _takes_part(actor, facts) or action in _SEEING:
        return Visible()
    ours = Clause("contract-team", types=_PLANNED, team=actor.provider, reader=reader_of(actor, facts))
    if action == "create":
        return Visible((ours,))
    words = replace(ours, by_patient=True, needs=RELATION)
    if not _shares(actor, facts):
        return Visible((words,))
    return Visible((replace(ours, others=True, needs=RELATION | {"consent"}, unblocked=True), words))


def reader_of(actor: Actor, facts: Facts) -> Reader:
    """Return who reads on behalf of care.

    Staff stand for their own unit, and have part in what is said of the units that it is part of; a system
    stands for its unit and the units below it, or without one for the whole care provider.
    """
    provider, unit = actor.provider or "", actor.unit
    if actor.kind == "system":
        own = (unit, *facts.below) if unit else ()
        return Reader(provider, own, own, kind=facts.activity)
    own = (unit or provider,)
    return Reader(provider, (*own, *facts.above), own, actor.employee or "", facts.activity)


def _directory(actor: Actor, _: Facts, action: Action) -> Visible:
    if action not in _SEEING or actor.kind not in CARE | persons.PERSONS:
        return Visible()
    return Visible((Clause("directory", types=DIRECTORY, shared=True),))


def _scopes(actor: Actor, _: Facts, action: Action) -> frozenset[str]:
    letter = LETTERS[action]
    return frozenset(t for t in TYPES if actor.may(letter, t))


REFUSALS: tuple[Rule[bool], ...] = (
    Rule("no-person-data", "PDL 2008:355 4 kap. 1 §: only those who take part in care", _no_person_data),
    Rule(
        "no-mandate",
        "PDL 2008:355 5 kap. 5 §: for another only as guardian, by mandate or as the patient lets",
        persons.has_no_mandate,
    ),
    Rule("no-app-access", "PDL 2008:355 5 kap. 5 §: the patient lets the app in", persons.is_not_allowed),
    Rule(
        "deceased",
        "PDL 2008:355 5 kap. 5 §: direct access is the patient's own, and ends, as mandates do, at death",
        persons.is_dead,
    ),
    Rule("no-organisation", "HSLF-FS 2016:40: every user belongs to a care provider", _no_organisation),
    Rule(
        "unknown-patient", "PDL 2008:355 5 kap. 5 §: direct access is to one's own data", persons.is_unknown
    ),
    Rule("too-young", "Föräldrabalk 6 kap. 11 §: guardians decide for small children", persons.is_too_young),
)

GRANTS: tuple[Rule[Visible], ...] = (
    Rule("own-care", "PDL 2008:355 4 kap. 1 §", _own_care),
    Rule("own-notes", "PDL 2008:355 4 kap. 1 §: who wrote it needs it for the work", _own_notes),
    Rule("own-directory", "names of care are not patient data", _own_directory),
    Rule(
        "shared-care",
        "Lag 2022:913 3 kap.: shared care documentation, with relation and consent",
        _shared_care,
    ),
    Rule(
        "emergency", "Lag 2022:913 3 kap.: danger to life or health, when consent cannot be had", _emergency
    ),
    Rule("disclosed", "OSL 2009:400: the patient consents to the disclosure of this", _disclosed),
    Rule(
        "patients-words", "the patient wrote it for those who take part in the shared plan", _patients_words
    ),
    Rule("addressed", "PDL 2008:355 4 kap. 1 §: whoever is asked to take part in care", _addressed),
    Rule("told", "Lag 2017:612: the admission notice tells who is to be received", _told_of_patient),
    Rule("contract-team", "the patient and the parties agreed on the shared plan", _contract_team),
    Rule("directory", "names of care are not patient data", _directory),
    Rule("own-record", "PDL 2008:355 5 kap. 5 §", persons.own_record),
    Rule(
        "own-services",
        "Föräldrabalk 6 kap. 11 §, patientlag 2014:821 4 kap. 3 §: the young decide more and more",
        persons.own_services,
    ),
    Rule("own-words", "Patientlag 2014:821 5 kap. 1 §", persons.own_words),
    Rule("own-answers", "Patientlag 2014:821 5 kap. 1 §", persons.own_answers),
    Rule("guardian", "Föräldrabalk 6 kap. 11 §, PDL 2008:355 5 kap. 5 §", persons.as_guardian),
    Rule(
        "guardian-exception",
        "Föräldrabalk 6 kap. 11 §, OSL 2009:400 12 kap. 3 §: assessed, and agreed with the young person",
        persons.as_guardian_by_exception,
    ),
    Rule(
        "mandate",
        "Föräldrabalk 11 and 12 kap.; lag 2017:310: within the mandate",
        persons.as_representative,
    ),
    Rule("relative", "HFD 2017 ref. 67: no direct access to the record for others", persons.as_relative),
)

NARROWINGS: tuple[Rule[frozenset[str]], ...] = (Rule("scopes", "SMART App Launch 2: scopes", _scopes),)
"""Each says which types remain; all are intersected."""
