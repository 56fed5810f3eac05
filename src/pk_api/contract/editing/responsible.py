"""Who is responsible for the contract, assigned with a reason: an extension of its CarePlan."""

from pk_api.contract.editing.context import Editing, refused
from pk_api.contract.editing.draft import copy_of, put_extensions
from pk_api.contract.elements import Json
from pk_api.fhir import systems
from pk_api.fhir.problems import Problem


def assigned(body: Json, editing: Editing) -> tuple[Json, ...]:
    """Return the contract with the contact who is responsible from now on. Problem forbidden, of a rule."""
    if editing.by_patient:
        raise Problem(
            "forbidden", "Care assigns who is responsible; a patient wishes for it: POST /v1/wishes."
        )
    editing.member(f"CareTeam/{body['contact']}", "/contact")
    if body["reason"] == "other" and not body.get("text"):
        raise refused("/text", "Another reason is told in words.")
    return (with_responsible(editing.reading.members[editing.reading.contract], body, editing),)


def with_responsible(contract: Json, said: Json, editing: Editing) -> Json:
    """Return the contract with what is said of who is responsible."""
    draft: Json = copy_of(contract)
    parts: list[Json] = [
        {"url": "contact", "valueReference": {"reference": f"CareTeam/{said['contact']}"}},
        {"url": "since", "valueDate": said.get("since") or editing.today},
        {"url": "reason", "valueCode": said["reason"]},
    ]
    if said.get("text"):
        parts.append({"url": "text", "valueString": said["text"]})
    put_extensions(draft, systems.EXT_RESPONSIBLE, [{"extension": parts}])
    return draft
