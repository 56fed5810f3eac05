"""CarePlan/$discharge-summary and $give-discharge-summary: what the patient is given when leaving hospital.

What the contract API does and tells; the summary itself as the document. Source: docs/integrate-fhir.md.
"""

from pk_api.contract.model import discharge_summary as model
from pk_api.contract.service import discharge_summary as service
from pk_api.contract.service.caller import Conditions
from pk_api.interactions.call import Call, Reply
from pk_api.interactions.cursors import Cursors
from pk_api.interactions.operations.arguments import arguments
from pk_api.interactions.operations.contract_calls import body_of, caller_of
from pk_api.records.records import Records


async def discharge_summary(records: Records, _: Cursors, call: Call) -> Reply:
    """Return the document that was given last; before that what it would be."""
    arguments(call, set())
    return Reply(200, await service.summary_document(caller_of(records, call), call.id or ""))


async def give_discharge_summary(records: Records, _: Cursors, call: Call) -> Reply:
    """Keep the document as it is given, and return it."""
    asked = arguments(call, {"text"})
    body = body_of(model.SummaryGiven, {"text": asked.one("text")})
    caller = caller_of(records, call)
    await service.give_summary(caller, call.id or "", body, Conditions())
    return Reply(200, await service.summary_document(caller, call.id or ""))
