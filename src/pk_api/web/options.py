"""What OPTIONS tells of an address of the plain API: the methods of the OpenAPI document.

Source: RFC 9110 9.3.7.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from fastapi import FastAPI

from pk_api.fhir.problems import Problem
from pk_api.interactions.routes import allow

_PAGES: Final = re.compile(r"/|/docs(/.*)?|/openapi\.json|(/fhir)?/\.well-known/smart-configuration")
_PARAMETER: Final = re.compile(r"\\\{[^}]*\\\}")


def options_of(app: FastAPI) -> Callable[[str], Mapping[str, str]]:
    """Return the function from a path to the headers that tell what it takes. Problem not-found."""
    forms = [(_PAGES, "GET, HEAD, OPTIONS")]
    for path, methods in app.openapi()["paths"].items():
        form = re.compile(_PARAMETER.sub("[^/]+", re.escape(path)))
        forms.append((form, allow([method.upper() for method in methods])))

    def options(path: str) -> Mapping[str, str]:
        for form, allowed in forms:
            if form.fullmatch(path):
                return {"allow": allowed}
        raise Problem("not-found", "There is nothing at this address.")

    return options
