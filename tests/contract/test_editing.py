"""Items made and changed as FHIR resources."""

import pytest

from pk_api.contract.editing import team
from pk_api.contract.editing.items import changed_item, new_item
from pk_api.contract.elements import extension_value
from pk_api.contract.reading.contacts import contacts
from pk_api.fhir import systems
from pk_api.fhir.problems import Problem
from tests.contract.cases import (
    CONTRACT,
    HOSPITAL_SYSTEM,
    MEMBERS,
    MUNICIPAL_SYSTEM,
    NURSE,
    PATIENT,
    TEMP,
    TOLVAN,
    Json,
    a_task,
    an_appointment,
    editing,
    reading,
)


def pointer_of(problem: pytest.ExceptionInfo[Problem]) -> str:
    return str(problem.value.facts["errors"][0]["pointer"])


def test_a_goal_belongs_to_the_contract_by_extension() -> None:
    (goal,) = new_item("goals", {"text": "Gå 500 meter"}, editing())

    assert extension_value(goal, systems.EXT_CONTRACT, "valueReference") == {"reference": CONTRACT}


def test_an_action_belongs_to_contract_and_plan() -> None:
    (task,) = new_item("actions", {"text": "Träna", "side": "patient", "plan": "rehab"}, editing())

    assert task["basedOn"] == [{"reference": CONTRACT}, {"reference": "CarePlan/rehab"}]


@pytest.mark.parametrize(
    ("part", "body", "pointer"),
    [
        ("actions", {"text": "x", "side": "care", "goals": ["shop", "elsewhere"]}, "/goals/1"),
        ("actions", {"text": "x", "side": "care", "plan": "elsewhere"}, "/plan"),
        ("actions", {"text": "x", "side": "care", "turnTo": "elsewhere"}, "/turnTo"),
        ("actions", {"text": "x", "owner": {"hsaId": "SE0"}}, "/owner"),
        ("actions", {"text": "x", "owner": {"reference": "Patient/other"}}, "/owner"),
        ("actions", {"text": "x", "owner": {"reference": "RelatedPerson/other"}}, "/owner"),
        ("actions", {"text": "x", "side": "care", "kind": "own-action"}, "/kind"),
        ("goals", {"text": "x", "fromWhatMatters": ["elsewhere"]}, "/fromWhatMatters/0"),
        ("whatMatters", {"text": "x", "relative": "elsewhere"}, "/relative"),
        (
            "contacts",
            {"kind": "fast-vardkontakt", "member": {"reference": "PractitionerRole/doctor"}},
            "/telecom",
        ),
        (
            "contacts",
            {
                "kind": "fast-lakarkontakt",
                "coordinating": True,
                "member": {"reference": "PractitionerRole/nurse"},
            },
            "/coordinating",
        ),
        (
            "appointments",
            {"start": "2026-03-20T09:00:00+01:00", "end": "2026-03-20T08:00:00Z"},
            "/end",
        ),
    ],
)
def test_a_rule_that_does_not_hold_names_the_field(part: str, body: Json, pointer: str) -> None:
    with pytest.raises(Problem) as problem:
        new_item(part, body, editing())

    assert (problem.value.kind, pointer_of(problem)) == ("business-rule", pointer)


@pytest.mark.parametrize(
    ("actor", "body", "status"),
    [
        (TOLVAN, {"text": "Träna", "side": "patient"}, "accepted"),
        (TOLVAN, {"text": "Ring mig", "owner": {"reference": "Organization/unit"}}, "requested"),
        (HOSPITAL_SYSTEM, {"text": "Träna", "side": "patient"}, "requested"),
        (HOSPITAL_SYSTEM, {"text": "Kontroll", "owner": {"reference": "Organization/unit"}}, "accepted"),
        (
            HOSPITAL_SYSTEM,
            {"text": "Dosett", "owner": {"reference": "Organization/municipality"}},
            "requested",
        ),
        (MUNICIPAL_SYSTEM, {"text": "Dosett", "owner": {"hsaId": "SE2129990012-0001"}}, "accepted"),
        (NURSE, {"text": "Ring", "owner": {"reference": "PractitionerRole/nurse"}}, "accepted"),
    ],
)
def test_what_one_takes_on_oneself_is_accepted_and_what_one_asks_of_others_waits(
    actor: object, body: Json, status: str
) -> None:
    (task,) = new_item("actions", body, editing(actor))  # type: ignore[arg-type]

    assert task["status"] == status


def test_an_action_of_the_patient_is_the_patients() -> None:
    (task,) = new_item("actions", {"text": "Träna", "side": "patient"}, editing())

    assert task["owner"] == {"reference": PATIENT}


def test_another_owner_has_to_accept_anew() -> None:
    before = a_task(status="accepted", owner={"reference": "Organization/unit"})

    (task,) = changed_item(
        "actions", before, {"owner": {"reference": "Organization/municipality"}}, editing()
    )

    assert task["status"] == "requested"


def test_a_change_keeps_what_the_service_does_not_know() -> None:
    before = a_task(
        identifier=[{"system": "urn:oid:1.2.3", "value": "A-1"}],
        contained=[{"resourceType": "Provenance", "id": "x"}],
        note=[{"text": "Egen anteckning"}],
        extension=[{"url": "https://example.org/x", "valueString": "kvar"}],
        restriction={"repetitions": 3, "period": {"start": "2026-03-01", "end": "2026-03-15"}},
        input=[{"type": {"text": "Värde"}, "valueString": "1"}],
    )

    (after,) = changed_item("actions", before, {"when": {"latest": "2026-03-20"}}, editing())

    assert after["restriction"] == {"repetitions": 3, "period": {"start": "2026-03-01", "end": "2026-03-20"}}
    changed = {"restriction", "lastModified"}
    assert {k: v for k, v in after.items() if k not in changed} == {
        k: v for k, v in before.items() if k not in changed
    }


def test_a_field_set_to_what_it_is_changes_nothing() -> None:
    assert changed_item("actions", a_task(), {"text": "Ring vårdcentralen"}, editing()) == ()


def test_the_resource_that_is_changed_stays_as_it_was() -> None:
    before = a_task()

    changed_item("actions", before, {"text": "Ring i dag", "goals": ["shop"]}, editing())

    assert before == a_task()


def test_an_extension_on_a_text_goes_with_the_text() -> None:
    before = a_task(_description={"extension": [{"url": "https://example.org/t", "valueString": "Ring"}]})

    (after,) = changed_item("actions", before, {"text": "Gå"}, editing())

    assert "_description" not in after


def test_a_narrative_made_from_the_old_content_goes() -> None:
    before = a_task(text={"status": "generated", "div": "<div>Ring</div>"})

    (after,) = changed_item("actions", before, {"text": "Gå"}, editing())

    assert "text" not in after


def test_a_narrative_that_says_more_than_the_elements_keeps_the_item_from_change() -> None:
    before = a_task(text={"status": "additional", "div": "<div>Mer</div>"})

    with pytest.raises(Problem) as problem:
        changed_item("actions", before, {"text": "Gå"}, editing())

    assert problem.value.kind == "business-rule"


def test_one_contact_coordinates() -> None:
    body = {
        "kind": "fast-vardkontakt",
        "coordinating": True,
        "member": {"reference": "PractitionerRole/nurse"},
    }
    (first,) = new_item("contacts", body, editing())
    standing = {**first, "id": "first", "meta": {"versionId": "1"}}

    with pytest.raises(Problem) as problem:
        new_item("contacts", body, editing(HOSPITAL_SYSTEM, standing))

    assert (problem.value.kind, pointer_of(problem)) == ("conflict", "/coordinating")


def test_a_patient_has_one_fast_lakarkontakt() -> None:
    body = {"kind": "fast-lakarkontakt", "member": {"reference": "PractitionerRole/nurse"}}
    (first,) = new_item("contacts", body, editing())
    standing = {**first, "id": "first", "meta": {"versionId": "1"}}

    with pytest.raises(Problem) as problem:
        new_item("contacts", body, editing(HOSPITAL_SYSTEM, standing))

    assert (problem.value.kind, pointer_of(problem)) == ("conflict", "/kind")


def test_a_contact_is_in_the_national_shape() -> None:
    body = {
        "kind": "fast-vardkontakt",
        "coordinating": True,
        "member": {"reference": "PractitionerRole/nurse"},
    }

    (contact,) = new_item("contacts", body, editing())

    (participant,) = contact["participant"]
    assert participant["role"][0]["coding"][0]["code"] == "4"
    assert participant["member"] == {"reference": "PractitionerRole/nurse"}
    assert contact["managingOrganization"] == [{"reference": "Organization/unit"}]


@pytest.mark.parametrize("kind", ["kontaktsjukskoterska", "vardsamordnare", "administrativ-kontakt"])
def test_contacts_of_roles_without_a_national_code_are_told_by_ours(kind: str) -> None:
    body = {"kind": kind, "member": {"reference": "PractitionerRole/nurse"}}

    (contact,) = new_item("contacts", body, editing())

    (coding,) = contact["participant"][0]["role"][0]["coding"]
    assert (coding["system"], coding["code"]) == (systems.CONTACT_ROLE, kind)


def test_who_appoints_is_told_and_a_contact_of_others_only_when_it_is_said() -> None:
    body = {"kind": "fast-vardkontakt", "member": {"reference": "PractitionerRole/nurse"}}

    (own,) = new_item("contacts", body, editing(NURSE))
    (others,) = new_item("contacts", body, editing(MUNICIPAL_SYSTEM))
    said = {**body, "appointed": {"by": {"reference": "Organization/unit"}, "on": "2026-03-01"}}
    (passed_on,) = new_item("contacts", said, editing(MUNICIPAL_SYSTEM))

    (by_nurse,) = [each for each in contacts(reading({**own, "id": "own"})) if each["id"] == "own"]
    (by_unit,) = [each for each in contacts(reading({**passed_on, "id": "on"})) if each["id"] == "on"]
    assert by_nurse["appointed"]["by"]["name"] == "Petra Lund"
    assert (by_unit["appointed"]["by"]["reference"], by_unit["appointed"]["on"]) == (
        "Organization/unit",
        "2026-03-01",
    )
    assert "extension" not in others


def test_a_way_of_reaching_a_contact_keeps_its_rank() -> None:
    same = [{"system": "phone", "value": "0980-319200"}, {"system": "email", "value": "a@example.org"}]

    (contact,) = changed_item("contacts", MEMBERS["CareTeam/contact"], {"telecom": same}, editing())

    assert contact["telecom"][0] == {"system": "phone", "value": "0980-319200", "rank": 1}


def test_the_patient_is_asked_anew_when_a_time_is_moved() -> None:
    before = an_appointment(participant=[{"actor": {"reference": PATIENT}, "status": "accepted"}])
    moved = {"start": "2026-03-21T09:00:00+01:00", "end": "2026-03-21T09:30:00+01:00"}

    (after,) = changed_item("appointments", before, moved, editing())

    assert after["participant"][0]["status"] == "needs-action"


def test_a_permission_of_a_relative_is_a_consent_that_names_the_relative() -> None:
    body = {"name": "Siv", "relation": "spouse", "mayRead": ["appointments"]}

    person, consent = new_item("relatives", body, editing())

    assert person["resourceType"] == "RelatedPerson"
    assert consent["provision"]["actor"][0]["reference"] == {"reference": TEMP}


def test_a_relative_without_permissions_has_no_consent() -> None:
    assert len(new_item("relatives", {"name": "Siv", "relation": "spouse"}, editing())) == 1


def test_a_changed_permission_makes_a_new_version_of_the_person_too() -> None:
    person, consent = changed_item(
        "relatives", MEMBERS["RelatedPerson/wife"], {"mayRead": ["goals"]}, editing()
    )

    assert person == MEMBERS["RelatedPerson/wife"]
    assert "id" not in consent


def test_a_permission_that_is_taken_away_whole_ends() -> None:
    body = {"name": "Siv", "relation": "spouse", "mayRead": ["appointments"]}
    _, consent = new_item("relatives", body, editing())
    consent["provision"]["actor"][0]["reference"]["reference"] = "RelatedPerson/wife"
    standing = {**consent, "id": "k", "meta": {"versionId": "1"}}

    _, ended = changed_item(
        "relatives", MEMBERS["RelatedPerson/wife"], {"mayRead": None}, editing(HOSPITAL_SYSTEM, standing)
    )

    assert ended["status"] == "inactive"


def test_a_permission_allows_what_it_names_and_nothing_else() -> None:
    body = {"name": "Siv", "relation": "spouse", "mayRead": ["appointments"]}

    _, consent = new_item("relatives", body, editing())

    assert consent["policyRule"]["coding"][0]["code"] == "OPTOUT"
    assert "type" not in consent["provision"]
    assert [each["type"] for each in consent["provision"]["provision"]] == ["permit"]


def test_who_is_in_the_team_does_not_join_again() -> None:
    with pytest.raises(Problem) as problem:
        team.join({"member": {"reference": "Organization/region"}}, editing())

    assert problem.value.kind == "conflict"


def test_a_contract_without_a_team_gets_one_when_somebody_joins() -> None:
    alone = {key: value for key, value in MEMBERS[CONTRACT].items() if key != "careTeam"}

    _, (made, contract) = team.join(
        {"member": {"hsaId": "SE2129990012-0001"}}, editing(HOSPITAL_SYSTEM, alone)
    )

    assert made["participant"][0]["member"] == {"reference": "Organization/municipality"}
    assert contract["careTeam"] == [{"reference": TEMP}]


def test_the_last_one_of_care_stays_in_the_team() -> None:
    with pytest.raises(Problem) as problem:
        team.leave(MEMBERS["CareTeam/team"], "opener", editing())

    assert problem.value.kind == "conflict"
