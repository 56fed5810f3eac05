"""When facts about a patient have changed, and an index of who is referred to from elsewhere.

Revision: 0009.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.add_column("patient", sa.Column("law", sa.BigInteger(), server_default="0", nullable=False))
    op.drop_index("reference_target", table_name="reference")
    op.create_index("reference_target", "reference", ["target_type", "target_id", "patient_key"])


def downgrade() -> None:
    """Take the tables back."""
    op.drop_index("reference_target", table_name="reference")
    op.create_index("reference_target", "reference", ["target_type", "target_id"])
    op.drop_column("patient", "law")
