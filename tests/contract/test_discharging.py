"""Who tells of a discharge: whoever has, or has had, the patient admitted."""

from dataclasses import replace

import pytest

from pk_api.fhir import systems
from pk_api.fhir.problems import Problem
from pk_api.fhir.search.query import parse_query
from pk_api.records.values import Write
from tests.contract.test_discharge import CARE, told, with_everything
from tests.contract.wire import Api, admitted, opened, registered
from tests.support.actors import MUNICIPALITY, PATIENT, SYSTEM_HOSPITAL, SYSTEM_MUNICIPALITY
from tests.support.resources import an_organization


@pytest.mark.one_database
async def test_only_who_has_the_patient_admitted_marks_a_discharge_and_gives_the_summary(api: Api) -> None:
    path, patient = await with_everything(api)
    given = await told(api, SYSTEM_HOSPITAL, f"{path}/discharge-summary", {"text": CARE})
    kept = (
        await api.records.read(SYSTEM_HOSPITAL, "DocumentReference", given["reference"].partition("/")[2])
    ).resource
    forged = {
        name: value for name, value in kept.items() if name not in {"id", "meta", "author", "custodian"}
    }
    marked = {"kind": "first-at-discharge"}

    async with api.of(SYSTEM_MUNICIPALITY) as town:
        statuses = [
            (await town.post(f"{path}/milestones", json=marked)).status_code,
            (await town.post(f"{path}/discharge-summary", json={"text": "Annat"})).status_code,
        ]
    with pytest.raises(Problem) as by_fhir:
        await api.records.write(SYSTEM_MUNICIPALITY, [Write("create", "DocumentReference", forged)])

    assert (statuses, by_fhir.value.kind) == ([403, 403], "forbidden")
    await admitted(api, patient, SYSTEM_MUNICIPALITY)
    await told(api, SYSTEM_MUNICIPALITY, f"{path}/milestones", marked)


@pytest.mark.one_database
async def test_home_care_admits_nobody_and_a_mark_stays(api: Api) -> None:
    path, patient = await with_everything(api)
    await told(api, SYSTEM_HOSPITAL, f"{path}/milestones", {"kind": "first-at-discharge"})
    plan = (await api.records.read(SYSTEM_HOSPITAL, "CarePlan", path.rpartition("/")[2])).resource
    untagged = {name: value for name, value in plan.items() if name != "meta"}
    home_care = replace(SYSTEM_MUNICIPALITY, unit=f"{MUNICIPALITY}-H")
    unit = an_organization(f"{MUNICIPALITY}-H", "omsorgsgivare")
    town = parse_query("Organization", [("identifier", f"{systems.HSA_ID}|{MUNICIPALITY}")])
    (above,) = (await api.records.search(SYSTEM_MUNICIPALITY, town)).items
    unit["partOf"] = {"reference": above.reference}
    await api.records.write(SYSTEM_MUNICIPALITY, [Write("create", "Organization", unit)])

    with pytest.raises(Problem) as admission:
        await admitted(api, patient, home_care)
    with pytest.raises(Problem) as unmarked:
        await api.records.write(SYSTEM_HOSPITAL, [Write("update", "CarePlan", untagged, id=plan["id"])])

    assert (admission.value.kind, admission.value.issues[0].expression) == ("forbidden", "Encounter.class")
    assert (unmarked.value.kind, unmarked.value.issues[0].expression) == (
        "business-rule",
        "CarePlan.meta.tag",
    )


@pytest.mark.one_database
async def test_care_marks_a_milestone_and_patients_do_not(api: Api) -> None:
    patient, _ = await registered(api.records)
    path = f"/contracts/{(await opened(api, patient))['id']}/milestones"
    await admitted(api, patient)
    body = {"kind": "first-at-discharge"}

    first = await told(api, SYSTEM_HOSPITAL, path, body)
    again = await told(api, SYSTEM_HOSPITAL, path, body)
    async with api.of(PATIENT) as http:
        own = await http.post(path, json=body)

    assert first == again
    assert (len(first["items"]), own.status_code) == (1, 403)


@pytest.mark.one_database
async def test_what_was_given_for_a_stay_that_never_was_is_marked_as_a_mistake(api: Api) -> None:
    path, patient = await with_everything(api)
    given = await told(api, SYSTEM_HOSPITAL, f"{path}/discharge-summary", {"text": CARE})
    name = given["reference"].partition("/")[2]
    kept = (await api.records.read(SYSTEM_HOSPITAL, "DocumentReference", name)).resource
    stays = parse_query("Encounter", [("patient", patient)])
    (stay,) = (await api.records.search(SYSTEM_HOSPITAL, stays)).items
    off = {**stay.resource, "status": "entered-in-error"}
    await api.records.write(SYSTEM_HOSPITAL, [Write("update", "Encounter", off, id=stay.id)])
    mistake = {**kept, "status": "entered-in-error"}

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        again = await hospital.post(f"{path}/discharge-summary", json={"text": CARE})
    (marked,) = await api.records.write(
        SYSTEM_HOSPITAL, [Write("update", "DocumentReference", mistake, id=name)]
    )

    assert (again.status_code, marked.version) == (403, 2)
