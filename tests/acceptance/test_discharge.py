"""Scenario 2: from admission to home.

The hospital tells who is to receive the patient, opens the contract and agrees on a first version with her;
primary care adds what the municipality is to do, which says yes; and her app shows it within a second.

The five questions, which follow, are not part of it yet.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from tests.acceptance.conftest import Caller, Json, Place, born
from tests.support.resources import a_patient

NUMBER = born(date(1946, 4, 9))
APP = "app-min-plan"
PRIMARY, TOWN = "SE2329990010-2001", "SE2129990012-1001"
STEP = "Hemsjukvården delar dosett första gången"
pytestmark = pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True, scope="session")


def running(caller: Caller, kind: str, patient: str) -> list[Json]:
    """Return the clocks of a kind that run for the patient, as far as the caller sees them."""
    clocks = caller.reads("/v1/clocks?limit=500")["items"]
    return [each for each in clocks if each["kind"] == kind and each["patient"]["reference"] == patient]


def next_step(app: Caller, contract: str) -> str | None:
    told = app.reads(f"/v1/contracts/{contract}/next-step")["nextStep"]
    return str(told["text"]) if told else None


def seconds_until(app: Caller, contract: str, text: str) -> float:
    """Ask as an app does, over and over, until the next step is this one; return the time of it."""
    for _ in range(200):
        if next_step(app, contract) == text:
            return time.monotonic()
        time.sleep(0.02)
    raise AssertionError("the app never saw it")


def test_from_admission_to_home(place: Place) -> None:
    hospital, primary = place.caller("system-hospital"), place.caller("system-primary")
    town, patient = place.caller("system-municipality"), place.patient(NUMBER)
    stored = hospital.stores(a_patient(NUMBER) | {"name": [{"given": ["Rut"], "family": "Provmark"}]})
    reference = f"Patient/{stored['id']}"

    # the patient is admitted: within 24 hours the units that are to receive her must know
    needs = {"principals": ["region", "municipality"], "expectedDischarge": "2099-03-20"}
    admitted = hospital.sends("/v1/admissions", {"patient": {"personnummer": NUMBER}, "needs": needs}, 201)
    assert len(running(hospital, "send-admission-notice", reference)) == 1
    assert len(running(hospital, "draft-contract", reference)) == 1

    # they are told: the clock of the hospital stops, that of primary care starts
    admission = f"/v1/admissions/{admitted['id']}"
    hospital.sends(f"{admission}/notice", {"to": [{"hsaId": PRIMARY}, {"hsaId": TOWN}]})
    assert running(hospital, "send-admission-notice", reference) == []
    assert len(running(primary, "name-contact", reference)) == 1

    # the contract is opened, with what matters to her; she consents to the municipality's taking part
    opened = hospital.sends("/v1/contracts", {"patient": {"personnummer": NUMBER}}, 201)
    contract = f"/v1/contracts/{opened['id']}"
    assert running(hospital, "draft-contract", reference) == []
    patient.sends(f"{contract}/whatMatters", {"text": "Kunna bo kvar hemma"}, 201)
    for unit in (PRIMARY, TOWN):
        patient.sends("/v1/me/consents", {"unit": {"hsaId": unit}}, 201)
        hospital.sends(f"{contract}/team", {"member": {"hsaId": unit}}, 201)

    # the first version is agreed before she leaves
    proposed = hospital.sends(f"{contract}/agreements", {}, 201)
    for party in (patient, town):
        party.sends(f"{contract}/agreements/{proposed['number']}/accept")
    first = patient.reads(f"{contract}/agreements/{proposed['number']}/verify")
    assert patient.reads(contract)["agreement"]["state"] == "agreed"
    assert (first["state"], first["holds"], len(first["acceptances"])) == ("agreed", True, 3)

    # she is ready, and both principals are needed: primary care calls to a SIP within three days
    hospital.sends(f"{admission}/ready", {})
    assert len(running(primary, "call-to-sip", reference)) == 1

    # primary care adds what the municipality is to do; the municipality says yes
    step = {"text": STEP, "owner": {"hsaId": TOWN}, "side": "municipality", "when": {"latest": "2099-03-22"}}
    added = primary.sends(f"{contract}/actions", step, 201)
    assert added["state"] == "requested"
    patient.sends("/v1/me/apps", {"client": APP}, 201)
    app = place.caller("patient-stroke", personal_identity_number=NUMBER, pk_kind="app", client_id=APP)
    with ThreadPoolExecutor(1) as pool:
        seen = pool.submit(seconds_until, app, opened["id"], STEP)
        accepted = town.sends(f"{contract}/actions/{added['id']}/accept")
        committed = time.monotonic()

    # the patient's app shows it at once
    assert accepted["state"] == "accepted"
    assert seen.result() - committed <= 1.0
    (shown,) = [each for each in patient.reads(contract)["actions"] if each["id"] == added["id"]]
    assert (shown["state"], shown["owner"]["unit"]["hsaId"]) == ("accepted", TOWN)

    # she goes home, and what was agreed has grown since
    hospital.sends(f"{admission}/information", {"text": "Sammanfattning och läkemedelslista"})
    hospital.sends(f"{admission}/discharged", {})
    assert running(hospital, "transfer-information", reference) == []
    told = patient.reads(contract)["agreement"]
    assert added["id"] in [each["id"] for each in told["addedSince"]]
