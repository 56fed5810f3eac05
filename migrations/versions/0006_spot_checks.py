"""Spot checks of the audit, and what their reviews found.

Revision: 0006.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "spot_check",
        sa.Column("provider", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("made_by", TEXT, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("looked", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("provider", "id"),
    )
    op.create_table(
        "spot_item",
        sa.Column("check_id", TEXT, nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("patient_key", TEXT, nullable=False),
        sa.Column("recorded", sa.BigInteger(), nullable=False),
        sa.Column("audit_id", TEXT, nullable=False),
        sa.Column("marks", TEXT, nullable=False),
        sa.Column("reviewed", sa.BigInteger(), nullable=True),
        sa.Column("reviewer", TEXT, nullable=True),
        sa.Column("finding", TEXT, nullable=True),
        sa.Column("note", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("check_id", "n"),
    )


def downgrade() -> None:
    """Take the tables back."""
    op.drop_table("spot_item")
    op.drop_table("spot_check")
