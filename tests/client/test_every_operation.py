"""Every operation of the contract API has a method of the client, which sends what is asked for."""

import json
import re
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest

from pk_api.client import Client, by_personnummer
from pk_api.client.contracts import Part
from pk_api.client.paging import Paged
from tests.client.wire import Wire, answer, body_of

DOCUMENT = Path(__file__).parents[2] / "openapi/pk-api.json"
ANYTHING = {
    "id": "x",
    "version": 1,
    "reference": "Task/x",
    "revision": 1,
    "items": [],
    "next": None,
    "nextStep": None,
}
TOLVAN = by_personnummer("191212121212")
UNIT = {"hsaId": "SE2329990010-2001"}
AT = "2026-03-02T09:00:00+01:00"

Ask = Callable[[Client], Awaitable[Any] | Paged[Any]]
CALLS: dict[str, Ask] = {
    "explainAccess": lambda c: c.audit.explain({"kind": "system"}, "read", "Task/x"),
    "listEmergencyOpenings": lambda c: c.audit.emergencies(is_waiting=True),
    "reviewEmergencyOpening": lambda c: c.audit.review_emergency("x", "lawful"),
    "listSpotChecks": lambda c: c.audit.spot_checks(),
    "makeSpotCheck": lambda c: c.audit.spot_check("2026-03-01", "2026-03-02", size=5),
    "readSpotCheck": lambda c: c.audit.get_spot_check("x"),
    "reviewSpotCheckRow": lambda c: c.audit.review_row("x", "y", "lawful", "Rätt"),
    "admit": lambda c: c.admissions.admit(TOLVAN),
    "readAdmission": lambda c: c.admissions.get("x"),
    "discharge": lambda c: c.admissions.tell("x", "discharged", on=AT),
    "sendInformation": lambda c: c.admissions.tell("x", "information"),
    "assessNeeds": lambda c: c.admissions.tell("x", "needs", principals=["region"]),
    "withdrawReady": lambda c: c.admissions.tell("x", "not-ready", reason="Feber"),
    "sendAdmissionNotice": lambda c: c.admissions.tell("x", "notice", to=[UNIT]),
    "tellReady": lambda c: c.admissions.tell("x", "ready"),
    "listClocks": lambda c: c.admissions.clocks(unit="SE1", is_overdue=True),
    "listLiftRequests": lambda c: c.patients.lift_requests(),
    "answerLiftRequest": lambda c: c.patients.answer_lift("x", "lifted", "Patienten vill det"),
    "findPatient": lambda c: c.patients.find(TOLVAN),
    "listOwnLiftRequests": lambda c: c.patients.lift_requests_of("p"),
    "askForLift": lambda c: c.patients.ask_for_lift("p", "Behövs"),
    "readBlockOwners": lambda c: c.patients.block_owners("p", "Fara för liv"),
    "readBlocks": lambda c: c.patients.blocks("p"),
    "noteDeath": lambda c: c.patients.note_death("p", "2026-03-02"),
    "openEmergency": lambda c: c.patients.open_emergency("p", "unit", "Fara för liv", hours=2),
    "changeIdentity": lambda c: c.patients.change_identity("p", TOLVAN),
    "mergePatients": lambda c: c.patients.merge("p", "Patient/q"),
    "unmergePatients": lambda c: c.patients.unmerge("p", "Patient/q"),
    "protectIdentity": lambda c: c.patients.protect("p", ["sekretessmarkering"]),
    "openContract": lambda c: c.contracts.open(TOLVAN),
    "searchContracts": lambda c: c.contracts.search(TOLVAN),
    "readContract": lambda c: c.contracts.get("x", as_of="revision:1", parts=["goals"]),
    "changeContract": lambda c: c.contracts.patch("x", {"goals": {}}, base_revision=1),
    "readChanges": lambda c: c.contracts.changes("x", "revision:1", "revision:2"),
    "changeContractStatus": lambda c: c.contracts.set_status("x", "complete", reason="Klart"),
    "readNextStep": lambda c: c.contracts.next_step("x"),
    "listGaps": lambda c: c.contracts.gaps("x"),
    "listRevisions": lambda c: c.contracts.revisions("x"),
    "listTimeline": lambda c: c.contracts.timeline("x"),
    "listProvenance": lambda c: c.contracts.provenance("x"),
    "requestCoordination": lambda c: c.contracts.request_coordination(TOLVAN, "Ring mig"),
    "importPlan": lambda c: c.contracts.import_plan(
        {"patient": TOLVAN, "source": "urn:oid:1.2", "plan": {}}, base_revision=3
    ),
    "listMeasurements": lambda c: c.measurements.all("x", "a"),
    "addMeasurement": lambda c: c.measurements.add("x", "a", kind="body-weight", values=[{"value": 71.5}]),
    "readMeasurement": lambda c: c.measurements.get("x", "a", "m"),
    "withdrawMeasurement": lambda c: c.measurements.withdraw("x", "a", "m"),
    "listAgreements": lambda c: c.agreements.all("x"),
    "proposeAgreement": lambda c: c.agreements.propose("x"),
    "readAgreement": lambda c: c.agreements.get("x", 1),
    "acceptAgreement": lambda c: c.agreements.accept("x", 1),
    "declineAgreement": lambda c: c.agreements.decline("x", 1, "Nej"),
    "verifyAgreement": lambda c: c.agreements.verify("x", 1),
    "tellChildren": lambda c: c.told.children_as_relatives("x", exist=False),
    "tellNeeds": lambda c: c.told.communication_needs("x", [{"kind": "easy-read"}]),
    "tellCoordinationWish": lambda c: c.told.coordination_wish("x", "wanted"),
    "tellDirections": lambda c: c.told.directions("x", []),
    "tellRelativesWish": lambda c: c.told.relatives_wish("x", "none"),
    "assignResponsible": lambda c: c.told.responsible("x", "c1", "patient-wish"),
    "tellSipNeed": lambda c: c.told.sip_need("x", "needed", "Två huvudmän"),
    "listReconciliations": lambda c: c.told.reconciliations("x"),
    "tellReconciliation": lambda c: c.told.reconciled("x", ["p1", "p2"]),
    "startPathway": lambda c: c.told.pathway("x", {"reference": "PlanDefinition/p"}),
    "readDischargeSummary": lambda c: c.milestones.summary("x"),
    "giveDischargeSummary": lambda c: c.milestones.give_summary("x", "Vården du har fått"),
    "listMilestones": lambda c: c.milestones.all("x"),
    "markMilestone": lambda c: c.milestones.mark("x", "first-at-discharge"),
    "listHandovers": lambda c: c.handovers.all("x"),
    "askToTakeOver": lambda c: c.handovers.ask("x", UNIT, "Tar ni över?"),
    "readHandover": lambda c: c.handovers.get("x", "h"),
    "acceptHandover": lambda c: c.handovers.accept("x", "h", contact="c1"),
    "declineHandover": lambda c: c.handovers.decline("x", "h", "Fel enhet"),
    "withdrawHandover": lambda c: c.handovers.withdraw("x", "h"),
    "listHandoversAsked": lambda c: c.handovers.asked(is_open=True),
    "listJournalEntries": lambda c: c.journal.all("x"),
    "markJournalEntry": lambda c: c.journal.mark("x", "J-1"),
    "readJournalEntry": lambda c: c.journal.get("x", "j"),
    "withdrawJournalEntry": lambda c: c.journal.withdraw("x", "j"),
    "listUndocumented": lambda c: c.journal.undocumented(),
    "acceptInvitation": lambda c: c.me.accept_invitation("ABCD"),
    "readMe": lambda c: c.me.get(),
    "readAccessLog": lambda c: c.me.access_log(since="2026-03-01", until="2026-03-02"),
    "readOwnContract": lambda c: c.me.contract(parts=["goals"], as_of="revision:1"),
    "listInvitations": lambda c: c.me.invitations(),
    "inviteRelative": lambda c: c.me.invite("r1"),
    "withdrawInvitation": lambda c: c.me.withdraw_invitation("i"),
    "addApps": lambda c: c.me.add("apps", client="app"),
    "addBlocks": lambda c: c.me.add("blocks", kind="inner", unit=UNIT),
    "addConsents": lambda c: c.me.add("consents", unit=UNIT),
    "listNotices": lambda c: c.notices.all(),
    "readNotice": lambda c: c.notices.get("n"),
    "listOffers": lambda c: c.offers.all(is_open=True),
    "makeOffer": lambda c: c.offers.make(TOLVAN, ["complex"]),
    "readOffer": lambda c: c.offers.get("o"),
    "answerOffer": lambda c: c.offers.answer("o", "accepted"),
    "listSipCalls": lambda c: c.sip_calls.all(patient="p", is_open=True),
    "callToSip": lambda c: c.sip_calls.call(AT, AT, [UNIT], contract="x"),
    "readSipCall": lambda c: c.sip_calls.get("s"),
    "acceptSipCall": lambda c: c.sip_calls.accept("s", "Vi kommer"),
    "declineSipCall": lambda c: c.sip_calls.decline("s"),
    "noteSipCallAnswer": lambda c: c.sip_calls.note("s", "SE1", "accepted"),
    "confirmSipCall": lambda c: c.sip_calls.confirm("s"),
    "holdSipMeeting": lambda c: c.sip_calls.held("s"),
    "callOffSip": lambda c: c.sip_calls.call_off("s", "Sjuk"),
    "listWishes": lambda c: c.wishes.all(patient="p", unit="SE1", is_open=True),
    "makeWish": lambda c: c.wishes.make("contact", text="En fast vårdkontakt"),
    "readWish": lambda c: c.wishes.get("w"),
    "answerWish": lambda c: c.wishes.answer("w", "declined", reason="Nej"),
} | {
    name: call
    for what in ("apps", "blocks", "consents", "proxies")
    for name, call in (
        (f"list{what.title()}", lambda c, what=what: c.me.all(what)),
        (f"end{what.title()}", lambda c, what=what: c.me.end(what, "k")),
    )
}
"""Operation → how the client asks for it; what is the same for each part is asked by `of_part`."""


@cache
def document() -> dict[str, Any]:
    return dict(json.loads(DOCUMENT.read_text()))


@cache
def operations() -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Every operation of the contract API: method, path, description."""
    return {
        told["operationId"]: (method.upper(), path, told)
        for path, methods in document()["paths"].items()
        if path.startswith("/v1/")
        for method, told in methods.items()
        if method in {"get", "post", "patch", "delete"}
    }


def of_part(method: str, path: str) -> Ask | None:
    """Return how an item of any part is asked for; None for what is no item of a part."""
    found = re.fullmatch(r"/v1/contracts/\{contract\}/(\w+)(/\{item\})?(?:/([\w-]+))?", path)
    part, item, event = found.groups() if found else ("", None, None)
    if part not in get_args(Part):
        return None
    if event and item:
        return lambda c: c.contracts.event("x", part, "i", event)  # type: ignore[arg-type]  # any part
    if item:
        one = {"GET": lambda c: c.contracts.item("x", part, "i")}
        return one.get(method, lambda c: c.contracts.change("x", part, "i", {"text": "y"}))
    every = {"GET": lambda c: c.contracts.items("x", part)}
    return every.get(method, lambda c: c.contracts.add("x", part, {"text": "y"}))


@cache
def required_of(operation: str) -> frozenset[str]:
    content = operations()[operation][2].get("requestBody", {}).get("content", {})
    schemas = document()["components"]["schemas"]
    named = [each["schema"].get("$ref", "").rpartition("/")[2] for each in content.values()]
    return frozenset(name for one in named if one for name in schemas[one].get("required", ()))


@pytest.mark.parametrize("name", sorted(operations()))
async def test_an_operation_has_a_method_that_sends_what_is_asked_for(name: str) -> None:
    method, path, told = operations()[name]
    ask = CALLS.get(name) or of_part(method, path)
    assert ask is not None, f"{method} {path} has no method of the client"
    wire = Wire(answer(ANYTHING))

    async with wire.client() as client:
        asked = ask(client)
        await (asked.all() if isinstance(asked, Paged) else asked)

    sent = wire.last
    pattern = re.escape(f"/prefix{path}").replace(r"\{", "{").replace(r"\}", "}")
    known = {each["name"] for each in told.get("parameters", ()) if each["in"] == "query"}
    assert (sent.method, bool(re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), sent.url.path))) == (
        method,
        True,
    ), sent.url.path
    assert set(sent.url.params) <= known
    if name in CALLS:
        assert required_of(name) <= set(body_of(sent) if sent.content else {})


def test_no_method_is_of_an_operation_that_is_gone() -> None:
    assert CALLS.keys() - operations().keys() == set()
    names = {name for name, (method, path, _) in operations().items() if of_part(method, path) is None}
    assert names - CALLS.keys() == set()


async def test_a_client_acts_for_somebody_and_leaves_the_language_to_the_patient() -> None:
    wire = Wire(answer(ANYTHING))

    async with wire.client(acting_for="Patient/p", language=None) as client:
        await client.me.get()

    assert wire.last.headers["acting-for"] == "Patient/p"
    assert "accept-language" not in wire.last.headers
