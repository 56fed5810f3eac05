"""The FHIR R4 interactions on plain JSON, with every digit kept.

Source: https://hl7.org/fhir/R4/http.html. Personal search values travel in the body (`POST [type]/_search`),
since addresses end up in logs.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import quote, urlsplit

import httpx

from pk_api.client.calls import if_match_of
from pk_api.client.exact import dump_exact, parse_exact
from pk_api.client.paging import HistoryEntry, Page, Paged
from pk_api.client.transport import Request, Transport

Json = dict[str, Any]
Single = str | int | date
Value = Single | Sequence[Single]

_ACCEPT: Final = {"Accept": "application/fhir+json"}
_WRITE: Final = {**_ACCEPT, "Content-Type": "application/fhir+json", "Prefer": "return=representation"}
_IDENTITY_NUMBER: Final = re.compile(r"(?<!\d)(?:\d{2})?\d{6}[-+]?[0-9A-Za-z]{3}\d(?!\d)")
_PERSONAL: Final = frozenset(
    {
        "identifier",
        "name",
        "family",
        "given",
        "phonetic",
        "birthdate",
        "phone",
        "email",
        "telecom",
        "address",
        "address-city",
        "address-postalcode",
    }
)


class RawFhir:
    """FHIR interactions that give and take JSON as dict, decimals as `decimal.Decimal`."""

    def __init__(self, transport: Transport, base: str = "/fhir") -> None:
        self._transport = transport
        self._base = base

    async def read(self, type: str, id: str) -> Json:
        """Return the current version; NotFound or Gone when there is none."""
        return await self._get(f"{type}/{quote(id, safe='')}")

    async def vread(self, type: str, id: str, version: str | int) -> Json:
        """Return the version named."""
        return await self._get(f"{type}/{quote(id, safe='')}/_history/{quote(str(version), safe='')}")

    async def create(self, resource: Mapping[str, Any]) -> Json:
        """Store a new resource and return it with the id and version that it got."""
        return await self._write("POST", resource["resourceType"], resource)

    async def update(self, resource: Mapping[str, Any], *, check: bool = True) -> Json:
        """Store a new version of the resource and return it.

        With `check`, Stale is raised unless `meta.versionId` is the current version; without, whatever stands
        there is replaced, or a resource made with this id.
        """
        version = (resource.get("meta") or {}).get("versionId")
        if check and not version:
            raise ValueError("meta.versionId is missing: read the resource first, or update with check=False")
        path = f"{resource['resourceType']}/{quote(resource['id'], safe='')}"
        return await self._write("PUT", path, resource, if_match_of(version if check else None))

    async def delete(self, type: str, id: str, *, version: str | int | None = None) -> None:
        """Delete the resource; with `version`, only if that is the current one."""
        path = f"{self._base}/{type}/{quote(id, safe='')}"
        await self._transport.send(Request("DELETE", path, headers={**_ACCEPT, **if_match_of(version)}))

    def search(
        self, type: str, params: Mapping[str, Value] | None = None, /, **more: Value
    ) -> Paged[dict[str, Any]]:
        """Return what matches; a list of values means that all must hold, a comma in a value means or.

        Keywords write `-` as `_` after the first letter: `based_on=…` is the parameter `based-on`.
        """
        pairs = query_pairs({**(params or {}), **{_hyphens(name): value for name, value in more.items()}})

        async def fetch(query: str | None) -> Page[Json]:
            if query is None:
                return _search_page(await self._ask(type, pairs))
            return _search_page(await self._get(type, query))

        return Paged(fetch)

    def history(
        self,
        type: str | None = None,
        id: str | None = None,
        *,
        since: datetime | None = None,
        count: int | None = None,
    ) -> Paged[HistoryEntry[dict[str, Any]]]:
        """Return versions, newest first: of one resource, of a type, or of everything that may be seen."""
        path = "/".join([*(quote(part, safe="") for part in (type, id) if part), "_history"])
        asked = {"_since": since, "_count": count}
        pairs = query_pairs({name: value for name, value in asked.items() if value is not None})

        async def fetch(query: str | None) -> Page[HistoryEntry[Json]]:
            first = _query(pairs)
            return _history_page(await self._get(path, first if query is None else query))

        return Paged(fetch)

    async def transaction(self, bundle: Mapping[str, Any]) -> Json:
        """Send a transaction or batch Bundle and return the response Bundle."""
        return await self._write("POST", "", bundle)

    async def capabilities(self) -> Json:
        """Return the CapabilityStatement."""
        return await self._get("metadata")

    async def _get(self, path: str, query: str = "") -> Json:
        pairs = httpx.QueryParams(query).multi_items()
        request = Request("GET", f"{self._base}/{path}", query=pairs, headers=_ACCEPT, repeatable=True)
        return _object(await self._transport.send(request))

    async def _ask(self, type: str, pairs: Sequence[tuple[str, str]]) -> Json:
        if not any(_is_personal(name, value) for name, value in pairs):
            return await self._get(type, _query(pairs))
        path = f"{self._base}/{type}/_search"
        request = Request("POST", path, form=pairs, headers=_ACCEPT, repeatable=True)
        return _object(await self._transport.send(request))

    async def _write(
        self, method: str, path: str, resource: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> Json:
        request = Request(
            method,
            f"{self._base}/{path}".rstrip("/"),
            headers={**_WRITE, **(headers or {})},
            body=dump_exact(resource),
        )
        return _object(await self._transport.send(request))


def query_pairs(params: Mapping[str, Value]) -> list[tuple[str, str]]:
    """Return search parameters as they are written in a query."""
    return [(name, _text(one)) for name, value in params.items() for one in _each(value)]


def _query(pairs: Sequence[tuple[str, str]]) -> str:
    return str(httpx.QueryParams(tuple(pairs)))


def _each(value: Value) -> Sequence[Single]:
    return [value] if isinstance(value, (str, int, date)) else value


def _text(value: Single) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else str(value)


def _hyphens(name: str) -> str:
    return name[:1] + name[1:].replace("_", "-")


def _is_personal(name: str, value: str) -> bool:
    last = name.rsplit(".", 1)[-1]
    named = last.split(":")[0] in _PERSONAL or last.endswith(":identifier")
    return named or _IDENTITY_NUMBER.search(value) is not None


def _object(response: httpx.Response) -> Json:
    parsed: Json = parse_exact(response.content)
    return parsed


def _search_page(bundle: Json) -> Page[Json]:
    by_mode: dict[str, list[Json]] = {"match": [], "include": [], "outcome": []}
    for entry in bundle.get("entry") or ():
        mode = (entry.get("search") or {}).get("mode", "match")
        by_mode.setdefault(mode, []).append(entry["resource"])
    return Page(
        items=tuple(by_mode["match"]),
        next=_next_query(bundle),
        total=bundle.get("total"),
        included=tuple(by_mode["include"]),
        issues=tuple(by_mode["outcome"]),
    )


def _history_page(bundle: Json) -> Page[HistoryEntry[Json]]:
    entries = bundle.get("entry") or ()
    items = (
        HistoryEntry(entry["request"]["method"], entry["request"]["url"], entry.get("resource"))
        for entry in entries
    )
    return Page(items=tuple(items), next=_next_query(bundle), total=bundle.get("total"))


def _next_query(bundle: Json) -> str | None:
    links = (link["url"] for link in bundle.get("link") or () if link.get("relation") == "next")
    return next((urlsplit(url).query for url in links), None)
