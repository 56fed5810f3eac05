"""What OPTIONS tells of an address of the plain API: the methods of its routes.

Source: RFC 9110 9.3.7. The routes are asked, not the OpenAPI document: that is long in the making.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from pk_api.fhir.problems import Problem
from pk_api.interactions.routes import allow


def options_of(app: FastAPI) -> Callable[[str], Mapping[str, str]]:
    """Return the function from a path to the headers that tell what it takes. Problem not-found."""

    @cache  # made when first asked: nobody asks of most processes
    def forms() -> dict[re.Pattern[str], list[str]]:
        found: dict[re.Pattern[str], list[str]] = {}
        for route in iter_route_contexts(app.routes):
            methods = sorted(
                (getattr(route, "methods", None) or {"GET"}) - {"HEAD"}
            )  # mounted pages name none
            found.setdefault(route.path_regex, []).extend(methods)
        return found

    def options(path: str) -> Mapping[str, str]:
        for form, methods in forms().items():
            if form.fullmatch(path):
                return {"allow": allow(methods)}
        raise Problem("not-found", "There is nothing at this address.")

    return options
