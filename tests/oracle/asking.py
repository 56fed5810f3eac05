"""Queries made by hypothesis from the pools of `making`: plain, composite, and at the end of a path."""

from collections.abc import Mapping
from typing import Final

from hypothesis import strategies as st

from tests.oracle.making import ADDRESSES, CODES, SUBJECTS, SYSTEMS, WHEN, WORDS
from tests.oracle.meaning import Asked, Step, definition

PREFIXES: Final = ("", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb")
PARAMETERS: Final = (
    *(
        ("Observation", code)
        for code in ("code", "category", "status", "identifier", "date", "value-quantity")
    ),
    *(("Observation", code) for code in ("value-string", "subject", "patient", "performer")),
    *(
        ("Practitioner", code)
        for code in ("name", "family", "given", "address", "address-city", "active", "gender")
    ),
    *(("Goal", code) for code in ("category", "lifecycle-status", "start-date", "target-date", "identifier")),
    *(
        ("Questionnaire", code)
        for code in ("url", "version", "title", "publisher", "date", "effective", "code")
    ),
    *(
        ("Condition", code)
        for code in ("code", "category", "onset-date", "recorded-date", "asserter", "body-site")
    ),
    *(("Condition", code) for code in ("subject", "patient")),
    *(("CarePlan", code) for code in ("status", "intent", "category", "date", "identifier", "patient")),
)
COMPOSITES: Final = (
    *(("Observation", code) for code in ("code-value-quantity", "code-value-concept", "code-value-string")),
    *(("Observation", f"combo-code-value-{kind}") for kind in ("quantity", "concept")),
    *(("Observation", f"component-code-value-{kind}") for kind in ("quantity", "concept")),
    *(("Questionnaire", f"context-type-{kind}") for kind in ("value", "quantity")),
)
_TO_PATIENT = Step("subject", "Patient")
_TO_PRACTITIONER = Step("general-practitioner", "Practitioner")
_GOALS, _CONDITIONS, _WHOLE_PLAN = (
    Step("goal", "Goal"),
    Step("condition", "Condition"),
    Step("part-of", "CarePlan"),
)
_OF_PLANS = tuple(Step(code, "CarePlan", back=True) for code in ("goal", "condition", "part-of"))
PATHS: Final[tuple[tuple[str, tuple[Step, ...]], ...]] = (
    *((kind, (_TO_PATIENT,)) for kind in ("Observation", "Goal", "Condition", "CarePlan")),
    *((kind, (_TO_PATIENT, _TO_PRACTITIONER)) for kind in ("Observation", "CarePlan")),
    *(("CarePlan", (step,)) for step in (_GOALS, _CONDITIONS, _WHOLE_PLAN)),
    *(("CarePlan", (_WHOLE_PLAN, step)) for step in (_GOALS, _CONDITIONS, _WHOLE_PLAN)),
    ("CarePlan", (_WHOLE_PLAN, _TO_PATIENT, _TO_PRACTITIONER)),
    ("Goal", (_OF_PLANS[0],)),
    ("Condition", (_OF_PLANS[1],)),
    ("CarePlan", (_OF_PLANS[2],)),
    ("Goal", (_OF_PLANS[0], _OF_PLANS[2])),
    ("Condition", (_OF_PLANS[1], _OF_PLANS[2])),
)
ENDS: Final[Mapping[str, tuple[str, ...]]] = {
    "Patient": ("family", "given", "name", "gender", "birthdate", "active"),
    "Practitioner": ("name", "family", "given"),
    "Goal": ("category", "lifecycle-status", "start-date", "target-date", "identifier"),
    "Condition": ("code", "category", "onset-date", "recorded-date", "body-site"),
    "CarePlan": ("status", "intent", "category", "date", "identifier"),
}
"""By type: what is asked of the resources at the end of a path."""

_TOKENS = st.one_of(
    st.sampled_from((*CODES, "final", "active", "completed", "true", "false", "male", "draft")),
    st.builds("{}|{}".format, st.sampled_from((*SYSTEMS, "")), st.sampled_from(("a", "b", "B", "a,b"))),
    st.sampled_from([f"{system}|" for system in SYSTEMS]),
)
_QUANTITIES = st.builds(
    "{}{}{}".format,
    st.sampled_from(PREFIXES),
    st.sampled_from(("1", "1.0", "1.5", "2", "100", "99.5", "0", "-1", "0.00", "1e2")),
    st.sampled_from(("", "||kg", "|http://unitsofmeasure.org|kg", "||g")),
)
VALUES: Final[Mapping[str, tuple[tuple[str, ...], st.SearchStrategy[str]]]] = {
    "token": (("", "", "", "not"), _TOKENS),
    "string": (("", "", "exact", "contains"), st.sampled_from((*WORDS, "å", "a", "ESS", "neill", "ö", "El"))),
    "date": (("",), st.builds("{}{}".format, st.sampled_from(PREFIXES), WHEN)),
    "quantity": (("",), _QUANTITIES),
    "uri": (("", "below", "above"), st.sampled_from((*ADDRESSES, "http://example.org"))),
    "reference": (
        ("", "Patient", "identifier"),
        st.sampled_from((*SUBJECTS, "oracle-1", "http://example.com/fhir/Organization/1", "a")),
    ),
}
"""By type of parameter: modifiers, and values to ask for."""


@st.composite
def queries(draw: st.DrawFn) -> tuple[str, tuple[Asked, ...]]:
    """Return a resource type and one to three parameters that a resource must all meet."""
    kind, first = draw(st.one_of(_PLAIN, _PLAIN, _COMPOSITE, _AT_THE_END))
    plain = [code for each, code in PARAMETERS if each == kind]
    more = [draw(_asked(kind, draw(st.sampled_from(plain)))) for _ in range(draw(_FEW))]
    return kind, (first, *more)


@st.composite
def _plain(draw: st.DrawFn) -> tuple[str, Asked]:
    kind = draw(st.sampled_from(sorted({kind for kind, _ in PARAMETERS})))
    return kind, draw(
        _asked(kind, draw(st.sampled_from([code for each, code in PARAMETERS if each == kind])))
    )


@st.composite
def _composite(draw: st.DrawFn) -> tuple[str, Asked]:
    kind, code = draw(st.sampled_from(COMPOSITES))
    codes = st.sampled_from(("a", "b", "a,b", f"{SYSTEMS[0]}|a", "|b", f"{SYSTEMS[0]}|"))
    kinds = {"quantity": _QUANTITIES, "string": st.sampled_from(WORDS)}
    value = st.tuples(codes, kinds.get(code.rpartition("-")[2], codes))
    return kind, Asked(code, "", tuple(draw(st.lists(value, min_size=1, max_size=4, unique=True))))


@st.composite
def _at_the_end(draw: st.DrawFn) -> tuple[str, Asked]:
    """Return a parameter of what a path leads to."""
    kind, path = draw(st.sampled_from(PATHS))
    end = draw(_asked(path[-1].type, draw(st.sampled_from(ENDS[path[-1].type]))))
    return kind, Asked(end.code, end.modifier, end.values, path)


_PLAIN, _COMPOSITE, _AT_THE_END = _plain(), _composite(), _at_the_end()
_FEW: Final = st.sampled_from((0, 0, 0, 1, 2))


@st.composite
def _asked(draw: st.DrawFn, kind: str, code: str) -> Asked:
    type_ = definition(kind, code)["type"]
    if draw(st.integers(0, 9)) == 0:
        return Asked(code, "missing", (draw(st.sampled_from(("true", "false"))),))
    modifiers, value = VALUES[type_]
    modifier = draw(st.sampled_from(modifiers))
    if modifier == "identifier":
        return Asked(code, modifier, (draw(_TOKENS.filter(lambda v: not v.endswith("|"))),))
    if type_ == "uri" and modifier:
        value = value.filter(lambda each: not each.startswith("urn:"))  # a urn has no steps
    if type_ == "reference":
        value = st.sampled_from((*SUBJECTS, "oracle-1")) if modifier else value
    if type_ == "token":
        modifier = "" if definition(kind, code).get("system") else modifier
    return Asked(code, modifier, tuple(draw(st.lists(value, min_size=1, max_size=2, unique=True))))


QUESTIONS = st.lists(queries(), min_size=20, max_size=20)
