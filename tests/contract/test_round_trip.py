"""What is sent is what is read: an item made from a request and read again gives the request's fields."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from pk_api.contract.codes import (
    ACHIEVEMENTS,
    AGREED_HOW,
    CONTACT_KINDS,
    FORMS,
    PLAN_KINDS,
    PURPOSES,
    RELATIONS,
)
from pk_api.contract.editing import team
from pk_api.contract.editing.items import changed_item, new_item
from pk_api.contract.model.examples import CHANGE, NEW
from pk_api.contract.parts import PARTS
from pk_api.contract.reading.notes import KINDS as NOTES
from pk_api.contract.reading.view import READERS
from pk_api.fhir.validate import check
from tests.contract.cases import HOSPITAL_SYSTEM, MEMBERS, TEMP, Json, editing, reading, stored

WORDS = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), min_size=1, max_size=40
).filter(lambda text: bool(text.strip()))
DAYS = st.dates().filter(lambda day: day.year >= 1900).map(lambda day: day.isoformat())
TELECOM = st.lists(
    st.fixed_dictionaries(
        {
            "system": st.sampled_from(["phone", "email", "sms"]),
            "value": WORDS,
            "hours": st.none() | WORDS,
        }
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda each: (each["system"], each["value"]),
)
PERMITTED = sorted(PARTS.keys() - {"messages", "notes", "medicines"})
NURSE = st.just({"reference": "PractitionerRole/nurse"})


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries({}, optional=fields)


def with_(required: Json, **optional: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries(required, optional=optional)


WHEN = some(
    text=WORDS, earliest=DAYS.filter(lambda day: day < "2026"), latest=DAYS.filter(lambda day: day >= "2026")
).filter(bool)

BODIES: dict[str, st.SearchStrategy[Json]] = {
    "whatMatters": with_({"text": WORDS}, toldBy=st.sampled_from(["patient", "relative", "care"]), on=DAYS),
    "goals": with_(
        {"text": WORDS},
        kind=st.sampled_from(["goal", "expectation"]),
        achievement=st.sampled_from(sorted(ACHIEVEMENTS)),
        due=DAYS,
        fromWhatMatters=st.sampled_from([[], ["shop"]]),
    ),
    "actions": with_(
        {"text": WORDS, "side": st.sampled_from(["patient", "care", "municipality", "relative", "other"])},
        kind=st.sampled_from(["care-action", "book-time"]),
        when=WHEN,
        plan=st.just("rehab"),
        goals=st.sampled_from([[], ["shop"]]),
        turnTo=st.just("contact"),
    ),
    "contacts": with_(
        {"kind": st.sampled_from(sorted(CONTACT_KINDS.keys() - {"fast-omsorgskontakt"})), "member": NURSE},
        telecom=TELECOM,
        hours=WORDS,
        since=DAYS.filter(lambda day: day < "2026"),
        **{"for": st.lists(st.sampled_from(sorted(PURPOSES)), unique=True)},
    ),
    "appointments": with_(
        {
            "state": st.sampled_from(["proposed", "booked"]),
            "start": st.just("2026-03-20T09:00:00+01:00"),
            "end": st.just("2026-03-20T09:30:00+01:00"),
        },
        text=WORDS,
        form=st.sampled_from(sorted(FORMS)),
        agreedHow=st.sampled_from(sorted(AGREED_HOW)),
        may=st.fixed_dictionaries({name: st.booleans() for name in ("cancel", "rebook", "message")}),
        support=st.lists(WORDS, max_size=3),
        instruction=WORDS,
        place=st.fixed_dictionaries({"name": WORDS}),
        **{"with": st.lists(NURSE, max_size=1)},
    ),
    "plans": with_(
        {"kind": st.sampled_from(sorted(PLAN_KINDS)), "title": WORDS},
        description=WORDS,
        state=st.sampled_from(["draft", "active"]),
        period=st.fixed_dictionaries({"start": st.just("2026-03-01"), "end": st.just("2026-09-01")}),
        link=st.just("https://plan.example.org/1"),
    ),
    "relatives": with_(
        {"name": WORDS, "relation": st.sampled_from(sorted(RELATIONS))},
        telecom=TELECOM,
        mayRead=st.lists(st.sampled_from(PERMITTED), unique=True),
        mayAct=st.lists(st.sampled_from(PERMITTED), unique=True),
        wish=WORDS,
        since=DAYS.filter(lambda day: day < "2026"),
    ),
    "notes": with_(
        {"kind": st.sampled_from(sorted(NOTES)), "text": WORDS},
        toldBy=st.sampled_from(["patient", "care"]),
        on=DAYS,
        comment=WORDS,
    ),
    "medicines": with_(
        {
            "kind": st.sampled_from(["medication-list", "medication-plan"]),
            "link": st.just("https://journal.example.org/1"),
        },
        title=WORDS,
        identifier=st.just({"system": "https://journal.example.org/listor", "value": "77"}),
    ),
    "messages": with_({"text": WORDS}, topic=WORDS, to=st.lists(NURSE, min_size=1, max_size=1)),
}


def as_read(part: str, resources: tuple[Json, ...], *known: Json) -> Json:
    """The item that the first resource becomes once all are stored beside what is known."""
    main, *others = resources
    main = stored(main)
    named = f"{main['resourceType']}/{main['id']}"
    linked = [_linked(stored(each, "other"), named) for each in others]
    items = READERS[part](reading(*known, main, *linked))
    return next(each for each in items if each["reference"] == named)


def _linked(value: Any, named: str) -> Any:
    if isinstance(value, dict):
        return {key: _linked(each, named) for key, each in value.items()}
    if isinstance(value, list):
        return [_linked(each, named) for each in value]
    return named if value == TEMP else value


def shown(sent: Any, item: Any) -> Any:
    """Of an item what a request can say: people by reference, no names, no nulls."""
    if isinstance(sent, dict):
        return {key: shown(each, item[key]) for key, each in sent.items()}
    if isinstance(sent, list) and len(sent) == len(item):
        return [shown(one, other) for one, other in zip(sent, item, strict=True)]
    return item


@pytest.mark.parametrize("part", BODIES)
def test_what_is_sent_is_what_is_read(part: str) -> None:
    @settings(max_examples=40, deadline=None)
    @given(BODIES[part])
    def law(body: Json) -> None:
        PARTS[part].new.model_validate(body)

        resources = new_item(part, body, editing())

        assert [
            issue for each in resources for issue in check(_linked(stored(each), "RelatedPerson/new"))
        ] == []
        assert shown(body, as_read(part, resources)) == body

    law()


@pytest.mark.parametrize("part", BODIES)
def test_a_change_sets_its_fields_and_leaves_the_others(part: str) -> None:
    skipped = {"state", "start", "end"}

    @settings(max_examples=40, deadline=None)
    @given(BODIES[part], BODIES[part])
    def law(first: Json, second: Json) -> None:
        patch = {
            key: value for key, value in second.items() if key not in skipped and key not in {"side", "owner"}
        }
        main, *others = new_item(part, first, editing())
        known = [stored(main), *(_linked(stored(each, "other"), "RelatedPerson/new") for each in others)]

        changed = changed_item(part, known[0], patch, editing(HOSPITAL_SYSTEM, *known))

        after = as_read(part, changed or tuple(known), *known)
        expected = {**first, **patch}
        if isinstance(patch.get("when"), dict):
            expected["when"] = {**first.get("when", {}), **patch["when"]}
        assert shown(expected, after) == expected

    law()


@pytest.mark.parametrize("part", [part for part in PARTS if part != "team"])
def test_the_examples_are_valid_requests_and_make_valid_resources(part: str) -> None:
    PARTS[part].new.model_validate(NEW[part])
    PARTS[part].change.model_validate(CHANGE[part])
    body = {key: value for key, value in NEW[part].items() if key not in {"member", "with"}}
    if part == "contacts":
        body["member"] = {"reference": "PractitionerRole/nurse"}

    resources = new_item(part, body, editing())

    assert shown(body, as_read(part, resources)) == body


def test_who_joins_the_team_is_read_in_it() -> None:
    item, (changed,) = team.join({"member": {"hsaId": "SE2129990012-0001"}, "since": "2026-03-09"}, editing())

    found = next(each for each in READERS["team"](reading(changed)) if each["id"] == item)

    assert (found["name"], found["side"], found["since"]) == (
        "Exempelstads kommun",
        "municipality",
        "2026-03-09",
    )
    assert check(changed) == []


def test_a_field_that_is_not_known_is_refused() -> None:
    with pytest.raises(ValidationError, match="turnto"):
        PARTS["actions"].new.model_validate({"text": "x", "side": "care", "turnto": "c1"})


def test_a_new_item_changes_nothing_that_it_is_made_from() -> None:
    before = {reference: dict(resource) for reference, resource in MEMBERS.items()}

    new_item("actions", {"text": "Ring", "side": "patient", "goals": ["shop"]}, editing())

    assert before == MEMBERS
