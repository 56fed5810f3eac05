"""The tables around the audit: where it has been cut off after its time. With `METADATA` of all tables."""

from sqlalchemy import BigInteger, Column, Table

from pk_api.store.tables import METADATA, TEXT

__all__ = ["AUDIT_CUT", "METADATA"]

AUDIT_CUT = Table(
    "audit_cut",
    METADATA,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", TEXT, nullable=False),
    Column("sealed", BigInteger, nullable=False),
    Column("cut", BigInteger, nullable=False),
    Column("rows", BigInteger, nullable=False),
)
"""Up to which sequence rows and their seals are removed, with the hash there: the chain goes on from it.

Triggers of the database let no younger cut in than five years, and nothing be deleted without one.
"""
