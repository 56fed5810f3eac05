"""Names of the time in the audit, and its protection by triggers: nothing is changed, or deleted early.

Revision: 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
COLUMNS = ("person", "name", "title", "assignment", "provider_name", "unit_name", "acting_for")
TABLES = ("audit", "seal", "audit_cut")
FIVE_YEARS = 1826 * 86_400 * 1_000_000
"""Microseconds: five years have 1826 days at least; `pk-api audit prune` counts to the day."""

MAY_GO = {
    "audit": "EXISTS (SELECT 1 FROM seal, audit_cut WHERE seal.chain = 'audit' AND seal.n = OLD.{number}"
    " AND seal.sequence <= audit_cut.sequence)",
    "seal": "OLD.chain = 'audit' AND OLD.sequence <= (SELECT max(sequence) FROM audit_cut)",
    "audit_cut": "1 = 0",
}
"""When a row may be deleted: when it lies before a cut."""
IN_TIME = (
    "EXISTS (SELECT 1 FROM seal WHERE chain = 'audit' AND sequence = NEW.sequence AND hash = NEW.hash"
    " AND sealed = NEW.sealed AND sealed <= {now} * 1000000 - {years})"
)
"""A cut stands at a seal that is five years old."""


def upgrade() -> None:
    """Bring the tables forward."""
    for name in COLUMNS:
        op.add_column("audit", sa.Column(name, TEXT, nullable=True))
    op.create_index("audit_provider", "audit", ["provider", "recorded"], unique=False)
    op.create_table(
        "audit_cut",
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", TEXT, nullable=False),
        sa.Column("sealed", sa.BigInteger(), nullable=False),
        sa.Column("cut", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sequence"),
    )
    is_postgres = op.get_bind().dialect.name == "postgresql"
    for statement in _postgres() if is_postgres else _sqlite():
        op.execute(statement)


def _sqlite() -> list[str]:
    made = []
    for table in TABLES:
        told = f"BEGIN SELECT RAISE(ABORT, 'append-only: {table}'); END"
        free = MAY_GO[table].format(number="rowid")
        made += [
            f"CREATE TRIGGER {table}_stays BEFORE UPDATE ON {table} {told}",
            f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} WHEN ({free}) IS NOT 1 {told}",
        ]
    in_time = IN_TIME.format(years=FIVE_YEARS, now="CAST(strftime('%s', 'now') AS INTEGER)")
    told = "BEGIN SELECT RAISE(ABORT, 'append-only: too early'); END"
    return [*made, f"CREATE TRIGGER audit_cut_late BEFORE INSERT ON audit_cut WHEN NOT {in_time} {told}"]


def _postgres() -> list[str]:
    made = []
    for table in TABLES:
        free = MAY_GO[table].format(number="n")
        made += [
            f"CREATE FUNCTION {table}_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF TG_OP = 'DELETE' AND TG_LEVEL = 'ROW' THEN IF {free} THEN RETURN OLD; END IF; END IF; "
            f"RAISE EXCEPTION 'append-only: {table}'; END $$",
            f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_kept()",
            f"CREATE TRIGGER {table}_stays BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_kept()",
        ]
    in_time = IN_TIME.format(years=FIVE_YEARS, now="floor(extract(epoch FROM now()))::bigint")
    return [
        *made,
        "CREATE FUNCTION audit_cut_late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {in_time} THEN RETURN NEW; END IF; RAISE EXCEPTION 'append-only: too early'; END $$",
        "CREATE TRIGGER audit_cut_late BEFORE INSERT ON audit_cut "
        "FOR EACH ROW EXECUTE FUNCTION audit_cut_late()",
    ]


def downgrade() -> None:
    """Take the tables back."""
    is_postgres = op.get_bind().dialect.name == "postgresql"
    names = [(f"{table}_{what}", table) for table in TABLES for what in ("stays", "kept")]
    for name, table in (*names, ("audit_cut_late", "audit_cut")):
        op.execute(f"DROP TRIGGER {name} ON {table}" if is_postgres else f"DROP TRIGGER {name}")
    for name in (*(f"{table}_kept" for table in TABLES), "audit_cut_late") if is_postgres else ():
        op.execute(f"DROP FUNCTION {name}()")
    op.drop_table("audit_cut")
    op.drop_index("audit_provider", table_name="audit")
    for name in reversed(COLUMNS):
        op.drop_column("audit", name)
