"""Units by what they are in law: a statement lists those of a care provider that differ from the reader's."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    stated = sa.text("kind IS NOT NULL")
    columns = ["provider", "kind", "unit"]
    op.create_index("affiliation_kind", "affiliation", columns, postgresql_where=stated, sqlite_where=stated)


def downgrade() -> None:
    """Take it away again."""
    op.drop_index("affiliation_kind", "affiliation")
