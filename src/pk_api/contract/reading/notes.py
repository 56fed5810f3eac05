"""What is told in words: FHIR Observation with a code of pk-narrative, based on the contract.

The wish about relatives and how contacts are adapted stand elsewhere: of those the latest counts.
"""

from typing import Final

from pk_api.contract.codes import ABSENCES
from pk_api.contract.dates import day_of
from pk_api.contract.elements import Json, code_in, id_of, target_of, text_of
from pk_api.contract.reading.circumstances import teller
from pk_api.contract.reading.common import item
from pk_api.contract.reading.context import Reading
from pk_api.fhir import systems

KINDS: Final = frozenset({"story", "knowledge", "resources", "abilities", "worry", "child-voice"})


def notes(reading: Reading) -> list[Json]:
    """Return what was told, the first told first."""
    found = [_note(each, reading) for each in reading.of_type("Observation") if kind_of(each) is not None]
    return sorted(found, key=lambda each: (each["on"] or "", each["id"]))


def kind_of(observation: Json) -> str | None:
    """Return what kind of words an Observation holds; None for what is no note."""
    kind = code_in([observation.get("code", {})], systems.NARRATIVE)
    return kind if kind in KINDS else None


def _note(observation: Json, reading: Reading) -> Json:
    targets = (target_of(each) or "" for each in observation.get("performer", ()))
    relative = next((each for each in targets if each.startswith("RelatedPerson/")), None)
    comments = [each["text"] for each in observation.get("note", ()) if "text" in each]
    return {
        **item(observation),
        "kind": kind_of(observation),
        "text": observation.get("valueString"),
        "toldBy": teller(observation),
        "relative": id_of(relative) if relative else None,
        "on": day_of(observation.get("effectiveDateTime")),
        "how": text_of(observation.get("method")),
        "notHeard": _not_heard(observation, reading.language),
        "comment": "\n\n".join(comments) or None,
        "state": "ended" if observation.get("status") == "cancelled" else "told",
    }


def _not_heard(observation: Json, language: str) -> Json | None:
    concept = observation.get("dataAbsentReason")
    if concept is None:
        return None
    code = code_in([concept], systems.ABSENT_REASON)
    known = ABSENCES.get(code or "")
    return {"reason": code, "text": concept.get("text") or (known.name(language) if known else None)}
