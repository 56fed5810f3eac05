"""A contract read from FHIR resources."""

from datetime import date

import pytest

from pk_api.contract.model import answers, examples
from pk_api.contract.parts import PARTS
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.view import READERS, view_of
from pk_api.fhir import systems
from tests.contract.cases import (
    A_LIST,
    A_NOTE,
    CONTRACT,
    DIRECTORY,
    MEMBERS,
    PATIENT,
    TODAY,
    Json,
    a_task,
    an_appointment,
    reading,
)


def view(*more: Json, language: str = "sv", today: date = TODAY) -> Json:
    return view_of(reading(*more, language=language, today=today))


def keys_of(value: object) -> object:
    if isinstance(value, dict):
        return {key: keys_of(each) for key, each in value.items()}
    return [keys_of(each) for each in value] if isinstance(value, list) else None


def test_the_answer_is_as_the_model_describes_it() -> None:
    response = {
        "resourceType": "AppointmentResponse",
        "id": "r",
        "meta": {"versionId": "1"},
        "appointment": {"reference": "Appointment/time"},
        "actor": {"reference": PATIENT},
        "participantStatus": "accepted",
    }
    found = view(a_task(), an_appointment(), response)

    described = answers.Contract.model_validate(found).model_dump(by_alias=True)

    assert keys_of(described) == keys_of(found)


def test_the_examples_are_as_the_models_describe_them() -> None:
    answers.Contract.model_validate(examples.CONTRACT)
    answers.Items[answers.ContractFound].model_validate(examples.FOUND)
    answers.Items[answers.RevisionItem].model_validate(examples.REVISIONS)
    answers.NextStepAnswer.model_validate(examples.NEXT_STEP)
    answers.ProblemAnswer.model_validate(examples.PROBLEM)
    for part in PARTS.values():
        described = part.item.model_validate(examples.ITEM[part.name]).model_dump(by_alias=True)
        assert keys_of(described) == keys_of(examples.ITEM[part.name])


def test_a_contract_names_its_patient_without_identity_number() -> None:
    found = view()

    assert found["patient"]["name"] == "Tolvan Tolvansson"
    assert "191212121212" not in str(found)


def test_every_item_names_the_resource_behind_it() -> None:
    goal = {**MEMBERS["Goal/shop"], "id": "goal", "category": []}
    members = reading(a_task(), an_appointment(), goal, A_NOTE, A_LIST).members

    found = view(a_task(), an_appointment(), goal, A_NOTE, A_LIST)

    for part in READERS.keys() - {"messages"}:
        assert found[part], part
        for item in found[part]:
            assert item["reference"] in members
            assert isinstance(item["version"], int)


def test_a_person_is_shown_with_unit_and_organisation() -> None:
    (action,) = view(a_task(owner={"reference": "PractitionerRole/nurse"}))["actions"]

    assert action["owner"] == {
        "reference": "PractitionerRole/nurse",
        "name": "Petra Lund",
        "role": "Distriktssköterska",
        "unit": {"hsaId": "SE2329990010-2001", "name": "Vårdcentralen Björken"},
        "organisation": {"kind": "region", "hsaId": "SE2329990010-0001", "name": "Region Exempel"},
    }


def test_a_person_outside_the_directory_keeps_the_reference_and_has_no_name() -> None:
    (action,) = view(a_task(owner={"reference": "PractitionerRole/elsewhere"}))["actions"]

    assert action["owner"] == {
        "reference": "PractitionerRole/elsewhere",
        "name": None,
        "role": None,
        "unit": None,
        "organisation": None,
    }


@pytest.mark.parametrize(
    ("owner", "side"),
    [
        ({"reference": PATIENT}, "patient"),
        ({"reference": "RelatedPerson/wife"}, "relative"),
        ({"reference": "Organization/municipality"}, "municipality"),
        ({"reference": "PractitionerRole/nurse"}, "care"),
        ({"identifier": {"system": systems.HSA_ID, "value": "SE2129990012-0001"}}, "municipality"),
    ],
)
def test_a_side_that_is_not_stated_follows_from_the_owner(owner: Json, side: str) -> None:
    (action,) = view(a_task(owner=owner))["actions"]

    assert action["side"] == side


def test_circles_of_organisations_end() -> None:
    circle = {
        "Organization/a": {
            "resourceType": "Organization",
            "id": "a",
            "name": "A",
            "partOf": {"reference": "Organization/b"},
        },
        "Organization/b": {
            "resourceType": "Organization",
            "id": "b",
            "name": "B",
            "partOf": {"reference": "Organization/a"},
        },
    }
    task = a_task(owner={"reference": "Organization/a"})

    found = view_of(
        Reading(CONTRACT, {**MEMBERS, "Task/task": task}, {**DIRECTORY, **circle}, "sv", TODAY, 1)
    )

    assert found["actions"][0]["owner"]["unit"]["name"] == "A"


def test_what_was_entered_in_error_is_not_shown() -> None:
    assert view(a_task(status="entered-in-error"))["actions"] == []


def test_a_contact_shows_the_hours_of_the_role() -> None:
    team = {
        **MEMBERS["CareTeam/contact"],
        "participant": [{"member": {"reference": "PractitionerRole/nurse"}}],
    }

    (contact,) = view(team)["contacts"]

    assert contact["hours"] == "mån–fre 08:00–16:00"


def test_the_coordinating_contact_is_responsible() -> None:
    role = [{"coding": [{"system": systems.KV_FAST_KONTAKT, "code": "4"}]}]
    member = {"reference": "PractitionerRole/nurse"}
    team = {**MEMBERS["CareTeam/contact"], "participant": [{"role": role, "member": member}]}

    found = view(team)

    assert list(found["responsible"].values())[:3] == ["contact", "2026-03-05", "coordinating"]
    assert found["contacts"][0]["kind"] == "fast-vardkontakt"


def test_a_contact_whose_time_is_over_has_ended() -> None:
    team = {**MEMBERS["CareTeam/contact"], "period": {"start": "2026-01-01", "end": "2026-03-09"}}

    (contact,) = view(team)["contacts"]

    assert contact["state"] == "ended"


def test_a_plan_of_another_system_shows_its_own_activities() -> None:
    plan = {
        **MEMBERS["CarePlan/rehab"],
        "activity": [
            {"detail": {"status": "in-progress", "description": "Gångträning"}},
            {"reference": {"reference": "Task/task"}},
        ],
    }

    (shown,) = view(plan, a_task())["plans"]

    assert shown["activities"] == [{"text": "Gångträning", "state": "in-progress"}]
    assert (shown["kind"], shown["kindText"], shown["nationalType"]) == (None, "Rehabplan", "RP")


def test_an_intervention_of_care_stands_among_the_actions() -> None:
    order = {
        "resourceType": "ServiceRequest",
        "id": "order",
        "meta": {"versionId": "1"},
        "basedOn": [{"reference": "CarePlan/rehab"}],
        "status": "active",
        "intent": "order",
        "code": {"text": "Remiss till fysioterapeut"},
        "subject": {"reference": PATIENT},
        "performer": [{"reference": "Organization/unit"}],
    }

    (action,) = view(order)["actions"]

    assert (action["kind"], action["plan"], action["text"]) == (
        "intervention",
        "rehab",
        "Remiss till fysioterapeut",
    )


def test_a_booking_that_does_not_say_what_the_patient_may_do_allows_nothing() -> None:
    (time,) = view(an_appointment())["appointments"]

    assert time["may"] == {"cancel": False, "rebook": False, "message": False}


def test_an_assigned_time_that_the_patient_accepted_is_confirmed() -> None:
    assigned = an_appointment(extension=[{"url": systems.EXT_AGREED_TIME, "valueCode": "assigned"}])
    response = {
        "resourceType": "AppointmentResponse",
        "id": "r",
        "meta": {"versionId": "1"},
        "appointment": {"reference": "Appointment/time"},
        "actor": {"reference": PATIENT},
        "participantStatus": "accepted",
    }

    (time,) = view(assigned, response)["appointments"]

    assert time["agreedHow"] == "assigned-confirmed"
    assert [(each["by"], each["answer"]) for each in time["answers"]] == [("patient", "accepted")]


def test_an_offer_of_a_contract_is_no_action() -> None:
    code = {"coding": [{"system": systems.TASK_KIND, "code": "offer-contract"}]}
    offer = a_task(code=code, status="accepted", authoredOn="2026-03-02")

    found = view(offer)

    assert found["actions"] == []
    assert (found["offer"]["state"], found["offer"]["on"]) == ("accepted", "2026-03-02")


def test_texts_come_in_the_language_asked_for() -> None:
    assert view(language="en")["notLegal"].startswith("A patient contract is an agreement")
    assert {gap["text"] for gap in view(language="en")["gaps"]} >= {"There is no goal."}


def test_a_protected_person_is_marked() -> None:
    label = {"system": systems.SECURITY_LABEL, "code": "sekretessmarkering"}
    person = {**MEMBERS[PATIENT], "meta": {"versionId": "3", "security": [label]}}

    assert view(person)["patient"]["protected"] is True


def test_a_team_participant_without_id_is_known_by_its_reference() -> None:
    ids = [each["id"] for each in view()["team"]]

    assert sorted(ids) == ["Patient-p", "opener"]


def test_a_contract_that_is_closed_has_no_gaps_and_no_next_step() -> None:
    closed = {**MEMBERS[CONTRACT], "status": "completed"}

    found = view(closed, a_task())

    assert (found["gaps"], found["nextStep"]) == ([], None)
