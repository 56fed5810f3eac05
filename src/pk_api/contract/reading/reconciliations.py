"""Reconciliations of plans: who went through which, when, and which have changed since."""

from pk_api.contract.elements import Json, version_of
from pk_api.contract.reading.common import item
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.people import who
from pk_api.fhir.reconciling import is_reconciliation, reconciled


def reconciliations(reading: Reading) -> list[Json]:
    """Return the reconciliations that the reader sees, the latest first."""
    found = [each for each in reading.of_type("Provenance") if is_reconciliation(each)]
    return [
        {
            **item(each),
            "by": who((each.get("agent") or [{}])[0].get("who"), reading),
            "on": each.get("occurredDateTime") or each.get("recorded"),
            "plans": _plans(each, reading),
            "text": (each.get("reason") or [{}])[0].get("text"),
        }
        for each in sorted(found, key=lambda each: (str(each.get("recorded")), each["id"]), reverse=True)
    ]


def _plans(told: Json, reading: Reading) -> list[Json]:
    """Return the plans that the reader sees, by version, and whether they are another one now."""
    places = [one for one in reconciled(told) if one is not None and one.reference in reading.members]
    return [
        {
            "id": one.id,
            "version": int(one.version or 0),
            "changedSince": version_of(reading.members[one.reference]) != int(one.version or 0),
        }
        for one in places
    ]


def last_of(plan: str, found: list[Json]) -> Json | None:
    """Return of a plan's last reconciliation who, when, with which others, and whether any has changed."""
    latest = next((one for one in found if plan in {each["id"] for each in one["plans"]}), None)
    if latest is None:
        return None
    return {
        "id": latest["id"],
        "by": latest["by"],
        "on": latest["on"],
        "with": [each["id"] for each in latest["plans"] if each["id"] != plan],
        "changedSince": any(each["changedSince"] for each in latest["plans"]),
    }
