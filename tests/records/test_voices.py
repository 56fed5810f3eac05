"""In whose name a patient, and whoever is asked, may write: own answers, own words. On both databases."""

from typing import Any

import pytest

from pk_api.fhir.problems import Problem
from pk_api.fhir.systems import EXT_ACTING_AS, EXT_GOAL_ACCEPTANCE
from pk_api.records.records import Records
from pk_api.records.values import Stored, Write
from tests.support.actors import (
    HOSPITAL,
    MUNICIPALITY,
    PATIENT,
    SYSTEM_HOSPITAL,
    SYSTEM_MUNICIPALITY,
)
from tests.support.resources import Opened, a_goal, a_patient, a_task, an_organization, opened

Resource = dict[str, Any]


def _ref(reference: str) -> dict[str, str]:
    return {"reference": reference}


async def _asked(records: Records, contract: Opened, **more: Any) -> Stored:
    """A task that the hospital asks the patient to do."""
    task = a_task(contract) | {"owner": _ref(contract.patient.reference)} | more
    return (await records.write(SYSTEM_HOSPITAL, [Write("create", "Task", task)]))[0]


async def _refused(records: Records, actor: Any, write: Write) -> Problem:
    with pytest.raises(Problem) as refusal:
        await records.write(actor, [write])
    return refusal.value


def _in_anothers_name(patient: str, care: str) -> list[tuple[str, Resource]]:
    about = {"subject": _ref(patient)}
    observation = {"resourceType": "Observation", "status": "final", "code": {"text": "Berättelse"}}
    answers = {"resourceType": "QuestionnaireResponse", "status": "completed"}
    message = {"resourceType": "Communication", "status": "completed"}
    return [
        ("Goal.expressedBy", a_goal(patient) | {"expressedBy": _ref(care)}),
        ("Goal.expressedBy", a_goal(patient) | {"expressedBy": {"display": "Doktorn"}}),
        ("Observation.performer", observation | about | {"performer": [_ref(care)]}),
        ("Communication.sender", message | about | {"sender": _ref(care)}),
        ("QuestionnaireResponse.author", answers | about | {"author": _ref(care)}),
    ]


async def test_a_patient_writes_in_nobody_elses_name(records: Records) -> None:
    contract = await opened(records, team=[HOSPITAL])
    role = {"resourceType": "PractitionerRole", "organization": _ref(contract.organisations[HOSPITAL])}
    (nurse,) = await records.write(SYSTEM_HOSPITAL, [Write("create", "PractitionerRole", role)])

    for path, resource in _in_anothers_name(contract.patient.reference, nurse.reference):
        problem = await _refused(records, PATIENT, Write("create", resource["resourceType"], resource))

        assert (problem.kind, problem.issues[0].expression) == ("forbidden", path), resource


async def test_a_patient_writes_as_the_patient_and_for_a_relative(records: Records) -> None:
    contract = await opened(records, team=[HOSPITAL])
    patient = contract.patient.reference
    relative = {"type": "RelatedPerson", "display": "Närstående"}

    written = await records.write(
        PATIENT,
        [
            Write("create", "Goal", a_goal(patient) | {"expressedBy": _ref(patient)}),
            Write("create", "Goal", a_goal(patient) | {"expressedBy": relative}),
        ],
    )

    assert [one.version for one in written] == [1, 1]


async def test_what_care_has_said_in_a_patients_item_stays_when_the_patient_changes_it(
    records: Records,
) -> None:
    contract = await opened(records, team=[HOSPITAL, MUNICIPALITY])
    task = a_task(contract) | {"owner": _ref(contract.patient.reference)}
    (own,) = await records.write(PATIENT, [Write("create", "Task", task)])
    note = {"authorReference": _ref(contract.organisations[HOSPITAL]), "text": "Bra!"}
    (noted,) = await records.write(
        SYSTEM_HOSPITAL, [Write("update", "Task", own.resource | {"note": [note]}, own.id)]
    )

    (changed,) = await records.write(
        PATIENT, [Write("update", "Task", noted.resource | {"description": "Gå ut"}, own.id)]
    )
    more = [note, note | {"authorReference": _ref(contract.organisations[MUNICIPALITY])}]
    forged = Write("update", "Task", changed.resource | {"note": more}, own.id)

    assert changed.resource["note"] == [note]
    assert (await _refused(records, PATIENT, forged)).kind == "forbidden"


@pytest.mark.parametrize(
    "change",
    [
        {"note": []},
        {"text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">Nytt</div>'}},
        {"meta": {"security": [{"system": "https://example.org/labels", "code": "R"}]}},
        {"description": "Något annat"},
    ],
)
async def test_an_answer_to_a_task_takes_nothing_away_and_rewrites_nothing(
    records: Records, change: Resource
) -> None:
    contract = await opened(records, team=[HOSPITAL])
    asked = await _asked(records, contract, note=[{"text": "Ring först"}])
    answer = {k: v for k, v in (asked.resource | {"status": "accepted"} | change).items() if v != []}

    problem = await _refused(records, PATIENT, Write("update", "Task", answer, asked.id))

    assert problem.kind == "forbidden"


async def test_an_answer_to_a_task_adds_a_note_of_ones_own_and_drops_the_old_narrative(
    records: Records,
) -> None:
    contract = await opened(records, team=[HOSPITAL])
    div = {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">Ring</div>'}
    asked = await _asked(records, contract, note=[{"text": "Ring först"}], text=div)
    answer = {k: v for k, v in asked.resource.items() if k != "text"} | {
        "status": "completed",
        "note": [*asked.resource["note"], {"text": "Gjort"}],
    }

    (answered,) = await records.write(PATIENT, [Write("update", "Task", answer, asked.id)])

    assert answered.version == 2


async def test_a_patient_answers_an_invitation_for_oneself_alone(records: Records) -> None:
    contract = await opened(records, team=[HOSPITAL])
    invited = [
        {"actor": _ref(contract.patient.reference), "status": "needs-action"},
        {"actor": {"display": "Sjuksköterskan"}, "status": "needs-action"},
    ]
    time = {"resourceType": "Appointment", "status": "proposed", "participant": invited}
    (made,) = await records.write(SYSTEM_HOSPITAL, [Write("create", "Appointment", time)])

    def answer(*statuses: str) -> Write:
        told = [one | {"status": s} for one, s in zip(made.resource["participant"], statuses, strict=False)]
        return Write("update", "Appointment", made.resource | {"participant": told}, made.id)

    for_both = await _refused(records, PATIENT, answer("accepted", "accepted"))
    alone = await _refused(records, PATIENT, answer("accepted"))
    (answered,) = await records.write(PATIENT, [answer("accepted", "needs-action")])

    assert (for_both.kind, alone.kind, answered.version) == ("forbidden", "forbidden", 2)


async def test_a_patient_agrees_to_a_goal_for_oneself_alone(records: Records) -> None:
    contract = await opened(records, team=[HOSPITAL])

    def agreed(reference: str, url: str = EXT_GOAL_ACCEPTANCE) -> Resource:
        individual = {"url": "individual", "valueReference": _ref(reference)}
        return {"url": url, "extension": [individual, {"url": "status", "valueCode": "agree"}]}

    by_care = agreed(contract.organisations[HOSPITAL])
    goal = a_goal(contract.patient.reference) | {"extension": [by_care]}
    (made,) = await records.write(SYSTEM_HOSPITAL, [Write("create", "Goal", goal)])

    def answer(*extensions: Resource) -> Write:
        return Write("update", "Goal", made.resource | {"extension": list(extensions)}, made.id)

    patient = contract.patient.reference
    acting = {"url": EXT_ACTING_AS, "valueReference": _ref(contract.organisations[HOSPITAL])}
    nameless = {"url": "individual", "valueReference": {"extension": [acting], "display": "Vården"}}
    as_care = {"url": EXT_GOAL_ACCEPTANCE, "extension": [nameless]}
    for wrong in (
        answer(by_care, as_care),
        answer(by_care, by_care),
        answer(agreed(patient)),
        answer(by_care, agreed(patient, "https://example.org/goal-acceptance")),
    ):
        assert (await _refused(records, PATIENT, wrong)).kind == "forbidden"
    (answered,) = await records.write(PATIENT, [answer(by_care, agreed(patient))])

    assert answered.version == 2


async def test_who_is_asked_outside_a_contract_answers_and_does_not_rewrite(records: Records) -> None:
    contract = await opened(records, team=[HOSPITAL])
    municipality = an_organization(MUNICIPALITY)
    (asked_one,) = await records.write(SYSTEM_MUNICIPALITY, [Write("create", "Organization", municipality)])
    task = a_task(contract) | {"owner": _ref(asked_one.reference)}
    del task["basedOn"]
    (made,) = await records.write(SYSTEM_HOSPITAL, [Write("create", "Task", task)])
    changed = made.resource | {"description": "Något annat"}

    (answered,) = await records.write(
        SYSTEM_MUNICIPALITY, [Write("update", "Task", made.resource | {"status": "accepted"}, made.id)]
    )
    rewriting = await _refused(records, SYSTEM_MUNICIPALITY, Write("update", "Task", changed, made.id))
    removing = await _refused(records, SYSTEM_MUNICIPALITY, Write("delete", "Task", None, made.id))

    assert (answered.version, rewriting.kind, removing.kind) == (2, "forbidden", "forbidden")


async def test_a_system_writes_nothing_as_another_care_provider(records: Records) -> None:
    contract = await opened(records, team=[HOSPITAL])
    (own,) = await records.write(
        SYSTEM_MUNICIPALITY, [Write("create", "Organization", an_organization(MUNICIPALITY))]
    )
    message = {
        "resourceType": "Communication",
        "status": "completed",
        "subject": _ref(contract.patient.reference),
        "sender": _ref(contract.organisations[HOSPITAL]),
        "recipient": [_ref(own.reference)],
    }

    problem = await _refused(records, SYSTEM_MUNICIPALITY, Write("create", "Communication", message))

    assert problem.kind == "forbidden"


async def test_who_the_patient_is_is_kept_by_whoever_registered_it(records: Records) -> None:
    contract = await opened(records, team=[HOSPITAL, MUNICIPALITY])
    other = a_patient("195009072553") | {"id": contract.patient.id}

    problem = await _refused(
        records, SYSTEM_MUNICIPALITY, Write("update", "Patient", other, contract.patient.id)
    )

    assert problem.kind == "forbidden"
    assert (await records.read(SYSTEM_MUNICIPALITY, "Patient", contract.patient.id)).version == 1


async def test_a_patient_chooses_no_ids(records: Records) -> None:
    contract = await opened(records, team=[HOSPITAL])
    goal = a_goal(contract.patient.reference) | {"id": "a-name-of-my-own"}

    problem = await _refused(records, PATIENT, Write("update", "Goal", goal, "a-name-of-my-own"))

    assert problem.kind == "forbidden"
