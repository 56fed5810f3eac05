"""Invitations of relatives by one-time codes.

Revision: 0007.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "invitation",
        *(
            sa.Column(name, TEXT, nullable=False)
            for name in ("code", "patient_key", "relative", "kind", "system", "value")
        ),
        sa.Column("acting_for", TEXT, nullable=True),
        *(
            sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False)
            for name in ("made", "until")
        ),
        sa.Column("used", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_index("invitation_patient", "invitation", ["patient_key", "relative"])


def downgrade() -> None:
    """Take the tables back."""
    op.drop_table("invitation")
