"""What happens in the demo after its data are loaded: an agreement, and a patient who is in hospital.

Each goes through the contract API, by those whose part it is, and happens once.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from pk_api.client import Client
from pk_api.demo import people

ClientFor = Callable[[str], Client]

_AGREED, _ADMITTED = "cancer-contract", "psychiatry-patient"


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happens: what, whether it has, and how it does."""

    title: str
    is_done: Callable[[ClientFor], Awaitable[bool]]
    happen: Callable[[ClientFor], Awaitable[None]]


async def happen(client_for: ClientFor) -> int:
    """Let everything happen that has not yet, in order; return how much did."""
    done = 0
    for each in HAPPENINGS:
        if not await each.is_done(client_for):
            await each.happen(client_for)
            done += 1
    return done


async def _is_agreed(client_for: ClientFor) -> bool:
    async with client_for("system-hospital") as care:
        return bool(await care.agreements.all(_AGREED).all())


async def _agree(client_for: ClientFor) -> None:
    async with client_for("system-hospital") as care, client_for("patient-cancer") as patient:
        proposed = await care.agreements.propose(_AGREED)
        await patient.agreements.accept(_AGREED, proposed["number"])


async def _is_admitted(client_for: ClientFor) -> bool:
    async with client_for("system-hospital") as care:
        return bool(
            await care.raw.search("Communication", patient=_ADMITTED, category="admission-notice").all()
        )


async def _admit(client_for: ClientFor) -> None:
    told = [{"hsaId": people.UNITS[unit].hsa_id} for unit in ("primary-care", "municipal-health-care")]
    async with client_for("system-hospital") as care:
        stay = await care.admissions.admit(
            f"Patient/{_ADMITTED}", needs={"principals": ["region", "municipality"]}
        )
        await care.admissions.tell(stay.id, "notice", to=told, text="Inskriven efter ett fall i hemmet.")


HAPPENINGS: Final = (
    Happening("Onkologkliniken och Birgitta kommer överens om patientkontraktet", _is_agreed, _agree),
    Happening("Tolvan skrivs in på sjukhuset, och vårdcentral och kommun får veta det", _is_admitted, _admit),
)
