"""The first tables.

Revision: 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBERED = ("audit", "outbox")


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "affiliation",
        sa.Column("reference", TEXT, nullable=False),
        sa.Column("provider", TEXT, nullable=False),
        sa.Column("unit", TEXT, nullable=True),
        sa.Column("parent", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("reference"),
    )
    op.create_index("affiliation_parent", "affiliation", ["parent"], unique=False)
    op.create_table(
        "audit",
        sa.Column("patient_key", TEXT, nullable=False),
        sa.Column("recorded", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("interaction", TEXT, nullable=False),
        sa.Column("outcome", TEXT, nullable=False),
        sa.Column("rule", TEXT, nullable=False),
        sa.Column("actor_kind", TEXT, nullable=False),
        sa.Column("client", TEXT, nullable=False),
        sa.Column("actor", TEXT, nullable=True),
        sa.Column("provider", TEXT, nullable=True),
        sa.Column("unit", TEXT, nullable=True),
        sa.Column("purpose", TEXT, nullable=True),
        sa.Column("entities", TEXT, nullable=False),
        sa.Column("detail", TEXT, nullable=True),
        sa.Column("request_id", TEXT, nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("patient_key", "recorded", "id"),
    )
    op.create_index("audit_n", "audit", ["n"], unique=False)
    op.create_table(
        "chosen_id",
        sa.Column("type", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("patient_key", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("type", "id"),
    )
    op.create_table(
        "contract",
        sa.Column("patient_key", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("revision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("updated", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("patient_key", "id"),
        postgresql_with={"fillfactor": 50},
    )
    op.create_index(
        "contract_one_active",
        "contract",
        ["patient_key"],
        unique=True,
        postgresql_where=sa.text("status = 'active'"),
        sqlite_where=sa.text("status = 'active'"),
    )
    op.create_table(
        "current",
        sa.Column("patient_key", TEXT, nullable=False),
        sa.Column("type", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted", sa.Integer(), nullable=False),
        sa.Column("updated", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("owner", TEXT, nullable=False),
        sa.Column("unit", TEXT, nullable=True),
        sa.Column("addressed", TEXT, nullable=True),
        sa.Column("author", TEXT, nullable=False),
        sa.Column("ix", TEXT, nullable=False),
        sa.Column("sort_date", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("fingerprint", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("patient_key", "type", "id"),
    )
    op.create_index("current_date", "current", ["patient_key", "type", "sort_date", "id"], unique=False)
    op.create_index(
        "current_owner", "current", ["owner", "type", "updated", "patient_key", "id"], unique=False
    )
    op.create_index("current_updated", "current", ["type", "updated", "patient_key", "id"], unique=False)
    op.create_table(
        "idempotency",
        sa.Column("client", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("body_hash", TEXT, nullable=False),
        sa.Column("written", TEXT, nullable=False),
        sa.Column("created", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("client", "key"),
    )
    op.create_index("idempotency_created", "idempotency", ["created"], unique=False)
    op.create_table(
        "identity",
        sa.Column("system", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.Column("patient_key", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("system", "value"),
    )
    op.create_index("identity_patient", "identity", ["patient_key"], unique=False)
    op.create_table(
        "lookup",
        sa.Column("type", TEXT, nullable=False),
        sa.Column("param", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.Column("patient_key", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("type", "param", "value", "patient_key", "id"),
    )
    op.create_index("lookup_resource", "lookup", ["patient_key", "type", "id"], unique=False)
    op.create_table(
        "member",
        sa.Column("patient_key", TEXT, nullable=False),
        sa.Column("contract_id", TEXT, nullable=False),
        sa.Column("type", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("patient_key", "contract_id", "type", "id"),
    )
    op.create_index("member_resource", "member", ["patient_key", "type", "id"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("patient_key", TEXT, nullable=False),
        sa.Column("contract_id", TEXT, nullable=False),
        sa.Column("revision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("type", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("method", TEXT, nullable=False),
        sa.Column("recorded", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("actor_kind", TEXT, nullable=False),
        sa.Column("actor_name", TEXT, nullable=False),
        sa.Column("actor_unit", TEXT, nullable=True),
        sa.Column("entry", TEXT, nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("patient_key", "contract_id", "revision", "type", "id", "version"),
    )
    op.create_index("outbox_n", "outbox", ["n"], unique=False)
    op.create_index("outbox_resource", "outbox", ["patient_key", "type", "id"], unique=False)
    op.create_table(
        "patient",
        sa.Column("patient_key", TEXT, nullable=False),
        sa.Column("created", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("patient_key"),
    )
    op.create_table(
        "reference",
        sa.Column("patient_key", TEXT, nullable=False),
        sa.Column("type", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("target_type", TEXT, nullable=False),
        sa.Column("target_id", TEXT, nullable=False),
        sa.Column("binds", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("patient_key", "type", "id", "target_type", "target_id"),
    )
    op.create_index("reference_target", "reference", ["target_type", "target_id"], unique=False)
    op.create_table(
        "seal",
        sa.Column("chain", TEXT, nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", TEXT, nullable=False),
        sa.Column("sealed", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("chain", "sequence"),
    )
    op.create_index("seal_n", "seal", ["chain", "n"], unique=True)
    op.create_table(
        "span",
        sa.Column("patient_key", TEXT, nullable=False),
        sa.Column("type", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("param", TEXT, nullable=False),
        sa.Column("low", sa.BigInteger(), nullable=True),
        sa.Column("high", sa.BigInteger(), nullable=True),
        sa.Column("unit", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("patient_key", "type", "id", "n"),
    )
    op.create_table(
        "team",
        sa.Column("patient_key", TEXT, nullable=False),
        sa.Column("team_id", TEXT, nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("provider", TEXT, nullable=False),
        sa.Column("unit", TEXT, nullable=True),
        sa.Column("since", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("until", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("patient_key", "team_id", "n"),
    )
    op.create_index("team_provider", "team", ["provider", "patient_key", "team_id"], unique=False)
    op.create_table(
        "version",
        sa.Column("patient_key", TEXT, nullable=False),
        sa.Column("type", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("updated", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("method", TEXT, nullable=False),
        sa.Column("body", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("patient_key", "type", "id", "version"),
    )
    op.create_index(
        "version_updated", "version", ["updated", "patient_key", "type", "id", "version"], unique=False
    )
    if op.get_context().dialect.name == "postgresql":
        for table in NUMBERED:
            op.execute(f"CREATE SEQUENCE {table}_n_seq OWNED BY {table}.n")
            op.execute(f"ALTER TABLE {table} ALTER COLUMN n SET DEFAULT nextval('{table}_n_seq')")


def downgrade() -> None:
    """Take the tables back."""
    op.drop_index("version_updated", table_name="version")
    op.drop_table("version")
    op.drop_index("team_provider", table_name="team")
    op.drop_table("team")
    op.drop_table("span")
    op.drop_index("seal_n", table_name="seal")
    op.drop_table("seal")
    op.drop_index("reference_target", table_name="reference")
    op.drop_table("reference")
    op.drop_table("patient")
    op.drop_index("outbox_resource", table_name="outbox")
    op.drop_index("outbox_n", table_name="outbox")
    op.drop_table("outbox")
    op.drop_index("member_resource", table_name="member")
    op.drop_table("member")
    op.drop_index("lookup_resource", table_name="lookup")
    op.drop_table("lookup")
    op.drop_index("identity_patient", table_name="identity")
    op.drop_table("identity")
    op.drop_index("idempotency_created", table_name="idempotency")
    op.drop_table("idempotency")
    op.drop_index("current_updated", table_name="current")
    op.drop_index("current_owner", table_name="current")
    op.drop_index("current_date", table_name="current")
    op.drop_table("current")
    op.drop_index(
        "contract_one_active",
        table_name="contract",
        postgresql_where=sa.text("status = 'active'"),
        sqlite_where=sa.text("status = 'active'"),
    )
    op.drop_table("contract")
    op.drop_table("chosen_id")
    op.drop_index("audit_n", table_name="audit")
    op.drop_table("audit")
    op.drop_index("affiliation_parent", table_name="affiliation")
    op.drop_table("affiliation")
