"""What the tables of rules are made of: a row for each demand, and the problem of those that are not met."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pk_api.fhir.problems import Issue, Problem

Of = TypeVar("Of")


@dataclass(frozen=True, slots=True)
class Rule(Generic[Of]):
    """A rule: when it holds, what is lacking where it does not, in which element, by which source.

    `field` is what the contract API calls the element; `kind` is the kind of problem that a breach is.
    """

    name: str
    holds: Callable[[Of], bool]
    lacks: str
    path: str = ""
    source: str = ""
    field: str = ""
    kind: str = "business-rule"

    @property
    def told(self) -> str:
        """What is lacking, and where it is said."""
        return f"{self.lacks} ({self.source})" if self.source else self.lacks


def lacking(rules: Iterable[Rule[Of]], of: Of) -> list[Rule[Of]]:
    """Return the rules that do not hold."""
    return [rule for rule in rules if not rule.holds(of)]


def problem_of(broken: Sequence[Rule[Any]]) -> Problem:
    """Return the problem of rules that do not hold, of the kind of the first of them."""
    first = broken[0]
    issues = [Issue(first.kind, rule.told, rule.path) for rule in broken]
    return Problem(first.kind, first.told, issues=issues, facts={"lacking": [rule.name for rule in broken]})
