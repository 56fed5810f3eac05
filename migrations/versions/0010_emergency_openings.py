"""Emergency openings with their follow-up.

Revision: 0010.
"""

import sqlalchemy as sa
from alembic import op

from pk_api.store.columns import TEXT

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    texts = [sa.Column(name, TEXT, nullable=False) for name in ("kind", "unit", "opened_by")]
    numbers = [sa.Column(name, sa.BigInteger(), nullable=False) for name in ("opened", "since", "until")]
    review = [sa.Column(name, TEXT, nullable=True) for name in ("reviewer", "finding", "note")]
    keys = ("patient_key", "consent_id", "provider")
    op.create_table(
        "opening",
        *(sa.Column(name, TEXT, nullable=False) for name in keys),
        *texts,
        *numbers,
        sa.Column("reviewed", sa.BigInteger(), nullable=True),
        *review,
        sa.PrimaryKeyConstraint(*keys),
    )
    op.create_index("opening_order", "opening", ["provider", "opened"])


def downgrade() -> None:
    """Take the tables back."""
    op.drop_table("opening")
