"""SearchParameters of the product's own: names that others use for parameters of R4.

Source: https://hl7.org/fhir/R4/searchparameter.html; the rows are those that searches work by.
"""

from collections.abc import Iterator

from pk_api.fhir.artefacts.building import Json, artefact
from pk_api.fhir.search.parameters import SEARCH_PARAMETERS, SearchParameter
from pk_api.fhir.systems import BASE


def search_parameters() -> Iterator[Json]:
    """Yield a SearchParameter for each parameter whose definition is the product's."""
    for base, parameters in SEARCH_PARAMETERS.items():
        for each in parameters.values():
            if each.url.startswith(BASE):
                yield _search_parameter(base, each)


def _search_parameter(base: str, each: SearchParameter) -> Json:
    whole = artefact(
        "SearchParameter",
        each.url.rpartition("/")[2],
        f"{base}{each.code.title().replace('-', '')}",
        url=each.url,
        title=f"{base}.{each.code}",
        description=each.description,
        code=each.code,
        base=[base],
        type=each.type,
        expression=each.expression,
    )
    del whole["title"]  # R4 gives every other artefact one
    return whole
