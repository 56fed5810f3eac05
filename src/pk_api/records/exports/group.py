"""Which patients a Group is of: those it lists, or those whose care teams it names a participant of.

Source: https://hl7.org/fhir/R4/group.html.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from pk_api.fhir.problems import Issue, Problem
from pk_api.fhir.references import LocalRef, literal
from pk_api.fhir.search.index_values import period_span
from pk_api.fhir.search.spans import micros
from pk_api.fhir.systems import CARE_TEAM, GROUP_CHARACTERISTIC

Json = Mapping[str, Any]


def listed(group: Json, *, now: datetime, base_url: str) -> list[str]:
    """Return the ids of the patients who are members now."""
    found = []
    for member in group.get("member", ()):
        local = literal(member.get("entity", {}).get("reference", ""), base_url)
        is_active = not member.get("inactive", False) and _holds(member.get("period"), now)
        if local is not None and local.type == "Patient" and is_active:
            found.append(local.id)
    return found


def participants(group: Json, *, base_url: str) -> list[LocalRef]:
    """Return who must take part in a care team of each patient; Problem when a Group is told otherwise."""
    found = []
    for n, characteristic in enumerate(group.get("characteristic", ())):
        codings = characteristic.get("code", {}).get("coding", ())
        is_known = any((c.get("system"), c.get("code")) == (GROUP_CHARACTERISTIC, CARE_TEAM) for c in codings)
        named = literal(characteristic.get("valueReference", {}).get("reference", ""), base_url)
        if not is_known or named is None or characteristic.get("exclude"):
            text = "A Group is exported by its members, or by the care team that has valueReference in it."
            place = f"Group.characteristic[{n}]"
            raise Problem("business-rule", text, issues=[Issue("not-supported", text, place)])
        found.append(named)
    return found


def has_participant(team: Json, named: LocalRef, *, now: datetime, base_url: str) -> bool:
    """Say whether the care team is active and has this participant now."""
    if team.get("status", "active") != "active" or not _holds(team.get("period"), now):
        return False
    return any(
        found.reference == named.reference
        for participant in team.get("participant", ())
        if _holds(participant.get("period"), now)
        for found in _parties(participant, base_url)
    )


def _parties(participant: Json, base_url: str) -> Iterator[LocalRef]:
    for name in ("member", "onBehalfOf"):
        found = literal(participant.get(name, {}).get("reference", ""), base_url)
        if found is not None:
            yield found


def _holds(period: Json | None, now: datetime) -> bool:
    low, high = period_span(period)
    at = micros(now)
    return (low is None or low <= at) and (high is None or at < high)
