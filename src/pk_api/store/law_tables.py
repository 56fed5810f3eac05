"""The tables of who may see what: where units belong, who takes part in teams, and facts about patients."""

from sqlalchemy import Column, Index, Integer, Table, text

from pk_api.store.columns import METADATA
from pk_api.store.columns import number_column as _number
from pk_api.store.columns import text_column as _text

TEAM = Table(
    "team",
    METADATA,
    _text("patient_key", key=True),
    _text("team_id", key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    _text("provider"),
    _text("unit", null=True),
    _number("since"),
    _number("until"),
    Index("team_provider", "provider", "patient_key", "team_id"),
)
"""Care providers and units that take part in a care team, with the period of each."""

AFFILIATION = Table(
    "affiliation",
    METADATA,
    _text("reference", key=True),
    _text("provider"),
    _text("unit", null=True),
    _text("parent", null=True),
    _text("kind", null=True),
    Index("affiliation_parent", "parent"),
    Index(
        "affiliation_kind",
        *("provider", "kind", "unit"),
        postgresql_where=text("kind IS NOT NULL"),
        sqlite_where=text("kind IS NOT NULL"),
    ),
    Index(
        "affiliation_place",
        *("provider", "unit"),
        postgresql_where=text("kind IS NOT NULL"),
        sqlite_where=text("kind IS NOT NULL"),
    ),
)
"""Organization, PractitionerRole and the like → care provider and unit (HSA-id, else the reference).

`kind`, of an Organization, is what it says that it is in the act on shared documentation.
"""

FACT = Table(
    "fact",
    METADATA,
    _text("patient_key", key=True),
    _text("type", key=True),
    _text("id", key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    _text("kind"),
    _text("provider"),
    _text("unit"),
    _text("person"),
    _text("target"),
    _text("said_by"),
    _number("since"),
    _number("until"),
    _number("low", null=True),
    _number("high", null=True),
    _text("spares"),
    Index("fact_of", "patient_key", "kind", "provider"),
    Index(
        "fact_person",
        "person",
        "kind",
        postgresql_where=text("person <> ''"),
        sqlite_where=text("person <> ''"),
    ),
)
"""What stored resources say about who may see a patient's record: relations, consents, blocks, mandates.

`provider` and `unit` (never empty where the provider is not) are whom it is about; `person` the employee, or
who acts for the patient: a person (`system|value`), `RelatedPerson/<id>` or an app; or the Patient that
replaces it or is replaced by it; `target` a resource, a
part or a scope that it is about; `said_by` the care provider that said it, or `patient:<key>`. It is in force
from `since` until `until`. A block covers information of `low` to `high` (null: without limit) but for the
types in `spares`.
"""

INVITATION = Table(
    "invitation",
    METADATA,
    _text("code", key=True),
    _text("patient_key"),
    _text("relative"),
    _text("kind"),
    _text("system"),
    _text("value"),
    _text("acting_for", null=True),
    _number("made"),
    _number("until"),
    _number("used", null=True),
    Index("invitation_patient", "patient_key", "relative"),
)
"""Invitations of relatives, by the hash of the one-time code: for which RelatedPerson, and who invites.

`kind`, `system`, `value` and `acting_for` say as what the inviting person was logged in: when the invitation
is accepted, what follows is done in that person's right, as it is then.
"""
