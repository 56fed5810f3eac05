"""Task/$answer-wish and CarePlan/$assign-responsible: as the contract API does it.

Source: docs/integrate-fhir.md.
"""

from typing import Final

from pk_api.contract.model import circumstances as told
from pk_api.contract.model import wishes as model
from pk_api.contract.service import wishes as service
from pk_api.contract.service.caller import Conditions
from pk_api.contract.service.circumstances import tell
from pk_api.interactions.call import Call, Reply
from pk_api.interactions.cursors import Cursors
from pk_api.interactions.operations.arguments import arguments
from pk_api.interactions.operations.contract_calls import body_of, caller_of, told_as
from pk_api.records.records import Records

_TOLD: Final = ("reference", "kind", "state", "contact", "actor")
"""What is told of a wish after its answer; all else stands in the Task."""


async def answer_wish(records: Records, _: Cursors, call: Call) -> Reply:
    """Say yes to a wish with what was wished for, or no and why; or take it back."""
    asked = arguments(call, {"answer", "reason", "contact", "actor"})
    actor = asked.one("actor")
    given = {
        "answer": asked.one("answer"),
        "reason": asked.one("reason"),
        "contact": _id(asked.one("contact")),
        "actor": {"reference": actor} if actor else None,
    }
    body = body_of(model.WishAnswer, given)
    wish = await service.answer_wish(caller_of(records, call), call.id or "", body, Conditions())
    return told_as({name: wish[name] for name in _TOLD})


async def assign_responsible(records: Records, _: Cursors, call: Call) -> Reply:
    """Say which contact is responsible for the contract, and why."""
    asked = arguments(call, {"contact", "reason", "text", "since"})
    given = {name: asked.one(name) for name in ("reason", "text", "since")}
    body = body_of(told.ResponsibleTold, {**given, "contact": _id(asked.one("contact"))})
    done = await tell(caller_of(records, call), call.id or "", "responsible", body, Conditions())
    return told_as(done.item)


def _id(reference: str | None) -> str | None:
    return reference.rpartition("/")[2] if reference else None
