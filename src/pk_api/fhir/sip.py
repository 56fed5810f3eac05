"""What a samordnad individuell plan (SIP) must say before it is in force: a row for each rule.

An index card, which tells that a plan is kept elsewhere, says who answers and that the patient consents;
its actions stand in the plan itself. Sources: HSL 2017:30 16 kap. 4 §, the guideline for patientkontrakt.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pk_api.fhir import systems
from pk_api.fhir.references import at_path, literal
from pk_api.fhir.rules import Rule

Json = Mapping[str, Any]

PRINCIPALS: Final = frozenset({"region", "municipality"})
"""Who may answer for the whole."""

KINDS: Final = frozenset({"patient", "relative", "region", "municipality", "private", "other"})
"""Kinds of those who own an action: persons, and organisations as `pk-principal` has them."""

CONSENT: Final = "sip"
"""The kind of Consent, of `pk-consent`, by which the patient wants the plan that its provision names."""

NEED: Final = "need"
"""The code, of `pk-sip`, of an Observation that tells whether a SIP is needed."""

NEEDS: Final = frozenset({"not-needed", "needed", "called", "declined"})
"""What it may tell, of `pk-sip`."""

PATIENTS_NEEDS: Final = frozenset({"needed", "declined"})
"""What of that a patient tells, or who stands in: care judges whether it is needed, and calls."""

MEETING: Final = "meeting"
"""The service type, of `pk-sip`, of an Appointment to which the parties are called to make the plan."""

STANDING: Final = frozenset({"proposed", "pending", "booked", "arrived", "checked-in", "fulfilled"})
"""Statuses of a call that stands."""

_CATEGORIES: Final = frozenset(
    {
        (systems.PLAN_KIND, "sip"),
        (systems.STATUTORY_PLAN, "individuell-plan-sip"),
        (systems.RIV_PLAN_TYPE, "SIP"),
    }
)
_OFF: Final = frozenset({"cancelled", "rejected", "failed", "revoked", "entered-in-error"})
_LAW: Final = "HSL 2017:30 16 kap. 4 §"
_GUIDELINE: Final = "regional guideline for patientkontrakt"


@dataclass(frozen=True, slots=True)
class Sip:
    """What is known of a plan: consents in force, the kind of each owner of an action, None for no kind.

    `leads` are the kinds of the principals that are said to answer for the whole.
    """

    consents: int
    actions: int
    owners: Sequence[str | None]
    leads: Sequence[str | None]
    has_relatives: bool
    objects: bool
    follow_up: str | None
    is_card: bool = False


@dataclass(frozen=True, slots=True)
class SipRule(Rule[Sip]):
    """A rule of a SIP; `of_cards`: of one that is an index card too."""

    of_cards: bool = False


RULES: Final[tuple[SipRule, ...]] = (
    SipRule(
        "consent",
        lambda sip: sip.consents > 0,
        "A SIP is in force with the patient's consent: a Consent of kind sip whose provision names the plan.",
        "CarePlan.status",
        f"{_LAW} first paragraph",
        of_cards=True,
    ),
    SipRule(
        "action",
        lambda sip: bool(sip.owners),
        "A SIP states what is to be done and by whom: it has at least one action with an owner.",
        "CarePlan.activity",
        f"{_LAW} 1",
    ),
    SipRule(
        "owners",
        lambda sip: len(sip.owners) == sip.actions,
        "Every action of a SIP has an owner.",
        "CarePlan.activity",
        f"{_LAW} 2",
    ),
    SipRule(
        "kinds",
        lambda sip: KINDS.issuperset(sip.owners),
        "Every owner is the patient, a relative, or at an organisation whose principal is stated.",
        "CarePlan.activity",
        f"{_LAW} 2–3",
    ),
    SipRule(
        "lead",
        lambda sip: len(sip.leads) == 1 and PRINCIPALS.issuperset(sip.leads),
        "Exactly one principal, a region or a municipality, answers for the whole of a SIP.",
        "CarePlan.extension",
        f"{_LAW} 4",
        of_cards=True,
    ),
    SipRule(
        "relatives",
        lambda sip: not (sip.has_relatives and sip.objects),
        "Relatives take part in a SIP only if the patient does not object.",
        "CarePlan.contributor",
        f"{_LAW} second paragraph",
    ),
    SipRule(
        "follow-up",
        lambda sip: sip.follow_up is not None,
        "A SIP says when it is followed up.",
        "CarePlan.extension",
        _GUIDELINE,
    ),
)


def lacking(sip: Sip) -> list[SipRule]:
    """Return the rules that do not hold of a plan that is to be in force."""
    return [rule for rule in RULES if (rule.of_cards or not sip.is_card) and not rule.holds(sip)]


def is_sip(resource: Json) -> bool:
    """Say whether a resource is a SIP, in full or as an index card; the contract itself never is."""
    if resource.get("resourceType") != "CarePlan" or resource.get("intent") != "plan":
        return False
    found = {(c.get("system"), c.get("code")) for c in at_codings(resource)}
    return bool(found & _CATEGORIES) and (systems.PLAN_KIND, systems.PATIENTKONTRAKT) not in found


def at_codings(resource: Json) -> list[Json]:
    """Return the codings of a resource's categories."""
    return [coding for one in resource.get("category", ()) for coding in one.get("coding", ())]


def is_in_force(resource: Json) -> bool:
    """Say whether a resource is a SIP in force."""
    return is_sip(resource) and resource.get("status") == "active"


def leads_of(plan: Json) -> list[Json]:
    """Return references to the principals that are said to answer for the whole."""
    found = [each for each in plan.get("extension", ()) if each.get("url") == systems.EXT_LEAD_PRINCIPAL]
    return [each.get("valueReference") or {} for each in found]


def follow_up_of(plan: Json) -> str | None:
    """Return when the plan is followed up."""
    found = (e.get("valueDate") for e in plan.get("extension", ()) if e.get("url") == systems.EXT_FOLLOW_UP)
    return next(found, None)


def is_card(plan: Json) -> bool:
    """Say whether a plan tells only where it is kept."""
    return any(each.get("url") == systems.EXT_PLAN_LINK for each in plan.get("extension", ()))


def is_consent_to(resource: Json, plan: str, *, day: str) -> bool:
    """Say whether a resource is a consent to a plan, `CarePlan/id`, that is in force on a day."""
    if not is_about_consent_to(resource, plan) or resource.get("status") != "active":
        return False
    provision = resource.get("provision") or {}
    until = str((provision.get("period") or {}).get("end", "9999"))[:10]
    return provision.get("type") != "deny" and until >= day


def is_about_consent_to(resource: Json, plan: str) -> bool:
    """Say whether a resource tells of a consent to a plan, `CarePlan/id`: given, refused or taken back."""
    if resource.get("resourceType") != "Consent":
        return False
    if (systems.CONSENT_KIND, CONSENT) not in {
        (c.get("system"), c.get("code")) for c in at_codings(resource)
    }:
        return False
    named = [literal(each) for each in at_path(resource, "provision.data.reference")]
    return any(one is not None and one.reference == plan for one in named)


def is_on(action: Json) -> bool:
    """Say whether a resource is an action that is to be done, or is done."""
    return action.get("resourceType") in {"Task", "ServiceRequest"} and action.get("status") not in _OFF


def owner_in(action: Json) -> Json | None:
    """Return the reference to who does a Task or a ServiceRequest."""
    found = (
        action.get("owner") if action.get("resourceType") == "Task" else action.get("performer", [None])[0]
    )
    return found if isinstance(found, Mapping) else None


def needs_in(resource: Json) -> set[str] | None:
    """Return what a resource tells of the need of a SIP; None for what does not tell of it."""
    if resource.get("resourceType") != "Observation" or NEED not in _codes(resource.get("code")):
        return None
    return _codes(resource.get("valueCodeableConcept"))


def _codes(concept: Json | None) -> set[str]:
    coding = (concept or {}).get("coding", ())
    return {str(one.get("code")) for one in coding if one.get("system") == systems.SIP}


def is_call(resource: Json) -> bool:
    """Say whether a resource is a call to the meeting at which the plan is made."""
    if resource.get("resourceType") != "Appointment":
        return False
    coding = (one for each in resource.get("serviceType", ()) for one in each.get("coding", ()))
    return any(one.get("system") == systems.SIP and one.get("code") == MEETING for one in coding)


def is_standing_call(resource: Json) -> bool:
    """Say whether a resource is a call that is not called off."""
    return is_call(resource) and resource.get("status") in STANDING


CALLERS: Final = frozenset({"Organization", "PractitionerRole"})
"""Who may call, and what the units are that are called."""


def callers_in(call: Json) -> list[Json]:
    """Return who calls, as participants name them."""
    return [each.get("actor") or {} for each in call.get("participant", ()) if is_caller(each)]


def called_in(call: Json) -> list[Json]:
    """Return who is called, as participants name them."""
    return [each["actor"] for each in call.get("participant", ()) if "actor" in each and not is_caller(each)]


def is_caller(participant: Json) -> bool:
    """Say whether a participant is the one who calls."""
    coding = [one for each in participant.get("type", ()) for one in each.get("coding", ())]
    return any(one.get("system") == systems.SIP and one.get("code") == "caller" for one in coding)


def kind_of(actor: Json) -> set[str]:
    """Return the type of who takes part, as far as it is said."""
    local = literal(name_of(actor) or "")
    return {local.type} if local else {str(actor.get("type", ""))}


def name_of(actor: Json) -> str | None:
    """Return the reference of who takes part; of a unit, which R4 takes not, that of `pk-acting-as`."""
    named: str | None = actor.get("reference")
    if named is not None:
        return named
    for one in actor.get("extension", ()):
        if one.get("url") == systems.EXT_ACTING_AS:
            found: str | None = (one.get("valueReference") or {}).get("reference")
            return found
    return None


def actor_of(reference: str, name: str | None) -> dict[str, Any]:
    """Return who takes part; an organisation by `pk-acting-as`, for whoever comes from there."""
    if not reference.startswith("Organization/"):
        return {"reference": reference}
    acting = {"url": systems.EXT_ACTING_AS, "valueReference": {"reference": reference}}
    return {"extension": [acting], "display": name or "En enhet"}
