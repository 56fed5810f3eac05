"""The client against the real service: offers, agreements, admissions and imports."""

import json
from pathlib import Path

import pytest

from pk_api.client import Conflict, NotFound, by_personnummer

pytestmark = pytest.mark.asyncio(loop_scope="module")

EXAMPLES = Path(__file__).parents[1] / "examples"
PRIMARY = {"hsaId": "SE2329990010-2001"}


async def test_an_offer_is_made_listed_declined_and_read(as_):
    async with as_("system-hospital") as care, as_("patient-cancer") as patient:
        offer = await care.offers.make(by_personnummer("196101182803"), ["complex"], text="Samordning")
        open_ = [one.id for one in await patient.offers.all(is_open=True).all()]
        declined = await patient.offers.answer(offer.id, "declined", reason="Jag har ett redan")
        read = await care.offers.get(offer.id)

    assert offer.id in open_
    assert (declined.json["state"], read.json["reason"]) == ("declined", "Jag har ett redan")


async def test_a_patient_wishes_and_care_says_why_not(as_):
    async with as_("system-primary") as care, as_("patient-cancer") as patient:
        wish = await patient.offers.wish("Jag vill ha en plan", to=PRIMARY)
        answered = await care.offers.answer(wish.id, "not-offered", reason="Det finns ett kontrakt")
        noted = await care.offers.not_offer("Patient/cancer-patient", ["complex"], "Finns redan")

    assert (wish.json["state"], answered.json["state"]) == ("wished", "not-offered")
    assert noted.json["state"] == "not-offered"


async def test_an_agreement_is_proposed_accepted_but_for_an_item_and_verified(as_):
    async with as_("system-hospital") as care, as_("patient-cancer") as patient:
        own = {"text": "Gå ut varje dag", "side": "patient"}
        action = await care.contracts.add("cancer-contract", "actions", own)
        proposed = await care.agreements.propose("cancer-contract")
        number = proposed["number"]
        accepted = await patient.agreements.accept("cancer-contract", number, except_items=[action.id])
        with pytest.raises(Conflict):
            await patient.agreements.decline("cancer-contract", number, "För sent")
        told = await patient.agreements.get("cancer-contract", number)
        verified = await patient.agreements.verify("cancer-contract", number)
        numbers = [one["number"] for one in await care.agreements.all("cancer-contract").all()]

    assert accepted["state"] in {"proposed", "agreed"}
    assert told["number"] == number
    assert {one["matches"] for one in verified["acceptances"]} <= {True, None}
    assert number in numbers


async def test_a_stay_runs_from_admission_to_discharge(as_):
    async with as_("system-hospital") as care:
        stay = await care.admissions.admit(
            by_personnummer("196101182803"), needs={"principals": ["region", "municipality"]}
        )
        await care.admissions.tell(stay.id, "notice", to=[PRIMARY])
        clocks = [one["kind"] for one in await care.admissions.clocks().all()]
        await care.admissions.tell(stay.id, "ready")
        await care.admissions.tell(stay.id, "information", text="Sammanfattning")
        left = await care.admissions.tell(stay.id, "discharged")
        read = await care.admissions.get(stay.id)

    assert "transfer-information" in clocks
    assert (left.json["state"], read.id) == ("discharged", stay.id)


async def test_a_plan_is_sent_again_and_again(as_):
    plan = json.loads((EXAMPLES / "kommun-genomforandeplan.json").read_text())

    async with as_("system-municipality") as town, as_("system-elsewhere") as stranger:
        first = await town.contracts.import_plan(plan)
        again = await town.contracts.import_plan(plan)
        with pytest.raises(NotFound):
            await stranger.contracts.import_plan(plan)

    assert {one["outcome"] for one in first["items"]} == {"created"}
    assert {one["outcome"] for one in again["items"]} == {"unchanged"}


async def test_units_ask_answer_and_document_by_the_client(as_):
    async with as_("system-primary") as primary, as_("patient-stroke") as own:
        marked = await primary.journal.mark("stroke-contract", "J-77")
        withdrawn = await primary.journal.withdraw("stroke-contract", marked.id)
        asked = await primary.handovers.ask("stroke-contract", {"hsaId": "SE2329990010-1001"})
        taken_back = await primary.handovers.withdraw("stroke-contract", asked.id)
        wish = await own.wishes.make("contact", text="En sjuksköterska", to={"hsaId": "SE2329990010-2001"})
        answered = await primary.wishes.answer(wish.id, "declined", reason="Du har en")
        needs = await own.told.communication_needs(
            "stroke-contract", [{"kind": "language", "text": "svenska"}]
        )
        blocks = await own.me.all("blocks").all()
        log = await own.me.access_log().page()
        contract = await own.me.contract(parts=["medicines"])

    assert withdrawn.json["id"] == marked.id
    assert taken_back.json["state"] == "withdrawn"
    assert answered.json["state"] == "declined"
    assert needs
    assert blocks == []
    assert log.items
    assert len(contract.items("medicines")) == 1
