"""What the service does in the name of a care provider, because of what another caller has asked or said."""

from typing import Final

from pk_api.access.actor import Actor, Scopes
from pk_api.records.lifting import asker_of
from pk_api.records.records import Records
from pk_api.records.values import Stored

READS: Final[Scopes] = (("CarePlan", "r"), ("Patient", "r"))


async def in_the_name_of_owner(
    records: Records, stored: Stored, asker: Actor, *, what: str, scopes: Scopes
) -> Actor:
    """Return an actor of the unit that owns a resource; the audit names what is done and for which client."""
    provider, unit = await records.owner_of(stored)
    return Actor(
        kind="system",
        client=f"{what} for {asker.client}",
        name=asker.name,
        provider=provider,
        unit=unit,
        purpose="care",
        asker=asker_of(asker) or None,
        scopes=(*scopes, *READS),
    )
