"""The care guarantee of an action as it is shown: the last day is counted, whatever stands there."""

from pk_api.contract.elements import Json
from pk_api.contract.reading.context import Reading
from pk_api.contract.texts import text
from pk_api.fhir.care_guarantee import guarantees_in, last_day


def guarantee(action: Json, reading: Reading) -> Json | None:
    """Return kind, days and pauses of an action's guarantee, with a sentence; None of one that has none."""
    told = next(iter(guarantees_in(action)), None)
    if told is None:
        return None
    due = last_day(told)
    key = "guarantee.due" if due else "guarantee.paused"
    return {
        "type": told.kind,
        "start": told.start.isoformat() if told.start else None,
        "due": due.isoformat() if due else None,
        "paused": [
            {
                "start": each.start.isoformat(),
                "end": each.end.isoformat() if each.end else None,
                "reason": each.reason,
            }
            for each in told.paused
            if each is not None
        ],
        "text": text(key, reading.language).format(day=due),
    }
