"""Answers that come in pages: iterate over everything, or take one page at a time.

The next page is asked for at the client's own address with the query of the `next` link, so that a token
never leaves for another host. Source: https://hl7.org/fhir/R4/http.html#paging.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page: what was asked for, what came along, and the query of the next page (None at the end)."""

    items: tuple[T, ...]
    next: str | None = None
    total: int | None = None
    included: tuple[Any, ...] = ()
    issues: tuple[Mapping[str, Any], ...] = ()

    def convert(self, item: Callable[[T], U], beside: Callable[[Any], Any]) -> "Page[U]":
        """Return the same page with its items in another form."""
        return Page(
            items=tuple(map(item, self.items)),
            next=self.next,
            total=self.total,
            included=tuple(map(beside, self.included)),
            issues=self.issues,
        )


@dataclass(frozen=True, slots=True)
class HistoryEntry(Generic[T]):
    """One version: how it came about, where it stands, and the resource (None where it was deleted)."""

    method: str
    url: str
    resource: T | None


class Paged(Generic[T]):
    """A question whose answer comes in pages; nothing is sent before it is iterated or `page` is awaited."""

    def __init__(self, fetch: Callable[[str | None], Awaitable[Page[T]]]) -> None:
        self._fetch = fetch

    async def page(self, after: Page[T] | None = None) -> Page[T]:
        """Return the first page, or the one after the page given (empty after the last)."""
        if after is None:
            return await self._fetch(None)
        return await self._fetch(after.next) if after.next else Page(items=())

    async def __aiter__(self) -> AsyncIterator[T]:
        page = await self._fetch(None)
        while True:
            for item in page.items:
                yield item
            if page.next is None:
                return
            page = await self._fetch(page.next)

    async def all(self) -> list[T]:
        """Return the items of all pages."""
        return [item async for item in self]

    def convert(self, item: Callable[[T], U], beside: Callable[[Any], Any]) -> "Paged[U]":
        """Return the same question with its items in another form."""

        async def fetch(query: str | None) -> Page[U]:
            return (await self._fetch(query)).convert(item, beside)

        return Paged(fetch)
