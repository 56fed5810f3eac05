"""Facts and blocks as filters: what must be stored of reader and patient, and what bars the reader.

Parts of `within`, which alone puts them together. The block algorithm is that of RIV
informationsecurity:authorization:blocking 4.0 (CheckBlocks).
"""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
)
from sqlalchemy.sql.expression import FromClause

from pk_api.access.labels import BLOCK
from pk_api.store.tables import AFFILIATION, FACT

SHARERS: Final = ("vardgivare", "omsorgsgivare")
"""Kinds of units within the act on shared documentation (lag 2022:913)."""


def text(name: str) -> ColumnElement[str]:
    """A parameter of the statement."""
    return bindparam(name, type_=Text)


def marked(label: str) -> ColumnElement[str]:
    """The pattern of labels among which this one is."""
    return literal_column(f"'%|{label}|%'", Text)


def _now() -> ColumnElement[int]:
    return bindparam("v_now", type_=BigInteger)


def _in_force(fact: FromClause) -> list[ColumnElement[bool]]:
    return [fact.c.since <= _now(), fact.c.until > _now()]


@dataclass(frozen=True, slots=True)
class Reads:
    """One reader's part of a filter, flat: SQLite's parser has a stack of a hundred.

    `patient` is the key of the patient whom the row is about; `units` and `own` are how many units the reader
    has for facts, and for blocks.
    """

    patient: ColumnElement[Any]
    units: int
    own: int

    def holds(self, need: str, rows: FromClause) -> ColumnElement[bool]:
        """The fact is stored of the reader and the patient, and in force."""
        fact = FACT.alias(f"f_{need}")
        return exists(_any(fact).where(*self._of(fact, need), *self._item(fact, need, rows)))

    def is_unrelated(self) -> ColumnElement[bool]:
        """The reader has no care relation to the patient."""
        fact = FACT.alias("p_relation")
        return (
            _any(fact)
            .where(*self._of(fact, "relation"))
            .limit(literal_column("1", Integer))
            .scalar_subquery()
            .is_(None)
        )

    def _of(self, fact: FromClause, kind: str) -> list[ColumnElement[bool]]:
        return [
            fact.c.patient_key == self.patient,
            fact.c.kind == literal_column(f"'{kind}'", Text),
            fact.c.provider == text("v_reader_provider"),
            *([fact.c.unit.in_(self._named("unit", self.units))] if self.units else ()),
            fact.c.person.in_([literal_column("''", Text), text("v_reader_employee")]),
            *_in_force(fact),
        ]

    @staticmethod
    def _item(fact: FromClause, need: str, rows: FromClause) -> list[ColumnElement[bool]]:
        if need == "addressed":
            return [fact.c.type == rows.c.type, fact.c.id == rows.c.id]
        if need != "disclosure":
            return []
        return [fact.c.target == rows.c.type.concat("/").concat(rows.c.id)]

    @staticmethod
    def _named(name: str, number: int) -> list[ColumnElement[str]]:
        return [text(f"v_reader_{name}{i}") for i in range(number)]

    def others(self, rows: FromClause) -> list[ColumnElement[bool]]:
        """Another provider's, by a unit that is known to be within the act and not known to be outside it.

        Units of one municipality that are different things in law are as different providers.
        """
        place = AFFILIATION.alias("k")
        is_other = or_(rows.c.owner != text("v_reader_provider"), place.c.kind != text("v_reader_kind"))
        fits = case((and_(place.c.kind.in_(_names(SHARERS)), is_other), 1), else_=0)
        all_fit: Select[Any] = select(func.min(fits)).where(*_is_place(place, rows))
        return [all_fit.scalar_subquery() == 1]

    def kin(self, rows: FromClause) -> list[ColumnElement[bool]]:
        """The own provider's, and not of a unit that is known to be something else in law than the reader's.

        The units that are, are listed once for the statement.
        """
        other, own = AFFILIATION.alias("s"), text("v_reader_provider")
        is_other = or_(other.c.kind < text("v_reader_kind"), other.c.kind > text("v_reader_kind"))
        others = select(_unit(other)).where(other.c.provider == own, other.c.kind.is_not(None), is_other)
        return [rows.c.owner == own, _unit(rows).not_in(others)]

    def unblocked(self, rows: FromClause, *, is_elsewhere: bool = False) -> list[ColumnElement[bool]]:
        """No block in force bars the reader.

        `is_elsewhere`: the row is another provider's, or as another's: outer blocks of it bar the reader.
        """
        block, lift = FACT.alias("b"), FACT.alias("l")
        own = or_(block.c.kind == "inner", block.c.provider != text("v_reader_provider"))
        spared = [] if is_elsewhere else [own]
        barring: Select[Any] = (
            select(literal_column("1"))
            .select_from(block.outerjoin(lift, and_(*self._of(lift, "lift"), *_lifts(lift, block))))
            .where(
                block.c.patient_key == self.patient,
                block.c.kind.in_(_names(("inner", "outer"))),
                *_in_force(block),
                block.c.provider == rows.c.owner,
                block.c.unit.in_([literal_column("''", Text), _place(rows)]),
                *spared,
                or_(block.c.kind == "outer", *self._is_elsewhere(rows, block)),
                *_covers(block, rows),
                lift.c.n.is_(None),
            )
        )
        return [not_(exists(barring))]

    def own_blocks(self, rows: FromClause) -> list[ColumnElement[bool]]:
        """The row is no block, or one of the reader's own unit."""
        is_none = [rows.c.labels.is_(None), rows.c.labels.not_like(marked(BLOCK))]
        return [or_(*is_none, self._is_here(rows))]

    def _is_elsewhere(self, rows: FromClause, block: FromClause) -> list[ColumnElement[bool]]:
        """The row is another provider's, or of a unit that is not the reader's own nor blocked with it.

        A block of a unit is one of each of its parts (`target` names it): it spares those within.
        """
        if not self.own:
            return [literal_column("1") == literal_column("1")]
        within = block.c.target.in_(self._named("unit", self.units))
        own = _place(rows).in_(self._named("own", self.own))
        return [rows.c.owner != text("v_reader_provider"), not_(or_(own, within))]

    def _is_here(self, rows: FromClause) -> ColumnElement[bool]:
        """The row is of the reader's own unit; one that names no unit is its provider's."""
        if not self.own:
            return literal_column("1") == literal_column("0")
        own = _place(rows).in_(self._named("own", self.own))
        return and_(rows.c.owner == text("v_reader_provider"), own)


def _unit(rows: FromClause) -> ColumnElement[str]:
    """The unit, empty where none is named."""
    return func.coalesce(rows.c.unit, literal_column("''", Text))


def _place(rows: FromClause) -> ColumnElement[str]:
    """The unit whose information it is, the provider where no unit is known."""
    return func.coalesce(rows.c.unit, rows.c.owner)


def _lifts(lift: FromClause, block: FromClause) -> list[ColumnElement[bool]]:
    """The provider that blocks has lifted it."""
    targets = [literal_column("''", Text), literal("Consent/").concat(block.c.id)]
    return [lift.c.said_by == block.c.provider, lift.c.target.in_(targets)]


def _covers(block: FromClause, rows: FromClause) -> list[ColumnElement[bool]]:
    """The information is of the time that the block is about, wholly or in part, and of no type left out.

    Who the patient is, is no information that is blocked. Information is of the time from its own date
    (unknown: the beginning of time) until it was last changed.
    """
    return [
        or_(block.c.low.is_(None), rows.c.updated >= block.c.low, rows.c.sort_date >= block.c.low),
        or_(block.c.high.is_(None), rows.c.sort_date.is_(None), rows.c.sort_date < block.c.high),
        rows.c.type != literal_column("'Patient'", Text),
        block.c.spares.not_like(literal("%|").concat(rows.c.type).concat("|%")),
    ]


def _is_place(at: FromClause, rows: FromClause) -> list[ColumnElement[bool]]:
    """It is the organisation of the row's unit, of its provider where no unit is known."""
    is_unit = or_(at.c.unit == rows.c.unit, func.coalesce(at.c.unit, rows.c.unit).is_(None))
    return [at.c.provider == rows.c.owner, is_unit, at.c.kind.is_not(None)]


def _names(names: tuple[str, ...]) -> list[ColumnElement[str]]:
    return [literal_column(f"'{name}'", Text) for name in names]


def _any(rows: FromClause) -> Select[Any]:
    return select(literal_column("1")).select_from(rows)
