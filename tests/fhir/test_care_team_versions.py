"""The CareTeam of a fast kontakt in FHIR R5 and R4: nothing is lost, and another reader understands it."""

from typing import Any

import pytest
from fhir.resources.careteam import CareTeam as R5CareTeam
from hypothesis import given
from hypothesis import strategies as st

from pk_api.fhir.problems import Problem
from pk_api.fhir.profiles.known import KNOWN
from pk_api.fhir.systems import EXT_AVAILABILITY, FAST_KONTAKT, INERA_CARE_TEAM, KV_FAST_KONTAKT
from pk_api.fhir.validate import check
from pk_api.fhir.versions.care_team import to_r4, to_r5

Json = dict[str, Any]

INERA = "https://fhir.inera.se/ig/careteam/StructureDefinition/"
R4_PROFILE = "https://patientkontrakt.org/fhir/StructureDefinition/pk-inera-named-contact"
CATEGORY = [{"coding": [{"system": INERA_CARE_TEAM, "code": FAST_KONTAKT}]}]
NATIONAL = {"coding": [{"system": KV_FAST_KONTAKT, "code": "1", "display": "fast vårdkontakt"}]}
OWN = {"coding": [{"system": "https://example.org/roles", "code": "x"}]}
VIA_TEAM = {"url": f"{INERA}riv-contact-via-team-extension", "valueReference": {"reference": "CareTeam/team"}}
MEMBER = {"reference": "PractitionerRole/eva", "display": "Eva Exempel, sjuksköterska"}
WEEKDAYS = ["mon", "tue", "wed", "thu", "fri"]
OPEN = {"daysOfWeek": WEEKDAYS, "availableStartTime": "08:00:00", "availableEndTime": "16:00:00"}
CLOSED = {"description": "Semester", "during": {"start": "2026-07-01", "end": "2026-07-31"}}

R5_TEAM: Json = {
    "resourceType": "CareTeam",
    "id": "c1",
    "meta": {"profile": [f"{INERA}RIVCareManager-careteam"]},
    "status": "active",
    "category": CATEGORY,
    "subject": {"reference": "Patient/p1"},
    "period": {"start": "2026-01-15"},
    "participant": [
        {
            "extension": [VIA_TEAM],
            "role": NATIONAL,
            "member": MEMBER,
            "coveragePeriod": {"start": "2026-01-15"},
        }
    ],
    "reason": [{"concept": {"text": "Stroke"}}, {"reference": {"reference": "Condition/c"}}],
    "telecom": [
        {
            "extension": [
                {
                    "url": f"{INERA}RIVContactPointAvailability",
                    "valueAvailability": {
                        "availableTime": [OPEN, {"allDay": True}],
                        "notAvailableTime": [CLOSED],
                    },
                }
            ],
            "system": "phone",
            "value": "0980-319202",
        }
    ],
    "note": [{"text": "Nås via teamet."}],
}


def r4_team(**elements: Any) -> Json:
    participant = {"role": [NATIONAL], "member": MEMBER}
    return {
        "resourceType": "CareTeam",
        "status": "active",
        "category": CATEGORY,
        "subject": {"reference": "Patient/p1"},
        "participant": [participant],
        **elements,
    }


def r5_participant(**elements: Any) -> Json:
    return R5_TEAM | {"participant": [{"role": NATIONAL, "member": MEMBER, **elements}]}


def test_the_guides_own_shape_becomes_r4_that_keeps_its_profile() -> None:
    r4 = to_r4(R5_TEAM)

    assert check(r4) == []
    assert KNOWN.check(r4, R4_PROFILE) == []
    assert r4["meta"] == {"profile": [R4_PROFILE]}
    assert r4["participant"][0]["role"] == [NATIONAL]
    assert r4["participant"][0]["period"] == {"start": "2026-01-15"}
    assert (r4["reasonCode"], r4["reasonReference"]) == ([{"text": "Stroke"}], [{"reference": "Condition/c"}])
    assert r4["telecom"][0]["extension"][0]["url"] == EXT_AVAILABILITY


def test_the_guides_own_shape_comes_back_as_it_was() -> None:
    R5CareTeam.model_validate(R5_TEAM)

    assert to_r5(to_r4(R5_TEAM)) == R5_TEAM


def test_coverage_by_timing_comes_back_as_it_was() -> None:
    timed = r5_participant(coverageTiming={"repeat": {"frequency": 1, "period": 1, "periodUnit": "wk"}})

    assert check(to_r4(timed)) == []
    assert to_r5(to_r4(timed)) == timed


def test_what_r5_has_no_place_for_travels_as_extensions() -> None:
    team = r4_team(encounter={"reference": "Encounter/e"})
    team["participant"][0] |= {"role": [OWN, NATIONAL, {"text": "samordnare"}]}

    r5 = to_r5(team)

    R5CareTeam.model_validate(r5)
    assert r5["participant"][0]["role"] == NATIONAL
    assert r5["extension"][0]["valueReference"] == {"reference": "Encounter/e"}
    assert to_r4(r5)["participant"][0]["role"] == [NATIONAL, OWN, {"text": "samordnare"}]
    assert to_r4(r5)["encounter"] == {"reference": "Encounter/e"}


NOT_SPOKEN = [
    ("another type", to_r5, {"resourceType": "Goal"}, "not-acceptable"),
    ("a team", to_r5, r4_team(category=[{"coding": [{"code": "team"}]}]), "not-acceptable"),
    (
        "contained resources",
        to_r5,
        r4_team(contained=[{"resourceType": "Group", "id": "g"}]),
        "not-acceptable",
    ),
    (
        "two national codes",
        to_r5,
        r4_team(participant=[{"role": [NATIONAL, NATIONAL]}]),
        "not-acceptable",
    ),
    ("another type", to_r4, {"resourceType": "Goal"}, "unsupported-media-type"),
    ("an element of R4", to_r4, R5_TEAM | {"reasonCode": [{"text": "x"}]}, "unsupported-media-type"),
    ("an unknown element", to_r4, R5_TEAM | {"colour": "red"}, "unsupported-media-type"),
    ("R4's period", to_r4, r5_participant(period={"start": "2026"}), "unsupported-media-type"),
    (
        "a role of two national codes",
        to_r4,
        r5_participant(role={"coding": [*NATIONAL["coding"], *NATIONAL["coding"]]}),
        "unsupported-media-type",
    ),
    (
        "a reason that is both",
        to_r4,
        R5_TEAM | {"reason": [{"concept": {"text": "x"}, "reference": {"reference": "Condition/c"}}]},
        "unsupported-media-type",
    ),
    (
        "more than hours",
        to_r4,
        R5_TEAM
        | {
            "telecom": [
                {
                    "extension": [
                        {
                            "url": f"{INERA}RIVContactPointAvailability",
                            "valueAvailability": {"availableTime": [{"daysOfWeek": ["mon"], "id": "x"}]},
                        }
                    ]
                }
            ]
        },
        "unsupported-media-type",
    ),
]


@pytest.mark.parametrize(
    ("convert", "resource", "kind"), [row[1:] for row in NOT_SPOKEN], ids=[row[0] for row in NOT_SPOKEN]
)
def test_what_has_no_counterpart_is_refused_with_a_reason(convert: Any, resource: Json, kind: str) -> None:
    with pytest.raises(Problem) as refusal:
        convert(resource)

    assert refusal.value.kind == kind
    assert refusal.value.issues[0].diagnostics


@pytest.mark.parametrize("name", ["participant", "telecom", "reason", "category", "subject"])
@pytest.mark.parametrize("value", [None, "x", 1, [], ["x"], [[]], [None]])
def test_a_wrong_shape_is_refused_here_or_by_validation(name: str, value: Any) -> None:
    def taken() -> list[Any]:
        try:
            return check(to_r4(R5_TEAM | {name: value}))
        except Problem as problem:
            return list(problem.issues)

    assert taken()


DAYS = st.sampled_from([*WEEKDAYS, "sat", "sun"])
CLOCKS = st.sampled_from(["08:00:00", "16:30:00"])
OPENINGS = st.fixed_dictionaries(
    {"daysOfWeek": st.lists(DAYS, min_size=1, unique=True)},
    optional={"allDay": st.booleans(), "availableStartTime": CLOCKS, "availableEndTime": CLOCKS},
)
POINTS = st.builds(
    lambda times: {
        "extension": [
            {"url": f"{INERA}RIVContactPointAvailability", "valueAvailability": {"availableTime": times}}
        ],
        "system": "phone",
        "value": "1",
    },
    st.lists(OPENINGS, min_size=1, max_size=3),
)
PARTICIPANTS = st.fixed_dictionaries(
    {"role": st.sampled_from([NATIONAL, OWN]), "member": st.just(MEMBER)},
    optional={
        "extension": st.just([VIA_TEAM]),
        "id": st.sampled_from("xyz"),
        "coveragePeriod": st.just({"start": "2026"}),
    },
)


def _name_of(participant: Json) -> object:
    """Tell participants apart by their id: an id stands once in a resource."""
    return participant.get("id", id(participant))


TEAMS = st.fixed_dictionaries(
    {
        "resourceType": st.just("CareTeam"),
        "category": st.just(CATEGORY),
        "participant": st.lists(PARTICIPANTS, min_size=1, max_size=3, unique_by=_name_of),
    },
    optional={
        "telecom": st.lists(POINTS, min_size=1, max_size=2),
        "reason": st.sampled_from([R5_TEAM["reason"], R5_TEAM["reason"][:1], R5_TEAM["reason"][1:]]),
        "name": st.text("abåä", min_size=1),
        "_name": st.just({"extension": [{"url": "urn:x", "valueString": "x"}]}),
        "note": st.just(R5_TEAM["note"]),
    },
)


@given(TEAMS)
def test_there_and_back_is_the_same(team: Json) -> None:
    R5CareTeam.model_validate(team)

    r4 = to_r4(team)

    assert check(r4) == []
    assert KNOWN.check(r4) == []
    assert to_r5(r4) == team
