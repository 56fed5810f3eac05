"""Patient/$merge-record, $unmerge-record, $note-death: as the contract API does it.

A new identity number has no operation: numbers stand in a Patient, never among parameters of an address.
"""

from pk_api.contract.model import lives as model
from pk_api.contract.service import lives, same_person
from pk_api.contract.service.caller import Conditions
from pk_api.interactions.call import Call, Reply
from pk_api.interactions.cursors import Cursors
from pk_api.interactions.operations.arguments import arguments
from pk_api.interactions.operations.contract_calls import body_of, caller_of, told_as
from pk_api.records.records import Records


async def merge(records: Records, _: Cursors, call: Call) -> Reply:
    """Let the Patient replace a duplicate."""
    body = body_of(model.Merging, {"duplicate": arguments(call, {"duplicate"}).one("duplicate") or ""})
    return told_as(await same_person.merge(caller_of(records, call), call.id or "", body, Conditions()))


async def unmerge(records: Records, _: Cursors, call: Call) -> Reply:
    """Take the Patient and a duplicate apart again."""
    body = body_of(model.Merging, {"duplicate": arguments(call, {"duplicate"}).one("duplicate") or ""})
    return told_as(await same_person.unmerge(caller_of(records, call), call.id or "", body, Conditions()))


async def note_death(records: Records, _: Cursors, call: Call) -> Reply:
    """Note the Patient's death, with what ends by it."""
    body = body_of(model.Died, {"on": arguments(call, {"on"}).one("on") or ""})
    return told_as(await lives.died(caller_of(records, call), call.id or "", body, Conditions()))
