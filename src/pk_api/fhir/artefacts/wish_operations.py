"""OperationDefinitions of wishes and of who is responsible: what the contract API does, in one call."""

from typing import Final

from pk_api.fhir.artefacts.building import canonical
from pk_api.fhir.artefacts.operation_rows import ParameterRow, on_instance

ANSWER_WISH: Final = canonical("OperationDefinition", "pk-answer-wish")
ASSIGN_RESPONSIBLE: Final = canonical("OperationDefinition", "pk-assign-responsible")
_PERSON: Final = "by reference, name, role, unit and organisation"

WISH_OPERATIONS: Final = (
    on_instance(
        "Task",
        "answer-wish",
        "PkAnswerWish",
        "Svara på en önskan",
        "Say yes to a wish with what was wished for, or no and why; or take it back.",
        ParameterRow("answer", "in", 1, "1", "accepted, declined or withdrawn", "code"),
        ParameterRow("reason", "in", 0, "1", "Why it is declined", "string"),
        ParameterRow("contact", "in", 0, "1", "The contact who is named, a CareTeam", "Reference"),
        ParameterRow("actor", "in", 0, "1", "The actor that joins the team", "Reference"),
        ParameterRow("reference", "out", 1, "1", "The Task", "string"),
        ParameterRow("kind", "out", 1, "1", "contact, actor or responsible", "string"),
        ParameterRow("state", "out", 1, "1", "What has become of the wish", "string"),
        ParameterRow("contact", "out", 0, "1", "The id of the contact", "string"),
        ParameterRow("actor", "out", 0, "1", f"The actor, {_PERSON}", "Element"),
        changes=True,
    ),
    on_instance(
        "CarePlan",
        "assign-responsible",
        "PkAssignResponsible",
        "Utse ansvarig kontakt",
        "Say which contact is responsible for the contract, and why.",
        ParameterRow("contact", "in", 1, "1", "The contact, a CareTeam in force", "Reference"),
        ParameterRow("reason", "in", 1, "1", "Of pk-responsible-reason", "code"),
        ParameterRow("text", "in", 0, "1", "Another reason in words", "string"),
        ParameterRow("since", "in", 0, "1", "Since when; today when it is left out", "date"),
        ParameterRow("contact", "out", 1, "1", "The id of the contact", "string"),
        ParameterRow("since", "out", 0, "1", "Since when", "string"),
        ParameterRow("rule", "out", 1, "1", "assigned", "string"),
        ParameterRow("reason", "out", 0, "1", "The reason", "string"),
        ParameterRow("text", "out", 0, "1", "The reason in words", "string"),
        changes=True,
    ),
)
