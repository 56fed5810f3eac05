"""Marks that the contract is documented in a unit's journal, and which unit lacks one: DocumentReference.

What is to be documented are versions: what was agreed on, and what a milestone keeps. Source: the regional
guideline for patientkontrakt (all parts are documented in the journal); PDL 2008:355 3 kap. 1–3 §.
"""

from pk_api.contract.elements import Json, extension_value, targets_in
from pk_api.contract.reading.agreement import proposals
from pk_api.contract.reading.common import item
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.people import organisations_above, owners_of, who
from pk_api.fhir import systems
from pk_api.fhir.documents import is_journal_entry

_CARE = frozenset({"care", "municipality"})


def journal_entries(reading: Reading) -> list[Json]:
    """Return the marks, the latest first."""
    found = [journal_entry(each, reading) for each in reading.of_type("DocumentReference") if _is_mark(each)]
    return sorted(found, key=lambda each: (str(each["on"]), each["id"]), reverse=True)


def journal_entry(document: Json, reading: Reading) -> Json:
    """Return a mark: which revision, in whose journal, under which id, when."""
    identifiers = [document.get("masterIdentifier"), *document.get("identifier", ())]
    attachment = (document.get("content") or [{}])[0].get("attachment", {})
    return {
        **item(document),
        "revision": revision_of(document),
        "unit": who(_author(document), reading),
        "journalId": next((each.get("value") for each in identifiers if each), None),
        "on": attachment.get("creation") or document.get("date"),
        "link": attachment.get("url"),
        "text": document.get("description"),
        "contract": next(iter(targets_in(document.get("context", {}).get("related", ()), "CarePlan")), None),
    }


def revision_of(document: Json) -> int | None:
    """Return the revision of the contract that a document tells of."""
    revision: int | None = extension_value(document, systems.EXT_REVISION, "valuePositiveInt")
    return revision


def to_document(reading: Reading) -> Json | None:
    """Return the latest version that is to be documented, and why; None when there is none yet."""
    agreed = [{"revision": p.revision, "why": "agreement"} for p in proposals(reading) if p.is_agreed]
    kept = [{"revision": each["revision"], "why": each["kind"]} for each in reading.milestones]
    return max([*agreed, *kept], key=lambda each: int(each["revision"]), default=None)


def undocumented(team: list[Json], reading: Reading) -> list[str]:
    """Return the members of the team whose unit has not documented that version, as `team/<id>`.

    Of others than one's own, only where nothing is withheld: their marks may be among that.
    """
    wanted = to_document(reading)
    if wanted is None:
        return []
    units = [each for each in team if each["state"] == "active" and each["side"] in _CARE]
    return [
        f"team/{each['id']}"
        for each in units
        if (_is_mine(each, reading) or not reading.withheld)
        and (documented_by(each["member"], reading) or 0) < wanted["revision"]
    ]


def documented_by(unit: Json, reading: Reading) -> int | None:
    """Return the latest revision that a unit, or a part of it, has documented; None when it has none."""
    target = unit.get("reference")
    found = [
        revision_of(each) or 0
        for each in reading.of_type("DocumentReference")
        if _is_mark(each) and _is_of(_author(each), target, reading)
    ]
    return max(found, default=None)


def _is_mark(document: Json) -> bool:
    return is_journal_entry(document) and document.get("status") == "current"


def _author(document: Json) -> Json | None:
    author: Json | None = document.get("custodian") or next(iter(document.get("author", ())), None)
    return author


def _is_of(author: Json | None, unit: str | None, reading: Reading) -> bool:
    """Say whether a mark is of a unit: its own, or of one that it is part of or that is part of it."""
    if author is None or unit is None:
        return False
    above = {f"Organization/{each['id']}" for each in organisations_above(unit, reading)[:1]}
    return bool(({unit} | above) & owners_of(author, reading))


def _is_mine(member: Json, reading: Reading) -> bool:
    names = {(member["unit"] or {}).get("hsaId"), (member["organisation"] or {}).get("hsaId")}
    return bool(names & reading.me)
