"""What an actor may see: a closed value that the store alone turns into a filter."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal

Need = Literal["relation", "consent", "emergency", "disclosure", "addressed", "told"]
"""Facts about reader and patient: each must be stored, for the reader, and in force.

`relation`: a care relation. `consent`: the patient's consent to share between providers, or the clarified
attitude of one who cannot take a stand. `emergency`: an opening. `disclosure`: the patient lets this very
item be told. `addressed`: this very item asks or tells the reader, among others. `told`: the reader is told
who the patient is, being asked to receive the patient or called to plan.
"""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads on behalf of care: facts and blocks are matched against it.

    `units`: facts that name one of these are about this reader; none means any unit of the provider.
    `own`: an inner block of one of these does not bar it. `kind` is what its unit is part of in law.
    """

    provider: str
    units: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    employee: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Clause:
    """One ground that opens; every limit that is given must hold.

    `owner`: the resource is this care provider's. `kin`: and not of a unit that is something else in law than
    the reader's. `others`: it is another provider's, or of a unit of another kind of the same municipality,
    and the unit is within the act on shared documentation. `by_patient`: the patient wrote it. `addressed`:
    it asks or tells this one; `units`: and one of these units, where it names a unit. `team`: this one takes
    part now in the active team of a contract that it belongs to. `shared`: it is about no patient. `needs`:
    what must be stored of `reader` and patient. `unblocked`: no block bars the reader. `without`: it bears
    none of these labels. `own_blocks`: a block itself is of the reader's own unit. `elements`: only these
    top-level elements may be changed. `voices`: only resources of these types may be named as the one who
    says what is written. `holds`: of each set of index entries one must be there.
    """

    ground: str
    types: frozenset[str] | None = None
    patient: str | None = None
    owner: str | None = None
    kin: bool = False
    others: bool = False
    by_patient: bool = False
    team: str | None = None
    author: str | None = None
    addressed: str | None = None
    units: tuple[str, ...] = ()
    shared: bool = False
    needs: frozenset[Need] = frozenset()
    unblocked: bool = False
    own_blocks: bool = False
    without: frozenset[str] = frozenset()
    reader: Reader | None = None
    elements: frozenset[str] | None = None
    voices: frozenset[str] | None = None
    holds: tuple[tuple[str, ...], ...] = ()

    def within(self, types: frozenset[str]) -> "Clause":
        """Return the clause limited to these types too."""
        return replace(self, types=types if self.types is None else self.types & types)

    def opens(self, resource_type: str) -> bool:
        """Say whether the clause can hold for a resource of this type."""
        return self.types is None or resource_type in self.types


@dataclass(frozen=True, slots=True)
class Knows:
    """Who is told a protected identity: the patient, and care with a care relation; by itself nobody is.

    `is_told`: there is nothing to keep from the reader about the patient of `Visible.about`.
    """

    patient: str | None = None
    reader: Reader | None = None
    is_told: bool = False


@dataclass(frozen=True, slots=True)
class About:
    """One patient, and the number of the facts that clauses have been judged by: others may hold since."""

    patient: str
    law: int


@dataclass(frozen=True, slots=True)
class Visible:
    """The union of clauses; none means nothing at all.

    Of a protected identity, a reader whom `knows` does not name is shown what `access.mask` leaves. With
    `about`, nothing is visible but what is about that patient, only while those facts are the patient's, and
    what is about nobody.
    """

    clauses: tuple[Clause, ...] = ()
    knows: Knows = Knows()
    about: About | None = None
    _hash: list[int] = field(default_factory=list, init=False, repr=False, compare=False)

    def __hash__(self) -> int:
        """Return the hash, made once: several tables are asked by this value in every request."""
        if not self._hash:
            self._hash.append(hash((self.clauses, self.knows, self.about)))
        return self._hash[0]

    @lru_cache(maxsize=20_000)  # noqa: B019  # values without a life of their own
    def for_type(self, resource_type: str) -> "Visible":
        """Return the clauses that can hold for a resource of this type, free of the limit by type."""
        clauses = tuple(replace(c, types=None) for c in self.clauses if c.opens(resource_type))
        return replace(self, clauses=clauses)

    @lru_cache(maxsize=10_000)  # noqa: B019  # values without a life of their own
    def with_shared(self, other: "Visible") -> "Visible":
        """Return this with what the other opens of what is about no patient; the other if that is nothing."""
        shared = tuple(clause for clause in other.clauses if clause.shared)
        return replace(self, clauses=(*self.clauses, *shared)) if shared else other

    def narrowed(self, types: frozenset[str]) -> "Visible":
        """Return what is visible of these types."""
        return replace(self, clauses=tuple(n for c in self.clauses if (n := c.within(types)).types))

    @property
    def grounds(self) -> str:
        """The names of the grounds, for the audit."""
        return " ".join(dict.fromkeys(c.ground for c in self.clauses))


def union(parts: Sequence[Visible]) -> Visible:
    """Return what any of the parts opens."""
    return Visible(tuple(dict.fromkeys(c for part in parts for c in part.clauses)))
