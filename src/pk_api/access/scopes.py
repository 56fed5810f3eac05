"""What scopes with limits leave of what the grounds open: one patient, or resources with certain codes.

Source: SMART App Launch 2.2, scopes and launch context (patient-specific scopes, finer-grained constraints).
"""

from dataclasses import replace
from functools import lru_cache

from pk_api.access.actor import Actor, LimitedScope
from pk_api.access.facts import Facts
from pk_api.access.rules import DIRECTORY, LETTERS, Action
from pk_api.access.visible import Clause, Visible, union
from pk_api.fhir.resource_types import TYPES
from pk_api.fhir.search.filters import Filter
from pk_api.fhir.search.parameters import SEARCH_PARAMETERS


def within_limits(visible: Visible, actor: Actor, facts: Facts, action: Action) -> Visible:
    """Return what remains of it: all of the types of scopes without limits, of the others what meets them.

    The directory is about no patient, so that a scope for one patient opens it as another does.
    """
    if not actor.limited:
        return visible
    letter = LETTERS[action]
    whole = frozenset(t for t in TYPES if actor.may_all(letter, t))
    parts = [visible.narrowed(whole)]
    for scope in actor.limited:
        types = (frozenset(TYPES) if scope.type == "*" else frozenset({scope.type})) - whole
        if letter in scope.letters and types:
            parts.append(_limited(visible.narrowed(types), scope, facts))
    return replace(visible, clauses=union(parts).clauses)


def _limited(visible: Visible, scope: LimitedScope, facts: Facts) -> Visible:
    clauses = [replace(clause, holds=clause.holds + _needles(scope)) for clause in visible.clauses]
    if scope.patient:
        clauses = [one for clause in clauses for one in _of_patient(clause, facts.context)]
    return replace(visible, clauses=tuple(clauses))


def _of_patient(clause: Clause, patient: str | None) -> list[Clause]:
    """Return the clause within one patient, or within the directory; nothing while no patient is known."""
    if patient is None:
        return []
    if clause.shared:
        shared = clause.within(DIRECTORY)
        return [shared] if shared.types else []
    return [replace(clause, patient=patient)] if clause.patient in (None, patient) else []


@lru_cache(maxsize=1_000)
def _needles(scope: LimitedScope) -> tuple[tuple[str, ...], ...]:
    """Return of each parameter the entries of the index of which one must be there."""
    return tuple(
        Filter(SEARCH_PARAMETERS[scope.type][code], values=values).needles() for code, values in scope.tokens
    )
