"""Whose compartments a resource is in.

Source: https://hl7.org/fhir/R4/compartmentdefinition-patient.html.
"""

from typing import Any

from pk_api.fhir.references import literal
from pk_api.fhir.search.parameters import COMPARTMENT, SEARCH_PARAMETERS


def patients_of(resource: dict[str, Any], *, base_url: str = "") -> frozenset[str]:
    """Return the ids of the Patients of this service in whose compartments the resource is.

    A Patient is in its own.
    """
    kind = resource["resourceType"]
    found = {str(resource["id"])} if kind == "Patient" else set()
    for code in COMPARTMENT.get(kind, ()):
        for value in SEARCH_PARAMETERS[kind][code].extract(resource):
            reference = value.get("reference", "") if isinstance(value, dict) else ""
            local = literal(reference, base_url)
            if local is not None and local.type == "Patient":
                found.add(local.id)
    return frozenset(found)
