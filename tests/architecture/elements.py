"""The data elements of a patientkontrakt, row by row: how each is kept, who writes and who reads it.

The numbers are those of the specification. Each row is held to what there is: types, profiles, codes, paths
and tests; docs/elements.md is made from them. A part that lands an element adds its row.
"""

from typing import Final

from tests.architecture.element import Element
from tests.architecture.elements_of_actions import ACTIONS
from tests.architecture.elements_of_contacts import CONTACTS
from tests.architecture.elements_of_handover import HANDOVER
from tests.architecture.elements_of_people import PEOPLE

_ROWS: Final = (
    Element(
        1,
        "the contract",
        "patientkontraktet",
        "CarePlan, intent plan, category patientkontrakt",
        ("CarePlan",),
        "at most one active a patient",
        "care",
        ("/contracts", "/contracts/{contract}"),
        ("test_a_contract_is_opened_by_personnummer", "test_of_fifty_who_open_at_once_one_succeeds"),
        ("pk-patientkontrakt",),
        ("pk-plan-kind#patientkontrakt",),
    ),
    Element(
        2,
        "why it is offered",
        "indikation",
        "extension pk-indication of the offer (Task) and of the contract (CarePlan)",
        ("CarePlan", "Task"),
        "1..4 of an offer",
        "care; the patient `patient-wish`",
        ("/offers", "/contracts"),
        (
            "test_a_patient_accepts_and_the_contract_opens_in_the_offerers_name",
            "test_a_wish_is_found_by_the_unit_that_is_asked_and_opens_a_contract",
        ),
        ("pk-indication",),
        (
            "pk-indication#long-term",
            "pk-indication#complex",
            "pk-indication#other-reason",
            "pk-indication#patient-wish",
        ),
    ),
    Element(
        3,
        "offered, accepted, declined, not offered",
        "erbjudande och svar",
        "Task, intent proposal: status, statusReason, note of who answered",
        ("Task",),
        "0..*",
        "care offers; the patient answers, or care notes what the patient said; the patient wishes",
        ("/offers", "/offers/{offer}", "/offers/{offer}/answer"),
        (
            "test_every_answer_in_every_state_by_everyone",
            "test_a_declined_offer_leaves_its_record_and_no_contract",
            "test_what_care_does_not_offer_is_kept_with_its_reason",
            "test_an_offer_written_through_fhir_is_read_and_answered_here",
        ),
        ("pk-proposal",),
        ("pk-task#offer-contract",),
    ),
    Element(
        4,
        "the agreement",
        "överenskommelsen",
        "Task of each party; Provenance of each yes, its targets versions",
        ("Task", "Provenance"),
        "a Task a party of each proposal, a Provenance a yes",
        "care proposes; each party answers for itself; care notes what the patient said or signed",
        (
            "/contracts/{contract}/agreements",
            "/contracts/{contract}/agreements/{number}",
            "/contracts/{contract}/agreements/{number}/accept",
            "/contracts/{contract}/agreements/{number}/decline",
            "/contracts/{contract}/agreements/{number}/verify",
        ),
        (
            "test_what_all_parties_accept_is_agreed",
            "test_in_every_state_all_that_is_not_in_the_table_is_refused",
            "test_answer_and_acceptance_come_together",
            "test_an_agreement_is_reached_by_operations_alone",
            "test_a_yes_covers_exactly_what_its_party_sees_and_says_what_it_is_not",
        ),
        ("pk-agreement", "pk-proposal"),
        ("pk-task#answer-agreement", "pk-agreement#agreement"),
        "answers as the contract; a yes its party and the patient",
    ),
    Element(
        5,
        "that it is no legal contract",
        "inte ett juridiskt kontrakt",
        "told with every contract and every agreement",
        ("CarePlan",),
        "1",
        "the service",
        ("/contracts/{contract}", "/contracts/{contract}/agreements/{number}"),
        ("test_everybody_is_told_that_it_is_no_legal_contract",),
    ),
    Element(
        17,
        "agreed actions: who, what, when, whom to turn to",
        "överenskomna åtgärder",
        "Task basedOn the contract; owner, restriction.period, extensions pk-responsible-side, pk-turn-to",
        ("Task",),
        "1..*",
        "anyone proposes; the owner accepts, alone or with the agreement",
        (
            "/contracts/{contract}/actions",
            "/contracts/{contract}/actions/{item}",
            "/contracts/{contract}/actions/{item}/accept",
            "/contracts/{contract}/actions/{item}/decline",
        ),
        (
            "test_accepting_the_whole_accepts_what_waits_for_the_own_answer",
            "test_a_patient_accepts_the_plan_and_declines_an_action",
        ),
        ("pk-action",),
        ("pk-task#own-action", "pk-task#care-action", "pk-side#patient", "pk-side#municipality"),
    ),
    Element(
        18,
        "the next step, of the contract and of each party",
        "nästa steg",
        "computed: the earliest open Task, or Appointment ahead",
        ("Task", "Appointment"),
        "0..1, and 0..1 of each party",
        "computed",
        ("/contracts/{contract}/next-step",),
        ("test_the_earliest_due_comes_first", "test_each_party_has_a_next_step_of_its_own"),
    ),
    Element(
        28,
        "plans, the coordinated individual plan among them",
        "planer, däribland SIP",
        "CarePlan part of the contract; consent to a SIP a Consent naming it, its need an Observation, "
        "the call to it an Appointment",
        ("CarePlan", "Consent", "Observation", "Appointment", "AppointmentResponse"),
        "0..*; a SIP in force with consent, owners and one lead principal",
        "care; the patient gives and takes back the consent",
        (
            "/contracts/{contract}/plans",
            "/contracts/{contract}/plans/{item}",
            "/contracts/{contract}/sip-need",
            "/sip-calls",
            "/sip-calls/{call}",
            "/sip-calls/{call}/accept",
            "/sip-calls/{call}/decline",
            "/imports",
        ),
        (
            "test_a_sip_comes_into_force_whole_or_not_at_all",
            "test_a_sip_is_a_draft_that_comes_into_force_with_all_that_the_law_asks_for",
            "test_the_need_of_a_sip_in_every_state_by_everyone",
            "test_a_need_by_fhir_is_one_of_the_states_and_told_by_whom_it_may",
            "test_who_is_called_sees_the_call_alone_and_answers_for_itself",
            "test_by_fhir_alone_a_party_answers_and_the_call_says_so",
            "test_a_cancer_plan_is_an_index_card_with_contact_nurse_and_rehabilitation",
            "test_the_same_plan_by_fhir_reads_the_same",
        ),
        ("pk-plan", "pk-lead-principal", "pk-follow-up-date"),
        (
            "pk-plan-kind#sip",
            "pk-statutory-plan#individuell-plan-sip",
            "pk-consent#sip",
            "pk-sip#need",
            "pk-sip#meeting",
        ),
    ),
    Element(
        34,
        "the child's voice, or why it was not heard",
        "barnets röst",
        "Observation basedOn the contract: valueString or dataAbsentReason, method, performer",
        ("Observation",),
        "1 for each agreement of one under 18; else the gap no-child-voice",
        "the child, care",
        ("/contracts/{contract}",),
        ("test_those_under_eighteen_are_heard", "test_the_child_is_heard_anew_for_the_next_agreement"),
        ("pk-narrative",),
        ("pk-narrative#child-voice",),
        "the child and care; guardians unless it is hidden from them",
    ),
    Element(
        50,
        "messages between patient and team",
        "meddelanden",
        "Communication about the contract; read marks in the extension pk-read",
        ("Communication",),
        "0..*",
        "the patient, who acts for the patient, care in the team; changed by the sender alone",
        (
            "/contracts/{contract}/messages",
            "/contracts/{contract}/messages/{item}",
            "/contracts/{contract}/messages/{item}/read",
        ),
        ("test_each_side_reads_for_itself", "test_a_message_written_by_fhir_is_one_of_the_contract"),
        ("pk-read",),
    ),
)

_PARTS: Final = (_ROWS, ACTIONS, CONTACTS, HANDOVER, PEOPLE)
ELEMENTS: Final = tuple(sorted((row for part in _PARTS for row in part), key=lambda row: row.number))
