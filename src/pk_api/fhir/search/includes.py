"""_include and _revinclude: which linked resources come along. Source: https://hl7.org/fhir/R4/search.html#include."""

from dataclasses import dataclass

from pk_api.fhir.resource_types import SERVED
from pk_api.fhir.search.conditions import NotSupported
from pk_api.fhir.search.filters import targets
from pk_api.fhir.search.parameters import SEARCH_PARAMETERS, SearchParameter

ANY = "*"


@dataclass(frozen=True, slots=True)
class Include:
    """Links from resources of a type (None: any) by a parameter (None: any) to a type (None: any).

    A reverse one brings what refers to the matches; an iterated one also goes on from what it brought.
    """

    source: str | None
    parameter: SearchParameter | None
    target: str | None
    is_reverse: bool = False
    is_iterated: bool = False


def read_include(name: str, text: str) -> Include:
    """Return what `_include=text` or `_revinclude:iterate=text` asks for. Raises NotSupported."""
    code, colon, modifier = name.partition(":")
    if colon and modifier != "iterate":
        raise NotSupported("the modifier is not supported")
    source, parameter, target = (None, None, None) if text == ANY else _link(text)
    return Include(source, parameter, target, is_reverse=code == "_revinclude", is_iterated=bool(colon))


def _link(text: str) -> tuple[str, SearchParameter | None, str | None]:
    source, _, rest = text.partition(":")
    if source not in SERVED:
        raise NotSupported("Type:parameter of a type of this service is expected, or *")
    code, _, target = rest.partition(":")
    if code == ANY and not target:
        return source, None, None
    parameter = SEARCH_PARAMETERS[source].get(code)
    if parameter is None or parameter.type != "reference":
        raise NotSupported("it names a reference parameter of the type, or *")
    if target and target not in targets(parameter):
        raise NotSupported("the reference does not lead to this type")
    return source, parameter, target or None
