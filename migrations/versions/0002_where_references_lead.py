"""Where references lead, so that a search can follow them; what is addressed to whom, so that it is listed.

Revision: 0002.
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
SHARED = "0"
REFERENCE = sa.table("reference", *(sa.column(n) for n in ("target_type", "target_id", "target_key")))
CHOSEN_ID = sa.table("chosen_id", *(sa.column(n) for n in ("type", "id", "patient_key")))
PATIENT_ID = re.compile(r"[a-z2-7]{26}")
OTHER_ID = re.compile(r"(?:([a-z2-7]{26})|0)-[a-z2-7]{13,26}")


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_index(
        "current_addressed",
        "current",
        ["addressed", "type", "updated", "patient_key", "id"],
        postgresql_where=sa.text("addressed IS NOT NULL"),
        sqlite_where=sa.text("addressed IS NOT NULL"),
    )
    op.add_column("reference", sa.Column("target_key", TEXT, nullable=False, server_default=SHARED))
    connection = op.get_bind()
    chosen = {(r.type, r.id): r.patient_key for r in connection.execute(sa.select(CHOSEN_ID))}
    targets = sa.select(REFERENCE.c.target_type, REFERENCE.c.target_id).distinct()
    for kind, target in connection.execute(targets).all():
        key = chosen.get((kind, target)) or _key_in(kind, target)
        if key != SHARED:
            here = (REFERENCE.c.target_type == kind, REFERENCE.c.target_id == target)
            connection.execute(sa.update(REFERENCE).where(*here).values(target_key=key))


def _key_in(kind: str, target: str) -> str:
    if kind == "Patient":
        return target if PATIENT_ID.fullmatch(target) else SHARED
    found = OTHER_ID.fullmatch(target)
    return (found[1] or SHARED) if found else SHARED


def downgrade() -> None:
    """Take the tables back."""
    op.drop_column("reference", "target_key")
    op.drop_index("current_addressed", table_name="current")
