"""From JSON to `fhir.resources` R4B models and back; the package is imported when first needed (0.9 s).

R4B's models are R4's for the types served. They are not exact: 72.50 becomes 72.5 and .512 becomes .512000.
Whoever needs every digit uses `Client.raw`.
"""

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from pk_api.client.exact import dump_exact, parse_exact

if TYPE_CHECKING:
    from fhir.resources.R4B.resource import Resource

R = TypeVar("R", bound="Resource")


def type_name(type: "type[Resource] | str") -> str:
    """Return FHIR's name of a type that is given as a model class or by name."""
    return type if isinstance(type, str) else str(type.get_resource_type())


def to_model(resource: Mapping[str, Any]) -> Any:
    """Return the R4B model of a resource's JSON; ValueError when it is not valid for the model."""
    registry = importlib.import_module("fhir.resources.R4B")
    model = registry.get_fhir_model_class(resource["resourceType"])
    return model.model_validate_json(dump_exact(resource))


def to_json(model: "Resource") -> dict[str, Any]:
    """Return a model's JSON."""
    parsed: dict[str, Any] = parse_exact(model.model_dump_json().encode())
    return parsed
