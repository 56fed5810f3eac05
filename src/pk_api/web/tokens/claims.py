"""What the claims of a token are called, and what their values mean.

NAMES are those of Sweden's identity services: Inera's IdP (SITHS eID), Sambi, OIDC Sweden, and our own short
ones. Sources: Inera, IdP Attributlista (OIDC claims); OIDC Sweden, Claims and Scopes; RFC 9068; SMART App
Launch 2.2.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from pk_api.fhir.systems import PERSONNUMMER, SAMORDNINGSNUMMER

_SAMBI: Final = "http://sambi.se/attributes/1/"

NAMES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "client": ("client_id", "azp"),
        "scope": ("scope", "scp"),
        "name": ("name", "credentialDisplayName"),
        "given_name": ("given_name", "credentialGivenName"),
        "family_name": ("family_name", "credentialSurname"),
        "employee": ("employee_hsa_id", "employeeHsaId", f"{_SAMBI}employeeHsaId"),
        "assignment": ("commission_hsa_id", "commissionHsaId", f"{_SAMBI}commissionHsaId"),
        "assignment_name": ("commission_name", "commissionName", f"{_SAMBI}commissionName"),
        "purpose": ("purpose", "commissionPurpose", f"{_SAMBI}commissionPurpose"),
        "provider": ("care_provider_hsa_id", "healthCareProviderHsaId", f"{_SAMBI}healthCareProviderHsaId"),
        "provider_name": ("care_provider_name", "healthCareProviderName", f"{_SAMBI}healthCareProviderName"),
        "unit": ("care_unit_hsa_id", "healthCareUnitHsaId", f"{_SAMBI}healthCareUnitHsaId"),
        "unit_name": ("care_unit_name", "healthCareUnitName", f"{_SAMBI}healthCareUnitName"),
        "title": ("title", "paTitle", "healthcareProfessionalLicense"),
        "roles": ("system_role", "systemRole", "roles"),
        "person": (
            "personal_identity_number",
            "personalIdentityNumber",
            "https://id.oidc.se/claim/personalIdentityNumber",
            "https://id.oidc.se/claim/coordinationNumber",
            "credentialPersonalIdentityNumber",
        ),
        "assurance": ("acr", "levelOfAssurance", "urn:sambi:names:attribute:levelOfAssurance"),
        "acting_for": ("acting_for",),
        "context": ("patient", "launch_response.patient"),
    }
)
"""What is looked for → claims that may tell it, the first that is there wins; `a.b` is `b` within `a`."""

PURPOSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "vård och behandling": "care",
        "care": "care",
        "kvalitetssäkring": "quality",
        "administration": "administration",
        "statistik": "statistics",
        "tillsyn": "supervision",
        "forskning": "research",
        "annan dokumentation enligt lag": "documentation",
        "kvalitetsregister": "quality-register",
    }
)
"""Purposes of assignments (HSA, vårdmedarbetaruppdragets ändamål) in the words of this service."""

_LOA: Final = re.compile(r"(?:.*[/:.#_-])?(?:loa|al)?([1-4])(?:nr)?", re.IGNORECASE)
_EIDAS: Final = {"low": 2, "substantial": 3, "high": 4}
_NUMBER: Final = re.compile(r"(\d{8})-?([\dA-Za-z]{4})", re.ASCII)
_LONGEST: Final = 200
_REFERENCE: Final = re.compile(r"(?:Patient/)?([A-Za-z0-9\-.]{1,64})", re.ASCII)


class Claims:
    """Verified claims, read by the names that their issuer uses."""

    def __init__(self, told: Mapping[str, Any], names: Mapping[str, tuple[str, ...]]) -> None:
        self._told = told
        self._names = names

    def text(self, what: str) -> str | None:
        """Return one text; None when it is absent, or no text of a decent length."""
        value = self._value(what)
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        is_decent = isinstance(value, str) and value.isprintable() and 0 < len(value) <= _LONGEST
        return str(value) if is_decent else None

    def texts(self, what: str) -> tuple[str, ...]:
        """Return all texts of a claim with several values."""
        value = self._value(what)
        values = value if isinstance(value, list) else [value]
        return tuple(one for one in values[:100] if isinstance(one, str) and 0 < len(one) <= _LONGEST)

    @property
    def scopes(self) -> str:
        """The scopes, with blanks between them."""
        value = self._value("scope")
        if isinstance(value, list):
            return " ".join(one for one in value if isinstance(one, str))
        return value if isinstance(value, str) else ""

    @property
    def name(self) -> str:
        """The person's name as one text."""
        parts = (self.text("given_name"), self.text("family_name"))
        return self.text("name") or " ".join(part for part in parts if part)

    @property
    def purpose(self) -> str:
        """The purpose in the service's words; one that it does not know stays as it is."""
        told = self.text("purpose")
        return "care" if told is None else PURPOSES.get(told.strip().lower(), told)

    @property
    def person(self) -> tuple[str, str] | None:
        """The caller's own identity number, with its system."""
        found = _NUMBER.fullmatch(self.text("person") or "")
        if found is None:
            return None
        day = found[1][6:8]
        return (SAMORDNINGSNUMMER if int(day) > 60 else PERSONNUMMER, found[1] + found[2])

    @property
    def assurance(self) -> int | None:
        """The level of assurance by which the person was identified, 1–4; the lowest that is told."""
        levels = [level for one in self.texts("assurance") if (level := level_of(one)) is not None]
        return min(levels, default=None)

    @property
    def context(self) -> str | None:
        """The id of the Patient that the app was started for."""
        found = _REFERENCE.fullmatch(self.text("context") or "")
        return found[1] if found else None

    def _value(self, what: str) -> Any:
        for name in self._names.get(what, NAMES[what]):
            if (value := _at(self._told, name)) is not None:
                return value
        return None


def level_of(text: str) -> int | None:
    """Return the level that a class of authentication names: `…/loa3`, `…:loa:3`, or eIDAS' words."""
    if (found := _LOA.fullmatch(text)) is not None:
        return int(found[1])
    return _EIDAS.get(re.split(r"[/:]", text.lower())[-1])


def _at(told: Mapping[str, Any], name: str) -> Any:
    """Return the claim of this name, which may be a way into claims within claims."""
    if name in told:
        return told[name]
    head, dot, rest = name.partition(".")
    inner = told.get(head)
    return _at(inner, rest) if dot and isinstance(inner, Mapping) else None
