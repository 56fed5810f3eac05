"""OperationDefinitions of what the contract API does in one call: each has its call in `interactions`.

Source: https://hl7.org/fhir/R4/operationdefinition.html; docs/integrate-fhir.md.
"""

from typing import Final

from pk_api.fhir.artefacts.building import canonical
from pk_api.fhir.artefacts.operation_rows import OperationRow, ParameterRow, on_instance

_PERSON: Final = "by reference, name, role, unit and organisation"


def _in(name: str, type_: str, told: str, *, least: int = 0, most: str = "1") -> ParameterRow:
    return ParameterRow(name, "in", least, most, told, type_)


def _out(name: str, type_: str, told: str, *, least: int = 0, most: str = "1") -> ParameterRow:
    return ParameterRow(name, "out", least, most, told, type_)


_LANGUAGE: Final = _in("language", "code", "sv or en")
_PAGE: Final = (
    _in("limit", "positiveInt", "How many at most, 50 unless said"),
    _in("cursor", "string", "Where the page before ended: its next"),
    _LANGUAGE,
    _out("next", "string", "Where the next page begins; absent on the last"),
)
_REFERENCE: Final = _out("reference", "string", "The resource", least=1)
_STATE: Final = _out("state", "string", "What has become of it", least=1)
_TO: Final = _in("to", "Reference", "A unit, an Organization", most="*")

CONTRACT_OPERATIONS: Final[tuple[OperationRow, ...]] = (
    on_instance(
        "CarePlan",
        "next-step",
        "PkNextStep",
        "Nästa steg",
        "The one next step of a contract, and that of each party, as far as the caller sees it.",
        _LANGUAGE,
        _out("nextStep", "Element", "The earliest thing ahead: text, by, due, item, turnTo"),
        _out("nextSteps", "Element", "That of each party", most="*"),
    ),
    on_instance(
        "CarePlan",
        "gaps",
        "PkGaps",
        "Vad som saknas i patientkontraktet",
        "What a contract lacks, each with the rule that asks for it.",
        _LANGUAGE,
        _out("gaps", "Element", "A gap: kind, text, source, item", most="*"),
    ),
    on_instance(
        "CarePlan",
        "timeline",
        "PkTimeline",
        "Patientkontraktets tidslinje",
        "All that was written about the patient under the contract, the newest first, in sentences.",
        *_PAGE,
        _out("items", "Element", "What was written, when and by whom", most="*"),
    ),
    on_instance(
        "CarePlan",
        "provenance",
        "PkWhoSaidWhat",
        "Vem som sagt vad",
        "Who made each field of each item what it is, and when.",
        *_PAGE,
        _out("items", "Element", "An item, and its fields with who last said each", most="*"),
    ),
    on_instance(
        "CarePlan",
        "mark-milestone",
        "PkMarkMilestone",
        "Märk en milstolpe",
        "Keep the contract as it stands as a milestone to come back to.",
        _in("kind", "code", "Of pk-milestone", least=1),
        _out("items", "Element", "Each milestone: kind, revision, on", most="*"),
        changes=True,
    ),
    on_instance(
        "CarePlan",
        "tell-sip-need",
        "PkTellSipNeed",
        "Ange behov av SIP",
        "Say whether a coordinated individual plan is needed, or that one was called to or declined.",
        _in("state", "code", "not-needed, needed, called or declined, of pk-sip", least=1),
        _in("text", "string", "In words"),
        _STATE,
        _out("on", "string", "When it was told"),
        _out("text", "string", "In words"),
        changes=True,
    ),
    on_instance(
        "CarePlan",
        "reconcile-plans",
        "PkReconcilePlans",
        "Stäm av planer",
        "Keep that plans of the contract were gone through together, as they stand.",
        _in("plan", "Reference", "A plan, a CarePlan under the contract", least=2, most="*"),
        _in("text", "string", "What came of it"),
        _REFERENCE,
        _out("plans", "Element", "A plan in the version that was gone through", least=2, most="*"),
        changes=True,
    ),
    on_instance(
        "CarePlan",
        "ask-to-take-over",
        "PkAskToTakeOver",
        "Fråga en enhet om samordningen",
        "Ask a unit to take over the coordination of the contract; nothing moves until it says yes.",
        _in("to", "Reference", "The unit, an Organization", least=1),
        _in("text", "string", "Why"),
        _REFERENCE,
        _STATE,
        _out("to", "Element", f"The unit, {_PERSON}"),
        changes=True,
    ),
    on_instance(
        "Task",
        "answer-handover",
        "PkAnswerHandover",
        "Svara på en överlämning",
        "Take over with a contact of the own unit, say no and why, or take back what was asked.",
        _in("answer", "code", "accepted, declined or withdrawn", least=1),
        _in("contact", "Reference", "The own contact who coordinates from now on, a CareTeam"),
        _in("reason", "string", "Why not"),
        _REFERENCE,
        _STATE,
        _out("contact", "string", "The id of the contact"),
        changes=True,
    ),
    on_instance(
        "Task",
        "answer-offer",
        "PkAnswerOffer",
        "Svara på ett erbjudande om patientkontrakt",
        "Answer an offer of a contract or a patient's wish for one; a yes opens the contract.",
        _in("answer", "code", "accepted, declined, not-offered or withdrawn", least=1),
        _in("reason", "string", "Why not"),
        _REFERENCE,
        _STATE,
        _out("contract", "string", "The id of the contract that came of it"),
        changes=True,
    ),
    on_instance(
        "Encounter",
        "tell-discharge",
        "PkTellDischarge",
        "Händelse under ett vårdtillfälle",
        "Tell what happens to one who is admitted; units are told, and clocks start and stop.",
        _in("event", "code", "needs, notice, ready, not-ready, information or discharged", least=1),
        _in("principal", "code", "With needs: region or municipality", most="2"),
        _in("assessedOn", "dateTime", "With needs: when it was assessed"),
        _in("expectedDischarge", "date", "With needs: the day that is expected"),
        _in("compulsory", "code", "With needs: opt or orv, open compulsory care"),
        _TO,
        _in("text", "string", "With what units are told: in words"),
        _in("reason", "string", "With not-ready: why"),
        _in("on", "dateTime", "With discharged: when the patient left"),
        _REFERENCE,
        _STATE,
        _out("clocks", "Element", "What is to be done by when", most="*"),
        changes=True,
    ),
    on_instance(
        "Appointment",
        "tell-sip-call",
        "PkTellSipCall",
        "Händelse i en kallelse till SIP",
        "Answer a call to a SIP, note what a party has said, confirm, hold the meeting or call it off.",
        _in("event", "code", "accept, decline, note, confirm, held or call-off", least=1),
        _in("comment", "string", "With accept and decline: in words"),
        _in("party", "Reference", "With note: who has answered, an Organization or the Patient"),
        _in("answer", "code", "With note: accepted or declined"),
        _in("reason", "string", "With call-off: why"),
        _REFERENCE,
        _STATE,
        _out("parties", "Element", "Each party, and what it has answered", most="*"),
        changes=True,
    ),
    on_instance(
        "Patient",
        "protect-identity",
        "PkProtectIdentity",
        "Skydda en identitet",
        "Say by which marks a patient's identity is protected from now on; none of them ends the protection.",
        _in("kind", "code", "sekretessmarkering or skyddadFolkbokforing", most="2"),
        _out("patient", "string", "The Patient", least=1),
        _out("version", "integer", "Its version", least=1),
        _out("kinds", "string", "A mark that is in force", most="*"),
        changes=True,
    ),
)


def definition_of(code: str) -> str:
    """Return the canonical address of one of these operations."""
    return canonical("OperationDefinition", f"pk-{code}")
