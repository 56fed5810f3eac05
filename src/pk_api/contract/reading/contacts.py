"""Fasta vårdkontakter: one FHIR CareTeam a relation, in the shape of Inera's CareTeam guide 0.9 put in R4.

Source: https://fhir.inera.se/ig/careteam/; codes: KV Typ av fast kontakt (1.2.752.129.5.1.69).
"""

from pk_api.contract.codes import CONTACT_KINDS, COORDINATING
from pk_api.contract.elements import Json, code_in, extension_value, extensions, target_of
from pk_api.contract.reading.common import is_over, item, telecom
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.people import who
from pk_api.fhir import systems
from pk_api.fhir.contacts import appointments_of

_KINDS = {(code.system, code.code): kind for kind, code in CONTACT_KINDS.items()}
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_NAMES = {
    "sv": ("mån", "tis", "ons", "tor", "fre", "lör", "sön"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}


def is_contact(team: Json) -> bool:
    """Say whether a CareTeam is a fast kontakt."""
    return code_in(team.get("category", ()), systems.INERA_CARE_TEAM) == systems.FAST_KONTAKT


def contacts(reading: Reading) -> list[Json]:
    """Return the named contacts: coordinating ones first, then by how long they have been."""
    found = [_contact(team, reading) for team in reading.of_type("CareTeam") if is_contact(team)]
    return sorted(
        found, key=lambda each: (each["state"] == "ended", not each["coordinating"], each["since"] or "9")
    )


def contact_roles(team: Json) -> list[Json]:
    """Return the role concepts of the contact's participant."""
    participants = team.get("participant") or [{}]
    roles: list[Json] = participants[0].get("role", [])
    return roles


def is_coordinating(team: Json) -> bool:
    """Say whether the contact has the overall coordination, national code 4."""
    return code_in(contact_roles(team), COORDINATING.system) == COORDINATING.code


def kind_of(team: Json) -> str | None:
    """Return the kind of contact."""
    if is_coordinating(team):
        return "fast-vardkontakt"
    for system in (systems.KV_FAST_KONTAKT, systems.CONTACT_ROLE):
        if kind := _KINDS.get((system, code_in(contact_roles(team), system) or "")):
            return kind
    return None


def state_of(team: Json, reading: Reading) -> str:
    """Return proposed, active or ended."""
    if team.get("status") == "proposed":
        return "proposed"
    over = is_over(team.get("period"), reading.today)
    return "ended" if over or team.get("status") == "inactive" else "active"


def _contact(team: Json, reading: Reading) -> Json:
    member = (team.get("participant") or [{}])[0].get("member")
    person = who(member, reading) or {}
    role = reading.find(target_of(member)) or {}
    points = telecom(team.get("telecom") or role.get("telecom", []))
    return {
        **item(team),
        "kind": kind_of(team),
        "coordinating": is_coordinating(team),
        "name": person.get("name"),
        "role": person.get("role"),
        "unit": person.get("unit"),
        "organisation": person.get("organisation"),
        "member": {"reference": person.get("reference")},
        "telecom": points,
        "hours": extension_value(team, systems.EXT_HOURS, "valueString") or _hours(role, reading.language),
        "for": [
            each["valueCode"] for each in extensions(team, systems.EXT_CONTACT_FOR) if "valueCode" in each
        ],
        "since": team.get("period", {}).get("start"),
        "until": team.get("period", {}).get("end"),
        "appointed": _appointed(team, reading),
        "lifeThreatening": extension_value(team, systems.EXT_LIFE_THREATENING, "valueBoolean") is True,
        "reason": extension_value(team, systems.EXT_STATUS_REASON, "valueString"),
        "state": state_of(team, reading),
    }


def _appointed(team: Json, reading: Reading) -> Json | None:
    for said in appointments_of(team):
        by = said.get("by", {}).get("valueReference")
        return {"by": who(by, reading), "on": said.get("on", {}).get("valueDate")}
    return None


def _hours(role: Json, language: str) -> str | None:
    spans = [_span(each, _DAY_NAMES[language]) for each in role.get("availableTime", ())]
    return ", ".join(span for span in spans if span) or None


def _span(available: Json, names: tuple[str, ...]) -> str:
    days = [_DAYS.index(day) for day in available.get("daysOfWeek", ()) if day in _DAYS]
    words = ", ".join(names[day] for day in days)
    if len(days) > 2 and days == list(range(days[0], days[-1] + 1)):
        words = f"{names[days[0]]}–{names[days[-1]]}"
    clock = (
        f"{available.get('availableStartTime', '')[:5]}–{available.get('availableEndTime', '')[:5]}".strip(
            "–"
        )
    )
    return f"{words} {clock}".strip()
