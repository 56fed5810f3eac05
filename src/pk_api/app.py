"""Composition: settings become a database, the door, the services and one ASGI app."""

import asyncio
import gc
import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import uvicorn
from cryptography.fernet import Fernet
from fastapi import FastAPI

from pk_api.access.actor import Actor
from pk_api.access.person_rules import PersonRules
from pk_api.contract.clocks import clocks
from pk_api.contract.service.contracts import Built
from pk_api.demo.actors import ACTORS
from pk_api.demo.issuer import AUDIENCE, ISSUER, jwks_path
from pk_api.fhir.capabilities import Features
from pk_api.fhir.problems import Problem
from pk_api.interactions.cursors import Cursors
from pk_api.interactions.routes import options
from pk_api.interactions.service import FhirService
from pk_api.records.auditing.storelog import storelog
from pk_api.records.auditing.upkeep import prune
from pk_api.records.drafts import Policy
from pk_api.records.exports.values import ExportRules
from pk_api.records.probing import ProbingRules
from pk_api.records.records import Records
from pk_api.records.reindexing import reindex
from pk_api.records.signing import Signer
from pk_api.records.values import to_micros
from pk_api.settings import Issuer, Settings
from pk_api.store.anchors import Anchors, read_anchors
from pk_api.store.database import Clash, Database, Retry, database
from pk_api.store.migrate import is_current
from pk_api.store.seal import Sealer
from pk_api.store.verifying import Verdict, verify
from pk_api.web import docs, errors
from pk_api.web.cors import Cors
from pk_api.web.fhir import FhirApp, problem_body
from pk_api.web.front import Front, Limits, Side
from pk_api.web.log import configure
from pk_api.web.openapi import DescribedApp, describe
from pk_api.web.options import options_of
from pk_api.web.problem_json import problem_json
from pk_api.web.routers import ROUTERS
from pk_api.web.safety import safe_headers
from pk_api.web.tokens.claims import NAMES
from pk_api.web.tokens.issuers import Trust
from pk_api.web.tokens.revoked import RevokedFile
from pk_api.web.tokens.tokens import Assurance, Grant, Tokens

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_GC_THRESHOLD = 50_000
_HOUR = 3600
_EXPORT_PAUSE = 1.0


def authentication(settings: Settings, tokens: Tokens) -> Callable[[str | None], Awaitable[Actor]]:
    """Return what names the caller of a request: its token, in demo mode an actor for those without one."""
    if not settings.demo_anonymous:
        return tokens.actor
    anonymous = tokens.actor_of(ACTORS[settings.demo_anonymous].claims(), tokens.issuers[ISSUER].trust)

    async def authenticate(authorization: str | None) -> Actor:
        return anonymous if authorization is None else await tokens.actor(authorization)

    return authenticate


def _tokens(settings: Settings, records: Records) -> Tokens:
    """Return who is believed: the configured issuers, in demo mode the demo's own beside them."""
    trusted = [_trust(one) for one in settings.issuers]
    if settings.demo:
        keys = jwks_path(settings.data_dir)
        trusted.append(Trust(ISSUER, AUDIENCE, jwks_file=keys, may_claim_kind=True, longest=float("inf")))
    return Tokens(
        trusted,
        {
            name: Grant(one.organisation, one.unit, one.scopes, one.kind, one.issuer)
            for name, one in settings.clients.items()
        },
        assurance=Assurance(settings.least_assurance_patients, settings.least_assurance_staff),
        revoked=RevokedFile(settings.revoked_file) if settings.revoked_file else None,
        refused=records.turned_away,
    )


def _trust(issuer: Issuer) -> Trust:
    return Trust(
        issuer.issuer,
        issuer.audience,
        issuer.jwks_url,
        issuer.jwks_file,
        kinds=frozenset(issuer.kinds),
        names={**NAMES, **issuer.claims},
        needs_type=issuer.needs_type,
        longest=issuer.longest_hours * _HOUR,
    )


def create_app(settings: Settings) -> Front:
    """Return the ASGI app."""
    db = database(settings.database_url, size=settings.pool_size, seconds=settings.statement_seconds)
    base = f"{settings.base_url}/fhir"
    records = _records(db, settings)
    cursors = Cursors(settings.secret.encode() if settings.secret else Fernet.generate_key())
    tokens = _tokens(settings, records)
    service = FhirService(
        records,
        cursors,
        base=base,
        version=version("pk-api"),
        started=datetime.now(UTC),
        max_entries=settings.max_entries,
        features=Features(
            conditional_delete="single" if settings.conditional_delete_limit == 1 else "multiple",
            cors=bool(settings.cors_origins),
        ),
        oauth=tokens.oauth_uris,
    )
    rest = rest_app(settings)
    rest.router.lifespan_context = _lifespan(db, records, anchors_of(settings))
    rest.state.records = records
    rest.state.authorisation = tokens.authorisation
    rest.state.cursors = cursors
    rest.state.spot_check_days = settings.spot_check_days
    rest.state.built = Built(settings.kept_contracts)
    rest.state.is_ready = lambda: is_current(db)
    rest.state.options = options_of(rest)
    fhir = FhirApp(service, base=base, most_deleted=settings.conditional_delete_limit)
    return Front(
        fhir=Side(fhir, problem_body, b"application/fhir+json", options),
        rest=Side(rest, problem_json, b"application/problem+json", rest.state.options),
        authenticate=authentication(settings, tokens),
        limits=Limits(
            settings.max_body,
            settings.max_bundle,
            settings.max_body_seconds,
            settings.max_concurrent,
            settings.rate_systems,
            settings.rate_people,
        ),
        cors=Cors(settings.cors_origins),
        safe=safe_headers(settings.base_url),
        loopback_only=settings.demo,
    )


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Database]:
    """Open the database for a command."""
    db = database(settings.database_url, size=1)
    await db.open()
    try:
        yield db
    finally:
        await db.close()


async def reindexed(settings: Settings) -> int:
    """Make the search index of all that is stored anew, and return how many resources that are."""
    async with _opened(settings) as db:
        return await reindex(db, base_url=f"{settings.base_url}/fhir")


def anchors_file(settings: Settings) -> Path | None:
    """Return the file of the audit's anchors; the demo has one of its own."""
    demos = settings.data_dir / "audit-anchors.jsonl" if settings.demo else None
    return settings.audit_anchors or demos


def anchors_of(settings: Settings) -> Anchors:
    """Return where the audit's anchors are left."""
    return Anchors(anchors_file(settings), every=settings.audit_anchor_seconds)


async def audit_verified(settings: Settings, anchors: Sequence[Path]) -> Verdict:
    """Verify the whole audit against its seals and these files of anchors beside the service's own."""
    own = anchors_file(settings)
    files = [*anchors, *([own] if own is not None and own.exists() else [])]
    async with _opened(settings) as db:
        return await verify(db, read_anchors(files), now=to_micros(datetime.now(UTC)))


async def audit_pruned(settings: Settings, before: datetime) -> int:
    """Cut the audit off before a time and return how many rows went. Problem business-rule: too early."""
    now, years = datetime.now(UTC), settings.audit_years
    async with _opened(settings) as db:
        return await prune(db, anchors_of(settings), before=before, years=years, now=now)


async def audit_exported(
    settings: Settings, provider: str, *, since: datetime, until: datetime
) -> AsyncIterator[bytes]:
    """Yield a care provider's audit in the form of the national log service, a line of JSON a row."""
    now, system = datetime.now(UTC), settings.audit_system_id
    async with _opened(settings) as db:
        async for line in storelog(db, provider, since=since, until=until, system=system, now=now):
            yield line


def _lifespan(db: Any, records: Records, anchors: Anchors) -> Any:
    """What is open while the service runs."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await db.open()
        sealer = Sealer(db, anchors)
        sealer.start()
        worker = secrets.token_hex(8)
        tasks = [asyncio.create_task(_forget(records)), asyncio.create_task(_export(records, worker))]
        gc.freeze()
        gc.set_threshold(_GC_THRESHOLD, 20, 20)
        try:
            yield
        finally:
            gc.unfreeze()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            with suppress(Problem):
                await records.release_exports(worker)
            await records.drain()
            try:
                await sealer.stop()
            finally:
                await db.close()

    return lifespan


async def _forget(records: Records) -> None:
    """Once an hour, forget keys that nobody will repeat and old exports; if that fails, an hour later."""
    while True:
        await asyncio.sleep(_HOUR)
        with suppress(Problem):
            await records.forget_keys()
            await records.forget_exports()


async def _export(records: Records, worker: str) -> None:
    """Write exports, one at a time; while the database is away, wait for it."""
    while True:
        worked = False
        with suppress(Problem, Clash, Retry):
            worked = await records.run_export(worker)
        if not worked:
            records.exports_wanted.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(_EXPORT_PAUSE):
                    await records.exports_wanted.wait()


def _probing_rules(settings: Settings) -> ProbingRules:
    return ProbingRules(
        searches_of_people=settings.patient_searches_people,
        searches_of_systems=settings.patient_searches_systems,
        numbers_of_people=settings.unknown_numbers_people,
        numbers_of_systems=settings.unknown_numbers_systems,
        window=timedelta(minutes=settings.lockout_minutes),
    )


def _records(db: Database, settings: Settings) -> Records:
    names, rows = settings.access_log_names, clocks(**settings.clock_days)
    signer = Signer(settings.signing_key) if settings.signing_key else None
    rules, exports = _policy(settings), _export_rules(settings)
    return Records(db, rules, exports=exports, shows_names=names, clocks=rows, signer=signer)


def _policy(settings: Settings) -> Policy:
    return Policy(
        f"{settings.base_url}/fhir",
        settings.check_references,
        settings.identity_numbers,
        _probing_rules(settings),
        _person_rules(settings),
    )


def _person_rules(settings: Settings) -> PersonRules:
    return PersonRules(
        services=settings.age_services,
        record=settings.age_record,
        guardian_acts=settings.age_guardian_acts,
        guardian_reads=settings.age_guardian_reads,
        relatives=settings.relatives,
        guardians_agree=settings.guardians_agree,
    )


def _export_rules(settings: Settings) -> ExportRules:
    return ExportRules(
        kept=timedelta(hours=settings.export_hours),
        lease=timedelta(seconds=settings.export_lease),
        most_bytes=settings.export_bytes,
        at_once=settings.exports_at_once,
    )


def rest_app(settings: Settings) -> DescribedApp:
    """Return the FastAPI app of the contract API."""
    app = DescribedApp(**describe(settings.base_url))
    for router in ROUTERS:
        app.include_router(router)
    errors.install(app)
    docs.install(app)
    return app


def described() -> dict[str, Any]:
    """Return the OpenAPI document of the contract API, the same on every machine."""
    return rest_app(Settings.model_construct(base_url="http://127.0.0.1:8000")).openapi()


def app_from_environment() -> Front:
    """Return the app of a worker; its settings are in the environment."""
    settings = Settings()
    configure(settings.log_level)
    return create_app(settings)


def serve(settings: Settings, *, host: str, port: int, workers: int) -> None:
    """Serve until stopped. ValueError for demo mode off loopback, or several workers on SQLite."""
    if settings.demo and host not in LOOPBACK:
        raise ValueError("demo mode listens on loopback only")
    if workers > 1 and settings.database_url.startswith("sqlite"):
        raise ValueError("SQLite serves one worker; several need PostgreSQL")
    if not settings.secret:
        os.environ["PK_SECRET"] = Fernet.generate_key().decode()
    uvicorn.run(
        "pk_api.app:app_from_environment",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=not settings.demo,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=20,
    )
