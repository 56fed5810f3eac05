"""The CapabilityStatement, built from the same tables that the service works by.

Source: https://hl7.org/fhir/R4/capabilitystatement.html.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from pk_api.fhir import patches
from pk_api.fhir.artefacts import registry
from pk_api.fhir.artefacts.guide import GUIDE
from pk_api.fhir.artefacts.requirements import REQUIREMENTS, profiles_by_type
from pk_api.fhir.resource_types import TYPES
from pk_api.fhir.search.parameters import SEARCH_PARAMETERS

FHIR_VERSION: Final = "4.0.1"
INSTANTIATED: Final = (
    REQUIREMENTS,
    "http://ihe.net/fhir/CapabilityStatement/IHE_DCP_CarePlanService",
    "http://ihe.net/fhir/CapabilityStatement/IHE_DCTM_CareTeamService",
)
"""Statements of requirements that the service fulfils."""
_NOTES: Final[Mapping[str, str]] = {
    "Subscription": "Kept as requested; nothing is delivered yet, and none becomes active.",
    "CareTeam": "Those of category fast-kontakt also in FHIR 5.0, as Inera's CareTeam guide 0.9 has them: "
    "application/fhir+json; fhirVersion=5.0 on read, vread, search, create and update.",
}
_OAUTH_URIS: Final = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
_SMART: Final = "http://terminology.hl7.org/CodeSystem/restful-security-service"


@dataclass(frozen=True, slots=True)
class Features:
    """What the service does on all types that it writes, and the addresses where tokens are had."""

    update_create: bool = True
    conditional_create: bool = True
    conditional_update: bool = True
    conditional_delete: str = "single"
    cors: bool = False
    oauth: Sequence[tuple[str, str]] = ()


def capability_statement(
    base_url: str,
    version: str,
    date: datetime,
    interactions: Mapping[str, Sequence[str]],
    *,
    system_interactions: Sequence[str] = ("transaction", "batch", "history-system"),
    operations: Mapping[str, Sequence[tuple[str, str]]] | None = None,
    features: Features | None = None,
) -> dict[str, Any]:
    """Return the statement for these interactions by type.

    `operations` holds (name, canonical of the definition) by type, those of the whole service under "".
    """
    offered = operations or {}
    rest: dict[str, Any] = {
        "mode": "server",
        "documentation": "FHIR R4 over the shared patientkontrakt; every access is decided and audited.",
        "security": _security(features or Features()),
        "resource": [
            _resource(type_, interactions[type_], offered.get(type_, ()), features or Features())
            for type_ in interactions
        ],
        "interaction": [{"code": code} for code in system_interactions],
    } | _operations(offered.get("", ()))
    return {
        "resourceType": "CapabilityStatement",
        "name": "PkApi",
        "title": "pk_api: the shared patientkontrakt",
        "status": "active",
        "date": date.isoformat(timespec="seconds"),
        "kind": "instance",
        "software": {"name": "pk_api", "version": version},
        "implementation": {"description": "Shared patientkontrakt service", "url": base_url},
        "instantiates": list(INSTANTIATED),
        "fhirVersion": FHIR_VERSION,
        "format": ["application/fhir+json", "json"],
        "patchFormat": list(patches.FORMATS),
        "implementationGuide": [GUIDE],
        "rest": [{key: value for key, value in rest.items() if value}],
    }


def _security(features: Features) -> dict[str, Any]:
    coding = {"system": _SMART, "code": "SMART-on-FHIR"}
    told = {"cors": features.cors, "service": [{"coding": [coding], "text": "OAuth2 bearer tokens"}]}
    uris = [{"url": name, "valueUri": uri} for name, uri in features.oauth]
    return ({"extension": [{"url": _OAUTH_URIS, "extension": uris}]} if uris else {}) | told


def _resource(
    type_: str, codes: Sequence[str], operations: Sequence[tuple[str, str]], features: Features
) -> dict[str, Any]:
    told: dict[str, Any] = {"type": type_}
    if profiles := _profiles().get(type_):
        told["supportedProfile"] = profiles
    if note := _NOTES.get(type_):
        told["documentation"] = note
    told["interaction"] = [{"code": code} for code in codes]
    told["versioning"] = "versioned" if "vread" in codes else "no-version"
    told["readHistory"] = "history-instance" in codes
    if "update" in codes:
        told["versioning"] = "versioned-update"
        told |= _writes(features)
    told["referencePolicy"] = ["literal", "logical", "local"]
    if "search-type" in codes:
        told["searchInclude"] = ["*", *(f"{type_}:{code}" for code in _references(type_))]
        told["searchRevInclude"] = ["*", *_reverse_includes(type_)]
        told["searchParam"] = _search_parameters(type_)
    return told | _operations(operations)


@cache
def _profiles() -> Mapping[str, list[str]]:
    return profiles_by_type(registry.carried())


def _writes(features: Features) -> dict[str, Any]:
    return {
        "updateCreate": features.update_create,
        "conditionalCreate": features.conditional_create,
        "conditionalRead": "full-support",
        "conditionalUpdate": features.conditional_update,
        "conditionalDelete": features.conditional_delete,
    }


def _references(type_: str) -> list[str]:
    return [code for code, parameter in SEARCH_PARAMETERS[type_].items() if parameter.type == "reference"]


def _reverse_includes(type_: str) -> list[str]:
    """Return the references of stored types that name the type among those that they lead to."""
    return [
        f"{source}:{code}"
        for source in TYPES
        for code in _references(source)
        if type_ in SEARCH_PARAMETERS[source][code].targets
    ]


def _search_parameters(type_: str) -> list[dict[str, str]]:
    return [
        {
            "name": parameter.code,
            "definition": parameter.url,
            "type": parameter.type,
            "documentation": parameter.description,
        }
        for parameter in SEARCH_PARAMETERS[type_].values()
        if parameter.is_searchable
    ]


def _operations(operations: Sequence[tuple[str, str]]) -> dict[str, Any]:
    if not operations:
        return {}
    return {"operation": [{"name": name, "definition": definition} for name, definition in operations]}
