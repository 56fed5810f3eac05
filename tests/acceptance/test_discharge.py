"""Scenario 2: from admission to home.

The hospital tells who is to receive the patient, opens the contract and agrees on a first version with her;
primary care adds what the municipality is to do, which says yes; and her app shows it within a second.

The five questions, which follow, are not part of it yet.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

from tests.acceptance.conftest import Caller, Json, Place, born
from tests.support.resources import a_patient

NUMBER = born(date(1946, 4, 9))
APP = "app-min-plan"
PRIMARY, TOWN = "SE2329990010-2001", "SE2129990012-1001"
CARE = "Du har vårdats efter ett fall."
STEP = "Hemsjukvården delar dosett första gången"


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


@dataclass
class Story:
    """Those who take part, and what has come of it so far."""

    place: Place
    patient_id: str = ""
    admission: str = ""
    contract: str = ""
    step: str = ""

    def __post_init__(self) -> None:
        self.hospital, self.primary = (
            self.place.caller("system-hospital"),
            self.place.caller("system-primary"),
        )
        self.town, self.patient = self.place.caller("system-municipality"), self.place.patient(NUMBER)

    def is_admitted(self) -> None:
        """Within 24 hours the units that are to receive her must know, and a contract be drafted."""
        name = [{"given": ["Rut"], "family": "Provmark"}]
        stored = self.hospital.stores(a_patient(NUMBER) | {"name": name})
        self.patient_id = f"Patient/{stored['id']}"
        needs = {"principals": ["region", "municipality"], "expectedDischarge": "2099-03-20"}
        body = {"patient": {"personnummer": NUMBER}, "needs": needs}
        self.admission = f"/v1/admissions/{self.hospital.sends('/v1/admissions', body, 201)['id']}"
        assert len(running(self.hospital, "send-admission-notice", self.patient_id)) == 1
        assert len(running(self.hospital, "draft-contract", self.patient_id)) == 1

    def units_are_told(self) -> None:
        """The clock of the hospital stops, that of primary care starts."""
        self.hospital.sends(f"{self.admission}/notice", {"to": [{"hsaId": PRIMARY}, {"hsaId": TOWN}]})
        assert running(self.hospital, "send-admission-notice", self.patient_id) == []
        assert len(running(self.primary, "name-contact", self.patient_id)) == 1

    def a_contract_is_opened(self) -> None:
        """She says what matters, and consents to the municipality's taking part."""
        opened = self.hospital.sends("/v1/contracts", {"patient": {"personnummer": NUMBER}}, 201)
        self.contract = f"/v1/contracts/{opened['id']}"
        assert running(self.hospital, "draft-contract", self.patient_id) == []
        self.patient.sends(f"{self.contract}/whatMatters", {"text": "Kunna bo kvar hemma"}, 201)
        for unit in (PRIMARY, TOWN):
            self.patient.sends("/v1/me/consents", {"unit": {"hsaId": unit}}, 201)
            self.hospital.sends(f"{self.contract}/team", {"member": {"hsaId": unit}}, 201)

    def the_first_version_is_agreed(self) -> None:
        """Each party says yes for itself, and anybody of them can check it."""
        number = self.hospital.sends(f"{self.contract}/agreements", {}, 201)["number"]
        for party in (self.patient, self.town):
            party.sends(f"{self.contract}/agreements/{number}/accept")
        first = self.patient.reads(f"{self.contract}/agreements/{number}/verify")
        assert (first["state"], first["holds"], len(first["acceptances"])) == ("agreed", True, 3)
        assert self.patient.reads(self.contract)["agreement"]["state"] == "agreed"

    def she_is_ready(self) -> None:
        """Both principals are needed: primary care calls to a SIP in time, and names who she turns to."""
        self.hospital.sends(f"{self.admission}/ready", {})
        assert len(running(self.primary, "call-to-sip", self.patient_id)) == 1
        call = {"contract": self.contract.rpartition("/")[2], "parties": [{"hsaId": TOWN}], "form": "video"}
        call |= {"start": "2099-03-18T13:00:00+01:00", "end": "2099-03-18T14:00:00+01:00"}
        called = self.primary.sends("/v1/sip-calls", call, 201)
        self.town.sends(f"/v1/sip-calls/{called['id']}/accept", {})
        assert running(self.primary, "call-to-sip", self.patient_id) == []
        contact = {"kind": "fast-vardkontakt", "member": {"hsaId": "SE2329990010-A011"}, "for": ["worse"]}
        self.primary.sends(f"{self.contract}/contacts", contact, 201)
        assert running(self.primary, "name-contact", self.patient_id) == []

    def primary_care_asks_the_municipality(self) -> None:
        """An action for the municipality waits for its yes."""
        step = {"text": STEP, "owner": {"hsaId": TOWN}, "side": "municipality"}
        added = self.primary.sends(
            f"{self.contract}/actions", {**step, "when": {"latest": "2099-03-17"}}, 201
        )
        assert added["state"] == "requested"
        self.step = added["id"]

    def the_municipality_says_yes_and_the_app_shows_it_at_once(self) -> None:
        """The patient's own app sees the next step within a second of the commit."""
        contract = self.contract.rpartition("/")[2]
        self.patient.sends("/v1/me/apps", {"client": APP}, 201)
        claims = {"personal_identity_number": NUMBER, "pk_kind": "app", "client_id": APP}
        app = self.place.caller("patient-stroke", **claims)
        with ThreadPoolExecutor(1) as pool:
            seen = pool.submit(seconds_until, app, contract, STEP)
            accepted = self.town.sends(f"{self.contract}/actions/{self.step}/accept")
            committed = time.monotonic()
        assert accepted["state"] == "accepted"
        assert seen.result() - committed <= 1.0
        shown = {each["id"]: each for each in self.patient.reads(self.contract)["actions"]}[self.step]
        assert (shown["state"], shown["owner"]["unit"]["hsaId"]) == ("accepted", TOWN)

    def she_goes_home_with_her_summary(self) -> None:
        """The version that she goes home with is marked; she is told of care, contact and SIP."""
        self.hospital.sends(f"{self.contract}/milestones", {"kind": "first-at-discharge"})
        self.hospital.sends(f"{self.contract}/discharge-summary", {"text": CARE}, 201)
        self.hospital.sends(f"{self.admission}/information", {"text": CARE})
        self.hospital.sends(f"{self.admission}/discharged", {})
        summary = self.patient.reads(f"{self.contract}/discharge-summary")
        assert summary["careGiven"]["text"] == CARE
        assert [each["name"] for each in summary["contacts"]["items"]] == ["Petra Lund"]
        assert summary["sip"]["state"] == "stated"
        assert running(self.hospital, "transfer-information", self.patient_id) == []
        kept = self.patient.reads(f"{self.contract}?asOf=milestone:first-at-discharge")
        assert self.step in [each["id"] for each in kept["actions"]]

    def what_was_agreed_has_grown_since(self) -> None:
        """The agreement tells what came after it."""
        told = self.patient.reads(self.contract)["agreement"]
        assert self.step in [each["id"] for each in told["addedSince"]]


def test_from_admission_to_home(place: Place) -> None:
    story = Story(place)
    story.is_admitted()
    story.units_are_told()
    story.a_contract_is_opened()
    story.the_first_version_is_agreed()
    story.she_is_ready()
    story.primary_care_asks_the_municipality()
    story.the_municipality_says_yes_and_the_app_shows_it_at_once()
    story.she_goes_home_with_her_summary()
    story.what_was_agreed_has_grown_since()
