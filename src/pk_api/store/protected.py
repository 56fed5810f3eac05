"""Protected identities as a filter: whose a row tells, and who is told. Part of `within`."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, Text, and_, func, literal_column, or_, select
from sqlalchemy.sql.expression import FromClause

from pk_api.access.labels import OTHERS
from pk_api.store.lawful import Reads, marked, text
from pk_api.store.tables import FACT, REFERENCE, SHARED


@dataclass(frozen=True, slots=True)
class Unknown:
    """Patients whose protected identity a reader is not told.

    `knows`: the one who reads is such a `patient`, or a `reader` whose care relations count, named by so many
    `units`. `is_told`: nothing is to be kept from the reader about the patient whom all rows are about.
    """

    knows: str
    units: int
    is_told: bool = False

    def is_told_of(self, rows: FromClause, patient: ColumnElement[str] | None) -> ColumnElement[bool]:
        """The row is about such a patient, or names one beside its own; `patient` where all have the same.

        The limits keep the database from listing all protected patients.
        """
        # of an unknown truth both sides are looked at: most rows have no labels at all
        names = func.coalesce(rows.c.labels, literal_column("''", Text)).like(marked(OTHERS))
        names_some = and_(names, _is_some(self._named(rows)))
        return names_some if self.is_told else or_(self._about(rows, patient), names_some)

    def _about(self, rows: FromClause, patient: ColumnElement[str] | None) -> ColumnElement[bool]:
        own = FACT.alias("p_own")
        whose = rows.c.patient_key if patient is None else patient
        return _is_some(select(literal_column("1")).where(own.c.patient_key == whose, *self._hides(own)))

    def _named(self, rows: FromClause) -> Select[Any]:
        """Select the patients of what the row refers to, as far as they are such ones."""
        ref, other = REFERENCE.alias("p_ref"), FACT.alias("p_other")
        return (
            select(literal_column("1"))
            .select_from(ref.join(other, other.c.patient_key == ref.c.target_key))
            .where(
                *(ref.c[name] == rows.c[name] for name in ("patient_key", "type", "id")),
                ref.c.target_key.not_in([literal_column(f"'{SHARED}'", Text), rows.c.patient_key]),
                *self._hides(other),
            )
        )

    def _hides(self, fact: FromClause) -> list[ColumnElement[bool]]:
        hidden = [fact.c.kind == literal_column("'protected'", Text)]
        if self.knows == "patient":
            hidden.append(fact.c.patient_key != text("v_self"))
        if self.knows == "reader":
            hidden.append(Reads(fact.c.patient_key, units=self.units, own=0).is_unrelated())
        return hidden


def _is_some(rows: Select[Any]) -> ColumnElement[bool]:
    return rows.limit(literal_column("1", Integer)).scalar_subquery().is_not(None)
