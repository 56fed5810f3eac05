"""What surrounds a contract: told, and read back as the contract shows it."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from pk_api.contract.editing import circumstances as told
from pk_api.contract.editing import sip_need as need
from pk_api.contract.editing.context import Editing
from pk_api.contract.editing.directions import directed
from pk_api.contract.editing.responsible import assigned
from pk_api.contract.elements import Json
from pk_api.contract.reading.circumstances import children, coordination_wish, relatives_wish
from pk_api.contract.reading.contacts import contacts
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.directions import directions
from pk_api.contract.reading.patient import patient
from pk_api.contract.reading.responsible import responsible
from pk_api.contract.reading.sip_need import sip_need
from pk_api.contract.service.caller import Caller, Conditions, Done
from pk_api.contract.service.people import with_directory
from pk_api.contract.service.writing import Edited, change_contract, revision_in, with_written

Make = Callable[[Json, Editing], tuple[Json, ...]]


def _needs(reading: Reading) -> Json:
    return {"needs": (patient(reading) or {}).get("needs", [])}


def _children(reading: Reading) -> Json:
    return children(reading) or {"exist": None, "reference": None}


def _responsible(reading: Reading) -> Json | None:
    return responsible(contacts(reading), reading)


def _directions(reading: Reading) -> Json:
    return {"directions": directions(contacts(reading), reading)}


KINDS: Final[Mapping[str, tuple[Make, Callable[[Reading], Any]]]] = MappingProxyType(
    {
        "relatives-wish": (told.wish, relatives_wish),
        "communication-needs": (told.needs, _needs),
        "children-as-relatives": (told.child, _children),
        "sip-need": (need.told, sip_need),
        "responsible": (assigned, _responsible),
        "directions": (directed, _directions),
        "coordination-wish": (told.coordination, coordination_wish),
    }
)
"""Kind, as paths have it → what it becomes, and how it is shown."""


async def tell(caller: Caller, contract: str, kind: str, body: Json, conditions: Conditions) -> Done:
    """Keep what is told, and return what the contract shows of it now."""
    make, show = KINDS[kind]

    async def edit(editing: Editing, reading: Reading) -> Edited:
        known, asked = await with_directory(caller, reading, body)
        return Edited(make(asked, Editing(known, editing.actor, editing.now, editing.temp)), body)

    rows, stored = await change_contract(caller, contract, conditions, edit)
    after, _ = await with_directory(caller, with_written(rows, stored, caller), body)
    return Done(show(after), revision_in(stored, contract))
