"""What a system must do that holds patientkontrakt for others: a CapabilityStatement of requirements.

Source: https://hl7.org/fhir/R4/capabilitystatement.html. What this very service does stands in `/metadata`.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from pk_api.fhir.artefacts.building import DATE, Json, artefact, canonical
from pk_api.fhir.artefacts.structures import FHIR_VERSION
from pk_api.fhir.search.parameters import SEARCH_PARAMETERS
from pk_api.fhir.systems import BASE

REQUIREMENTS: Final = canonical("CapabilityStatement", "pk-server")
_DIRECTORY: Final = frozenset({"Practitioner", "PractitionerRole", "Organization"})
_READS: Final = ("read", "vread", "search-type", "history-instance")
_WRITES: Final = ("create", "update")
_WANTED: Final = (
    *("_id", "_lastUpdated", "identifier", "patient", "subject", "status", "category", "date", "code"),
    *("based-on", "part-of", "care-team", "goal", "owner", "name", "organization", "practitioner", "period"),
)


def profiles_by_type(resources: Iterable[Json]) -> dict[str, list[str]]:
    """Return the canonicals of the product's profiles of resources by their types."""
    found: dict[str, list[str]] = {}
    for each in resources:
        is_profile = each["resourceType"] == "StructureDefinition" and each["kind"] == "resource"
        if is_profile and each["url"].startswith(BASE):
            found.setdefault(each["type"], []).append(each["url"])
    return found


def capability_statements(resources: Iterable[Json]) -> Iterator[Json]:
    """Yield the CapabilityStatement of requirements for the profiles among these resources."""
    by_type = profiles_by_type(resources)
    yield artefact(
        "CapabilityStatement",
        "pk-server",
        "PkServer",
        title="Krav på den som håller patientkontrakt",
        description="What a server must do that holds patientkontrakt for others.",
        lines=sorted(by_type),
        kind="requirements",
        fhirVersion=FHIR_VERSION,
        format=["application/fhir+json"],
        rest=[
            {
                "mode": "server",
                "documentation": "Every access is decided by law and consent, and audited before its answer.",
                "resource": [_resource(name, by_type[name]) for name in sorted(by_type)],
                "interaction": [{"code": "transaction"}, {"code": "batch"}],
            }
        ],
    ) | {"date": DATE}


def _resource(name: str, profiles: list[str]) -> Json:
    codes = _READS if name in _DIRECTORY else (*_READS, *_WRITES)
    parameters = [SEARCH_PARAMETERS[name][code] for code in _WANTED if code in SEARCH_PARAMETERS[name]]
    return {
        "type": name,
        "supportedProfile": profiles,
        "interaction": [{"code": code} for code in codes],
        "versioning": "versioned-update",
        "searchParam": [{"name": p.code, "definition": p.url, "type": p.type} for p in parameters],
    }
