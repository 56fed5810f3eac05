"""Three-way merge of items by field; in the terms of a contract without a store."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pk_api.contract.editing.changing import changed_resources, find_item
from pk_api.contract.editing.context import Editing
from pk_api.contract.editing.events import happen
from pk_api.contract.editing.merging import Asked, Merge, merge
from pk_api.contract.merging import BY_PARTS
from pk_api.contract.parts import PARTS
from pk_api.contract.reading.context import Reading
from pk_api.fhir.problems import Problem
from tests.contract.cases import (
    HOSPITAL_SYSTEM,
    NOW,
    TEMP,
    Json,
    a_task,
    an_appointment,
    reading,
    stored,
)

BASE = reading(a_task(restriction={"period": {"end": "2026-03-20"}}), an_appointment())


def editing(of: Reading) -> Editing:
    return Editing(of, HOSPITAL_SYSTEM, NOW, TEMP)


def after(of: Reading, *resources: Json) -> Reading:
    kept = [each if "id" in each else stored(each) for each in resources]
    written = {f"{each['resourceType']}/{each['id']}": each for each in kept}
    return replace(of, members={**of.members, **written}, seen={})


def changed(of: Reading, part: str, item: str, fields: Json) -> Reading:
    return after(of, *changed_resources(part, item, fields, editing(of)))


def merged(then: Reading | None, now: Reading, *asked: tuple[str, str, Json]) -> Merge:
    return merge([Asked(*each) for each in asked], then, editing(now))


def item(of: Reading, part: str, id_: str) -> Json:
    found = find_item(part, id_, of)
    assert found is not None
    return found


def test_what_others_left_alone_is_changed_and_what_they_changed_stands() -> None:
    theirs = changed(BASE, "actions", "task", {"text": "Ring nu", "when": {"text": "snart"}})

    found = merged(BASE, theirs, ("actions", "task", {"when": {"latest": "2026-03-27"}}))

    told = item(after(theirs, *found.resources), "actions", "task")
    assert found.conflicts == ()
    assert (told["text"], told["when"]) == (
        "Ring nu",
        {"text": "snart", "earliest": None, "latest": "2026-03-27"},
    )
    assert [each["field"] for each in found.merged] == ["text", "when.text"]


def test_a_field_that_both_changed_is_a_conflict_with_all_three_values() -> None:
    theirs = changed(BASE, "actions", "task", {"when": {"latest": "2026-03-21"}})

    found = merged(BASE, theirs, ("actions", "task", {"when": {"latest": "2026-03-27"}, "text": "Ring"}))

    assert found.resources == ()
    assert found.conflicts == [
        {
            "part": "actions",
            "id": "task",
            "field": "when.latest",
            "base": "2026-03-20",
            "theirs": "2026-03-21",
            "yours": "2026-03-27",
        }
    ]


def test_what_is_said_again_as_it_was_changes_nothing_that_others_changed() -> None:
    theirs = changed(BASE, "actions", "task", {"text": "Ring nu"})

    found = merged(
        BASE, theirs, ("actions", "task", {"text": "Ring vårdcentralen", "when": {"text": "snart"}})
    )

    told = item(after(theirs, *found.resources), "actions", "task")
    assert (told["text"], told["when"]["text"]) == ("Ring nu", "snart")


def test_both_may_have_changed_a_field_to_the_same() -> None:
    theirs = changed(BASE, "actions", "task", {"text": "Ring nu"})

    found = merged(BASE, theirs, ("actions", "task", {"text": "Ring nu"}))

    assert (found.resources, found.conflicts) == ([], ())


def test_a_consequence_that_would_undo_what_others_did_is_a_conflict() -> None:
    accepted = {**BASE.members["Appointment/time"]}
    accepted["participant"] = [
        {**each, "status": "accepted"} for each in BASE.members["Appointment/time"]["participant"]
    ]
    later = {"start": "2026-03-21T09:00:00+01:00", "end": "2026-03-21T09:30:00+01:00"}

    found = merged(BASE, after(BASE, accepted), ("appointments", "time", later))

    (conflict,) = found.conflicts
    assert (conflict["field"], conflict["theirs"], conflict["yours"]) == (
        "patientAnswer",
        "accepted",
        "needs-action",
    )


def test_what_is_gone_is_a_conflict_and_what_never_was_is_not_found() -> None:
    gone = replace(BASE, members={k: v for k, v in BASE.members.items() if k != "Task/task"}, seen={})

    found = merged(BASE, gone, ("actions", "task", {"text": "Ring nu"}))

    (conflict,) = found.conflicts
    assert (conflict["field"], conflict["theirs"], conflict["yours"]) == ("", None, {"text": "Ring nu"})
    with pytest.raises(Problem, match="no such item"):
        merged(BASE, gone, ("actions", "nothing", {"text": "Ring nu"}))


def test_of_an_item_that_the_writer_had_not_seen_all_that_differs_is_a_conflict() -> None:
    found = merged(None, BASE, ("actions", "task", {"text": "Ring nu"}))
    same = merged(None, BASE, ("actions", "task", {"text": "Ring vårdcentralen"}))

    assert [(each["field"], each["base"]) for each in found.conflicts] == [("text", None)]
    assert same.conflicts == ()


def test_items_that_share_a_resource_are_changed_together() -> None:
    found = merged(
        BASE,
        BASE,
        ("team", "opener", {"until": "2026-12-31"}),
        ("team", "Patient-p", {"since": "2026-03-05"}),
        ("relatives", "wife", {"mayRead": ["goals"], "wish": "Får veta allt"}),
    )

    told = after(BASE, *found.resources)
    assert [each["resourceType"] for each in found.resources] == ["CareTeam", "RelatedPerson", "Consent"]
    assert item(told, "team", "opener")["until"] == "2026-12-31"
    assert item(told, "team", "Patient-p")["since"] == "2026-03-05"
    assert item(told, "relatives", "wife")["mayRead"] == ["goals"]


def test_a_rule_names_the_field_by_part_and_item() -> None:
    with pytest.raises(Problem) as told:
        merged(BASE, BASE, ("actions", "task", {"turnTo": "nobody"}))

    assert told.value.facts["errors"][0]["pointer"] == "/actions/task/turnTo"


@pytest.mark.parametrize("part", PARTS)
def test_each_field_of_a_change_is_a_field_of_the_item(part: str) -> None:
    names = {field.alias for field in PARTS[part].change.model_fields.values()}
    shown = {f.alias or n for n, f in PARTS[part].item.model_fields.items()}

    assert names <= shown


# --- the law: what is merged is what one after the other would have made

_TEXT = st.sampled_from(["Ring vårdcentralen", "Ring nu", "Ring snart"])
_DAY = st.sampled_from(["2026-03-20", "2026-03-21", "2026-03-27"])
_WHEN = st.none() | st.fixed_dictionaries(
    {}, optional={"text": st.none() | st.just("snart"), "latest": _DAY, "earliest": st.just("2026-03-01")}
)
_OWNER = st.sampled_from([{"reference": "PractitionerRole/nurse"}, {"reference": "Patient/p"}])
_TASK = st.fixed_dictionaries(
    {"text": _TEXT, "when": _WHEN},
    optional={
        "owner": _OWNER,
        "side": st.sampled_from(["patient", "care"]),
        "goals": st.sampled_from([[], ["shop"]]),
        "turnTo": st.none() | st.just("contact"),
    },
)
_GOAL = st.fixed_dictionaries({}, optional={"text": _TEXT, "on": _DAY})
_MEMBER = st.fixed_dictionaries({}, optional={"since": _DAY, "until": st.just("2026-12-31")})
_CONTACT = st.fixed_dictionaries(
    {},
    optional={
        "hours": st.none() | st.sampled_from(["8–12", "vardagar"]),
        "for": st.sampled_from([[], ["worse"], ["questions", "worse"]]),
        "coordinating": st.booleans(),
    },
)
_PLAN = st.fixed_dictionaries(
    {},
    optional={
        "title": st.sampled_from(["Rehab", "Träning"]),
        "description": st.none() | st.just("Två gånger i veckan"),
        "period": st.fixed_dictionaries({}, optional={"end": st.just("2026-09-01"), "start": _DAY}),
    },
)
_RELATIVE = st.fixed_dictionaries(
    {},
    optional={
        "mayRead": st.sampled_from([[], ["goals"], ["goals", "actions"]]),
        "wish": st.none() | st.just("Får veta allt"),
        "name": st.sampled_from(["Siv Tolvansson", "Siv T"]),
    },
)
_TIME = st.fixed_dictionaries(
    {},
    optional={
        "text": st.none() | _TEXT,
        "form": st.none() | st.sampled_from(["video", "phone"]),
        "instruction": st.none() | st.just("Ta med listan"),
        "support": st.sampled_from([[], ["Tolk"]]),
    },
)
_CHANGE = st.fixed_dictionaries(
    {("actions", "task"): _TASK, ("whatMatters", "shop"): _GOAL},
    optional={
        ("team", "opener"): _MEMBER,
        ("team", "Patient-p"): _MEMBER,
        ("contacts", "contact"): _CONTACT,
        ("plans", "rehab"): _PLAN,
        ("relatives", "wife"): _RELATIVE,
        ("appointments", "time"): _TIME,
    },
)
PLACES = (
    *(("actions", "task"), ("whatMatters", "shop"), ("team", "opener"), ("team", "Patient-p")),
    *(("contacts", "contact"), ("plans", "rehab"), ("relatives", "wife"), ("appointments", "time")),
)
_EVENTS = st.sampled_from(["", "accept", "decline", "complete"])
Changes = Mapping[tuple[str, str], Json]


def _all(of: Reading, changes: Changes) -> Reading:
    for (part, id_), fields in changes.items():
        of = changed(of, part, id_, fields)
    return of


def _happened(of: Reading, event: str) -> Reading:
    if not event:
        return of
    try:
        return after(of, *happen("actions", event, of.members["Task/task"], {}, editing(of)))
    except Problem:  # it cannot happen in this state, or not by this writer
        return of


def _told(of: Reading, part: str, id_: str) -> Json:
    found = item(of, part, id_)
    return {k: v for k, v in found.items() if k != "version"}


def _everything(of: Reading) -> list[Json]:
    return [_told(of, *place) for place in PLACES]


def _real(of: Reading, changes: Changes) -> Changes:
    """What of the changes differs from what is there: the rest says again what was."""
    out = {}
    for (part, id_), fields in changes.items():
        was, will = item(of, part, id_), item(changed(of, part, id_, fields), part, id_)
        kept = {name: _parts(name, value, was, will) for name, value in fields.items()}
        kept = {name: value for name, value in kept.items() if value is not _SAME}
        if kept:
            out[part, id_] = kept
    return out


_SAME: Any = object()


def _parts(name: str, value: Any, was: Json, will: Json) -> Any:
    if was[name] == will[name]:
        return _SAME
    if name not in BY_PARTS:
        return value
    old, new = was[name] or {}, will[name] or {}
    parts = [p for p in BY_PARTS[name] if old.get(p) != new.get(p)]
    return {p: new.get(p) for p in parts}


@given(theirs=_CHANGE, yours=_CHANGE, event=_EVENTS, is_first=st.booleans())
def test_a_merge_is_one_of_the_two_orders_or_a_conflict(
    theirs: Changes, yours: Changes, event: str, is_first: bool
) -> None:
    theirs, yours = _real(BASE, theirs), _real(BASE, yours)
    now = _happened(_all(_happened(BASE, event if is_first else ""), theirs), "" if is_first else event)

    found = merged(BASE, now, *((part, id_, fields) for (part, id_), fields in yours.items()))

    if found.conflicts:
        assert all(c["base"] != c["theirs"] != c["yours"] for c in found.conflicts)
        assert not found.resources
    else:
        told = _everything(after(now, *found.resources))
        first_yours = _happened(_all(BASE, yours), event if is_first else "")
        first_yours = _happened(_all(first_yours, theirs), "" if is_first else event)
        assert told in (_everything(_all(now, yours)), _everything(first_yours))


@given(theirs=_CHANGE, yours=_CHANGE)
def test_no_field_that_others_changed_is_lost(theirs: Changes, yours: Changes) -> None:
    now = _all(BASE, theirs)

    found = merged(BASE, now, *((part, id_, fields) for (part, id_), fields in yours.items()))

    if not found.conflicts:
        for was, left, told in zip(
            _everything(BASE), _everything(now), _everything(after(now, *found.resources)), strict=True
        ):
            assert {n: told[n] for n in told if n not in BY_PARTS and left[n] != was[n]} == {
                n: left[n] for n in left if n not in BY_PARTS and left[n] != was[n]
            }
