"""The routes of events in a patient's life: number, protected identity, two records of one person, death."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Final

from fastapi import Request, Response

from pk_api.contract.elements import Json
from pk_api.contract.model import lives as model
from pk_api.contract.service import lives, protection, same_person
from pk_api.contract.service.caller import Caller, Conditions
from pk_api.web import contract_docs as docs
from pk_api.web.contract_http import caller_of, conditions_of, contract_router, json_response
from pk_api.web.posted import Posted, add_posted

router = contract_router("patients")
_DONE: Final[Mapping[str, Callable[[Caller, str, Json, Conditions], Awaitable[Json]]]] = MappingProxyType(
    {
        "identity-change": lives.change_identity,
        "protected-identity": protection.protect,
        "death": lives.died,
        "merge": same_person.merge,
        "unmerge": same_person.unmerge,
    }
)
EVENTS: Final = (
    Posted(
        "identity-change",
        "changeIdentity",
        "Give a patient a new identity number",
        "Put a new number in use, as when a reserve number becomes a personnummer; old ones lead here too.",
        model.IdentityChanged,
        model.CHANGED,
        responses=docs.responses(model.Identity, model.IDENTITY),
    ),
    Posted(
        "protected-identity",
        "protectIdentity",
        "Protect a patient's identity, or end its protection",
        "Set the marks in force; who has no care relation is shown no name, number or address from then on.",
        model.Protected,
        model.PROTECTED,
        responses=docs.responses(model.Protection, model.PROTECTION),
    ),
    Posted(
        "death",
        "noteDeath",
        "Note a patient's death",
        "End the access of patient and stand-ins, complete the own contract, cancel the own times ahead.",
        model.Died,
        model.DIED,
        responses=docs.responses(model.Ended, model.ENDED),
    ),
    Posted(
        "merge",
        "mergePatients",
        "Merge two records of one person",
        "Let the patient replace the duplicate: its numbers lead here, what stands in it stays there.",
        model.Merging,
        model.MERGING,
        responses=docs.responses(model.Merged, model.MERGED),
    ),
    Posted(
        "unmerge",
        "unmergePatients",
        "Take two merged records apart",
        "Give each the numbers that it bore: the two were not one person.",
        model.Merging,
        model.MERGING,
        responses=docs.responses(model.Merged, model.UNMERGED),
    ),
)


def _described(example: Json) -> Json:
    return docs.operation(docs.PATIENT, docs.IDEMPOTENCY_KEY, example=example)


async def _happen(request: Request, event: str, values: Json) -> Response:
    patient, conditions = request.path_params["patient"], await conditions_of(request)
    done = await _DONE[event](caller_of(request), patient, values, conditions)
    return json_response(request, done)


add_posted(router, "/patients/{patient}", EVENTS, _happen, described=_described)
