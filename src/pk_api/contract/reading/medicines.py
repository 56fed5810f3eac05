"""Where the patient's medicines stand: references to medication lists and plans of other systems."""

from pk_api.contract.dates import day_of
from pk_api.contract.elements import Json
from pk_api.contract.reading.common import item
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.people import who
from pk_api.fhir import medicines as rules


def medicines(reading: Reading) -> list[Json]:
    """Return the references, those that hold first, then the latest."""
    found = [
        _reference(each, reading) for each in reading.of_type("DocumentReference") if rules.kind_of(each)
    ]
    found.sort(key=lambda each: (each["on"] or "", each["id"]), reverse=True)
    return sorted(found, key=lambda each: each["state"] != "current")


def _reference(document: Json, reading: Reading) -> Json:
    author = document.get("custodian") or next(iter(document.get("author", ())), None)
    identifier = next(iter(rules.elsewhere_in(document)), None)
    return {
        **item(document),
        "kind": rules.kind_of(document),
        "title": document.get("description"),
        "link": next(iter(rules.links_in(document)), None),
        "identifier": identifier and {name: identifier.get(name) for name in ("system", "value")},
        "owner": who(author, reading),
        "on": day_of(document.get("date")),
        "state": "ended" if document.get("status") == "superseded" else "current",
    }
