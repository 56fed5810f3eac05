"""The team of the plan: participants of the CareTeam of category plan-team that the contract names.

An item's id is the id of the participant element; a participant without one is known by its reference.
Source: https://hl7.org/fhir/R4/careteam.html.
"""

from pk_api.contract.elements import Json, code_in, target_of, version_of
from pk_api.contract.reading.common import is_over
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.people import side_of, who
from pk_api.fhir import systems


def is_plan_team(team: Json) -> bool:
    """Say whether a CareTeam is the team of a plan."""
    return code_in(team.get("category", ()), systems.CARE_TEAM_KIND) == systems.PLAN_TEAM


def plan_team(reading: Reading) -> Json | None:
    """Return the team that the contract names; None when it has none."""
    contract = reading.members.get(reading.contract, {})
    for reference in contract.get("careTeam", ()):
        found = reading.members.get(target_of(reference) or "")
        if found and is_plan_team(found):
            return found
    return None


def participant_ids(team: Json) -> list[str]:
    """Return one id a participant, in order."""
    ids: list[str] = []
    for participant in team.get("participant", ()):
        name = participant.get("id") or (target_of(participant.get("member")) or "unknown").replace("/", "-")
        again = sum(1 for each in ids if each == name or each.startswith(f"{name}."))
        ids.append(f"{name}.{again + 1}" if again else name)
    return ids


def team(reading: Reading) -> list[Json]:
    """Return who is and was in the team, those in it now first."""
    found = plan_team(reading)
    if found is None:
        return []
    pairs = zip(participant_ids(found), found.get("participant", ()), strict=True)
    items = [_participant(item_id, participant, found, reading) for item_id, participant in pairs]
    return sorted(items, key=lambda each: (each["state"] == "ended", each["since"] or ""))


def _participant(item_id: str, participant: Json, team: Json, reading: Reading) -> Json:
    person = who(participant.get("member"), reading) or {}
    period = participant.get("period", {})
    return {
        "id": item_id,
        "version": version_of(team),
        "hidden": None,
        "reference": f"CareTeam/{team['id']}",
        "member": {"reference": person.get("reference")},
        "name": person.get("name"),
        "role": person.get("role"),
        "unit": person.get("unit"),
        "organisation": person.get("organisation"),
        "side": side_of(participant.get("member"), reading),
        "since": period.get("start"),
        "until": period.get("end"),
        "state": "ended" if is_over(period, reading.today) or team.get("status") == "inactive" else "active",
    }
