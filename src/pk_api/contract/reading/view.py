"""The whole contract as plain JSON, built from FHIR resources.

Shape: docs/contract-api.md. Plain dictionaries from end to end: a contract of thirty resources costs some
hundred microseconds.
"""

from collections.abc import Callable, Mapping
from typing import Final

from pk_api.contract.dates import day_of
from pk_api.contract.elements import Json, version_of
from pk_api.contract.next_step import Ahead, next_step, next_steps
from pk_api.contract.reading.actions import actions, at_home
from pk_api.contract.reading.agreement import agreement
from pk_api.contract.reading.appointments import appointments
from pk_api.contract.reading.circumstances import children, coordination_wish, relatives_wish
from pk_api.contract.reading.contacts import contacts
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.directions import directions
from pk_api.contract.reading.gaps import Held, gaps
from pk_api.contract.reading.goals import goals, what_matters
from pk_api.contract.reading.journal import undocumented
from pk_api.contract.reading.medicines import medicines
from pk_api.contract.reading.messages import messages, unread
from pk_api.contract.reading.notes import notes
from pk_api.contract.reading.offers import offer
from pk_api.contract.reading.patient import patient
from pk_api.contract.reading.plans import period_of, plans, without_consent
from pk_api.contract.reading.relatives import relatives
from pk_api.contract.reading.responsible import responsible
from pk_api.contract.reading.sip_need import sip_need
from pk_api.contract.reading.team import team
from pk_api.contract.reading.voices import lacks_child_voice
from pk_api.contract.reading.wishes import wishes
from pk_api.contract.texts import text

READERS: Final[Mapping[str, Callable[[Reading], list[Json]]]] = {
    "whatMatters": what_matters,
    "goals": goals,
    "actions": actions,
    "contacts": contacts,
    "appointments": appointments,
    "plans": plans,
    "relatives": relatives,
    "team": team,
    "notes": notes,
    "medicines": medicines,
    "messages": messages,
}
"""Each part's items, by the part's name in paths and JSON."""

_STANDING = frozenset({"draft", "active", "on-hold"})


def view_of(reading: Reading) -> Json:
    """Return the whole contract of a reading."""
    parts = {name: read(reading) for name, read in READERS.items()}
    resource = reading.members[reading.contract]
    standing = resource.get("status") in _STANDING
    agreed = agreement(reading)
    asked, directed = wishes(reading), directions(parts["contacts"], reading)
    answering = responsible(parts["contacts"], reading)
    steps = _steps(parts, answering, reading) if standing else {"nextStep": None, "nextSteps": []}
    return {
        **_head(resource, reading),
        "responsible": answering,
        "offer": offer(resource, reading),
        "period": period_of(resource),
        **steps,
        "whatMatters": parts["whatMatters"],
        "goals": parts["goals"],
        "agreement": agreed,
        "actions": parts["actions"],
        "atHome": at_home(parts["actions"], reading),
        "contacts": parts["contacts"],
        "appointments": parts["appointments"],
        "plans": parts["plans"],
        "relatives": parts["relatives"],
        "relativesWish": relatives_wish(reading),
        "childrenAsRelatives": children(reading),
        "sipNeed": sip_need(reading),
        "team": parts["team"],
        "notes": parts["notes"],
        "medicines": parts["medicines"],
        "wishes": asked,
        "directions": directed,
        "coordinationWish": coordination_wish(reading),
        "followUp": {"due": None, "latest": None},
        "messages": {"unread": unread(parts["messages"])},
        "milestones": list(reading.milestones),
        "gaps": _gaps(parts, agreed, {"wishes": asked, "directions": directed}, reading) if standing else [],
        "withheld": {
            "blockedInformationExists": reading.withheld,
            "hiddenInformationExists": reading.hides,
        },
    }


def _gaps(parts: Json, agreed: Json, told: dict[str, list[Json]], reading: Reading) -> list[Json]:
    held = Held(
        parts,
        reading.today,
        agreement=str(agreed["state"]),
        changed=_changed(reading),
        lacks_child_voice=lacks_child_voice(reading),
        wants_coordination=coordination_wish(reading)["state"] == "wanted",
        undocumented=undocumented(parts["team"], reading),
        sip_need=sip_need(reading)["state"],
        without_consent=without_consent(reading),
        **told,
    )
    return gaps(held, language=reading.language)


def _changed(reading: Reading) -> str | None:
    """Return the Swedish day on which something of the contract was changed last."""
    members = reading.members.values()
    moments = (each.get("meta", {}).get("lastUpdated", "") for each in members)
    return day_of(max(moments, default="") or None)


def head_of(resource: Json, *, revision: int | None, language: str) -> Json:
    """Return what a list of contracts shows of one."""
    return {
        "id": resource["id"],
        "version": version_of(resource),
        "reference": f"CarePlan/{resource['id']}",
        "revision": revision,
        "status": resource.get("status"),
        "title": resource.get("title") or text("title", language),
    }


def next_step_of(reading: Reading) -> Json:
    """Return `{nextStep, nextSteps}`: of the contract, and of each party; nothing of one that is closed."""
    if reading.members[reading.contract].get("status") not in _STANDING:
        return {"nextStep": None, "nextSteps": []}
    names = ("actions", "appointments", "contacts")
    parts = {name: READERS[name](reading) for name in names}
    return _steps(parts, responsible(parts["contacts"], reading), reading)


def items_behind(reference: str, reading: Reading) -> dict[tuple[str, str], Json]:
    """Return the items that a resource stands behind, by part and id; the contract itself has the part ''."""
    if reference not in reading.members:
        return {}
    if reference == reading.contract:
        resource = reading.members[reference]
        head = head_of(resource, revision=reading.revision, language=reading.language)
        return {("", resource["id"]): head}
    return {
        (part, item["id"]): item
        for part, read in READERS.items()
        for item in read(reading)
        if item["reference"] == reference
    }


def part_of(reference: str, reading: Reading) -> str | None:
    """Return the part that shows a resource; None for one that no part shows, or that is no longer there."""
    return next((part for part, _ in items_behind(reference, reading) if part), None)


def _head(resource: Json, reading: Reading) -> Json:
    return {
        **head_of(resource, revision=reading.revision, language=reading.language),
        "notLegal": text("not-legal", reading.language),
        "patient": patient(reading),
    }


def _steps(parts: Json, answering: Json | None, reading: Reading) -> Json:
    turn_to = answering["contact"] if answering else None
    ahead = Ahead(parts["actions"], parts["appointments"], reading.today, reading.language, turn_to)
    steps = list(ahead.steps())
    return {"nextStep": next_step(steps), "nextSteps": next_steps(steps)}
