"""What tables are made of: columns, the key of what is about no patient, and the list of all tables."""

from typing import Any, Final

from sqlalchemy import BigInteger, Column, MetaData, Table, Text

SHARED: Final = "0"
"""Patient key of what is about no patient: organisations, practitioners, questionnaires and the like."""

METADATA = MetaData()

TEXT: Final = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that is compared letter by letter on both databases."""


def text_column(name: str, *, key: bool = False, null: bool = False) -> Column[str]:
    """A text, required unless it may be null."""
    return Column(name, TEXT, primary_key=key, nullable=null and not key)


def number_column(name: str, *, key: bool = False, null: bool = False) -> Column[int]:
    """A whole number, required unless it may be null."""
    return Column(name, BigInteger, primary_key=key, nullable=null and not key, autoincrement=False)


def kept_column(name: str) -> Column[int]:
    """A whole number that stays as it was first stored when the row is replaced."""
    return Column(name, BigInteger, nullable=False, info={"is_kept": True})


def counted() -> Column[int]:
    """Numbered by the database as rows are inserted: PostgreSQL by a sequence, SQLite by its rowid."""
    return Column("n", BigInteger, nullable=True, info={"by_database": True})


def given(table: Table) -> list[Column[Any]]:
    """Return the columns that an insert gives; the others are the database's."""
    return [c for c in table.columns if not c.info.get("by_database")]
