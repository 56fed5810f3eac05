"""Facts about who may see a patient's record, labels that bar, and what units are in law.

Revision: 0005.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
UNIT_KIND = "https://patientkontrakt.org/fhir/StructureDefinition/pk-unit-kind"
CURRENT = sa.table("current", *(sa.column(n) for n in ("patient_key", "type", "id", "version", "deleted")))
VERSION = sa.table("version", *(sa.column(n) for n in ("patient_key", "type", "id", "version", "body")))
AFFILIATION = sa.table("affiliation", sa.column("reference"), sa.column("kind"))


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "fact",
        *(sa.Column(name, TEXT, nullable=False) for name in ("patient_key", "type", "id")),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        *(
            sa.Column(name, TEXT, nullable=False)
            for name in ("kind", "provider", "unit", "person", "target", "said_by")
        ),
        *(
            sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False)
            for name in ("since", "until")
        ),
        *(sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=True) for name in ("low", "high")),
        sa.Column("spares", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("patient_key", "type", "id", "n"),
    )
    op.create_index("fact_of", "fact", ["patient_key", "kind", "provider"])
    is_personal = sa.text("person <> ''")
    op.create_index(
        "fact_person", "fact", ["person", "kind"], postgresql_where=is_personal, sqlite_where=is_personal
    )
    op.add_column("current", sa.Column("addressed_unit", TEXT, nullable=True))
    op.add_column("current", sa.Column("labels", TEXT, nullable=True))
    op.add_column("affiliation", sa.Column("kind", TEXT, nullable=True))
    is_told = sa.text("kind IS NOT NULL")
    op.create_index(
        "affiliation_place",
        "affiliation",
        ["provider", "unit"],
        postgresql_where=is_told,
        sqlite_where=is_told,
    )
    _note_kinds()


def _note_kinds() -> None:
    """Note what the stored organisations say that they are. Facts come with `pk-api reindex`."""
    connection = op.get_bind()
    same = [CURRENT.c[n] == VERSION.c[n] for n in ("patient_key", "type", "id", "version")]
    stored = sa.select(VERSION.c.id, VERSION.c.body).where(
        *same, CURRENT.c.type == "Organization", CURRENT.c.deleted == 0
    )
    for row in connection.execute(stored).all():
        extensions = json.loads(row.body).get("extension", ())
        kind = next((e.get("valueCode") for e in extensions if e.get("url") == UNIT_KIND), None)
        if kind:
            here = AFFILIATION.c.reference == f"Organization/{row.id}"
            connection.execute(sa.update(AFFILIATION).where(here).values(kind=kind))


def downgrade() -> None:
    """Take the tables back."""
    op.drop_index("affiliation_place", table_name="affiliation")
    op.drop_column("affiliation", "kind")
    op.drop_column("current", "labels")
    op.drop_column("current", "addressed_unit")
    op.drop_table("fact")
