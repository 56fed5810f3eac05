"""Since when a resource belongs to a contract, and until when one belonged that does no more.

Of what was stored before: what was made in a contract belongs since the revision that made it, all else as
long as there was both; what left belonged until the last revision that names it.

Revision: 0008.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_NAMES = ("patient_key", "contract_id", "type", "id")
_SAME = " AND ".join(f"outbox.{name} = member.{name}" for name in _NAMES)
_PLACE = ", ".join(f"outbox.{name}" for name in _NAMES)


def upgrade() -> None:
    """Bring the tables forward."""
    op.add_column("member", sa.Column("since", sa.BigInteger(), nullable=False, server_default="1"))
    op.create_table(
        "past_member",
        *(sa.Column(name, TEXT, nullable=False) for name in _NAMES),
        sa.Column("since", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("until", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint(*_NAMES, "since"),
    )
    op.execute(
        "UPDATE member SET since = COALESCE((SELECT min(outbox.revision) FROM outbox"  # noqa: S608  # our names
        f" WHERE {_SAME} AND outbox.version = 1), 1)"
    )
    op.execute(
        "INSERT INTO past_member (patient_key, contract_id, type, id, since, until)"  # noqa: S608  # as above
        f" SELECT {_PLACE}, CASE WHEN min(outbox.version) = 1 THEN min(outbox.revision) ELSE 1 END,"
        " max(outbox.revision) FROM outbox WHERE outbox.contract_id != ''"
        f" AND NOT EXISTS (SELECT 1 FROM member WHERE {_SAME}) GROUP BY {_PLACE}"
    )


def downgrade() -> None:
    """Take the tables back."""
    op.drop_table("past_member")
    op.drop_column("member", "since")
