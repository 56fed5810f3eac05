"""What the interactions, purposes and outcomes of audit rows are called elsewhere.

Sources: https://hl7.org/fhir/R4/valueset-restful-interaction.html, valueset-audit-event-action.html; RIV TA
StoreLog 2.0 as Inera's services fill it (activityType, purpose).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple


class Doing(NamedTuple):
    """An interaction: FHIR's code and action, StoreLog's activity, and what a patient is told of it."""

    code: str
    action: str
    activity: str
    swedish: str
    english: str


_READ, _WRITE, _DELETE, _PRINT = "Läsa", "Skriva", "Radera", "Utskrift"
_OTHER: Final = Doing("operation", "E", _READ, "Läst", "Read")

DOINGS: Final[Mapping[str, Doing]] = MappingProxyType(
    {
        "read": Doing("read", "R", _READ, "Läst", "Read"),
        "vread": Doing("vread", "R", _READ, "Läst en tidigare version", "Read an earlier version"),
        "search": Doing("search-type", "E", _READ, "Sökt fram", "Found by a search"),
        "history": Doing("history-instance", "R", _READ, "Läst ändringshistoriken", "Read the history"),
        "create": Doing("create", "C", _WRITE, "Skrivit", "Wrote"),
        "update": Doing("update", "U", _WRITE, "Ändrat", "Changed"),
        "patch": Doing("patch", "U", _WRITE, "Ändrat", "Changed"),
        "delete": Doing("delete", "D", _DELETE, "Tagit bort", "Deleted"),
        "transaction": Doing("transaction", "E", _WRITE, "Skrivit flera uppgifter", "Wrote several entries"),
        "change": Doing("update", "U", _WRITE, "Försökt ändra", "Tried to change"),
        "replay": Doing("create", "C", _WRITE, "Skrivit", "Wrote"),
        "contract": Doing("operation", "R", _READ, "Läst patientkontraktet", "Read the contract"),
        "changes": Doing("operation", "R", _READ, "Läst vad som har ändrats", "Read what has changed"),
        "timeline": Doing("operation", "R", _READ, "Läst tidslinjen", "Read the timeline"),
        "contracts": Doing("operation", "E", _READ, "Sökt fram patientkontraktet", "Found the contract"),
        "identify": Doing("operation", "E", _READ, "Sökt på personnummer", "Searched by identity number"),
        "everything": Doing("operation", "R", _PRINT, "Hämtat allt", "Fetched everything"),
        "export": Doing("operation", "R", _PRINT, "Fört ut uppgifter", "Exported"),
        "export-file": Doing("operation", "R", _PRINT, "Hämtat utförda uppgifter", "Fetched an export"),
        "validate": Doing("operation", "E", _READ, "Prövat en uppgift", "Validated an entry"),
        "me": Doing("operation", "R", _READ, "Sett vem man är här", "Looked up who one is here"),
        "invite": Doing("operation", "C", _WRITE, "Bjudit in en närstående", "Invited a relative"),
        "ask-for-lift": Doing(
            "operation", "E", _WRITE, "Begärt att en spärr hävs", "Asked for a block to be lifted"
        ),
        "lift-requests": Doing(
            "operation", "R", _READ, "Sett svar om spärrar", "Looked at answers about blocks"
        ),
        "invitations": Doing("operation", "R", _READ, "Sett inbjudningarna", "Looked at the invitations"),
        "withdraw-invitation": Doing(
            "operation", "D", _DELETE, "Tagit tillbaka en inbjudan", "Withdrew an invitation"
        ),
        "accept-invitation": Doing(
            "operation", "U", _WRITE, "Tackat ja till en inbjudan", "Accepted an invitation"
        ),
        "access-log": Doing("operation", "R", _READ, "Läst loggen", "Read the access log"),
        "emergency-follow-up": Doing(
            "operation", "R", _READ, "Följt upp nödöppningar", "Followed up openings"
        ),
        "emergency-review": Doing(
            "operation", "U", _WRITE, "Följt upp en nödöppning", "Followed up an emergency opening"
        ),
        "spot-check": Doing("operation", "R", _READ, "Granskat loggen", "Reviewed the access log"),
    }
)


def doing(interaction: str) -> Doing:
    """Return what an interaction is called; one that the table does not know is an operation."""
    return DOINGS.get(interaction, _OTHER)


class Purpose(NamedTuple):
    """A purpose: the code of HL7 v3 ActReason, and its Swedish name as StoreLog has it."""

    code: str
    swedish: str
    english: str


_CARE: Final = Purpose("TREAT", "Vård och behandling", "Care and treatment")
_PURPOSES: Final[Mapping[str, Purpose]] = MappingProxyType(
    {
        "care": _CARE,
        "quality": Purpose("HQUALIMP", "Kvalitetssäkring", "Quality assurance"),
        "administration": Purpose("HOPERAT", "Administration", "Administration"),
        "statistics": Purpose("HSYSADMIN", "Statistik", "Statistics"),
        "research": Purpose("HRESCH", "Forskning", "Research"),
        "audit": Purpose("HCOMPL", "Kvalitetssäkring", "Follow-up of the log"),
    }
)
_BY_NAME: Final = {
    purpose.swedish.lower(): purpose for purpose in (*_PURPOSES.values(), _PURPOSES["quality"])
}


def purpose_of(told: str | None) -> Purpose:
    """Return the purpose that a token told, by our word or the Swedish one; as it was told if unknown."""
    text = told or "care"
    known = _PURPOSES.get(text) or _BY_NAME.get(text.lower())
    return known or Purpose("HOPERAT", text, text)


OUTCOMES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "allowed": ("visades eller gjordes", "was shown or done"),
        "refused": ("nekades", "was refused"),
        "absent": ("fanns inte eller fick inte visas", "was not there or not open"),
        "gone": ("var borttaget", "had been deleted"),
    }
)
"""What came of it, in Swedish and English."""


def is_emergency(rule: str) -> bool:
    """Say whether a row is of access under an emergency opening: the ground's name in `rule` says so."""
    return any(ground.startswith("emergency") for ground in rule.split())
