"""Composition: settings become a database, the door, the services and one ASGI app."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from cryptography.fernet import Fernet
from fastapi import FastAPI

from pk_api.demo.issuer import AUDIENCE, ISSUER, jwks_path
from pk_api.interactions.cursors import Cursors
from pk_api.interactions.service import FhirService
from pk_api.records.drafts import Policy
from pk_api.records.records import Records
from pk_api.settings import Settings
from pk_api.store.database import database
from pk_api.store.seal import Sealer
from pk_api.web import health
from pk_api.web.contracts import router as contracts_router
from pk_api.web.errors import install as install_errors
from pk_api.web.fhir import FhirApp, problem_body
from pk_api.web.front import Front
from pk_api.web.openapi import describe
from pk_api.web.problem_json import problem_json
from pk_api.web.tokens import Grant, Tokens, TrustedIssuer

_GC_THRESHOLD = 50_000


def tokens_of(settings: Settings) -> Tokens:
    """Return who is believed: the configured issuers, in demo mode the demo's own beside them."""
    issuers = [TrustedIssuer(i.issuer, i.audience, i.jwks_url, i.jwks_file) for i in settings.issuers]
    if settings.demo:
        issuers.append(
            TrustedIssuer(ISSUER, AUDIENCE, jwks_file=jwks_path(settings.data_dir), may_claim_kind=True)
        )
    grants = {c: Grant(s.organisation, s.unit, s.scopes) for c, s in settings.clients.items()}
    return Tokens(issuers, grants)


def create_app(settings: Settings) -> Front:
    """Return the ASGI app."""
    db = database(settings.database_url, size=settings.pool_size)
    base = f"{settings.base_url}/fhir"
    records = Records(
        db,
        Policy(
            base_url=base,
            check_references=settings.check_references,
            identity_numbers=settings.identity_numbers,
        ),
    )
    tokens = tokens_of(settings)
    cursors = Cursors(settings.secret.encode() if settings.secret else Fernet.generate_key())
    service = FhirService(
        records,
        cursors,
        base=base,
        version=version("pk-api"),
        started=datetime.now(UTC),
        max_entries=settings.max_entries,
    )
    return Front(
        fhir=FhirApp(service, base=base),
        rest=rest_app(settings, records, cursors, db),
        authenticate=tokens.actor,
        fhir_problem=problem_body,
        rest_problem=problem_json,
        max_body=settings.max_body,
        max_bundle=settings.max_bundle,
    )


def rest_app(settings: Settings, records: Records | None, cursors: Cursors | None, db: Any) -> FastAPI:
    """Return the FastAPI app of the contract API; without a database it only describes itself."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await db.open()
        sealer = Sealer(db)
        sealer.start()
        gc.freeze()
        gc.set_threshold(_GC_THRESHOLD, 20, 20)
        try:
            yield
        finally:
            if records is not None:
                await records.drain()
            await sealer.stop()
            await db.close()

    app = FastAPI(lifespan=lifespan, **describe(settings.base_url))
    app.state.records = records
    app.state.cursors = cursors

    async def is_ready() -> bool:
        from pk_api.store.migrate import is_current

        return await is_current(db)

    app.state.is_ready = is_ready
    app.include_router(health.router)
    app.include_router(contracts_router)
    install_errors(app)
    return app
