"""By the contract API too, each care provider writes in its own name."""

from tests.contract.wire import Api, with_municipality
from tests.support.actors import HOSPITAL, MUNICIPALITY, SYSTEM_HOSPITAL, SYSTEM_MUNICIPALITY


async def test_a_plan_is_made_and_handed_to_no_other_care_provider_by_naming_it_the_owner(api: Api) -> None:
    contract, _ = await with_municipality(api)
    path = f"/contracts/{contract['id']}/plans"
    plan = {"kind": "genomforandeplan", "title": "Hemtjänst"}

    async with api.of(SYSTEM_HOSPITAL) as hospital, api.of(SYSTEM_MUNICIPALITY) as municipality:
        forged = await hospital.post(path, json=plan | {"owner": {"hsaId": MUNICIPALITY}})
        made = await municipality.post(path, json=plan | {"owner": {"hsaId": MUNICIPALITY}})
        own = f"{path}/{made.json()['id']}"
        taken = await hospital.patch(own, json={"owner": {"hsaId": HOSPITAL}})
        given = await municipality.patch(own, json={"owner": {"hsaId": HOSPITAL}})

    assert (forged.status_code, made.status_code) == (403, 201), made.text
    assert (taken.status_code, given.status_code) == (403, 403), taken.text
    assert forged.json()["errors"][0]["expression"] == "CarePlan.author"
