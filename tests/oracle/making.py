"""Resources and queries that meet: made by hypothesis from small pools, so that many find something."""

from collections.abc import Mapping
from typing import Any, Final

from hypothesis import strategies as st

from tests.oracle.meaning import Asked, definition

Json = dict[str, Any]

SYSTEMS: Final = ("http://example.org/one", "http://example.org/two")
CODES: Final = ("a", "b", "a,b", "a|b", "a$b", "a\\b", "B")
WORDS: Final = (
    "Åsa",
    "asa",
    "Anna",
    "Ångström",
    "Élan",
    "elan",
    "a,b",
    "von Essen",
    "Essen",
    "O'Neill",
    "Öberg",
)
DATES: Final = (
    *("2020", "2020-02", "2020-02-29", "2020-03-01", "2019-12-31", "2020-03-29", "2021"),
    *("2020-02-29T23:30:00Z", "2020-03-01T00:30:00+01:00", "2020-02-29T10:00:00.5Z", "2020-02-29T10:00:00Z"),
    *("2020-03-29T01:30:00Z", "2019-12-31T23:30:00Z"),
)
WHOLE: Final = tuple(d for d in DATES if "T" not in d)
NUMBERS: Final = (1, 1.0, 1.5, 1.49, 2, 10, 99.5, 100, 100.4, 0, -1, 0.001)
ADDRESSES: Final = (
    *("http://example.org/a", "http://example.org/a/b", "http://example.org/a/b/c", "http://example.org/ab"),
    "urn:oid:1.2.752.129",
)
SUBJECTS: Final = ("Patient/oracle-1", "Patient/oracle-2")
PREFIXES: Final = ("", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb")


def _some(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(strategy, min_size=1, max_size=2)


def _made(kind: str, always: Mapping[str, Any], **maybe: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    fixed = {name: v if isinstance(v, st.SearchStrategy) else st.just(v) for name, v in always.items()}
    return st.fixed_dictionaries({"resourceType": st.just(kind)} | fixed, optional=maybe)


WORD = st.sampled_from(WORDS)
CODING = st.fixed_dictionaries(
    {"code": st.sampled_from(CODES)}, optional={"system": st.sampled_from(SYSTEMS)}
)
CONCEPT = st.one_of(
    st.fixed_dictionaries({"coding": _some(CODING)}), st.fixed_dictionaries({"text": st.sampled_from(WORDS)})
)
IDENTIFIER = st.fixed_dictionaries(
    {"value": st.sampled_from(CODES)}, optional={"system": st.sampled_from(SYSTEMS)}
)
WHEN = st.sampled_from(DATES)
DAY = st.sampled_from(WHOLE)
PERIOD = st.one_of(
    st.fixed_dictionaries({"start": WHEN}),
    st.fixed_dictionaries({"end": WHEN}),
    st.fixed_dictionaries(
        {"start": st.just("2020-02"), "end": st.sampled_from(("2020-03-01", "2020-03-29", "2021"))}
    ),
)
QUANTITY = st.one_of(
    st.fixed_dictionaries(
        {"value": st.sampled_from(NUMBERS)}, optional={"unit": st.sampled_from(("kg", "g"))}
    ),
    st.fixed_dictionaries(
        {
            "value": st.sampled_from(NUMBERS),
            "system": st.just("http://unitsofmeasure.org"),
            "code": st.sampled_from(("kg", "g")),
        }
    ),
)
SUBJECT = st.fixed_dictionaries({"reference": st.sampled_from(SUBJECTS)})
ABOUT = {"subject": SUBJECT}
ELSEWHERE = st.one_of(
    st.just({"reference": "http://example.com/fhir/Organization/1"}),
    st.fixed_dictionaries({"identifier": IDENTIFIER}),
)
NAME = st.fixed_dictionaries({}, optional={"family": WORD, "given": _some(WORD), "text": WORD}).filter(bool)
ADDRESS = st.fixed_dictionaries({}, optional={"city": WORD, "line": _some(WORD)}).filter(bool)

RESOURCES: Final[Mapping[str, st.SearchStrategy[Json]]] = {
    "Observation": _made(
        "Observation",
        {**ABOUT, "code": CONCEPT, "status": st.sampled_from(("final", "preliminary"))},
        category=_some(CONCEPT),
        identifier=_some(IDENTIFIER),
        effectiveDateTime=WHEN,
        valueQuantity=QUANTITY,
    ),
    "Observation of a period": _made(
        "Observation",
        {**ABOUT, "code": CONCEPT, "status": "final"},
        effectivePeriod=PERIOD,
        valueString=WORD,
        performer=_some(ELSEWHERE),
    ),
    "Practitioner": _made(
        "Practitioner",
        {},
        name=_some(NAME),
        address=_some(ADDRESS),
        active=st.booleans(),
        gender=st.sampled_from(("male", "female", "other")),
    ),
    "Goal": _made(
        "Goal",
        {**ABOUT, "lifecycleStatus": st.sampled_from(("active", "completed")), "description": CONCEPT},
        startDate=DAY,
        category=_some(CONCEPT),
        target=_some(st.fixed_dictionaries({"dueDate": DAY})),
        identifier=_some(IDENTIFIER),
    ),
    "Questionnaire": _made(
        "Questionnaire",
        {"status": st.sampled_from(("draft", "active"))},
        url=st.sampled_from(ADDRESSES),
        version=st.sampled_from(CODES),
        title=WORD,
        publisher=WORD,
        date=WHEN,
        effectivePeriod=PERIOD,
        code=_some(CODING),
    ),
    "Condition": _made(
        "Condition",
        {**ABOUT},
        code=CONCEPT,
        category=_some(CONCEPT),
        onsetDateTime=WHEN,
        recordedDate=WHEN,
        asserter=SUBJECT,
        bodySite=_some(CONCEPT),
    ),
}

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
)

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
    kind = draw(st.sampled_from(sorted({kind for kind, _ in PARAMETERS})))
    codes = [code for each, code in PARAMETERS if each == kind]
    return kind, tuple(draw(_asked(kind, draw(st.sampled_from(codes)))) for _ in range(draw(_FEW)))


_FEW: Final = st.sampled_from((1, 1, 1, 2, 3))


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


POPULATIONS = st.lists(st.one_of(*RESOURCES.values()), min_size=6, max_size=14)
QUESTIONS = st.lists(queries(), min_size=20, max_size=20)
