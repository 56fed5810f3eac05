"""Alternatives that the patient chooses among, as Tasks: a choice, and its options that are part of it.

The choice is the patient's Task (`pk-task#choose`), decided when it is completed with the chosen option as
its output, or rejected. Options are Tasks of intent `option`, drafts until then; what becomes of each
follows.
Source: https://hl7.org/fhir/R4/task.html; Patientlag 2014:821 7 kap. 1 § (the patient chooses).
"""

from collections.abc import Mapping
from typing import Any, Final

from pk_api.fhir import systems
from pk_api.fhir.references import at_path, literal

Json = Mapping[str, Any]

KIND: Final = "choose"
CHOSEN: Final = "chosen"
PLACE: Final = "place"
ANOTHER: Final = "another-chosen"
NONE: Final = "none-chosen"
DECIDED: Final = frozenset({"completed", "rejected", "cancelled", "failed", "entered-in-error"})
_LAST: Final = 2**31
OFF: Final = frozenset({"rejected", "cancelled", "failed", "entered-in-error"})


def is_choice(resource: Json) -> bool:
    """Say whether a resource is a choice among alternatives."""
    if resource.get("resourceType") != "Task":
        return False
    coding = (resource.get("code") or {}).get("coding", ())
    return (systems.TASK_KIND, KIND) in {(one.get("system"), one.get("code")) for one in coding}


def is_option(resource: Json) -> bool:
    """Say whether a resource is an alternative, as far as it can be told from itself."""
    is_one = resource.get("resourceType") == "Task" and resource.get("intent") == "option"
    return is_one and bool(resource.get("partOf"))


def choices_of(option: Json, base_url: str = "") -> list[str]:
    """Return the references `Task/id` to what an option is part of."""
    return _locals(option, "partOf", base_url)


def plans_of(task: Json, base_url: str = "") -> set[str]:
    """Return the references to the plans that a Task is based on."""
    return set(_locals(task, "basedOn", base_url))


def chosen_in(choice: Json, base_url: str = "") -> list[str]:
    """Return the references to the options that are named as chosen."""
    named = [each for each in choice.get("output", ()) if _is(each.get("type") or {}, CHOSEN)]
    found = [str((each.get("valueReference") or {}).get("reference", "")) for each in named]
    return [one.reference if (one := literal(each, base_url)) else each for each in found]


def place_of(option: Json) -> int:
    """Return the place in which an option is offered among the others; the last when it says none."""
    inputs = [each for each in option.get("input", ()) if _is(each.get("type") or {}, PLACE)]
    return next((int(each["valuePositiveInt"]) for each in inputs if "valuePositiveInt" in each), _LAST)


def _is(concept: Json, code: str) -> bool:
    coding = concept.get("coding", ())
    return any(one.get("system") == systems.CHOICE and one.get("code") == code for one in coding)


def _locals(resource: Json, path: str, base_url: str) -> list[str]:
    found = (literal(each, base_url) for each in at_path(resource, path))
    return [one.reference for one in found if one is not None]


def what_becomes(option: Json, name: str, choice: Json, base_url: str = "") -> tuple[str, str | None]:
    """Return the status of an option `Task/id` after a decision, and why, by a code; its own if it stays.

    What the patient chooses to do is accepted by it, and so is what its owner has offered to do; anything
    else waits for its owner's answer.
    """
    status = str(option.get("status"))
    if status in OFF or choice.get("status") not in DECIDED:
        return status, None
    if name not in chosen_in(choice, base_url) or choice.get("status") != "completed":
        is_chosen_another = choice.get("status") == "completed"
        return "cancelled", ANOTHER if is_chosen_another else NONE
    if status != "draft":
        return status, None
    owner = (option.get("owner") or {}).get("reference")
    offered_by = {(option.get(each) or {}).get("reference") for each in ("for", "requester")}
    return ("accepted" if owner is not None and owner in offered_by else "requested"), None
