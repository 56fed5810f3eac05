"""An independent reader of FHIR: what the service emits must parse in the R4B models of fhir.resources."""

from importlib import import_module
from typing import Any


def as_model(resource: dict[str, Any]) -> Any:
    """Return the resource as a model; raises what pydantic raises when it is not one."""
    kind = resource["resourceType"]
    return getattr(import_module(f"fhir.resources.R4B.{kind.lower()}"), kind).model_validate(resource)
