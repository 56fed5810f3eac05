"""Messages between the patient and the team: FHIR Communication about the contract.

Who has read one stands in it, in the product's extension. Source: https://hl7.org/fhir/R4/communication.html.
"""

from pk_api.contract.elements import Json, extension_value, extensions, id_of, target_of, text_of
from pk_api.contract.reading.common import item
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.people import owners_of, side_of, who
from pk_api.fhir import systems


def messages(reading: Reading) -> list[Json]:
    """Return what was said, the first said first; one without words (a file alone) is told without text."""
    found = [_message(each, reading) for each in reading.of_type("Communication") if _is_sent(each)]
    return sorted(found, key=lambda each: (each["sentOn"] or "", each["id"]))


def unread(items: list[Json]) -> int:
    """Return how many messages the reader has not read."""
    return sum(each["unread"] for each in items)


def _is_sent(message: Json) -> bool:
    return message.get("status") not in {"preparation", "not-done"}


def _message(message: Json, reading: Reading) -> Json:
    words = [each["contentString"] for each in message.get("payload", ()) if "contentString" in each]
    answered = next((target_of(each) for each in message.get("inResponseTo", ())), None)
    marks = [mark for mark in map(_mark, extensions(message, systems.EXT_READ)) if mark is not None]
    seen = _is_mine(message.get("sender"), reading) or any(_is_mine(by, reading) for by, _ in marks)
    return {
        **item(message),
        "text": "\n\n".join(words) or None,
        "topic": text_of(message.get("topic")),
        "from": who(message.get("sender"), reading),
        "to": [who(each, reading) for each in message.get("recipient", ())],
        "inReplyTo": id_of(answered) if answered else None,
        "sentOn": message.get("sent"),
        "unread": bool(reading.me) and not seen,
        "readBy": [{"side": side_of(by, reading), "by": who(by, reading), "on": on} for by, on in marks],
        "state": "sent",
    }


def _mark(mark: Json) -> tuple[Json, str | None] | None:
    """Return who has read it (the role or unit that one of care read it for) and when."""
    parts = {each.get("url"): each for each in mark.get("extension", ())}
    individual: Json | None = parts.get("individual", {}).get("valueReference")
    if individual is None:
        return None
    acting: Json | None = extension_value(individual, systems.EXT_ACTING_AS, "valueReference")
    return acting or individual, parts.get("on", {}).get("valueDateTime")


def _is_mine(reference: Json | None, reading: Reading) -> bool:
    """Say whether a reference is to the reader: the patient, or somebody of the reader's unit."""
    return bool(reading.me & owners_of(reference, reading))
