"""A code system as a table: its codes with Swedish and English names."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Term:
    """A code with its Swedish and English name, and for a plan the statutes that ask for it."""

    code: str
    sv: str
    en: str
    statutes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TermTable:
    """A code system: its canonical, its name for machines, its Swedish title, what it is for, and its codes.

    `publisher` and `oid` are those of a national code system.
    """

    url: str
    id: str
    name: str
    title: str
    description: str
    terms: tuple[Term, ...]
    publisher: str | None = None
    oid: str | None = None

    @property
    def by_code(self) -> Mapping[str, Term]:
        """The terms by their codes."""
        return MappingProxyType({term.code: term for term in self.terms})


def own(url: str, name: str, title: str, description: str, *rows: tuple[str, ...]) -> TermTable:
    """Return a code system of the product's own, of rows as `terms` reads them."""
    return TermTable(url, url.rpartition("/")[2], name, title, description, terms(rows))


def terms(rows: tuple[tuple[str, ...], ...]) -> tuple[Term, ...]:
    """Return the terms of rows of code, Swedish name, English name and statutes."""
    return tuple(Term(code, sv, en, tuple(statutes)) for code, sv, en, *statutes in rows)
