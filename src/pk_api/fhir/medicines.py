"""References to a patient's medicines: where a medication list or a plan of medication stands, never a copy.

What somebody takes has one source; a dose that is copied goes stale and is taken. A reference is a
DocumentReference with an address, or the identifier of a List or MedicationRequest elsewhere. Sources: data
element 49 (reference only); https://hl7.org/fhir/R4/documentreference.html.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pk_api.fhir import systems

Json = Mapping[str, Any]

LIST: Final = "medication-list"
PLAN: Final = "medication-plan"
KINDS: Final = frozenset({LIST, PLAN})
ELSEWHERE: Final[Mapping[str, str]] = {LIST: "List", PLAN: "MedicationRequest"}
"""What is referred to by identifier, by kind."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What must hold of a reference to medicines: its name, what is said if it does not, the element."""

    name: str
    lacks: str
    path: str
    holds: Callable[[Json], bool]


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


RULES: Final = (
    Rule(
        "leads-somewhere",
        "It says where the medicines stand: by an address, or an identifier in context.related.",
        "DocumentReference.content",
        _leads_somewhere,
    ),
    Rule(
        "leads-outside",
        "The address is the source system's own, by https.",
        "DocumentReference.content.attachment.url",
        _leads_outside,
    ),
    Rule(
        "copies-nothing",
        "Medicines are referred to, never copied: no data.",
        "DocumentReference.content.attachment.data",
        _copies_nothing,
    ),
    Rule(
        "holds-nothing",
        "Medicines are referred to, never copied: no narrative and nothing contained.",
        "DocumentReference.text",
        _holds_nothing,
    ),
    Rule(
        "is-of-contract",
        "It names the contract in context.related.",
        "DocumentReference.context.related",
        _is_of_contract,
    ),
)


def lacking(resource: Json) -> list[Rule]:
    """Return the rules that do not hold of a reference to medicines."""
    return [rule for rule in RULES if not rule.holds(resource)]
