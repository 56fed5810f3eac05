"""Typed asynchronous client for integrators; imports nothing of the server.

`Client` speaks FHIR R4 (with `fhir.resources` R4B models, or exact JSON through `Client.raw`) and the plain
JSON contract API (`Client.contracts`). Refusals are typed exceptions, all of them an `ApiError`.
"""

from pk_api.client.admissions import Admissions
from pk_api.client.agreements import Agreements, Offers
from pk_api.client.asking import Handovers, Notices, SipCalls, Wishes
from pk_api.client.client import Client
from pk_api.client.contracts import Contracts, by_personnummer
from pk_api.client.documenting import Journal, Measurements, Milestones
from pk_api.client.errors import (
    ApiError,
    Conflict,
    Gone,
    Invalid,
    NotFound,
    Refused,
    Stale,
    TooLarge,
    Unavailable,
)
from pk_api.client.exact import dump_exact, parse_exact
from pk_api.client.me import Me
from pk_api.client.models import to_model
from pk_api.client.paging import HistoryEntry, Page, Paged
from pk_api.client.patients import Audit, Patients
from pk_api.client.told import Told
from pk_api.client.transport import Retry
from pk_api.client.views import Contract, Item

__all__ = [
    "Admissions",
    "Agreements",
    "ApiError",
    "Audit",
    "Client",
    "Conflict",
    "Contract",
    "Contracts",
    "Gone",
    "Handovers",
    "HistoryEntry",
    "Invalid",
    "Item",
    "Journal",
    "Me",
    "Measurements",
    "Milestones",
    "NotFound",
    "Notices",
    "Offers",
    "Page",
    "Paged",
    "Patients",
    "Refused",
    "Retry",
    "SipCalls",
    "Stale",
    "Told",
    "TooLarge",
    "Unavailable",
    "Wishes",
    "by_personnummer",
    "dump_exact",
    "parse_exact",
    "to_model",
]
