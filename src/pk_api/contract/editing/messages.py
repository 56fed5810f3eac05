"""Messages as FHIR Communication: what care and patient write to each other in the contract.

Source: https://hl7.org/fhir/R4/communication.html.
"""

from typing import Final

from pk_api.contract.dates import instant
from pk_api.contract.editing.context import Editing, Editor, refused
from pk_api.contract.editing.draft import put, put_extensions, put_text
from pk_api.contract.editing.goals import individual
from pk_api.contract.elements import Json, extensions, target_of
from pk_api.contract.reading.common import is_over
from pk_api.contract.reading.people import side_of
from pk_api.contract.reading.team import plan_team
from pk_api.fhir import systems

_CARE = frozenset({"care", "municipality", "other"})


def _skeleton(_values: Json, editing: Editing) -> Json:
    return {
        "resourceType": "Communication",
        "status": "completed",
        "subject": editing.patient,
        "about": [editing.contract],
        "sent": instant(editing.now),
        "recipient": _others(editing),
        "sender": editing.writer,
    }


def _others(editing: Editing) -> list[Json]:
    """Return the other side: care in the plan's team for the patient, the patient for care."""
    if not editing.by_patient:
        return [editing.patient]
    reading = editing.reading
    team = plan_team(reading) or {}
    members = [
        each["member"]
        for each in team.get("participant", ())
        if "member" in each and not is_over(each.get("period"), reading.today)
    ]
    return [each for each in members if side_of(each, reading) in _CARE]


def _put_message(draft: Json, value: str, editing: Editing) -> None:
    if [each.get("contentString") for each in draft.get("payload", ())] == [value]:
        return
    put(draft, "payload", [{"contentString": value}])
    if "id" in draft:  # what is said anew has been read by nobody
        put_extensions(draft, systems.EXT_READ, [])
        put(draft, "sent", instant(editing.now))


def _put_topic(draft: Json, value: str | None, _editing: Editing) -> None:
    put_text(draft, "topic", value)


def _put_to(draft: Json, value: list[Json] | None, editing: Editing) -> None:
    named = [editing.person(each, f"/to/{n}") for n, each in enumerate(value or [])]
    put(draft, "recipient", named or _others(editing))


def _put_reply(draft: Json, value: str | None, editing: Editing) -> None:
    answered = value and [editing.member(f"Communication/{value}", "/inReplyTo")]
    put(draft, "inResponseTo", answered or None)


def _settle(draft: Json, before: Json | None, editing: Editing) -> None:
    if before is not None and not editing.is_writer(before.get("sender")):
        raise refused("", "A message is changed by whoever sent it.", kind="forbidden")
    if not draft.get("recipient"):
        draft.pop("recipient", None)


MESSAGES: Final = Editor(
    _skeleton,
    {"text": _put_message, "topic": _put_topic, "to": _put_to, "inReplyTo": _put_reply},
    settle=_settle,
)


def mark_read(draft: Json, editing: Editing) -> None:
    """Note that the writer has read it; the first time is kept."""
    marks = extensions(draft, systems.EXT_READ)
    if any(_is_writers(each, editing) for each in marks):
        return
    mine = [
        {"url": "individual", "valueReference": individual(editing)},
        {"url": "on", "valueDateTime": instant(editing.now)},
    ]
    put_extensions(
        draft, systems.EXT_READ, [*({"extension": each["extension"]} for each in marks), {"extension": mine}]
    )


def _is_writers(mark: Json, editing: Editing) -> bool:
    parts = {each.get("url"): each.get("valueReference") for each in mark.get("extension", ())}
    individual = parts.get("individual") or {}
    acting = next(
        (e.get("valueReference") for e in extensions(individual, systems.EXT_ACTING_AS)), individual
    )
    return target_of(acting) == target_of(editing.writer) or editing.is_writer(acting)
