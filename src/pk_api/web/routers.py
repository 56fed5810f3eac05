"""The routers of the contract API and of what stands beside it, in the order in which they are asked."""

from typing import Final

from fastapi import APIRouter

from pk_api.web import (
    admission_routes,
    agreement_routes,
    audit_routes,
    circumstance_routes,
    contracts,
    discharge_routes,
    handover_routes,
    health,
    history_routes,
    import_routes,
    journal_routes,
    keys,
    law_routes,
    life_routes,
    lift_routes,
    me_routes,
    measurement_routes,
    notice_routes,
    offer_routes,
    pathway_routes,
    reconciliation_routes,
    sip_call_routes,
    smart,
    wish_routes,
)

ROUTERS: Final[tuple[APIRouter, ...]] = (
    health.router,
    smart.router,
    keys.router,
    contracts.router,
    history_routes.router,
    audit_routes.router,
    me_routes.router,
    law_routes.router,
    offer_routes.router,
    agreement_routes.router,
    lift_routes.router,
    life_routes.router,
    circumstance_routes.router,
    admission_routes.router,
    sip_call_routes.router,
    import_routes.router,
    measurement_routes.router,
    pathway_routes.router,
    reconciliation_routes.router,
    wish_routes.router,
    discharge_routes.router,
    handover_routes.router,
    journal_routes.router,
    notice_routes.router,
)
