"""The plan's team as participants of one FHIR CareTeam.

Source: https://hl7.org/fhir/R4/careteam.html. Being in the team never moves the responsibility for treatment.
"""

from uuid import uuid4

from pk_api.contract.dates import instant
from pk_api.contract.editing.context import Editing, refused
from pk_api.contract.editing.draft import copy_of, put, put_period
from pk_api.contract.elements import Json, target_of
from pk_api.contract.reading.common import is_over
from pk_api.contract.reading.team import participant_ids, plan_team
from pk_api.contract.texts import text
from pk_api.fhir import systems

_CARE = ("Organization/", "PractitionerRole/", "Practitioner/")


def new_team(subject: Json, participants: list[Json], *, start: str) -> Json:
    """Return the CareTeam of a plan."""
    category = {"system": systems.CARE_TEAM_KIND, "code": systems.PLAN_TEAM}
    return {
        "resourceType": "CareTeam",
        "status": "active",
        "category": [{"coding": [category]}],
        "name": text("team", "sv"),
        "subject": subject,
        "period": {"start": start},
        "participant": participants,
    }


def participant(member: Json, *, start: str | None, end: str | None = None) -> Json:
    """Return a participant with an id of its own."""
    period = {name: value for name, value in (("start", start), ("end", end)) if value}
    made = {"id": uuid4().hex[:16], "member": member}
    return {**made, "period": period} if period else made


def join(values: Json, editing: Editing) -> tuple[str, tuple[Json, ...]]:
    """Return the new participant's id and the resources that change; a contract without a team gets one."""
    member = editing.person(values["member"], "/member")
    new = participant(member, start=values.get("since") or editing.today, end=values.get("until"))
    team = plan_team(editing.reading)
    if team is None:
        made = new_team(editing.patient, [new], start=editing.today)
        contract = copy_of(editing.reading.members[editing.reading.contract])
        put(contract, "careTeam", [*contract.get("careTeam", []), {"reference": editing.temp}])
        return new["id"], (made, contract)
    if is_in(team, member, editing):
        raise refused("/member", "This one is in the team already.", kind="conflict")
    return new["id"], (with_participant(team, new),)


def with_participant(team: Json, new: Json) -> Json:
    """Return the team with one more."""
    draft: Json = copy_of(team)
    put(draft, "participant", [*draft.get("participant", []), new])
    return draft


def is_in(team: Json, member: Json, editing: Editing) -> bool:
    """Say whether somebody takes part now."""
    return any(
        target_of(each.get("member")) == target_of(member)
        and not is_over(each.get("period"), editing.reading.today)
        for each in team.get("participant", ())
    )


def change(team: Json, item: str, values: Json, editing: Editing) -> Json:
    """Return the team with one participant changed."""
    draft: Json = copy_of(team)
    changed = draft["participant"][participant_ids(team).index(item)]
    if values.get("member"):
        put(changed, "member", editing.person(values["member"], "/member"))
    named = {"since": "start", "until": "end"}
    put_period(changed, **{end: values[name] for name, end in named.items() if name in values})
    return draft


def leave(team: Json, item: str, editing: Editing) -> Json:
    """Return the team that one has left now; the last one of care stays."""
    draft: Json = copy_of(team)
    leaving = draft["participant"][participant_ids(team).index(item)]
    now = instant(editing.now, exact=True)  # a whole second would keep the door open that long
    put_period(leaving, end=now)
    left = [each for each in draft["participant"] if not is_over(each.get("period"), editing.reading.today)]
    if not any((target_of(each.get("member")) or "").startswith(_CARE) for each in left):
        raise refused(
            "", "Somebody of care stays in the team as long as the contract stands.", kind="conflict"
        )
    return draft
