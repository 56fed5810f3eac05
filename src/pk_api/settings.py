"""Settings, read from the environment (`PK_…`) once, by `app` and `cli` alone."""

import os
import re
from pathlib import Path
from typing import Any, Literal, Self, get_args

from pydantic import BaseModel, Field, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from pk_api.access.actor import ActorKind
from pk_api.web.tokens.claims import NAMES

SECRETS = frozenset({"secret", "database_url", "signing_key"})
"""Settings that may stand in a file named by `PK_<NAME>_FILE`, as secrets are handed to containers."""

_ORIGIN = re.compile(r"https?://[a-z0-9.\-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:]+\](:[0-9]{1,5})?")


class Issuer(BaseModel):
    """An identity provider whose tokens are accepted; its keys by discovery, address or file."""

    issuer: str = Field(description="The `iss` of its tokens")
    audience: str = Field(default="pk_api", description="The `aud` that its tokens must have")
    jwks_url: str | None = Field(default=None, description="Where its keys are published")
    jwks_file: Path | None = Field(default=None, description="A file with its keys (JWK Set)")
    kinds: tuple[ActorKind, ...] = Field(
        default=get_args(ActorKind), description="The actors that it may vouch for"
    )
    claims: dict[str, tuple[str, ...]] = Field(
        default={},
        description="What is looked for → names of its claims, where they are not the usual ones",
    )
    needs_type: bool = Field(default=False, description="Whether only tokens of `typ` `at+jwt` are taken")
    longest_hours: float = Field(default=24, gt=0, description="The longest life of its tokens")

    @field_validator("claims")
    @classmethod
    def _claims_are_known(cls, claims: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        if unknown := sorted(claims.keys() - NAMES.keys()):
            raise ValueError(f"claims are looked for as {', '.join(NAMES)}; not {', '.join(unknown)}")
        return claims


class ClientSetting(BaseModel):
    """What a client may do, whatever its token says beyond it."""

    organisation: str | None = Field(
        default=None,
        description="HSA-id of the care provider that the client acts for; without one, staff belong to "
        "that of their assignment",
    )
    unit: str | None = Field(
        default=None, description="HSA-id of the care unit, where the client is one unit's"
    )
    scopes: str = Field(
        default="system/*.cruds", description="The most that the client may do, as SMART scopes"
    )
    kind: ActorKind | None = Field(
        default=None,
        description="What its callers are (such as `app`, `statistics`), whatever claims show",
    )
    issuer: str | None = Field(default=None, description="The only issuer whose tokens may name the client")


class _SecretFiles(PydanticBaseSettingsSource):
    """Reads the secrets whose files the environment names."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Return the content of the field's file, if it has one."""
        del field
        place = os.environ.get(f"PK_{field_name.upper()}_FILE") if field_name in SECRETS else None
        if place and f"PK_{field_name.upper()}" in os.environ:
            raise ValueError(f"PK_{field_name.upper()} stands in the environment and in a file")
        return (Path(place).read_text().strip() if place else None), field_name, False

    def __call__(self) -> dict[str, Any]:
        """Return what was found."""
        found = {name: self.get_field_value(FieldInfo(), name)[0] for name in SECRETS}
        return {name: value for name, value in found.items() if value is not None}


class Settings(BaseSettings):
    """All settings; each can be given as `PK_<NAME>`, lists and tables as JSON."""

    model_config = SettingsConfigDict(env_prefix="PK_", extra="ignore", frozen=True)

    database_url: str = Field(
        default="sqlite:///data/pk_api.db", description="sqlite:///path or postgresql+asyncpg://…"
    )
    pool_size: int = Field(default=10, description="Connections to PostgreSQL for each worker")
    statement_seconds: float = Field(
        default=30, gt=0, description="The longest that one statement to the database may take; then 503"
    )
    base_url: str = Field(
        default="http://127.0.0.1:8000", description="The public address, without a slash at the end"
    )
    secret: str = Field(
        default="", description="Seals links to further pages; the same for all workers; made anew when empty"
    )
    signing_key: str = Field(
        default="", description="Signs acceptances of agreements: a private JWK of the curve P-256, as JSON"
    )
    issuers: tuple[Issuer, ...] = Field(default=(), description="Identity providers, as a JSON list")
    clients: dict[str, ClientSetting] = Field(
        default={}, description="client_id → organisation and scopes, as JSON"
    )
    least_assurance_patients: int = Field(
        default=3, ge=0, le=4, description="The least level of assurance (LoA) of patients and their proxies"
    )
    least_assurance_staff: int = Field(
        default=3, ge=0, le=4, description="The least level of assurance (LoA) of staff"
    )
    revoked_file: Path | None = Field(
        default=None, description="A file of revoked tokens: a `jti` or `client:<client_id>` a line"
    )
    check_references: bool = Field(
        default=True, description="Refuse references to what is not stored (off for imports)"
    )
    identity_numbers: Literal["error", "warning", "off"] = Field(
        default="error", description="What a wrong check digit in an identity number is"
    )
    max_body: int = Field(default=5_000_000, description="Bytes of a request's body")
    max_bundle: int = Field(default=20_000_000, description="Bytes of a Bundle sent to the service's root")
    max_entries: int = Field(default=5_000, description="Entries of a Bundle")
    max_body_seconds: float = Field(default=60, gt=0, description="Seconds until a body must be there")
    max_concurrent: int = Field(
        default=500, ge=1, description="Requests of one caller under way in each worker; more get 429"
    )
    rate_systems: float = Field(
        default=1_000,
        ge=0,
        description="Requests a second of one system in each worker, over ten seconds (0: any)",
    )
    rate_people: float = Field(
        default=50,
        ge=0,
        description="Requests a second of one person in each worker, over ten seconds (0: any)",
    )
    patient_searches_systems: int = Field(
        default=6_000,
        ge=0,
        description="Searches for patients a minute of one system in each worker (0: any)",
    )
    patient_searches_people: int = Field(
        default=120, ge=0, description="Searches for patients a minute of one person in each worker (0: any)"
    )
    unknown_numbers_systems: int = Field(
        default=1_000,
        ge=0,
        description="Unknown identity numbers after which a system is locked out (0: any)",
    )
    unknown_numbers_people: int = Field(
        default=20, ge=0, description="Unknown identity numbers after which a person is locked out (0: any)"
    )
    lockout_minutes: float = Field(
        default=15, gt=0, description="Minutes in which those are counted, and for which the lock-out lasts"
    )
    cors_origins: tuple[str, ...] = Field(
        default=(),
        description="Exact origins of web pages that may ask, as a JSON list",
    )
    conditional_delete_limit: int = Field(
        default=1, ge=1, le=500, description="Resources that one conditional delete may take"
    )
    export_hours: float = Field(default=24, gt=0, description="Hours for which files of an export are kept")
    export_lease: float = Field(
        default=30, ge=1, description="Seconds after which an export of a worker that is gone is begun anew"
    )
    export_bytes: int = Field(default=2_000_000_000, description="Bytes of an export, before compression")
    exports_at_once: int = Field(default=2, ge=1, description="Exports of one caller under way at once")
    kept_contracts: int = Field(
        default=500, description="Contracts kept built in memory by each worker (0: none)"
    )
    audit_anchors: Path | None = Field(
        default=None, description="A file outside the database for the last hashes of the audit"
    )
    audit_anchor_seconds: float = Field(
        default=300, gt=0, description="Seconds between two such hashes, in the file and in the log"
    )
    audit_years: int = Field(
        default=5, ge=5, description="Years for which the audit is kept; the law asks for five at least"
    )
    audit_system_id: str = Field(
        default="pk_api", description="HSA-id of this system, as exports of the audit name it"
    )
    spot_check_days: int = Field(
        default=30, ge=1, description="Days between two spot checks of a care provider's audit"
    )
    access_log_names: Literal["public", "all", "none"] = Field(
        default="public",
        description="Of which care providers patients are told the users' names in their log",
    )
    age_services: int = Field(
        default=13, ge=0, le=18, description="Age from which patients log in, to e-services"
    )
    age_record: int = Field(default=16, ge=0, le=18, description="Age from which patients read their record")
    age_guardian_acts: int = Field(
        default=13, ge=0, le=18, description="Age below which guardians see and act for a child"
    )
    age_guardian_reads: int = Field(
        default=16, ge=0, le=18, description="Age below which guardians may read by an exception"
    )
    relatives: Literal["own", "named"] = Field(
        default="own",
        description="What relatives whom the patient lets in read: own tasks and the patient's words, "
        "or also the parts that the patient names",
    )
    guardians_agree: Literal["all", "one"] = Field(
        default="all", description="How many guardians of a small child accept an agreement for it to hold"
    )
    draft_days: int = Field(
        default=3,
        ge=0,
        le=365,
        description="Days after an admission within which a draft is due",
    )
    reassess_days: int = Field(
        default=7,
        ge=0,
        le=365,
        description="Days after a contact with care within which goals are reassessed",
    )
    revise_days: int = Field(
        default=14, ge=0, le=365, description="Days after information at discharge to revise the contract in"
    )
    trusted_proxies: str = Field(
        default="127.0.0.1", description="Addresses whose X-Forwarded-… headers are believed"
    )
    demo: bool = Field(default=False, description="Demo mode: the demo's own issuer, on loopback only")
    demo_anonymous: str = Field(default="", description="Demo actor for requests without a token")
    data_dir: Path = Field(default=Path("data"), description="Where the demo keeps its database and key")
    log_level: str = Field(default="INFO", description="Level of the log")

    @property
    def clock_days(self) -> dict[str, int]:
        """The times of clocks that no law sets, as the table of clocks takes them."""
        names = ("draft_days", "reassess_days", "revise_days")
        return {name: getattr(self, name) for name in names}

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read arguments first, then the environment, then the files that it names."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, _SecretFiles(settings_cls)

    @field_validator("cors_origins")
    @classmethod
    def _origins_are_exact(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        if not all(_ORIGIN.fullmatch(origin) for origin in origins):
            raise ValueError("PK_CORS_ORIGINS holds exact origins such as https://portal.example")
        return origins

    @model_validator(mode="after")
    def _anonymous_in_demo_only(self) -> Self:
        if self.demo_anonymous and not self.demo:
            raise ValueError("PK_DEMO_ANONYMOUS is for demo mode only")
        return self
