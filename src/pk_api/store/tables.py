"""The tables. Every table about a patient has the patient's key as leading column of its primary key.

Times are integers: microseconds since 1970 UTC. What is not about a patient has the key `SHARED`.
"""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, text

from pk_api.store.columns import METADATA, SHARED, TEXT, counted, given, kept_column
from pk_api.store.columns import number_column as _number
from pk_api.store.columns import text_column as _text
from pk_api.store.law_tables import AFFILIATION, FACT, TEAM

__all__ = [
    "AFFILIATION",
    "AUDIT",
    "CHOSEN_ID",
    "CONTRACT",
    "CURRENT",
    "EXPORT",
    "EXPORT_FILE",
    "FACT",
    "IDEMPOTENCY",
    "IDENTITY",
    "LOOKUP",
    "MEMBER",
    "METADATA",
    "NO_LAW",
    "OUTBOX",
    "PAST_MEMBER",
    "PATIENT",
    "REFERENCE",
    "SEAL",
    "SHARED",
    "SPAN",
    "TEAM",
    "TEXT",
    "VERSION",
    "given",
]

PATIENT = Table(
    "patient",
    METADATA,
    _text("patient_key", key=True),
    kept_column("created"),
    Column("law", BigInteger, nullable=False, server_default="0"),
)
"""One row a patient: locking it orders all that is written about the patient.

`law` is another number whenever facts about the patient have changed.
"""

NO_LAW: Final = -1
"""What is taken for the `law` of a patient who is not there."""

IDENTITY = Table(
    "identity",
    METADATA,
    _text("system", key=True),
    _text("value", key=True),
    _text("patient_key"),
    _text("id"),
    Index("identity_patient", "patient_key"),
)
"""Who a patient is: national identity number → patient. One number, one Patient resource."""

CHOSEN_ID = Table("chosen_id", METADATA, _text("type", key=True), _text("id", key=True), _text("patient_key"))
"""Ids that clients chose (update-as-create), or referred to before they were there; never removed."""

CURRENT = Table(
    "current",
    METADATA,
    _text("patient_key", key=True),
    _text("type", key=True),
    _text("id", key=True),
    Column("version", Integer, nullable=False),
    Column("deleted", Integer, nullable=False),
    _number("updated"),
    _text("owner"),
    _text("unit", null=True),
    _text("addressed", null=True),
    _text("author"),
    _text("ix"),
    _number("sort_date", null=True),
    _text("fingerprint"),
    _text("addressed_unit", null=True),
    _text("labels", null=True),
    Index("current_date", "patient_key", "type", "sort_date", "id"),
    Index("current_owner", "owner", "type", "updated", "patient_key", "id"),
    Index("current_updated", "type", "updated", "patient_key", "id"),
    Index(
        "current_addressed",
        *("addressed", "type", "updated", "patient_key", "id"),
        postgresql_where=text("addressed IS NOT NULL"),
        sqlite_where=text("addressed IS NOT NULL"),
    ),
)
"""The present version of each resource: who owns it, whom it addresses, and its index text.

`labels` names what bars some from it, each between bars (`|staff-only|`); null for nearly all.
"""

VERSION = Table(
    "version",
    METADATA,
    _text("patient_key", key=True),
    _text("type", key=True),
    _text("id", key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    _number("updated"),
    _text("method"),
    _text("body"),
    Index("version_updated", "updated", "patient_key", "type", "id", "version"),
)
"""Every version's exact JSON text, append-only; a deletion is a version with an empty body."""

REFERENCE = Table(
    "reference",
    METADATA,
    _text("patient_key", key=True),
    _text("type", key=True),
    _text("id", key=True),
    _text("target_type", key=True),
    _text("target_id", key=True),
    _text("binds"),
    Column("target_key", TEXT, nullable=False, server_default=SHARED),
    Index("reference_target", "target_type", "target_id", "patient_key"),
)
"""Literal references of the present versions, and the patient keys of what they lead to.

`binds` says how one carries membership (up, down or empty).
"""

LOOKUP = Table(
    "lookup",
    METADATA,
    _text("type", key=True),
    _text("param", key=True),
    _text("value", key=True),
    _text("patient_key", key=True),
    _text("id", key=True),
    Index("lookup_resource", "patient_key", "type", "id"),
)
"""Values by which resources are found when no patient is named."""

SPAN = Table(
    "span",
    METADATA,
    _text("patient_key", key=True),
    _text("type", key=True),
    _text("id", key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    _text("param"),
    Column("low", BigInteger, nullable=True),
    Column("high", BigInteger, nullable=True),
    _text("unit"),
)
"""Dates (microseconds), numbers and quantities (millionths) as half-open ranges; null is an open end."""

CONTRACT = Table(
    "contract",
    METADATA,
    _text("patient_key", key=True),
    _text("id", key=True),
    _text("status"),
    _number("revision"),
    _number("updated"),
    Index(
        "contract_one_active",
        "patient_key",
        unique=True,
        postgresql_where=text("status = 'active'"),
        sqlite_where=text("status = 'active'"),
    ),
    postgresql_with={"fillfactor": 50},
)
"""Each contract's revision; the partial unique index keeps a patient to one active contract."""

MEMBER = Table(
    "member",
    METADATA,
    _text("patient_key", key=True),
    _text("contract_id", key=True),
    _text("type", key=True),
    _text("id", key=True),
    Column("since", BigInteger, nullable=False, server_default="1"),
    Index("member_resource", "patient_key", "type", "id"),
)
"""Which resources belong to which contract, and since which revision of it."""

PAST_MEMBER = Table(
    "past_member",
    METADATA,
    _text("patient_key", key=True),
    _text("contract_id", key=True),
    _text("type", key=True),
    _text("id", key=True),
    _number("since", key=True),
    _number("until"),
)
"""Which resources belonged to which contract, from one revision until another, which has them no more."""

OUTBOX = Table(
    "outbox",
    METADATA,
    _text("patient_key", key=True),
    _text("contract_id", key=True),
    _number("revision", key=True),
    _text("type", key=True),
    _text("id", key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    _text("method"),
    _number("recorded"),
    _text("actor_kind"),
    _text("actor_name"),
    _text("actor_unit", null=True),
    _text("entry"),
    counted(),
    Index("outbox_n", "n"),
    Index("outbox_resource", "patient_key", "type", "id"),
)
"""Every change that others are told of, by contract and revision ('' and 0 for what is in no contract)."""

AUDIT = Table(
    "audit",
    METADATA,
    _text("patient_key", key=True),
    _number("recorded", key=True),
    _text("id", key=True),
    _text("interaction"),
    _text("outcome"),
    _text("rule"),
    _text("actor_kind"),
    _text("client"),
    _text("actor", null=True),
    _text("provider", null=True),
    _text("unit", null=True),
    _text("purpose", null=True),
    _text("entities"),
    _text("detail", null=True),
    _text("request_id"),
    _text("person", null=True),
    _text("name", null=True),
    _text("title", null=True),
    _text("assignment", null=True),
    _text("provider_name", null=True),
    _text("unit_name", null=True),
    _text("acting_for", null=True),
    counted(),
    Index("audit_n", "n"),
    Index("audit_provider", "provider", "recorded"),
)
"""Every access, allowed or refused: one row a patient touched. Append-only, by triggers of the database.

Names are those of the time. `person` is the identity number of a user who has no employee's id.
"""

SEAL = Table(
    "seal",
    METADATA,
    _text("chain", key=True),
    _number("sequence", key=True),
    _number("n"),
    _text("hash"),
    _number("sealed"),
    Index("seal_n", "chain", "n", unique=True),
)
"""Commit order of audit and outbox rows, chained by hash, written by one sealer."""

IDEMPOTENCY = Table(
    "idempotency",
    METADATA,
    _text("client", key=True),
    _text("key", key=True),
    _text("body_hash"),
    _text("written"),
    _number("created"),
    Index("idempotency_created", "created"),
)
"""Which versions a client's keyed request wrote, committed with them."""

EXPORT = Table(
    "export",
    METADATA,
    _text("id", key=True),
    _text("caller"),
    _text("actor"),
    _text("asked"),
    _text("request"),
    _text("request_id"),
    _text("status"),
    _text("worker", null=True),
    _number("lease"),
    Column("attempts", Integer, nullable=False),
    _number("created"),
    _number("moment", null=True),
    _number("written"),
    _number("size"),
    _text("problem", null=True),
    _number("expires"),
    Index("export_caller", "caller"),
    Index("export_status", "status", "created"),
    Index("export_expires", "expires"),
)
"""Bulk exports: who asked for what, which worker is at it and until when, and how far it has come."""

EXPORT_FILE = Table(
    "export_file",
    METADATA,
    _text("export_id", key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    _text("kind"),
    _text("type"),
    Column("count", Integer, nullable=False),
    _text("patients"),
    Column("body", LargeBinary, nullable=False),
)
"""Files of an export: lines of JSON, compressed, with the keys of the patients whom they are about."""
