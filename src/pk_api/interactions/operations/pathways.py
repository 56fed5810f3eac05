"""PlanDefinition/$apply: a pathway started for a patient, as the contract API does it.

The CarePlan that comes of it is stored under the patient's contract and returned; again, it is the same.
Source: https://hl7.org/fhir/R4/plandefinition-operation-apply.html.
"""

from pk_api.contract.service import pathways as service
from pk_api.contract.service.caller import Conditions
from pk_api.fhir.references import literal
from pk_api.interactions.call import Call, Reply
from pk_api.interactions.cursors import Cursors
from pk_api.interactions.operations.arguments import Arguments, arguments, refused
from pk_api.interactions.operations.contract_calls import caller_of
from pk_api.records.records import Records


async def apply(records: Records, _: Cursors, call: Call) -> Reply:
    """Start the pathway under the active contract of the patient who is the subject."""
    caller, name = caller_of(records, call), call.id or ""
    definition = await records.read(call.actor, "PlanDefinition", name, request_id=call.request_id)
    asked = arguments(call, {"subject", "practitioner", "organization", "encounter"})
    patient = _named(asked, "subject", "Patient")
    if patient is None:
        raise refused("subject", "a Patient is expected")
    told = {
        name: {"reference": reference}
        for name, given, types in (
            ("owner", "organization", ("Organization",)),
            ("practitioner", "practitioner", ("Practitioner", "PractitionerRole")),
            ("encounter", "encounter", ("Encounter",)),
        )
        if (reference := _named(asked, given, *types))
    }
    contract = await service.active_contract(caller, patient.partition("/")[2])
    started = await service.start_definition(
        caller, contract, definition.resource, told, Conditions(), start=caller.today
    )
    plan = started.done.item["id"]
    found = await records.read(call.actor, "CarePlan", plan, request_id=call.request_id)
    return Reply(200, found.body.encode(), version=found.version, updated=found.updated)


def _named(asked: Arguments, name: str, *types: str) -> str | None:
    """Return `Type/id` of the one resource that a parameter names, None when it is absent."""
    text = asked.one(name)
    if text is None:
        return None
    local = literal(text)
    if local is None or local.type not in types:
        raise refused(name, f"a reference to {' or '.join(types)} is expected")
    return local.reference
