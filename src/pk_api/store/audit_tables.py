"""The tables around the audit: where it has been cut off after its time. With `METADATA` of all tables."""

from sqlalchemy import BigInteger, Column, Index, Integer, Table

from pk_api.store.tables import METADATA, TEXT

__all__ = ["AUDIT_CUT", "METADATA", "OPENING", "SPOT_CHECK", "SPOT_ITEM"]

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

SPOT_CHECK = Table(
    "spot_check",
    METADATA,
    Column("provider", TEXT, primary_key=True),
    Column("id", TEXT, primary_key=True),
    Column("made", BigInteger, nullable=False),
    Column("made_by", TEXT, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("looked", BigInteger, nullable=False),
)
"""Spot checks of a care provider's audit: of which period, made when and by whom, out of how many rows."""

SPOT_ITEM = Table(
    "spot_item",
    METADATA,
    Column("check_id", TEXT, primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("patient_key", TEXT, nullable=False),
    Column("recorded", BigInteger, nullable=False),
    Column("audit_id", TEXT, nullable=False),
    Column("marks", TEXT, nullable=False),
    Column("reviewed", BigInteger, nullable=True),
    Column("reviewer", TEXT, nullable=True),
    Column("finding", TEXT, nullable=True),
    Column("note", TEXT, nullable=True),
)
"""The rows that a spot check picked, by which marks, and what the review found."""

OPENING = Table(
    "opening",
    METADATA,
    Column("patient_key", TEXT, primary_key=True),
    Column("consent_id", TEXT, primary_key=True),
    Column("provider", TEXT, primary_key=True),
    Column("kind", TEXT, nullable=False),
    Column("unit", TEXT, nullable=False),
    Column("opened", BigInteger, nullable=False),
    Column("opened_by", TEXT, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("reviewed", BigInteger, nullable=True),
    Column("reviewer", TEXT, nullable=True),
    Column("finding", TEXT, nullable=True),
    Column("note", TEXT, nullable=True),
    Index("opening_order", "provider", "opened"),
)
"""Every emergency opening of a care provider's, once, and what its follow-up found; kept when it is ended."""
