"""Actions of actors outside care: named, reached, answered as care was told; through both doors."""

from typing import Any

import pytest

from pk_api.access.actor import Actor
from pk_api.fhir import systems
from pk_api.fhir.problems import Problem
from pk_api.records.values import Write
from tests.contract.agreeing import by, refused
from tests.contract.wire import Api, Json, with_municipality
from tests.support.actors import (
    ALL,
    HOSPITAL,
    MUNICIPALITY,
    PATIENT,
    SYSTEM_HOSPITAL,
    SYSTEM_MUNICIPALITY,
)
from tests.support.resources import an_organization

pytestmark = pytest.mark.one_database  # rules, whatever is below
SCHOOL = "SE2120000142-9001"
AGENCY = "Försäkringskassan"
REHAB = {
    "text": "Kalla till avstämningsmöte",
    "owner": {"name": AGENCY},
    "otherActor": {"contact": "Eva Ek", "telecom": [{"system": "phone", "value": "0771-524524"}]},
    "when": {"latest": "2099-01-31"},
}


class Asked:
    """A contract in which the hospital has asked an authority for something."""

    def __init__(self, api: Api, contract: Json, references: dict[str, str]) -> None:
        self.api, self.references = api, references
        self.patient, self.path = contract["patient"]["reference"], f"/contracts/{contract['id']}"
        self.contract = contract["id"]

    async def makes(self, actor: Actor, body: Json = REHAB) -> Json:
        return await by(self.api, actor, "POST", f"{self.path}/actions", body)

    async def stored(self, id: str) -> Json:
        return dict((await self.api.records.read(SYSTEM_HOSPITAL, "Task", id)).resource)

    async def writes(self, actor: Actor, task: Json) -> Json:
        method: Any = "update" if "id" in task else "create"
        (written,) = await self.api.records.write(actor, [Write(method, "Task", task, id=task.get("id"))])
        return dict(written.resource)

    async def refuses(self, actor: Actor, task: Json) -> str:
        with pytest.raises(Problem) as caught:
            await self.writes(actor, task)
        return caught.value.kind


async def asked(api: Api) -> Asked:
    contract, references = await with_municipality(api)
    return Asked(api, contract, references)


def with_answer(task: Json, status: str, to: Json, *, code: str = "accepted", on: str = "2026-03-01") -> Json:
    """The Task with what an actor is said to have answered."""
    told = [
        {"url": "code", "valueCode": code},
        {"url": "to", "valueReference": to},
        {"url": "on", "valueDate": on},
    ]
    mark = {"url": systems.EXT_OTHER_ACTOR, "extension": [{"url": "answer", "extension": told}]}
    others = [each for each in task["extension"] if each["url"] != systems.EXT_OTHER_ACTOR]
    return {**task, "status": status, "extension": [*others, mark]}


async def test_what_an_actor_outside_care_does_is_asked_answered_as_told_and_done(api: Api) -> None:
    case = await asked(api)
    made = await case.makes(SYSTEM_HOSPITAL)
    item = f"{case.path}/actions/{made['id']}"

    said = {"toldBy": "Eva Ek", "on": "2026-03-01", "comment": "Vid mötet"}
    accepted = await by(api, SYSTEM_MUNICIPALITY, "POST", f"{item}/accept", said)
    seen = await by(api, PATIENT, "GET", case.path)
    done = await by(api, SYSTEM_HOSPITAL, "POST", f"{item}/complete")
    team = {each["member"]["reference"] for each in seen["team"]}

    assert (made["side"], made["state"], made["owner"]["name"]) == ("other", "requested", AGENCY)
    assert made["otherActor"] == {
        "contact": "Eva Ek",
        "telecom": [{"system": "phone", "value": "0771-524524", "hours": None}],
        "answer": None,
    }
    answer = accepted["otherActor"]["answer"]
    assert (answer["answer"], answer["on"], answer["toldBy"]) == ("accepted", "2026-03-01", "Eva Ek")
    assert answer["toldTo"]["reference"] == case.references[MUNICIPALITY]
    assert accepted["otherActor"]["contact"] == "Eva Ek"
    assert [(each["by"], each["owner"]["name"]) for each in seen["nextSteps"]] == [("other", AGENCY)]
    assert team == {case.patient, case.references[HOSPITAL], case.references[MUNICIPALITY]}
    assert (done["state"], done["otherActor"]["answer"]["answer"]) == ("completed", "accepted")


async def test_an_action_of_another_actor_is_agreed_when_care_was_told_its_yes(api: Api) -> None:
    case = await asked(api)
    made = await case.makes(SYSTEM_HOSPITAL)
    agreements = f"{case.path}/agreements"

    await by(api, SYSTEM_HOSPITAL, "POST", agreements, {})
    for actor in (PATIENT, SYSTEM_MUNICIPALITY):
        agreed = await by(api, actor, "POST", f"{agreements}/1/accept", {})
    (waiting,) = [each for each in agreed["items"] if each["id"] == made["id"]]
    await by(api, SYSTEM_HOSPITAL, "POST", f"{case.path}/actions/{made['id']}/accept", {})
    told = await by(api, PATIENT, "GET", f"{agreements}/1")
    (held,) = [each for each in told["items"] if each["id"] == made["id"]]

    assert [each["side"] for each in agreed["parties"]] == ["care", "patient", "care"]
    assert (agreed["state"], waiting["agreed"], waiting["waitingFor"]) == ("agreed", False, "owner")
    assert (told["state"], held["agreed"], held["waitingFor"]) == ("agreed", True, None)
    assert told["changedSince"] == []


async def test_nobody_but_care_notes_the_answer_and_of_nobody_but_outsiders(api: Api) -> None:
    case = await asked(api)
    made = await case.makes(PATIENT)
    other = await case.makes(SYSTEM_HOSPITAL, {"text": "Ring", "owner": {"hsaId": MUNICIPALITY}})
    theirs, care = (f"{case.path}/actions/{each['id']}" for each in (made, other))

    by_patient = await refused(api, PATIENT, f"{theirs}/accept")
    of_care = await refused(api, SYSTEM_HOSPITAL, f"{care}/accept", {"toldBy": "Eva"})
    own = await refused(api, SYSTEM_MUNICIPALITY, f"{care}/accept", {"toldBy": "Eva"})
    unanswered = await refused(api, SYSTEM_HOSPITAL, f"{theirs}/start")
    declined = await by(
        api, SYSTEM_HOSPITAL, "POST", f"{theirs}/decline", {"toldBy": "Eva", "reason": "Utanför uppdraget"}
    )

    assert made["state"] == "requested"
    assert [each[:2] for each in (by_patient, of_care, own, unanswered)] == [
        (403, "forbidden"),
        (403, "forbidden"),
        (422, "business-rule"),
        (409, "not-allowed-in-state"),
    ]
    assert (declined["state"], declined["reason"]) == ("rejected", "Utanför uppdraget")
    assert declined["otherActor"]["answer"]["answer"] == "declined"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"side": "care", "owner": {"name": AGENCY}}, "/owner"),
        ({"side": "care", "otherActor": {"contact": "Eva"}}, "/otherActor"),
        ({"side": "other", "owner": {"hsaId": HOSPITAL}, "otherActor": {"contact": "Eva"}}, "/otherActor"),
    ],
    ids=["named", "contact", "of care"],
)
async def test_who_is_of_care_is_no_other_actor(api: Api, body: Json, pointer: str) -> None:
    case = await asked(api)

    status, _, told = await refused(
        api, SYSTEM_HOSPITAL, f"{case.path}/actions", {"text": "Gör något", **body}
    )

    assert (status, [each["pointer"] for each in told["errors"]]) == (422, [pointer])


async def test_another_owner_has_not_answered_what_the_one_before_did(api: Api) -> None:
    case = await asked(api)
    made = await case.makes(SYSTEM_HOSPITAL)
    item = f"{case.path}/actions/{made['id']}"
    await by(api, SYSTEM_HOSPITAL, "POST", f"{item}/accept", {})

    kept = await by(api, SYSTEM_HOSPITAL, "PATCH", item, {"otherActor": {"contact": "Bo Berg"}})
    moved = await by(api, SYSTEM_HOSPITAL, "PATCH", item, {"owner": {"name": "Arbetsförmedlingen"}})
    care = await by(api, SYSTEM_HOSPITAL, "PATCH", item, {"owner": {"hsaId": HOSPITAL}, "side": "care"})

    assert (kept["state"], kept["otherActor"]["answer"]["answer"]) == ("accepted", "accepted")
    assert (kept["otherActor"]["contact"], len(kept["otherActor"]["telecom"])) == ("Bo Berg", 1)
    assert (moved["state"], moved["otherActor"]) == ("requested", None)
    assert (care["state"], care["side"], care["otherActor"]) == ("accepted", "care", None)


async def test_by_fhir_an_answer_is_noted_by_who_was_told_it(api: Api) -> None:
    case = await asked(api)
    task = await case.stored((await case.makes(SYSTEM_HOSPITAL))["id"])
    ours, theirs = ({"reference": case.references[each]} for each in (HOSPITAL, MUNICIPALITY))

    kinds = [
        await case.refuses(SYSTEM_HOSPITAL, each)
        for each in (
            {**task, "status": "accepted"},
            with_answer(task, "accepted", theirs),
            with_answer(task, "accepted", ours, code="declined"),
            with_answer(task, "accepted", ours, code="tentative"),
            with_answer(task, "accepted", ours, on="2999-01-01"),
            with_answer(task, "requested", ours),
        )
    ]
    fresh = {name: value for name, value in task.items() if name not in ("id", "meta")}
    kinds.append(await case.refuses(SYSTEM_HOSPITAL, {**fresh, "status": "in-progress"}))
    kinds.append(await case.refuses(PATIENT, with_answer(fresh, "accepted", {"reference": case.patient})))
    told = await case.writes(SYSTEM_HOSPITAL, with_answer(task, "accepted", ours))
    taken_back = await case.refuses(
        SYSTEM_HOSPITAL, {**told, "extension": [e for e in told["extension"] if "valueCode" in e]}
    )
    shown = await by(api, PATIENT, "GET", f"{case.path}/actions/{task['id']}")

    assert kinds[:7] == ["business-rule"] * 7
    assert kinds[7] == "forbidden"
    assert taken_back == "business-rule"
    assert (shown["state"], shown["otherActor"]["answer"]["toldTo"]["reference"]) == (
        "accepted",
        case.references[HOSPITAL],
    )


async def test_what_was_told_does_not_become_cares_own(api: Api) -> None:
    case = await asked(api)
    task = await case.stored((await case.makes(SYSTEM_HOSPITAL))["id"])
    told = await case.writes(
        SYSTEM_HOSPITAL, with_answer(task, "accepted", {"reference": case.references[HOSPITAL]})
    )
    side = {"url": systems.EXT_SIDE, "valueCode": "care"}
    marks = [each for each in told["extension"] if each["url"] == systems.EXT_OTHER_ACTOR]

    kinds = [
        await case.refuses(SYSTEM_MUNICIPALITY, {**told, "extension": each})
        for each in ([side, *marks], [side])
    ]

    assert kinds == ["business-rule", "business-rule"]


async def test_a_registered_actor_answers_for_itself_and_care_may_note_what_it_said(api: Api) -> None:
    case = await asked(api)
    school = Actor("system", "school", provider=SCHOOL, scopes=ALL)
    (unit,) = await api.records.write(
        school, [Write("create", "Organization", an_organization(SCHOOL, "other-actor"))]
    )
    first, second = [
        await case.makes(SYSTEM_HOSPITAL, {"text": text, "owner": {"hsaId": SCHOOL}})
        for text in ("Anpassa idrotten", "Låna ut en dator")
    ]

    task = await case.stored(first["id"])
    itself = await case.writes(school, {**task, "status": "accepted"})
    noted = await by(
        api, SYSTEM_HOSPITAL, "POST", f"{case.path}/actions/{second['id']}/accept", {"toldBy": "Rektorn"}
    )

    assert (first["side"], first["state"], first["owner"]["reference"]) == (
        "other",
        "requested",
        unit.reference,
    )
    assert itself["status"] == "accepted"
    assert noted["otherActor"]["answer"]["toldBy"] == "Rektorn"
