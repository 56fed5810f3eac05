"""Where stored text is told: what a reader may not know of protected identities is taken out here.

Every statement that selects a body selects `hidden_by` beside it, and every row passes `told` before it
becomes a value: a row without that column is an error.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Label, Text, and_, literal_column, not_, or_, select
from sqlalchemy.sql.expression import FromClause

from pk_api.access.mask import PLACES, masked
from pk_api.access.words import words_of
from pk_api.fhir.values import parse
from pk_api.store import within
from pk_api.store.database import Statement
from pk_api.store.dialect import Dialect
from pk_api.store.rows import Key
from pk_api.store.tables import CURRENT, REFERENCE, SHARED, VERSION

_KEY: Final = ("patient_key", "type", "id")


def hidden_by(
    of: within.Shape, rows: FromClause = CURRENT, *, patient: ColumnElement[str] | None = None
) -> Label[Any]:
    """The column that says whether the text must be masked for this reader; see `within.masked`."""
    condition: ColumnElement[bool] = within.masked(of, rows, patient=patient)
    return condition.label("masked")


def is_told(of: within.Shape, rows: FromClause, leads_to: ColumnElement[str]) -> ColumnElement[bool]:
    """The link from the row may be followed: it leads to no place, or the row is told as it stands."""
    return or_(
        leads_to.not_in([literal_column(f"'{one}'", Text) for one in sorted(PLACES)]),
        not_(within.masked(of, rows)),
    )


def _identities(d: Dialect) -> Any:
    """Every version of the patients, and of their relatives, whom the rows are about or refer to."""
    given = d.rows("k", dict.fromkeys(_KEY, Text()))
    named = select(REFERENCE.c.target_key).join(given, and_(*(REFERENCE.c[n] == given.c[n] for n in _KEY)))
    about = named.where(REFERENCE.c.target_key != SHARED).union(select(given.c.patient_key))
    return select(VERSION.c.body).where(
        VERSION.c.patient_key.in_(about),
        or_(VERSION.c.type == "Patient", VERSION.c.type == "RelatedPerson"),
        VERSION.c.body != "",
    )


_IDENTITIES: Final = Statement(_identities)


async def told(db: Any, rows: Sequence[Any], *, at: Key | None = None) -> Sequence[Any]:
    """Return the rows with the text that the reader may have; `masked` then says whether any was left out.

    `at` is where they all stand, for rows that do not say it.
    """
    hidden = [n for n, row in enumerate(rows) if row["masked"] and row["body"]]
    if not hidden:
        return rows
    places = {
        n: (at.patient, at.type, at.id) if at else tuple(rows[n][name] for name in _KEY) for n in hidden
    }
    stored = await db.fetch(_IDENTITIES, db.dialect.pack("k", 3, sorted(set(places.values()))))
    words = words_of(parse(row["body"]) for row in stored)
    out = [dict(row) for row in rows]
    for n in hidden:
        text = masked(out[n]["body"], words)
        out[n] |= {"masked": text != out[n]["body"], "body": text}
    return out
