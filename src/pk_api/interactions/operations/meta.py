"""$meta: what a resource's meta holds. Source: https://hl7.org/fhir/R4/resource-operation-meta.html."""

from pk_api.fhir.values import dump
from pk_api.interactions.call import Call, Reply
from pk_api.interactions.cursors import Cursors
from pk_api.records.records import Records


async def meta(records: Records, _cursors: Cursors, call: Call) -> Reply:
    """Return the meta of the present version as Parameters."""
    stored = await records.read(call.actor, call.type or "", call.id or "", request_id=call.request_id)
    parameter = {"name": "return", "valueMeta": stored.resource["meta"]}
    return Reply(200, dump({"resourceType": "Parameters", "parameter": [parameter]}))
