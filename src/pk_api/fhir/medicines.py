"""References to a patient's medicines: where a medication list or a plan of medication stands, never a copy.

What somebody takes has one source; a dose that is copied goes stale and is taken. A reference is a
DocumentReference with an address, or the identifier of a List or MedicationRequest elsewhere. Sources: data
element 49 (reference only); https://hl7.org/fhir/R4/documentreference.html.
"""

from collections.abc import Mapping
from typing import Any, Final

from pk_api.fhir import systems
from pk_api.fhir.rules import Rule

Json = Mapping[str, Any]

LIST: Final = "medication-list"
PLAN: Final = "medication-plan"
KINDS: Final = frozenset({LIST, PLAN})
ELSEWHERE: Final[Mapping[str, str]] = {LIST: "List", PLAN: "MedicationRequest"}
"""What is referred to by identifier, by kind."""


def kind_of(resource: Json) -> str | None:
    """Return what a resource refers to; None for what is no reference to medicines."""
    if resource.get("resourceType") != "DocumentReference":
        return None
    found = (one for each in resource.get("category", ()) for one in each.get("coding", ()))
    codes = [one.get("code") for one in found if one.get("system") == systems.DOCUMENT]
    return next((code for code in codes if code in KINDS), None)


def elsewhere_in(resource: Json) -> list[Json]:
    """Return the identifiers of what stands elsewhere."""
    related = (resource.get("context") or {}).get("related", ())
    return [each["identifier"] for each in related if each.get("identifier") and "reference" not in each]


def links_in(resource: Json) -> list[str]:
    """Return the addresses of what stands elsewhere."""
    attachments = [each.get("attachment") or {} for each in resource.get("content", ())]
    return [str(each["url"]) for each in attachments if "url" in each]


def _leads_somewhere(resource: Json) -> bool:
    return bool(links_in(resource) or elsewhere_in(resource))


def _leads_outside(resource: Json) -> bool:
    return all(link.startswith("https://") for link in links_in(resource))


def _copies_nothing(resource: Json) -> bool:
    attachments = [each.get("attachment") or {} for each in resource.get("content", ())]
    return not any("data" in each for each in attachments)


def _holds_nothing(resource: Json) -> bool:
    return "contained" not in resource and "text" not in resource


def _is_of_contract(resource: Json) -> bool:
    related = (resource.get("context") or {}).get("related", ())
    return any("CarePlan/" in str(each.get("reference", "")) for each in related)


RULES: Final[tuple[Rule[Json], ...]] = (
    Rule(
        "leads-somewhere",
        _leads_somewhere,
        "It says where the medicines stand: by an address, or an identifier in context.related.",
        "DocumentReference.content",
    ),
    Rule(
        "leads-outside",
        _leads_outside,
        "The address is the source system's own, by https.",
        "DocumentReference.content.attachment.url",
    ),
    Rule(
        "copies-nothing",
        _copies_nothing,
        "Medicines are referred to, never copied: no data.",
        "DocumentReference.content.attachment.data",
    ),
    Rule(
        "holds-nothing",
        _holds_nothing,
        "Medicines are referred to, never copied: no narrative and nothing contained.",
        "DocumentReference.text",
    ),
    Rule(
        "is-of-contract",
        _is_of_contract,
        "It names the contract in context.related.",
        "DocumentReference.context.related",
    ),
)
