"""The patient's own measurements under an action: both APIs, pages, units, time travel."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pk_api.fhir import systems
from pk_api.fhir.measurements import RULES
from pk_api.fhir.problems import Problem
from pk_api.fhir.rules import lacking
from pk_api.fhir.search.query import parse_query
from pk_api.records.records import Records
from pk_api.records.values import Write
from tests.contract.wire import Api, Json, opened, registered
from tests.support.actors import PATIENT, SYSTEM_HOSPITAL, SYSTEM_PRIMARY
from tests.support.resources import a_patient

QUANTITY = {"value": 71.5, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"}


def under(action: str, patient: str = "Patient/p", **more: Any) -> Json:
    return {
        "resourceType": "Observation",
        "extension": [{"url": systems.EXT_MEASURED_UNDER, "valueReference": {"reference": action}}],
        "status": "final",
        "code": {"text": "Vikt"},
        "subject": {"reference": patient},
        "effectiveDateTime": "2026-03-01",
        "valueQuantity": QUANTITY,
        **more,
    }


BROKEN: dict[str, Json] = {
    "action": {"extension": 2 * under("Task/a")["extension"]},
    "when": {"effectiveDateTime": None},
    "value": {"valueQuantity": None},
    "unit": {"valueQuantity": {**QUANTITY, "code": "kilo"}},
}


@pytest.mark.parametrize("rule", [each.name for each in RULES])
def test_each_rule_of_a_measurement_is_broken_alone(rule: str) -> None:
    whole = under("Task/a")
    broken = {key: value for key, value in {**whole, **BROKEN[rule]}.items() if value is not None}

    assert lacking(RULES, whole) == []
    assert [each.name for each in lacking(RULES, broken)] == [rule]


async def _started(records: Records, api: Api) -> tuple[str, str, str]:
    """Open a contract with an action; return the patient, the action's path and its reference."""
    patient, _ = await registered(records)
    contract = await opened(api, patient)
    async with api.of(PATIENT) as own:
        path = f"/contracts/{contract['id']}/actions"
        action = (await own.post(path, json={"text": "Mät blodtrycket", "side": "patient"})).json()
    return patient, f"{path}/{action['id']}/measurements", action["reference"]


async def test_a_patient_measures_and_the_team_reads_page_by_page(records: Records, api: Api) -> None:
    patient, path, action = await _started(records, api)
    days = [f"2026-03-{day:02}T07:30:00+01:00" for day in (1, 2, 3)]
    pressure = [{"part": "systolic", "value": 132}, {"part": "diastolic", "value": 84.5}]

    async with api.of(PATIENT) as own, api.of(SYSTEM_HOSPITAL) as hospital, api.of(SYSTEM_PRIMARY) as other:
        before = (await own.get(path.partition("/actions")[0])).json()["revision"]
        made = [
            await own.post(path, json={"kind": "blood-pressure", "values": pressure, "on": day})
            for day in days
        ]
        first = (await hospital.get(path, params={"limit": 2})).json()
        second = (await hospital.get(path, params={"limit": 2, "cursor": first["next"]})).json()
        after = (await own.get(path.partition("/actions")[0])).json()["revision"]
        stranger = await other.get(path)
    found = await records.search(SYSTEM_HOSPITAL, _query(action))

    assert [each.status_code for each in made] == [201] * 3, made[0].text
    assert [each["on"] for each in first["items"] + second["items"]] == days[::-1]
    assert second["next"] is None
    shown = first["items"][0]
    assert [(v["part"], v["value"], v["unit"]) for v in shown["values"]] == [
        ("systolic", 132.0, "mm[Hg]"),
        ("diastolic", 84.5, "mm[Hg]"),
    ]
    assert (shown["kind"], shown["by"]["reference"]) == ("blood-pressure", patient)
    assert (stranger.status_code, before) == (404, after)
    assert {each.resource["component"][1]["valueQuantity"]["value"] for each in found.items} == {84.5}


def _query(action: str) -> Any:
    return parse_query("Observation", [("action", action)], lenient=False)


async def test_what_was_measured_is_read_as_it_was_and_withdrawn_by_its_maker(
    records: Records, api: Api
) -> None:
    _, path, action = await _started(records, api)
    weight = {"kind": "body-weight", "values": [{"value": 715}]}

    async with api.of(PATIENT) as own, api.of(SYSTEM_HOSPITAL) as hospital:
        wrong = (await own.post(path, json=weight)).json()
        then = datetime.now(UTC).isoformat()
        withdrawn = await own.post(f"{path}/{wrong['id']}/withdraw")
        await own.post(path, json={"kind": "body-weight", "values": [{"value": 71.5}]})
        now = (await hospital.get(path)).json()["items"]
        past = (await hospital.get(path, params={"asOf": then})).json()["items"]
        elsewhere = await own.get(f"{path.replace(action.partition('/')[2], 'another')}/{wrong['id']}")

    assert withdrawn.json()["state"] == "entered-in-error"
    assert sorted(each["state"] for each in now) == ["entered-in-error", "final"]
    assert [(each["state"], each["values"][0]["value"]) for each in past] == [("final", 715.0)]
    assert elsewhere.status_code == 404


async def test_units_parts_and_states_are_kept_to(records: Records, api: Api) -> None:
    _, path, _ = await _started(records, api)

    async with api.of(PATIENT) as own:
        told = [
            await own.post(path, json=each)
            for each in (
                {"text": "Gångsträcka", "values": [{"value": 500, "unit": "m"}]},
                {"text": "Gångsträcka", "values": [{"value": 500, "unit": "meter"}]},
                {"text": "Gångsträcka", "values": [{"value": 500}]},
                {"kind": "body-weight", "values": [{"value": 158, "unit": "[lb_av]"}]},
                {"kind": "blood-pressure", "values": [{"part": "systolic", "value": 132}]},
                {"kind": "body-weight", "text": "Vikt", "values": [{"value": 71}]},
            )
        ]
        await own.post(f"{path.removesuffix('/measurements')}/cancel", json={"reason": "Behövs inte"})
        late = await own.post(path, json={"kind": "body-weight", "values": [{"value": 71}]})

    assert [each.status_code for each in told] == [201, 422, 422, 422, 422, 400], told[5].text
    assert late.status_code == 409


async def test_the_door_holds_a_measurement_to_its_rules_and_its_patient(records: Records, api: Api) -> None:
    patient, path, action = await _started(records, api)
    (other,) = await records.write(SYSTEM_HOSPITAL, [Write("create", "Patient", a_patient("195009072553"))])

    async def refused(resource: Json) -> str:
        with pytest.raises(Problem) as refusal:
            await records.write(SYSTEM_HOSPITAL, [Write("create", "Observation", resource)])
        return refusal.value.kind

    (stored,) = await records.write(PATIENT, [Write("create", "Observation", under(action, patient))])
    async with api.of(PATIENT) as own:
        shown = (await own.get(path)).json()["items"]

    assert await refused(under(action, patient, effectiveDateTime="2999-01-01")) == "business-rule"
    assert await refused(under(action, other.reference)) == "business-rule"
    assert await refused(under(action, patient, valueQuantity={"value": 71})) == "business-rule"
    assert [each["id"] for each in shown] == [stored.id]
    assert shown[0]["values"] == [{"part": None, "value": 71.5, "unit": "kg", "text": None}]
