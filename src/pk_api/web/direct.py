"""Reads of the contract API, answered without FastAPI's way to them; all else is FastAPI's.

A route is answered here when its function takes the request and nothing else: then there is nothing to solve,
and no body to read. It is the same function, under the same address, in the same order.
Figures: docs/decisions/0057-reads-go-straight.md.
"""

import inspect
import re
from functools import cached_property
from typing import NamedTuple

from fastapi import FastAPI, Request
from fastapi.routing import iter_route_contexts

from pk_api.web.asgi import Receive, Scope, Send
from pk_api.web.contract_http import ContractRoute, Handler


class _Straight(NamedTuple):
    """An address as a pattern, and what answers there."""

    form: re.Pattern[str]
    route: ContractRoute
    answer: Handler


class DirectApp(FastAPI):
    """A FastAPI app with a straight way to its reads."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        is_read = scope["type"] == "http" and scope["method"] == "GET" and not scope.get("root_path")
        found = self.route_of(scope["path"]) if is_read else None
        if found is None:
            await super().__call__(scope, receive, send)
            return
        straight, named = found
        request = Request({**scope, "app": self, "path_params": named}, receive)
        answer = await straight.answer(request)
        await answer(request.scope, receive, send)

    def route_of(self, path: str) -> tuple[_Straight, dict[str, str]] | None:
        """Return what answers a read of this path straight, and what the path names."""
        for straight in self._straight.get(_shape(path), ()):
            if found := straight.form.match(path):
                return straight, found.groupdict()
        return None

    @cached_property
    def _straight(self) -> dict[tuple[int, str], list[_Straight]]:
        """The reads by shape, those of one shape in the order in which FastAPI asks them."""
        found: dict[tuple[int, str], list[_Straight]] = {}
        for each in iter_route_contexts(self.routes):
            route = each.original_route
            if isinstance(route, ContractRoute) and route.methods == {"GET"} and _takes_request(route):
                shape, form = _shape(each.path or ""), each.path_regex
                found.setdefault(shape, []).append(_Straight(form, route, route.telling(route.endpoint)))
        return found


def _shape(path: str) -> tuple[int, str]:
    """Return the number of steps of an address and the first after the version, which is always a name."""
    return path.count("/"), path.split("/", 3)[2] if path.startswith("/v1/") else ""


def _takes_request(route: ContractRoute) -> bool:
    given = inspect.signature(route.endpoint).parameters.values()
    return [one.annotation for one in given] == [Request] and not route.dependencies
