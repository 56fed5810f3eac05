"""Resources made by hypothesis from small pools, so that many queries find something (`asking`)."""

from collections.abc import Mapping
from typing import Any, Final

from hypothesis import strategies as st

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
STANDING: Final = (
    {"resourceType": "Practitioner", "id": "oracle-gp", "name": [{"family": "Ångström", "given": ["Åsa"]}]},
    {
        "resourceType": "Patient",
        "id": "oracle-1",
        "active": True,
        "name": [{"family": "von Essen", "given": ["Anna"]}],
        "gender": "female",
        "birthDate": "2020-02-29",
        "generalPractitioner": [{"reference": "Practitioner/oracle-gp"}],
    },
    {"resourceType": "Patient", "id": "oracle-2", "name": [{"text": "asa"}], "birthDate": "2019-12-31"},
)
"""What every population refers to."""


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

FEW_CODES: Final = ("a", "b", "a,b")
"""Of few codes both parts of a composite are met more often."""
FEW_CODED = st.fixed_dictionaries(
    {"code": st.sampled_from(FEW_CODES)}, optional={"system": st.just(SYSTEMS[0])}
)
FEW_CONCEPTS = st.fixed_dictionaries({"coding": _some(FEW_CODED)})
PART = st.one_of(
    st.fixed_dictionaries({"code": FEW_CONCEPTS, "valueQuantity": QUANTITY}),
    st.fixed_dictionaries({"code": FEW_CONCEPTS, "valueCodeableConcept": FEW_CONCEPTS}),
)


def _keeps_obs_7(observation: Json) -> bool:
    """A component has another code than the whole."""
    own = observation["code"].get("coding", ())
    return not any(
        coding in own
        for part in observation.get("component", ())
        for coding in part["code"].get("coding", ())
    )


def _asserted_by_its_patient(condition: Json) -> Json:
    """Nobody speaks in another patient's record."""
    return {**condition, "asserter": condition["subject"]} if "asserter" in condition else condition


RESOURCES: Final[Mapping[str, st.SearchStrategy[Json]]] = {
    "Observation": _made(
        "Observation",
        {**ABOUT, "code": CONCEPT | FEW_CONCEPTS, "status": st.sampled_from(("final", "preliminary"))},
        category=_some(CONCEPT),
        identifier=_some(IDENTIFIER),
        effectiveDateTime=WHEN,
        valueQuantity=QUANTITY,
        component=_some(PART),
    ).filter(_keeps_obs_7),
    "Observation of a code": _made(
        "Observation",
        {**ABOUT, "code": FEW_CONCEPTS, "status": "final", "valueCodeableConcept": FEW_CONCEPTS},
        component=_some(PART),
    ).filter(_keeps_obs_7),
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
        useContext=_some(
            st.one_of(
                st.fixed_dictionaries({"code": FEW_CODED, "valueCodeableConcept": FEW_CONCEPTS}),
                st.fixed_dictionaries({"code": FEW_CODED, "valueQuantity": QUANTITY}),
            )
        ),
    ),
    "CarePlan": _made(
        "CarePlan",
        {**ABOUT, "status": st.sampled_from(("active", "draft")), "intent": "plan"},
        category=_some(CONCEPT),
        period=PERIOD,
        identifier=_some(IDENTIFIER),
    ),
    "CarePlan with an order": _made(
        "CarePlan",
        {**ABOUT, "status": "active", "intent": "order"},
        category=_some(CONCEPT),
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
    ).map(_asserted_by_its_patient),
}

LINKS: Final = {"goal": "Goal", "addresses": "Condition", "partOf": "CarePlan"}
"""Elements by which a CarePlan refers to others of its population."""


def place(index: int) -> str:
    """Return by which reference others of its population name a resource that has no id yet."""
    return f"urn:uuid:00000000-0000-4000-8000-{index:012}"


@st.composite
def populations(draw: st.DrawFn) -> list[Json]:
    """Return resources of which the plans refer to others, by their places."""
    several = draw(st.lists(st.one_of(*RESOURCES.values()), min_size=6, max_size=12))
    found = [*several, *draw(st.lists(RESOURCES["CarePlan"], min_size=1, max_size=4))]
    for index, resource in enumerate(found):
        if resource["resourceType"] != "CarePlan":
            continue
        for element, kind in LINKS.items():
            others = [i for i, r in enumerate(found) if r["resourceType"] == kind and i != index]
            named = draw(st.lists(st.sampled_from(others), max_size=2, unique=True)) if others else []
            if named:
                resource[element] = [{"reference": place(i)} for i in named]
    return found


POPULATIONS = populations()
