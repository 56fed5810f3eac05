"""What happens in the demo once its data are there, seen by those whose part it is."""

import pytest

from pk_api.demo.happenings import HAPPENINGS, happen

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_everything_happens_once(demo):
    first = await happen(demo.client)
    again = await happen(demo.client)

    assert (first, again) == (len(HAPPENINGS), 0)


async def test_there_is_an_agreement_that_both_parties_have_accepted(demo, as_):
    await happen(demo.client)

    async with as_("patient-cancer") as patient:
        contract = await patient.contracts.get("cancer-contract")
        verified = await patient.agreements.verify("cancer-contract", 1)

    assert contract.json["agreement"]["state"] == "agreed"
    assert (verified["holds"], len(verified["acceptances"])) == (True, 2)


async def test_a_patient_is_in_hospital_and_clocks_run(demo, as_):
    await happen(demo.client)

    async with as_("system-primary") as primary:
        kinds = {one["kind"] for one in await primary.admissions.clocks().all()}

    assert "name-contact" in kinds


async def test_there_is_a_coordinated_plan_in_force(as_):
    async with as_("patient-stroke") as patient:
        plans = (await patient.contracts.get("stroke-contract")).items("plans")

    (sip,) = [one for one in plans if one.json["kind"] == "sip"]
    assert (sip.json["state"], sip.json["lead"]["organisation"]["kind"]) == ("active", "region")
