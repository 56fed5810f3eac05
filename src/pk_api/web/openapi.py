"""What the OpenAPI document says of the service as a whole."""

from typing import Any

from pk_api.web.direct import DirectApp
from pk_api.web.problem_docs import tell_problems

_TEXT = """The shared *patientkontrakt*: what matters to the patient, who does what and when, named contacts,
times chosen together, and one coherent view of all plans.

This is the plain JSON API. Everything in it is a view of HL7 FHIR R4 resources, which the same service gives
at `/fhir` (see `/fhir/metadata`). Errors are `application/problem+json`; identity numbers stand in bodies
only, never in addresses. Authenticate with `Authorization: Bearer …`."""


def describe(base_url: str) -> dict[str, Any]:
    """Return the arguments of FastAPI that describe the service."""
    return {
        "title": "pk_api",
        "version": "1",
        "summary": "The shared patientkontrakt",
        "description": _TEXT,
        "servers": [{"url": base_url}],
        "openapi_url": "/openapi.json",
        "docs_url": None,
        "redoc_url": None,
        "redirect_slashes": False,  # a redirection would name the host that the caller named
        "license_info": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    }


class DescribedApp(DirectApp):
    """A FastAPI app whose OpenAPI document has bearer tokens as the way to authenticate."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI 3.1 document."""
        if self.openapi_schema:
            return self.openapi_schema
        found = super().openapi()
        found.setdefault("components", {})["securitySchemes"] = {
            "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
        }
        found["security"] = [{"bearer": []}]
        tell_problems(found)
        return found
