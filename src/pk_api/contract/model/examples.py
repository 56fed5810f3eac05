"""Examples of every body, shown in OpenAPI and checked against the models. All persons are made up."""

from typing import Any, Final

from pk_api.contract.model import medicines, messages, notes, time
from pk_api.contract.model.agreements import NONE
from pk_api.contract.model.circumstances import IN_CONTRACT, RESPONSIBLE
from pk_api.contract.model.made_up import PATIENT, PATIENT_ID, REGION
from pk_api.contract.model.wishes import WISHES

Json = dict[str, Any]

CONTRACT_ID: Final = f"{PATIENT_ID}-b2d3f4h5j6l7n"
_ITEM: Final = f"{PATIENT_ID}-o2q3s4u5w6y7a"
_UNIT: Final = {"hsaId": "SE2329990010-2001", "name": "Vårdcentralen Björken"}
_NURSE: Final = {
    "reference": "PractitionerRole/0-q2s3u4w5y6a7c2e3g4i5k6m7o2",
    "name": "Petra Lund",
    "role": "Distriktssköterska",
    "unit": _UNIT,
    "organisation": REGION,
}
_PATIENT: Final = {
    "reference": PATIENT["reference"],
    "name": "Tolvan Tolvansson",
    "role": "Patienten",
    "unit": None,
    "organisation": None,
}

OPENING: Final[Json] = {"patient": {"personnummer": "191212121212"}, "indications": ["complex"]}
SEARCH: Final[Json] = {"patient": {"personnummer": "191212121212"}, "status": "active", "limit": 10}
STATUS: Final[Json] = {"status": "complete"}
COORDINATION: Final[Json] = {
    "patient": {"personnummer": "191212121212"},
    "text": "Patienten söker oss ofta. Kan ni kalla till ett samordningsmöte?",
}
RECEIVED: Final[Json] = {"status": "received"}


def _item(resource_type: str, **fields: Any) -> Json:
    return {"id": _ITEM, "version": 1, "reference": f"{resource_type}/{_ITEM}", "hidden": None, **fields}


NEW: Final[dict[str, Json]] = {
    "whatMatters": {"text": "Kunna gå till affären själv", "toldBy": "patient", "on": "2026-03-03"},
    "goals": {"text": "Gå 500 meter utomhus", "due": "2026-06-01", "achievement": "in-progress"},
    "actions": {
        "text": "Ring vårdcentralen om tid för blodtryck",
        "side": "patient",
        "when": {"text": "före påsk", "latest": "2026-03-20"},
    },
    "contacts": {
        "kind": "fast-vardkontakt",
        "coordinating": True,
        "member": {"reference": _NURSE["reference"]},
        "telecom": [{"system": "phone", "value": "0980-319211", "hours": None}],
        "hours": "vardagar 8–16",
        "for": ["questions", "worse"],
    },
    "appointments": {
        "state": "booked",
        "text": "Uppföljning av blodtryck",
        "start": "2026-03-20T09:00:00+01:00",
        "end": "2026-03-20T09:30:00+01:00",
        "with": [{"reference": _NURSE["reference"]}],
        "form": "visit",
        "place": {"name": "Vårdcentralen Björken, plan 2"},
        "agreedHow": "chosen-together",
        "may": {"cancel": True, "rebook": True},
        "support": ["Tolk"],
    },
    "plans": {
        "kind": "rehabiliteringsplan",
        "title": "Rehabiliteringsplan efter stroke",
        "period": {"start": "2026-03-02"},
        "link": "https://plan.example.org/1234",
    },
    "relatives": {
        "name": "Siv Tolvansson",
        "relation": "spouse",
        "telecom": [{"system": "phone", "value": "070-1740606", "hours": None}],
        "mayRead": ["appointments"],
        "wish": "Siv ska få veta när jag har tider.",
    },
    "notes": notes.NEW,
    "medicines": medicines.NEW,
    "messages": messages.NEW,
    "team": {"member": {"hsaId": "SE2129990012-0001"}},
}

CHANGE: Final[dict[str, Json]] = {
    "whatMatters": {"text": "Kunna gå till affären och till kyrkan själv"},
    "goals": {"achievement": "improving", "due": None},
    "actions": {"when": {"latest": "2026-03-27"}},
    "contacts": {"hours": "vardagar 8–12"},
    "appointments": {"start": "2026-03-21T09:00:00+01:00", "end": "2026-03-21T09:30:00+01:00"},
    "plans": {"title": "Rehabiliteringsplan"},
    "relatives": {"mayRead": ["appointments", "contacts"]},
    "notes": notes.CHANGE,
    "medicines": medicines.CHANGE,
    "messages": messages.CHANGE,
    "team": {"until": "2026-12-31"},
}

EVENT: Final[dict[tuple[str, str], Json]] = {
    ("appointments", "propose"): {
        "start": "2026-03-23T13:00:00+01:00",
        "end": "2026-03-23T13:30:00+01:00",
        "comment": "Eftermiddagar passar bättre.",
    },
    ("appointments", "cancel"): {"reason": "Patienten är bortrest"},
    ("actions", "choose"): {"option": _ITEM},
    ("actions", "decline"): {"reason": "Vi har inte resurser för detta"},
    ("plans", "revoke"): {"reason": "Ersatt av en ny plan"},
}

ITEM: Final[dict[str, Json]] = {
    "whatMatters": _item(
        "Goal",
        text="Kunna gå till affären själv",
        toldBy="patient",
        relative=None,
        on="2026-03-03",
        reason=None,
        state="active",
    ),
    "goals": _item(
        "Goal",
        text="Gå 500 meter utomhus",
        kind="goal",
        state="active",
        achievement="in-progress",
        due="2026-06-01",
        fromWhatMatters=[],
        acceptedBy=["patient"],
        declinedBy=[],
        reason=None,
    ),
    "actions": _item(
        "Task",
        text="Ring vårdcentralen om tid för blodtryck",
        side="patient",
        owner=_PATIENT,
        kind="own-action",
        when={"text": "före påsk", "earliest": None, "latest": "2026-03-20"},
        state="requested",
        reason=None,
        plan=None,
        goals=[],
        turnTo=None,
        options=[],
        **dict.fromkeys(("egenvard", "guarantee", "otherActor", "intervention", "choice", "chosen")),
    ),
    "contacts": _item(
        "CareTeam",
        kind="fast-vardkontakt",
        coordinating=True,
        name="Petra Lund",
        role="Distriktssköterska",
        unit=_UNIT,
        organisation=REGION,
        member={"reference": _NURSE["reference"]},
        telecom=[{"system": "phone", "value": "0980-319211", "hours": None}],
        hours="vardagar 8–16",
        since="2026-03-10",
        until=None,
        appointed={"by": _NURSE, "on": "2026-03-10"},
        lifeThreatening=False,
        reason=None,
        state="active",
        **{"for": ["questions", "worse"]},
    ),
    "appointments": _item(
        "Appointment",
        state="booked",
        text="Uppföljning av blodtryck",
        start="2026-03-20T09:00:00+01:00",
        end="2026-03-20T09:30:00+01:00",
        form="visit",
        place={"reference": None, "name": "Vårdcentralen Björken, plan 2"},
        agreedHow="chosen-together",
        may={"cancel": True, "rebook": True, "message": False},
        support=["Tolk"],
        instruction=None,
        reason=None,
        patientAnswer="accepted",
        answers=[],
        **{"with": [_NURSE]},
    ),
    "plans": _item(
        "CarePlan",
        kind="rehabiliteringsplan",
        kindText="Rehabiliteringsplan",
        nationalType="RP",
        statutes=[],
        title="Rehabiliteringsplan efter stroke",
        description=None,
        owner={**_NURSE, "name": "Vårdcentralen Björken", "role": None},
        state="active",
        reason=None,
        period={"start": "2026-03-02", "end": None},
        partOf=None,
        goals=[],
        activities=[],
        content="index-card",
        diagnosis=None,
        link="https://plan.example.org/1234",
        lead=None,
        followUp="2026-06-01",
        consent=None,
        **dict.fromkeys(("pathway", "reconciled")),
    ),
    "relatives": _item(
        "RelatedPerson",
        name="Siv Tolvansson",
        relation="spouse",
        relationText="Make eller maka",
        telecom=[{"system": "phone", "value": "070-1740606", "hours": None}],
        mayRead=["appointments"],
        mayAct=[],
        wish="Siv ska få veta när jag har tider.",
        since="2026-03-02",
        until=None,
        reason=None,
        state="active",
    ),
    "notes": _item("Observation", **notes.ITEM),
    "medicines": _item("DocumentReference", **medicines.ITEM),
    "messages": _item("Communication", **messages.ITEM),
    "team": {
        "id": "5f0c2a7d9e1b4c3a",
        "version": 3,
        "reference": f"CareTeam/{_ITEM}",
        "hidden": None,
        "member": {"reference": "Organization/0-a2c3e4g5i6k7m2o3q4s5u6w7y2"},
        "name": "Exempelstads kommun",
        "role": None,
        "unit": {"hsaId": "SE2129990012-0001", "name": "Exempelstads kommun"},
        "organisation": {"kind": "municipality", "hsaId": "SE2129990012-0001", "name": "Exempelstads kommun"},
        "side": "municipality",
        "since": "2026-03-05",
        "until": None,
        "state": "active",
    },
}

_STEP: Final[Json] = {
    "text": "Ring vårdcentralen om tid för blodtryck",
    "by": "patient",
    "due": "2026-03-20",
    "item": f"actions/{_ITEM}",
    "turnTo": _ITEM,
}
NEXT_STEP: Final[Json] = {"nextStep": _STEP, "nextSteps": [{**_STEP, "owner": None}]}

_HEAD: Final[Json] = {
    "id": CONTRACT_ID,
    "version": 1,
    "reference": f"CarePlan/{CONTRACT_ID}",
    "revision": 42,
    "status": "active",
    "title": "Patientkontrakt",
}

FOUND: Final[Json] = {
    "items": [
        {
            **_HEAD,
            "patient": {"reference": _PATIENT["reference"]},
            "period": {"start": "2026-03-02", "end": None},
            "updated": "2026-03-20T08:15:00.000Z",
        }
    ],
    "next": None,
}

GAPS: Final[dict[str, Any]] = {
    "items": [
        {
            "kind": "no-next-time",
            "text": "Det finns ingen nästa tid.",
            "source": "SKR: Överenskommen tid",
            "item": None,
        }
    ],
    "next": None,
}
CONTRACT: Final[Json] = {
    **_HEAD,
    "notLegal": "Ett patientkontrakt är en överenskommelse, inte ett juridiskt kontrakt.",
    "patient": {
        "reference": _PATIENT["reference"],
        "version": 2,
        "name": "Tolvan Tolvansson",
        "birthDate": "1912-12-12",
        "protected": False,
        "needs": [{"kind": "interpreter", "text": "Tolk behövs"}],
        "preferredContact": ["phone"],
    },
    "responsible": RESPONSIBLE,
    "offer": {
        "indications": ["complex"],
        "state": None,
        "on": None,
        "answeredOn": None,
        "reason": None,
        "reference": None,
    },
    "period": {"start": "2026-03-02", "end": None},
    **NEXT_STEP,
    **{part: [item] for part, item in ITEM.items()},
    "atHome": {"title": "Det jag gör hemma", "actions": [_ITEM]},
    "agreement": NONE,
    **IN_CONTRACT,
    "wishes": WISHES["items"],
    "followUp": {"due": None, "latest": None},
    "messages": {"unread": 0},
    "milestones": [{"kind": "first-at-discharge", "revision": 17, "on": "2026-03-05"}],
    "gaps": GAPS["items"],
    "withheld": {"blockedInformationExists": False, "hiddenInformationExists": False},
}

CHANGES: Final[Json] = {
    "goals": {_ITEM: {"achievement": "improving"}},
    "actions": {_ITEM: {"when": {"latest": "2026-03-27"}}},
}
MERGED_CONTRACT: Final[Json] = {
    **CONTRACT,
    "merged": [{"part": "actions", "id": _ITEM, "field": "when.text", "base": None, "theirs": "före påsk"}],
}

REVISIONS: Final = time.REVISIONS

PROBLEM: Final[Json] = {
    "type": "https://patientkontrakt.org/problems/invalid",
    "title": "The request is not valid",
    "status": 400,
    "detail": "A field of the request is not valid.",
    "instance": "5b1f0c9d2e7a4f61",
    "errors": [{"pointer": "/when/latest", "detail": "a date that exists, written YYYY-MM-DD"}],
}
