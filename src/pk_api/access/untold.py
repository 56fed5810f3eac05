"""Which search parameters would tell a protected identity: a row that is masked meets none of them."""

from typing import Final

from pk_api.access.mask import PLACES
from pk_api.fhir.search.filters import Filter
from pk_api.fhir.search.parameters import SearchParameter

_TELECOMS: Final = frozenset({"phone", "email", "telecom", "address-use"})
_NUMBERS: Final = frozenset({("RelatedPerson", "identifier")})
_WORDS: Final = frozenset({"string", "special"})
_FILES: Final = frozenset({("DocumentReference", "location")})
_CLINICS: Final = frozenset({("Patient", "general-practitioner"), ("Patient", "organization")})


def sorts_untold(resource_type: str, parameter: SearchParameter) -> bool:
    """Say whether the values of the parameter tell name, address, contact or place."""
    named = (resource_type, parameter.code)
    kinds = {parameter.type, *(one.type for one in parameter.components)}
    if kinds & _WORDS or parameter.code in _TELECOMS or named in _NUMBERS | _FILES | _CLINICS:
        return True
    return bool(PLACES & set(parameter.targets))


def asks_untold(resource_type: str, filter_: Filter) -> bool:
    """Say whether the filter asks for something that is not told of a masked row.

    A reference that may lead to a place asks for one unless it names another type.
    """
    parameter = filter_.parameter
    if filter_.modifier in ("text", *PLACES):
        return True
    if parameter.type != "reference" or set(parameter.targets) <= PLACES:
        return sorts_untold(resource_type, parameter)
    if (resource_type, parameter.code) in _CLINICS:
        return True
    if not (PLACES | {"*"}) & set(parameter.targets):
        return False
    kinds = {value.rpartition("/")[0].rpartition("/")[2] for value in filter_.values}
    return filter_.modifier == "identifier" or filter_.is_missing is not None or bool(kinds & (PLACES | {""}))
