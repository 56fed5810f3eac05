"""What an Encounter and the notices of it say of the way out of hospital (`pk-discharge`).

Sources: lag 2017:612 om samverkan vid utskrivning; https://hl7.org/fhir/R4/communication.html.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from pk_api.contract.elements import Json, code_in, extensions, target_of
from pk_api.fhir import systems
from pk_api.fhir.problems import Problem
from pk_api.fhir.stays import PRESENT, is_inpatient

State = Literal["admitted", "ready", "discharged", "cancelled"]
Event = Literal["needs", "notice", "ready", "not-ready", "information", "discharged"]

OVER: Final = frozenset({"cancelled", "entered-in-error"})
BOTH: Final = frozenset({"region", "municipality"})

EVENTS: Final[Mapping[tuple[State, Event], State]] = MappingProxyType(
    {
        ("admitted", "needs"): "admitted",
        ("admitted", "notice"): "admitted",
        ("admitted", "ready"): "ready",
        ("admitted", "information"): "admitted",
        ("admitted", "discharged"): "discharged",
        ("ready", "needs"): "ready",
        ("ready", "notice"): "ready",
        ("ready", "not-ready"): "admitted",
        ("ready", "information"): "ready",
        ("ready", "discharged"): "discharged",
        ("discharged", "information"): "discharged",
    }
)
"""What may happen to an admission: (state, event) → state. What is late is told all the same."""


@dataclass(frozen=True, slots=True)
class Discharge:
    """What is known: who is needed when and since when that is known (None: not assessed), and when it is.

    `recipient` is what the unit that is told is; a unit that is not said to be municipal names a contact.
    """

    assessed: str | None = None
    principals: frozenset[str] = frozenset()
    expected: str | None = None
    compulsory: str | None = None
    ready: str | None = None
    recipient: str | None = None

    @property
    def nobody_needed(self) -> bool:
        """Whether it is assessed that nobody is needed."""
        return self.assessed is not None and not self.principals

    def extension(self) -> Json:
        """Return it as the extension."""
        told: list[Json] = [
            {"url": "assessed", "valueDateTime": self.assessed},
            *({"url": "principal", "valueCode": each} for each in sorted(self.principals)),
            {"url": "expected", "valueDate": self.expected},
            {"url": "compulsory", "valueCode": self.compulsory},
            {"url": "ready", "valueDateTime": self.ready},
            {"url": "recipient", "valueCode": self.recipient},
        ]
        return {"extension": [each for each in told if None not in each.values()]}


def discharge_of(resource: Json) -> Discharge:
    """Return what a resource says of the discharge; nothing when it says nothing."""
    parts = [p for one in extensions(resource, systems.EXT_DISCHARGE) for p in one.get("extension", ())]
    told = {each.get("url"): next((v for k, v in each.items() if k != "url"), None) for each in parts}
    principals = frozenset(str(each.get("valueCode")) for each in parts if each.get("url") == "principal")
    return Discharge(
        told.get("assessed"),
        principals,
        told.get("expected"),
        told.get("compulsory"),
        told.get("ready"),
        told.get("recipient"),
    )


def state_of(encounter: Json) -> State:
    """Return where an admission stands."""
    status = encounter.get("status")
    if status in OVER:
        return "cancelled"
    if status == "finished":
        return "discharged"
    return "ready" if discharge_of(encounter).ready else "admitted"


def require_possible(encounter: Json, event: Event) -> None:
    """Raise Problem not-allowed-in-state for what cannot happen to the admission now."""
    state = state_of(encounter)
    if (state, event) not in EVENTS:
        possible = ", ".join(sorted(e for s, e in EVENTS if s == state)) or "nothing"
        detail = f"The admission is {state}: what can happen is {possible}."
        raise Problem("not-allowed-in-state", detail, facts={"state": state})


def notice_kind(resource: Json) -> str | None:
    """Return which notice a resource is that was sent, None when it is none."""
    if resource["resourceType"] != "Communication" or resource.get("status") != "completed":
        return None
    return code_in(resource.get("category", ()), systems.NOTICE)


def admission_of(resource: Json) -> str | None:
    """Return the reference of the Encounter that an Encounter is, or that another resource is about."""
    if resource["resourceType"] == "Encounter":
        return f"Encounter/{resource['id']}"
    return target_of(resource.get("encounter"))


def is_admission(resource: Json) -> bool:
    """Say whether a resource tells that a patient is admitted."""
    return is_stay(resource) and resource.get("status") in PRESENT


def is_stay(resource: Json) -> bool:
    """Say whether a resource tells of a stay that has begun."""
    return is_visit(resource) and is_inpatient(resource)


def is_visit(resource: Json) -> bool:
    """Say whether a resource tells of a contact with care that has begun."""
    return resource["resourceType"] == "Encounter" and resource.get("status") in PRESENT | {"finished"}


def is_told(kind: str, resource: Json, *, not_municipal: bool = False) -> bool:
    """Say whether a resource is such a notice to a unit."""
    if notice_kind(resource) != kind or recipient_of(resource) is None:
        return False
    return not (not_municipal and discharge_of(resource).recipient == "municipality")


def recipient_of(notice: Json) -> Json | None:
    """Return a reference to the unit that is told; None when it is somebody else."""
    found: Json | None = next(iter(notice.get("recipient", ())), None)
    is_unit = (target_of(found) or "").startswith(("Organization/", "PractitionerRole/"))
    return found if is_unit else None


def is_of_stay(kind: str) -> Callable[[Json], bool]:
    """Return what says of a resource whether it is the stay, or a notice of this kind."""
    return lambda each: each["resourceType"] == "Encounter" or notice_kind(each) == kind
