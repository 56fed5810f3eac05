"""Who wrote: the kind of caller, care by unit and name, and who stood in for the patient."""

from collections.abc import Iterable, Mapping

from pk_api.contract.elements import Json
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.people import who
from pk_api.contract.reading.reasons import reasons
from pk_api.contract.sentences import Telling, who_did
from pk_api.contract.service.caller import Caller
from pk_api.contract.service.people import by_hsa_id

By = Mapping[str, str | None]
Pinned = Mapping[tuple[str, str], Json]


class Doers:
    """Names of the units that wrote; by the version that they made, the stand-ins, and why care did it."""

    def __init__(self, names: Mapping[str, str], spoke: Pinned, reasons: Pinned) -> None:
        self._names = names
        self._spoke = spoke
        self._reasons = reasons

    @classmethod
    async def of(cls, caller: Caller, reading: Reading, by: Iterable[By]) -> "Doers":
        """Return those who wrote; units that the contract does not name are looked up."""
        names: dict[str, str] = {}
        for unit in dict.fromkeys(each.get("unit") for each in by):
            if unit and (name := await _name_of(caller, reading, unit)):
                names[unit] = name
        return cls(names, _spoken(reading), reasons(reading))

    def in_words(self, by: By, telling: Telling) -> str | None:
        """Return who did it, as a sentence begins."""
        return who_did(by, self._names.get(by.get("unit") or ""), telling)

    def told(self, by: By, reference: str | None, version: int | None) -> Json | None:
        """Return who did it as JSON; `spoke` is who stood in for the patient, `reason` why care did it."""
        if not by.get("kind"):
            return None
        unit = by.get("unit")
        made = (reference or "", str(version))
        told = {"spoke": self._spoke.get(made), "reason": self._reasons.get(made)}
        return {**by, "name": by.get("name") or None, "unitName": self._names.get(unit or ""), **told}


async def _name_of(caller: Caller, reading: Reading, unit: str) -> str | None:
    target = unit if unit.startswith("Organization/") else reading.by_hsa_id(unit)
    if target is None or not target.startswith("Organization/"):
        target = await by_hsa_id(caller, unit, ("Organization",))
    if target is None:
        return None
    found = reading.find(target) or (await caller.directory([target])).get(target)
    name: str | None = (found or {}).get("name")
    return name


def _spoken(reading: Reading) -> dict[tuple[str, str], Json]:
    """Return who stood in for the patient, by reference and version of what was written."""
    found: dict[tuple[str, str], Json] = {}
    for each in reading.of_type("Provenance"):
        people = [agent.get("who") for agent in each.get("agent", ()) if "onBehalfOf" in agent]
        person = who(people[0], reading) if people else None
        for target in each.get("target", ()) if person else ():
            reference, _, version = str(target.get("reference", "")).partition("/_history/")
            found[reference, version] = dict(person or {})
    return found
