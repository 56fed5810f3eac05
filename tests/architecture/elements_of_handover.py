"""Data elements of discharge and handover: the first version, the log of revisions, who answers for what."""

from typing import Final

from tests.architecture.element import Element

HANDOVER: Final = (
    Element(
        6,
        "the first version at discharge",
        "första versionen vid utskrivning",
        "a version of the contract tagged in meta.tag; document Bundle (Composition) in a DocumentReference",
        ("CarePlan", "Composition", "DocumentReference"),
        "0..*",
        "the service, at a discharge by one who sees the contract; care",
        (
            "/contracts/{contract}",
            "/contracts/{contract}/milestones",
            "/contracts/{contract}/discharge-summary",
        ),
        (
            "test_a_milestone_leads_to_the_version_first_marked_so",
            "test_a_discharge_marks_the_contract_once",
            "test_what_was_given_does_not_change",
            "test_by_operation_it_is_given_and_read_byte_by_byte",
        ),
        (),
        ("pk-milestone#first-at-discharge", "pk-document#discharge-summary"),
    ),
    Element(
        7,
        "the log of revisions: who changed what, when, at which unit",
        "revisionslogg",
        "versions of every resource; in FHIR `_history`, `$as-of`, `$changes` and `$diff`; Tasks to revise",
        ("CarePlan", "Provenance", "Task"),
        "one a write",
        "the service, with every write; who stood in for the patient, and why care did it, in a Provenance",
        (
            "/contracts/{contract}/revisions",
            "/contracts/{contract}/changes",
            "/contracts/{contract}/timeline",
            "/contracts/{contract}/provenance",
            "/clocks",
        ),
        (
            "test_as_of_each_revision_is_what_was_read_then",
            "test_differences_are_told_by_part_id_and_field_with_who_did_it",
            "test_each_field_is_told_with_who_last_said_it",
            "test_what_the_reader_does_not_see_is_in_no_change",
            "test_the_reason_of_a_revision_is_told_with_its_unit",
            "test_by_fhir_it_is_a_provenance_that_pins_what_was_written",
            "test_a_visit_asks_to_reassess_the_goals_and_information_to_revise_the_contract",
        ),
        codes=(
            "pk-revision-reason#new-assessment",
            "pk-task#reassess-goals",
            "pk-task#revise-contract",
            "pk-notice#discharge-information",
        ),
        reads="each what they see now of it",
    ),
    Element(
        8,
        "documented in the journal, by each unit and version",
        "dokumenterat i journalen",
        "DocumentReference related to the contract: pk-revision, journal's identifier, custodian the unit",
        ("DocumentReference",),
        "1..* a care unit and agreed version or milestone; else the gap not-documented",
        "each unit of care for itself",
        (
            "/contracts/{contract}/journalEntries",
            "/contracts/{contract}/journalEntries/{entry}",
            "/contracts/{contract}/journalEntries/{entry}/withdraw",
            "/undocumented",
        ),
        (
            "test_each_unit_is_a_gap_until_it_has_documented_the_version",
            "test_by_fhir_a_mark_is_whole_and_fills_the_gap",
        ),
        ("pk-revision",),
        ("pk-document#journal-entry",),
    ),
    Element(
        11,
        "the responsibility for treatment, unchanged by a handover",
        "behandlingsansvaret",
        "owner of each resource; a Task asks a unit to take over the coordination, and moves that alone",
        ("Task", "CareTeam", "CarePlan"),
        "0..* handovers",
        "care asks; the unit that is asked answers",
        (
            "/contracts/{contract}/handovers",
            "/contracts/{contract}/handovers/{handover}",
            "/contracts/{contract}/handovers/{handover}/accept",
            "/contracts/{contract}/handovers/{handover}/decline",
            "/handovers",
        ),
        (
            "test_a_yes_moves_coordination_responsibility_and_team_and_nothing_else",
            "test_by_fhir_a_yes_comes_with_a_contact_of_ones_own_and_moves_the_same",
        ),
        ("pk-proposal", "pk-responsible"),
        ("pk-task#take-over-contract", "pk-responsible-reason#handover"),
    ),
)
