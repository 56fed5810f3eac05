"""The searches of conditional interactions.

Source: https://hl7.org/fhir/R4/http.html#ccreate, #cond-update.
"""

from collections.abc import Sequence
from typing import Final
from urllib.parse import parse_qsl

from pk_api.fhir.problems import Problem
from pk_api.fhir.search.query import RESULT_PARAMETERS, parse_query
from pk_api.fhir.systems import SYNONYMS
from pk_api.records.values import Criteria

_OF_ANSWER: Final = frozenset({"_format", "_pretty"})
_OF_RESULT: Final = RESULT_PARAMETERS | {
    "_include",
    "_revinclude",
    "_summary",
    "_elements",
    "_contained",
    "_containedType",
}
_MOST_PARAMETERS: Final = 50


def read_criteria(resource_type: str, pairs: Sequence[tuple[str, str]], *, base_url: str) -> Criteria:
    """Return the criteria of the decoded name–value pairs; what is not understood is always refused.

    To ignore a criterion, as lenient callers of a search may ask for, would be to write something else.
    """
    given = [pair for pair in pairs if pair[0] not in _OF_ANSWER]
    if not given:
        raise Problem("invalid", f"Say by search parameters which {resource_type} is meant.")
    for name, _ in given:
        if name.partition(":")[0] in _OF_RESULT:
            raise Problem(
                "invalid", f"{name.partition(':')[0]} is no criterion: it says how results are shown."
            )
    query = parse_query(resource_type, given, base_url=base_url)
    told = sorted(f"{name}={','.join(sorted(map(_canonical, text.split(','))))}" for name, text in given)
    return Criteria(query, f"{resource_type}?{'&'.join(told)}")


def criteria_of_header(resource_type: str, text: str, *, base_url: str) -> Criteria:
    """Return the criteria of If-None-Exist: the search, with or without `Type?` before it."""
    kind, mark, search = text.strip().rpartition("?")
    if mark and kind.rpartition("/")[2] not in ("", resource_type):
        raise Problem("invalid", f"If-None-Exist holds a search of {resource_type}.")
    try:
        pairs = parse_qsl(search, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)
    except ValueError as error:
        raise Problem("invalid", f"If-None-Exist has at most {_MOST_PARAMETERS} parameters.") from error
    return read_criteria(resource_type, pairs, base_url=base_url)


def _canonical(value: str) -> str:
    """Return the value with an identifier's system spelled as the index has it."""
    system, mark, rest = value.partition("|")
    return f"{SYNONYMS.get(system, system)}{mark}{rest}"
