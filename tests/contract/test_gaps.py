"""What a contract lacks: each gap told when it is there, and not when it is filled."""

from typing import Any

import pytest

from pk_api.contract.reading.view import view_of
from pk_api.fhir import systems
from tests.contract.cases import MEMBERS, Json, a_task, an_appointment, reading
from tests.contract.wire import Api, opened, registered
from tests.support.actors import SYSTEM_HOSPITAL, SYSTEM_MUNICIPALITY


def view(*more: Json) -> Json:
    return view_of(reading(*more))


LONG_AGO = {"versionId": "1", "lastUpdated": "2025-03-01T10:00:00Z"}
BOTH = [
    a_task(id="ours", owner={"reference": "Organization/unit"}),
    a_task(id="theirs", extension=[{"url": systems.EXT_SIDE, "valueCode": "municipality"}]),
]
"""Something for care to do, and something for the municipality."""


def _goal(**more: Any) -> Json:
    return {**MEMBERS["Goal/shop"], "id": "walk", "category": [{"text": "Mål"}], **more}


def _contact_for(purpose: str) -> Json:
    return {
        **MEMBERS["CareTeam/contact"],
        "extension": [{"url": systems.EXT_CONTACT_FOR, "valueCode": purpose}],
    }


def _sip() -> Json:
    kind = {"system": systems.PLAN_KIND, "code": "sip"}
    return {**MEMBERS["CarePlan/rehab"], "id": "sip", "category": [{"coding": [kind]}]}


def _consent(**more: Any) -> Json:
    kind = {"system": systems.CONSENT_KIND, "code": "sip"}
    about = {"data": [{"meaning": "instance", "reference": {"reference": "CarePlan/sip"}}]}
    given = {"resourceType": "Consent", "id": "c", "status": "active", "category": [{"coding": [kind]}]}
    return {**given, "provision": {**about, **more.pop("provision", {})}, **more}


def _needed() -> Json:
    coded = {"coding": [{"system": systems.SIP, "code": "needed"}]}
    about = {"coding": [{"system": systems.SIP, "code": "need"}]}
    need = {"resourceType": "Observation", "id": "need", "status": "final", "code": about}
    return {**need, "valueCodeableConcept": coded, "effectiveDateTime": "2026-03-01"}


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ([_needed()], "sip-not-called"),
        ([_sip(), _consent(status="inactive")], "sip-without-consent"),
        ([_sip(), _consent(provision={"type": "deny"})], "sip-without-consent"),
        ([_sip(), _consent(provision={"period": {"end": "2026-03-09"}})], "sip-without-consent"),
        ([{**MEMBERS["Goal/shop"], "lifecycleStatus": "completed"}], "no-what-matters"),
        ([], "no-goal"),
        ([], "no-action"),
        ([{**MEMBERS["CareTeam/contact"], "status": "inactive"}], "no-contact"),
        ([{**MEMBERS["CareTeam/contact"], "id": "other"}], "no-coordinating-contact"),
        ([an_appointment(status="cancelled")], "no-next-time"),
        ([a_task(restriction={"period": {"end": "2026-03-09"}})], "overdue-action"),
        ([a_task()], "unanswered-action"),
        ([_goal(target=[{"dueDate": "2026-03-09"}])], "overdue-goal"),
        ([], "no-agreement"),
        ([{**MEMBERS["CareTeam/contact"], "telecom": []}], "contact-without-number"),
        ([{**MEMBERS["CareTeam/contact"], "extension": []}], "no-contact-if-worse"),
        ([*BOTH, {**MEMBERS["CarePlan/rehab"], "status": "revoked"}], "no-sip"),
        ([{**MEMBERS["CarePlan/rehab"], "period": {"end": "2026-03-09"}}], "overdue-plan"),
        ([{**each, "meta": LONG_AGO} for each in MEMBERS.values()], "overdue-review"),
    ],
)
def test_a_gap_is_told(more: list[Json], kind: str) -> None:
    assert kind in [gap["kind"] for gap in view(*more)["gaps"]]


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ([], "sip-not-called"),
        ([_needed(), _sip()], "sip-not-called"),
        ([_sip()], "sip-without-consent"),
        ([_sip(), _consent()], "sip-without-consent"),
        ([_sip(), _consent(status="entered-in-error")], "sip-without-consent"),
        ([], "no-what-matters"),
        ([a_task()], "no-action"),
        ([], "no-contact"),
        ([an_appointment()], "no-next-time"),
        ([a_task(restriction={"period": {"end": "2026-03-10"}})], "overdue-action"),
        ([a_task(status="accepted")], "unanswered-action"),
        ([_goal(target=[{"dueDate": "2026-03-10"}])], "overdue-goal"),
        ([_goal(target=[{"dueDate": "2026-03-09"}], lifecycleStatus="completed")], "overdue-goal"),
        ([], "contact-without-number"),
        ([_contact_for("worse")], "no-contact-if-worse"),
        ([*BOTH, _sip()], "no-sip"),
        (BOTH[:1], "no-sip"),
        ([{**MEMBERS["CarePlan/rehab"], "period": {"end": "2026-03-10"}}], "overdue-plan"),
        ([a_task(meta={"lastUpdated": "2026-03-01T10:00:00Z"})], "overdue-review"),
    ],
)
def test_a_gap_that_is_filled_is_not_told(more: list[Json], kind: str) -> None:
    assert kind not in [gap["kind"] for gap in view(*more)["gaps"]]


async def test_what_a_contract_lacks_is_told_by_itself_to_those_who_see_it(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)

    async with api.of(SYSTEM_HOSPITAL) as hospital, api.of(SYSTEM_MUNICIPALITY) as elsewhere:
        path = f"/contracts/{contract['id']}"
        told = (await hospital.get(f"{path}/gaps")).json()
        whole = (await hospital.get(path)).json()
        unseen = await elsewhere.get(f"{path}/gaps")

    assert told == {"items": whole["gaps"], "next": None}
    assert "no-contact" in {each["kind"] for each in told["items"]}
    assert unseen.status_code == 404
