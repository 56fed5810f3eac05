"""The decision: any refusal refuses, grants are united, narrowings are intersected."""

from dataclasses import dataclass, replace
from functools import lru_cache

from pk_api.access.actor import Actor
from pk_api.access.facts import Facts
from pk_api.access.rules import CARE, GRANTS, NARROWINGS, REFUSALS, Action, reader_of
from pk_api.access.scopes import within_limits
from pk_api.access.visible import Knows, Visible, union
from pk_api.fhir.resource_types import TYPES

ALL_TYPES = frozenset(TYPES)


@dataclass(frozen=True, slots=True)
class Decision:
    """What is visible for an action, and which rules said so; with nothing visible, the one that refused.

    `about` is the key of the patient by whose facts it has been judged.
    """

    visible: Visible
    rule: str
    about: str = ""


def knows(actor: Actor, facts: Facts) -> Knows:
    """Return whose protected identity the actor is told (OSL 2009:400 22 kap. 1 §): stand-ins are not."""
    if actor.kind == "patient":
        return Knows(patient=facts.patient)
    return Knows(reader=reader_of(actor, facts)) if actor.kind in CARE else Knows()


@lru_cache(maxsize=10_000)
def decide(actor: Actor, facts: Facts, action: Action) -> Decision:
    """Return what the actor may see for this action."""
    for refusal in REFUSALS:
        if refusal.says(actor, facts, action):
            return Decision(Visible(), refusal.name)
    visible = replace(
        union([grant.says(actor, facts, action) for grant in GRANTS]), knows=knows(actor, facts)
    )
    if not visible.clauses:
        return Decision(visible, "no-ground")
    for narrowing in NARROWINGS:
        types = narrowing.says(actor, facts, action)
        visible = visible if types >= ALL_TYPES else visible.narrowed(types)
        if not visible.clauses:
            return Decision(visible, narrowing.name)
    visible = within_limits(visible, actor, facts, action)
    if not visible.clauses:
        return Decision(visible, "scopes")
    return Decision(visible, visible.grounds)


@lru_cache(maxsize=10_000)
def reach(actor: Actor, facts: Facts) -> Visible:
    """Return what the grounds open for reading whatever the token's scopes.

    It serves questions of belonging (may this caller attach an appointment to this contract?), never to show.
    """
    if any(refusal.says(actor, facts, "read") for refusal in REFUSALS):
        return Visible()
    return replace(union([grant.says(actor, facts, "read") for grant in GRANTS]), knows=knows(actor, facts))


_SOURCES = {rule.name: rule.source for rule in REFUSALS} | {rule.name: rule.source for rule in NARROWINGS}


def refusal_told(rule: str) -> str:
    """Return why nothing at all is open, in words: it tells of the caller, never of a record."""
    source = _SOURCES.get(rule, "no ground of the law lets this caller do so")
    return f"This is not permitted for this caller: {rule} ({source})."
