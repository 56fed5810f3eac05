"""The client: FHIR with `fhir.resources` R4B models, exact JSON beside it, and the contract API."""

from collections.abc import Mapping
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast, overload

import httpx

from pk_api.client.admissions import Admissions
from pk_api.client.agreements import Agreements, Offers
from pk_api.client.asking import Handovers, Notices, SipCalls, Wishes
from pk_api.client.contracts import Contracts
from pk_api.client.documenting import Journal, Measurements, Milestones
from pk_api.client.fhir import RawFhir, Value
from pk_api.client.me import Me
from pk_api.client.models import to_json, to_model, type_name
from pk_api.client.paging import HistoryEntry, Paged
from pk_api.client.patients import Audit, Patients
from pk_api.client.told import Told
from pk_api.client.transport import Retry, TokenProvider, Transport

if TYPE_CHECKING:
    from fhir.resources.R4B.bundle import Bundle
    from fhir.resources.R4B.capabilitystatement import CapabilityStatement
    from fhir.resources.R4B.resource import Resource

R = TypeVar("R", bound="Resource")


class Client:
    """One service seen by one caller; use it with `async with`, and share it between tasks.

    The token is a string, or a provider that is asked before each request and once more when the service says
    401. `acting_for` (`Patient/…`) is whom a stand-in acts for; without `language` a patient's own is used.
    `raw` has the same FHIR interactions on JSON with every digit kept.
    """

    def __init__(
        self,
        base_url: str,
        *,
        token: str | None = None,
        token_provider: TokenProvider | None = None,
        timeout: float = 30.0,
        language: str | None = "sv",
        acting_for: str | None = None,
        retry: Retry | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        http = httpx.AsyncClient(
            base_url=base_url,
            timeout=timeout,
            transport=transport,
            headers={
                **_said("Accept-Language", language),
                **_said("Acting-For", acting_for),
                **_bearer(token),
            },
        )
        self._transport = Transport(http, token_provider, retry or Retry())
        self.raw = RawFhir(self._transport)
        self.contracts = Contracts(self._transport)
        self.offers = Offers(self._transport)
        self.agreements = Agreements(self._transport)
        self.admissions = Admissions(self._transport)
        self.told = Told(self._transport)
        self.wishes = Wishes(self._transport)
        self.handovers = Handovers(self._transport)
        self.sip_calls = SipCalls(self._transport)
        self.notices = Notices(self._transport)
        self.journal = Journal(self._transport)
        self.milestones = Milestones(self._transport)
        self.measurements = Measurements(self._transport)
        self.me = Me(self._transport)
        self.patients = Patients(self._transport)
        self.audit = Audit(self._transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.close()

    @overload
    async def read(self, type: type[R], id: str) -> R: ...
    @overload
    async def read(self, type: str, id: str) -> Any: ...
    async def read(self, type: "type[Resource] | str", id: str) -> Any:
        """Return the current version; NotFound or Gone when there is none."""
        return to_model(await self.raw.read(type_name(type), id))

    @overload
    async def vread(self, type: type[R], id: str, version: str | int) -> R: ...
    @overload
    async def vread(self, type: str, id: str, version: str | int) -> Any: ...
    async def vread(self, type: "type[Resource] | str", id: str, version: str | int) -> Any:
        """Return the version named."""
        return to_model(await self.raw.vread(type_name(type), id, version))

    async def create(self, resource: R) -> R:
        """Store a new resource and return it with the id and version that it got."""
        return cast("R", to_model(await self.raw.create(to_json(resource))))

    async def update(self, resource: R, *, check: bool = True) -> R:
        """Store a new version; with `check`, Stale unless `meta.versionId` is the current version."""
        return cast("R", to_model(await self.raw.update(to_json(resource), check=check)))

    async def delete(
        self, type: "type[Resource] | str", id: str, *, version: str | int | None = None
    ) -> None:
        """Delete the resource; with `version`, only if that is the current one."""
        await self.raw.delete(type_name(type), id, version=version)

    @overload
    def search(
        self, type: type[R], params: Mapping[str, Value] | None = None, /, **more: Value
    ) -> Paged[R]: ...
    @overload
    def search(
        self, type: str, params: Mapping[str, Value] | None = None, /, **more: Value
    ) -> Paged[Any]: ...
    def search(
        self, type: "type[Resource] | str", params: Mapping[str, Value] | None = None, /, **more: Value
    ) -> Paged[Any]:
        """Return what matches, to iterate over or page by page; parameters as in `RawFhir.search`."""
        return self.raw.search(type_name(type), params, **more).convert(to_model, to_model)

    def history(
        self,
        type: "type[Resource] | str | None" = None,
        id: str | None = None,
        *,
        since: datetime | None = None,
        count: int | None = None,
    ) -> Paged[HistoryEntry[Any]]:
        """Return versions, newest first: of one resource, of a type, or of everything that may be seen."""
        name = None if type is None else type_name(type)
        return self.raw.history(name, id, since=since, count=count).convert(_entry_model, to_model)

    async def transaction(self, bundle: "Bundle") -> "Bundle":
        """Send a transaction or batch Bundle and return the response Bundle."""
        return cast("Bundle", to_model(await self.raw.transaction(to_json(bundle))))

    async def capabilities(self) -> "CapabilityStatement":
        """Return the CapabilityStatement."""
        return cast("CapabilityStatement", to_model(await self.raw.capabilities()))


def _entry_model(entry: HistoryEntry[dict[str, Any]]) -> HistoryEntry[Any]:
    resource = None if entry.resource is None else to_model(entry.resource)
    return HistoryEntry(entry.method, entry.url, resource)


def _said(header: str, value: str | None) -> dict[str, str]:
    return {} if value is None else {header: value}


def _bearer(token: str | None) -> dict[str, str]:
    return {} if token is None else {"Authorization": f"Bearer {token}"}
