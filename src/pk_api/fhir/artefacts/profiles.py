"""Profiles of what a contract consists of: plans, goals, actions, times, agreements and answers.

They say what the contract API writes, and what others' systems must write for it to be read as meant. Source:
the data elements of a patientkontrakt. Persons, teams and the directory stand in `people_profiles`.
"""

from collections.abc import Iterator
from typing import Final

from pk_api.fhir import systems
from pk_api.fhir.artefacts.building import Json, canonical
from pk_api.fhir.artefacts.structures import concept, extended, profile, row

_BY_PATTERN: Final = (("pattern", "$this"),)
_STATUS_REASON: Final = ("statusReason", systems.EXT_STATUS_REASON, "0..1", "Varför det är så")
_NO_DETAIL: Final = row("activity.detail", "0..0", short="Åtgärder är egna resurser: activity.reference")


def _codes(value_set: str) -> str:
    return canonical("ValueSet", value_set)


def profiles() -> Iterator[Json]:
    """Yield the StructureDefinitions."""
    yield _contract()
    yield _plan()
    yield from _goals()
    yield _proposal()
    yield _appointment()
    yield _agreement()
    yield _follow_up()
    yield _narrative()
    yield _consent()


def _contract() -> Json:
    return profile(
        "pk-patientkontrakt",
        "PkPatientkontrakt",
        "CarePlan",
        title="Patientkontrakt",
        description="What patient and care have agreed on, and what holds the plans together.",
        rows=[
            *extended(
                ("indication", systems.EXT_INDICATION, "0..*", "Skäl till kontraktet"),
                ("responsible", systems.EXT_RESPONSIBLE, "0..1", "Ansvarig kontakt, och varför"),
                ("direction", systems.EXT_DIRECTION, "0..*", "Vart patienten vänder sig"),
                _STATUS_REASON,
            ),
            row("partOf", "0..0", short="Kontraktet är ytterst"),
            row("status", must=True),
            row("intent", fixedCode="plan"),
            row("category", "1..*", by=_BY_PATTERN),
            row(
                "category:contract",
                "1..1",
                short="Patientkontrakt; gärna också SNOMED CT 734163000",
                must=True,
                **concept(systems.PLAN_KIND, systems.PATIENTKONTRAKT),
            ),
            row("title", must=True),
            row("subject", of=("Patient",), must=True),
            row("period", "1..1", must=True),
            row("period.start", "1..1"),
            row("author", of=("Organization", "PractitionerRole", "Practitioner"), must=True),
            row("careTeam", must=True, short="Teamet kring kontraktet"),
            row("goal", must=True),
            row("activity.reference", must=True, of=("Task", "Appointment", "ServiceRequest")),
            _NO_DETAIL,
        ],
    )


def _plan() -> Json:
    return profile(
        "pk-plan",
        "PkPlan",
        "CarePlan",
        title="Plan under patientkontraktet",
        description="A plan under a contract, in full or as an index card that says where the plan is read.",
        rows=[
            *extended(
                ("link", systems.EXT_PLAN_LINK, "0..1", "Var planen finns"),
                ("lead", systems.EXT_LEAD_PRINCIPAL, "0..1", "Huvudman med det övergripande ansvaret (SIP)"),
                ("followUp", systems.EXT_FOLLOW_UP, "0..1", "När planen följs upp"),
                _STATUS_REASON,
            ),
            row("partOf", "1..*", must=True, short="Kontraktet, eller en plan under det"),
            row("status", must=True),
            row("intent", fixedCode="plan"),
            row("category", "1..*", must=True),
            row("category.coding", by=(("value", "system"),)),
            row(
                "category.coding:own",
                "0..1",
                short="Vår sort",
                binding=("required", _codes("pk-plan-kind")),
            ),
            row("category.coding:own.system", "1..1", fixedUri=systems.PLAN_KIND),
            row(
                "category.coding:statutory",
                "0..1",
                short="Plan enligt lag",
                binding=("required", _codes("pk-statutory-plan")),
            ),
            row("category.coding:statutory.system", "1..1", fixedUri=systems.STATUTORY_PLAN),
            row(
                "category.coding:national",
                "0..1",
                short="Nationell plantyp",
                binding=("required", _codes("pk-national-plan-type")),
            ),
            row("category.coding:national.system", "1..1", fixedUri=systems.RIV_PLAN_TYPE),
            row("title", must=True),
            row("subject", of=("Patient",), must=True),
            row("period", must=True),
            row("author", must=True, short="Den som äger planen"),
            _NO_DETAIL,
        ],
    )


def _goals() -> Iterator[Json]:
    yield _goal(
        "what-matters",
        "PkWhatMatters",
        "Vad är viktigt för mig",
        "What matters to the patient, in the patient's words or as somebody near told it.",
        row("expressedBy", "1..1", must=True, short="Den som har berättat"),
    )
    yield _goal("goal", "PkGoal", "Mål", "A goal of care and treatment.", row("expressedBy", must=True))
    yield _goal(
        "expectation",
        "PkExpectation",
        "Förväntning",
        "What the patient expects of care.",
        row("expressedBy", must=True),
    )


def _goal(kind: str, name: str, title: str, description: str, told: Json) -> Json:
    return profile(
        f"pk-{kind}",
        name,
        "Goal",
        title=title,
        description=description,
        rows=[
            *extended(
                ("contract", systems.EXT_CONTRACT, "1..1", "Kontraktet som målet hör till"),
                ("from", systems.EXT_PERTAINS_TO_GOAL, "0..*", "Vad är viktigt, som målet kommer ur"),
                ("acceptance", systems.EXT_GOAL_ACCEPTANCE, "0..*", "Vem som står bakom målet"),
            ),
            row("lifecycleStatus", must=True),
            row("achievementStatus", must=True),
            row("category", "1..*", by=_BY_PATTERN),
            row("category:kind", "1..1", must=True, **concept(systems.GOAL_KIND, kind)),
            row("description.text", "1..1", must=True),
            row("subject", of=("Patient",), must=True),
            row("start[x]", must=True),
            row("target.due[x]", must=True),
            row("statusDate", must=True),
            told,
        ],
    )


def _proposal() -> Json:
    return profile(
        "pk-proposal",
        "PkProposal",
        "Task",
        title="Erbjudande, önskan eller begäran",
        description="An offer of a contract, a wish for a named contact, or a request for coordination.",
        rows=[
            *extended(
                ("side", systems.EXT_SIDE, "0..1", "Den som ska svara"),
                ("indication", systems.EXT_INDICATION, "0..*", "Skäl till kontraktet som erbjuds"),
            ),
            row("status", must=True),
            row("statusReason", must=True, short="Varför svaret blev nej"),
            row("intent", fixedCode="proposal"),
            row("code", "1..1", must=True, binding=("required", _codes("pk-task"))),
            row("description", must=True),
            row("for", "1..1", of=("Patient",), must=True),
            row("authoredOn", must=True),
            row("requester", must=True),
            row("owner", must=True),
            row("input", must=True, short="Vad en önskan gäller: pk-wish"),
            row("output", must=True, short="Vad det blev av en önskan: pk-wish"),
        ],
    )


def _appointment() -> Json:
    return profile(
        "pk-appointment",
        "PkAppointment",
        "Appointment",
        title="Överenskommen tid",
        description="A time that patient and care have agreed on, or that one of them proposes.",
        rows=[
            *extended(
                ("agreedHow", systems.EXT_AGREED_TIME, "0..1", "Hur tiden blev till"),
                ("mayCancel", systems.EXT_MAY_CANCEL, "0..1", "Får avbokas av patienten"),
                ("mayRebook", systems.EXT_MAY_REBOOK, "0..1", "Får bokas om av patienten"),
                ("mayMessage", systems.EXT_MAY_MESSAGE, "0..1", "Får lämna meddelande"),
                ("invitation", systems.EXT_INVITATION, "0..1", "Kallelse"),
                ("support", systems.EXT_SUPPORT, "0..*", "Särskilt stöd vid besöket"),
            ),
            row("status", must=True),
            row("appointmentType", must=True, binding=("preferred", _codes("pk-form"))),
            row("description", must=True),
            row("supportingInformation", must=True, short="Kontraktet som tiden hör till"),
            row("start", must=True),
            row("end", must=True),
            row("patientInstruction", must=True),
            row("participant.actor", must=True),
            row("participant.status", must=True, short="Om patienten och de andra har sagt ja"),
        ],
    )


def _agreement() -> Json:
    return profile(
        "pk-agreement",
        "PkAgreementProvenance",
        "Provenance",
        title="Överenskommelse",
        description="That one party agrees to named versions of the contract: one for each acceptance.",
        rows=[
            *extended(
                ("number", systems.EXT_AGREEMENT_NUMBER, "0..1", "Överenskommelsens nummer"),
                ("hash", systems.EXT_AGREEMENT_HASH, "0..1", "Kontrollsumma över det som omfattas"),
                ("means", systems.EXT_AGREEMENT_MEANS, "0..1", "Hur svaret gavs"),
                ("notAllShown", systems.EXT_NOT_ALL_SHOWN, "0..1", "Att allt inte visades"),
            ),
            row("target", must=True, short="Versioner: CarePlan/x/_history/7"),
            row("recorded", must=True),
            row("activity", "1..1", **concept(systems.AGREEMENT, "agreement")),
            row("agent.type", must=True, short="author för vården, verifier för patienten"),
            row("agent.who", must=True),
            row("agent.onBehalfOf", must=True, short="Patienten, när en ställföreträdare svarar"),
            row("entity.what", must=True, short="Frågan till parten: Task pk-task#answer-agreement"),
            row("signature", must=True),
        ],
    )


def _follow_up() -> Json:
    return profile(
        "pk-follow-up",
        "PkFollowUp",
        "QuestionnaireResponse",
        title="Svar på uppföljningsfrågor",
        description="Answers to the five or seven questions that follow up a contract.",
        rows=[
            row("basedOn", "1..*", of=("CarePlan",), must=True, short="Kontraktet"),
            row("questionnaire", "1..1", must=True),
            row("status", must=True),
            row("subject", "1..1", of=("Patient",), must=True),
            row("authored", "1..1", must=True),
            row("author", must=True, short="Den som frågade"),
            row("source", must=True, short="Den som svarade"),
            row("item.answer.value[x]", must=True),
        ],
    )


def _narrative() -> Json:
    return profile(
        "pk-narrative",
        "PkNarrativeObservation",
        "Observation",
        title="Det som är berättat",
        description="What the patient or somebody near has told: story, needs, worries, the child's voice.",
        rows=[
            row("basedOn", "1..*", must=True, short="Kontraktet"),
            row("code", binding=("extensible", _codes("pk-narrative")), must=True),
            row("subject", "1..1", of=("Patient",), must=True),
            row("effective[x]", must=True),
            row("performer", must=True, short="Den som har berättat"),
            row("value[x]", of=("string",), must=True),
            row("dataAbsentReason", must=True, short="Varför barnet inte har hörts"),
            row("note", must=True),
            row("method", must=True, short="Hur barnet har hörts"),
        ],
    )


def _consent() -> Json:
    return profile(
        "pk-consent",
        "PkConsentOfContract",
        "Consent",
        title="Samtycke eller uppdrag",
        description="What a relative may see and do, a representative's mandate, or consent to share.",
        rows=[
            row("status", must=True),
            row("category", binding=("extensible", _codes("pk-consent")), must=True),
            row("patient", "1..1", must=True),
            row("dateTime", must=True),
            row("provision", "1..1", must=True),
            row("provision.period", must=True),
            row("provision.actor", must=True, short="Den som får se, göra eller företräda"),
        ],
    )
