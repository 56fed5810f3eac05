"""Settings, read from the environment (`PK_…`) once, by `app` and `cli` alone."""

import re
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_ORIGIN = re.compile(r"https?://[a-z0-9.\-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:]+\](:[0-9]{1,5})?")


class Issuer(BaseModel):
    """An identity provider whose tokens are accepted; its keys by address or by file."""

    issuer: str = Field(description="The `iss` of its tokens")
    audience: str = Field(default="pk_api", description="The `aud` that its tokens must have")
    jwks_url: str | None = Field(default=None, description="Where its keys are published")
    jwks_file: Path | None = Field(default=None, description="A file with its keys (JWK Set)")


class ClientSetting(BaseModel):
    """What a client may do, whatever its token says beyond it."""

    organisation: str = Field(description="HSA-id of the care provider that the client acts for")
    unit: str | None = Field(
        default=None, description="HSA-id of the care unit, where the client is one unit's"
    )
    scopes: str = Field(
        default="system/*.cruds", description="The most that the client may do, as SMART scopes"
    )


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
    issuers: tuple[Issuer, ...] = Field(default=(), description="Identity providers, as a JSON list")
    clients: dict[str, ClientSetting] = Field(
        default={}, description="client_id → organisation and scopes, as JSON"
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
    trusted_proxies: str = Field(
        default="127.0.0.1", description="Addresses whose X-Forwarded-… headers are believed"
    )
    demo: bool = Field(default=False, description="Demo mode: the demo's own issuer, on loopback only")
    demo_anonymous: str = Field(default="", description="Demo actor for requests without a token")
    data_dir: Path = Field(default=Path("data"), description="Where the demo keeps its database and key")
    log_level: str = Field(default="INFO", description="Level of the log")

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
