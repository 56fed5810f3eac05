"""Bulk exports and their files.

Revision: 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "export",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("caller", TEXT, nullable=False),
        sa.Column("actor", TEXT, nullable=False),
        sa.Column("asked", TEXT, nullable=False),
        sa.Column("request", TEXT, nullable=False),
        sa.Column("request_id", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("worker", TEXT, nullable=True),
        sa.Column("lease", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("moment", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("written", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("problem", TEXT, nullable=True),
        sa.Column("expires", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("export_caller", "export", ["caller"], unique=False)
    op.create_index("export_status", "export", ["status", "created"], unique=False)
    op.create_index("export_expires", "export", ["expires"], unique=False)
    op.create_table(
        "export_file",
        sa.Column("export_id", TEXT, nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("type", TEXT, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("patients", TEXT, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("export_id", "n"),
    )


def downgrade() -> None:
    """Take the tables back."""
    op.drop_table("export_file")
    op.drop_index("export_expires", table_name="export")
    op.drop_index("export_status", table_name="export")
    op.drop_index("export_caller", table_name="export")
    op.drop_table("export")
