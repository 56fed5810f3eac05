"""Why care revised a contract: `reason` of the Provenances that pin what was written."""

from typing import Final

from pk_api.contract.codes import code_of
from pk_api.contract.elements import Json, code_in
from pk_api.contract.reading.context import Reading
from pk_api.fhir import systems
from pk_api.fhir.artefacts.terms import table

CODES: Final = frozenset(term.code for term in table(systems.REVISION_REASON).terms)


def reasons(reading: Reading) -> dict[tuple[str, str], Json]:
    """Return the reasons that the reader sees, by reference and version of what was written."""
    known: dict[tuple[str, str], Json] | None = reading.seen.get("reasons")
    if known is None:
        known = reading.seen["reasons"] = _reasons(reading)
    return known


def _reasons(reading: Reading) -> dict[tuple[str, str], Json]:
    found: dict[tuple[str, str], Json] = {}
    for each in reading.of_type("Provenance"):
        code = code_in(each.get("reason", ()), systems.REVISION_REASON)
        if code not in CODES:
            continue
        text = next((one["text"] for one in each["reason"] if one.get("text")), None)
        name = code_of(systems.REVISION_REASON, str(code)).name(reading.language)
        for target in each.get("target", ()):
            reference, _, version = str(target.get("reference", "")).partition("/_history/")
            found[reference, version] = {"code": code, "name": name, "text": text}
    return found
