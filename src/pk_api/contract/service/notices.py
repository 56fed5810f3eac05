"""What units are told of stays in hospital, as each reads it: the notice, and whom it is about.

Source: lag 2017:612 om samverkan vid utskrivning (the admission notice has name, personnummer, address as
registered, and when the patient is expected to be discharged).
"""

from typing import Final

from pk_api.contract.discharge import discharge_of, notice_kind
from pk_api.contract.elements import Json, name_of, reference_to, target_of
from pk_api.contract.reading.common import item
from pk_api.contract.reading.patient import is_protected
from pk_api.contract.reading.people import who
from pk_api.contract.service.caller import Caller, reading_about
from pk_api.contract.service.cursors import sealed
from pk_api.fhir import systems
from pk_api.fhir.problems import Problem
from pk_api.records.values import Stored

_SOUGHT: Final = f"{systems.NOTICE}|"


async def list_notices(caller: Caller, *, limit: int, cursor: str | None) -> Json:
    """Return the notices that the caller has sent or was sent, the latest changed first: `{items, next}`."""
    pairs = [("category", _SOUGHT), ("status", "completed")]
    page = await caller.page("Communication", pairs, limit=limit, cursor=cursor)
    found = [each for each in page.items if notice_kind(each.resource) is not None]
    return {"items": [await _notice(caller, each) for each in found], "next": sealed(page.next)}


async def read_notice(caller: Caller, name: str) -> Json:
    """Return a notice. Problem not-found."""
    stored = await caller.read("Communication", name)
    if notice_kind(stored.resource) is None:
        raise Problem("not-found", "There is no such notice here, or it is not open to this caller.")
    return await _notice(caller, stored)


async def _notice(caller: Caller, stored: Stored) -> Json:
    notice, told = stored.resource, discharge_of(stored.resource)
    people = [notice.get("sender"), *notice.get("recipient", ())]
    reading = await reading_about(caller, map(target_of, people))
    words = [each["contentString"] for each in notice.get("payload", ()) if "contentString" in each]
    return {
        **item(notice),
        "kind": notice_kind(notice),
        "patient": await _patient(caller, target_of(notice.get("subject"))),
        "admission": target_of(notice.get("encounter")),
        "from": who(notice.get("sender"), reading),
        "to": [who(each, reading) for each in notice.get("recipient", ())],
        "sentOn": notice.get("sent"),
        "text": "\n\n".join(words) or None,
        "expectedDischarge": told.expected,
        "principals": sorted(told.principals),
        "compulsory": told.compulsory,
        "readySince": told.ready,
    }


async def _patient(caller: Caller, target: str | None) -> Json | None:
    """Return whom it is about, as far as the caller may know: null when it is not open."""
    if target is None or not caller.actor.may("r", "Patient"):
        return None
    try:
        found = await caller.read("Patient", target.partition("/")[2])
    except Problem as problem:
        if problem.kind not in {"not-found", "gone", "forbidden"}:
            raise
        return None
    person = found.resource
    return {
        "reference": reference_to(person),
        "name": name_of(person.get("name")),
        "identifier": _number(person),
        "address": _address(person),
        "protected": is_protected(person),
    }


def _number(person: Json) -> Json | None:
    for each in person.get("identifier", ()):
        system = systems.SYNONYMS.get(each.get("system", ""), each.get("system"))
        if system in systems.PERSON_SYSTEMS and each.get("value"):
            return {"system": system, "value": each["value"]}
    return None


def _address(person: Json) -> str | None:
    """Return the address as registered, else the first one."""
    addresses = [each for each in person.get("address", ()) if each.get("use") != "old"]
    official = [each for each in addresses if each.get("type") == "postal" or each.get("use") == "home"]
    for each in [*official, *addresses]:
        lines = [*each.get("line", ()), each.get("postalCode"), each.get("city")]
        if text := each.get("text") or ", ".join(str(line) for line in lines if line):
            return str(text)
    return None
