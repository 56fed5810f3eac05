"""Invariants of questionnaires and their answers. Source of keys and texts: `definitions/invariants.json`.

que-12 counts more than two conditions, as its official expression does; its text says more than one.
"""

from typing import Final

from pk_api.fhir.validate.rules.terms import Test, Value, are_distinct, descendants, has

_ENUMERABLE: Final = frozenset(
    {
        *("choice", "open-choice", "decimal", "integer", "date"),
        *("dateTime", "time", "string", "quantity"),
    }
)
_MEASURABLE: Final = frozenset({"boolean", "decimal", "integer", "string", "text", "url", "open-choice"})


def _nested(v: Value) -> bool:
    return (v.get("type") != "group" or has(v, "item")) and (v.get("type") != "display" or not has(v, "item"))


def _is_display(v: Value) -> bool:
    return bool(v.get("type") == "display")


FORMS: Final[dict[str, Test]] = {
    "Questionnaire:que-2": lambda v: are_distinct(descendants(v.get("item"), "linkId")),
    "Questionnaire.item:que-1": _nested,
    "Questionnaire.item:que-3": lambda v: not (_is_display(v) and has(v, "code")),
    "Questionnaire.item:que-4": lambda v: not (has(v, "answerOption") and has(v, "answerValueSet")),
    "Questionnaire.item:que-5": lambda v: (
        v.get("type") in _ENUMERABLE or not has(v, "answerValueSet", "answerOption")
    ),
    "Questionnaire.item:que-6": lambda v: not (_is_display(v) and has(v, "required", "repeats")),
    "Questionnaire.item:que-8": lambda v: v.get("type") not in ("group", "display") or not has(v, "initial"),
    "Questionnaire.item:que-9": lambda v: not (_is_display(v) and has(v, "readOnly")),
    "Questionnaire.item:que-10": lambda v: v.get("type") in _MEASURABLE or not has(v, "maxLength"),
    "Questionnaire.item:que-11": lambda v: not (has(v, "answerOption") and has(v, "initial")),
    "Questionnaire.item:que-12": lambda v: len(v.get("enableWhen", ())) <= 2 or has(v, "enableBehavior"),
    "Questionnaire.item:que-13": lambda v: v.get("repeats") is True or len(v.get("initial", ())) <= 1,
    "Questionnaire.item.enableWhen:que-7": lambda v: v.get("operator") != "exists" or "answerBoolean" in v,
    "QuestionnaireResponse.item:qrs-1": lambda v: not (has(v, "answer") and has(v, "item")),
}
