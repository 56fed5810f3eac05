"""A row of the matrix of persons as it is stored: the patient, who is beside, and one of every column."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pk_api.access.actor import Actor
from pk_api.fhir.problems import Problem
from pk_api.fhir.systems import APP, MANDATE, PERSONNUMMER, RELATION, ROLE_CODE
from pk_api.records.values import Stored, Write
from tests.rules.matrix_persons import Party
from tests.rules.people import WARD, World, labelled, system, with_patient
from tests.rules.standins import a_permission, a_related_person, number_born, proxy_of
from tests.support.actors import ALL
from tests.support.resources import a_goal, an_assertion

WRITER = number_born(date(1984, 2, 2))
"""The guardian who writes for a child of the rows, beside the one who asks."""
CLIENT, OFFICES = "the-app", {"god-man", "forvaltare", "framtidsfullmakt"}


@dataclass
class Scene:
    """What is stored of a row: who asks, whoever writes for the patient, and the things to be read."""

    here: World
    beside: Stored
    actor: Actor
    writer: Actor
    things: list[Stored]

    @property
    def about(self) -> str:
        return self.here.patient.reference


async def scene_of(units: World, party: Party, n: int) -> Scene:
    """Store a row; `n` sets the birth dates of rows of the same age apart."""
    today = datetime.now(UTC).date()
    born = date(today.year - party.age, today.month, 1) - timedelta(days=n)
    here = await with_patient(units, number_born(born))
    person, about = (PERSONNUMMER, number_born(born)), here.patient.reference
    beside = await here.write(system(WARD), _beside(about, party.role))
    patient = Actor("patient", "portal", person=person, scopes=ALL)
    writer = patient
    if party.age < 13:
        other = {"identifier": [{"system": PERSONNUMMER, "value": WRITER}]}
        await here.write(system(WARD), a_related_person(about, **other))
        writer = proxy_of(here.patient, WRITER)
    app = Actor("app", CLIENT, person=person, scopes=ALL)
    actor = patient if not party.role else app if party.role == "app" else proxy_of(here.patient)
    scene = Scene(here, beside, actor, writer, [])
    await _permit(scene, party)
    scene.things = await _things(scene)
    return scene


def _beside(about: str, role: str) -> dict[str, Any]:
    """Return the one beside the patient: who asks, or a spouse where the patient or an app does."""
    code = role if role not in {"", "app"} else "SPS"
    return a_related_person(about, (RELATION if code in OFFICES else ROLE_CODE, code))


async def _permit(scene: Scene, party: Party) -> None:
    if not party.kind:
        return
    told = dict(party.told)
    speaker = scene.writer if told.get("by") == "patient" else system(WARD)
    consent = await scene.here.write(speaker, await _permission(scene, party, told))
    if "status" in told:
        ended = {**consent.resource, "status": told["status"]}
        await scene.here.records.write(speaker, [Write("update", "Consent", ended, consent.id)])


async def _permission(scene: Scene, party: Party, told: dict[str, Any]) -> dict[str, Any]:
    now, provision = datetime.now(UTC), {"type": told.get("type", "permit")}
    if "period" in told:
        days = zip(("start", "end"), told["period"], strict=True)
        provision["period"] = {name: (now + timedelta(n)).isoformat() for name, n in days}
    if "scope" in told:
        provision["code"] = [{"coding": [{"system": MANDATE, "code": told["scope"]}]}]
    role = {"coding": [{"system": RELATION, "code": party.role}]}
    consent = a_permission(scene.about, scene.beside.reference, party.kind, role=role, provision=provision)
    if party.role == "app":
        (actor,) = consent["provision"]["actor"]
        actor["reference"] = {"type": "Device", "identifier": {"system": APP, "value": CLIENT}}
    if party.kind == "guardian-exception" and "type" not in told:
        assessor = await scene.here.write(system(WARD), {"resourceType": "Practitioner"})
        agreed = {"verified": True, "verifiedWith": {"reference": scene.about}}
        consent |= {"performer": [{"reference": assessor.reference}], "verification": [agreed]}
    return consent


async def _things(scene: Scene) -> list[Stored]:
    """Store one of everything that is read, in the order of the columns."""
    here, about = scene.here, {"reference": scene.about}
    unit, ward = here.at[WARD], system(WARD)
    visit = {"participant": [{"actor": about, "status": "needs-action"}], "status": "proposed"}
    message = {"resourceType": "Communication", "status": "completed", "subject": about}
    block = an_assertion(scene.about, "block-inner", [unit])
    return [
        here.patient,
        await here.note(WARD),
        await here.write(ward, {"resourceType": "Appointment", **visit}),
        await here.write(ward, {"resourceType": "CareTeam", "status": "active", "subject": about}),
        await here.write(scene.writer, a_goal(scene.about)),
        await here.write(scene.writer, message),
        await here.write(ward, _task(scene, scene.about)),
        await here.write(ward, _task(scene, scene.beside.reference)),
        await here.note(WARD, meta=labelled("hidden-from-guardian", unit)),
        await here.note(WARD, meta=labelled("hidden-from-patient", unit)),
        await here.write(ward, block),
    ]


def _task(scene: Scene, owner: str) -> dict[str, Any]:
    task = {"resourceType": "Task", "status": "requested", "intent": "order", "owner": {"reference": owner}}
    return {**task, "for": {"reference": scene.about}}


async def reads(scene: Scene) -> list[bool]:
    return [await scene.here.sees(scene.actor, thing) for thing in scene.things]


async def writes(scene: Scene) -> list[bool]:
    """Try what stands in the columns of what is written."""
    unit = scene.here.at[WARD]
    app = a_permission(scene.about, "Patient/x", "app-access")
    app["provision"]["actor"][0]["reference"] = {
        "type": "Device",
        "identifier": {"system": APP, "value": "another-app"},
    }
    tasks = [one for one in scene.things if one.type == "Task"]
    tried = [Write("create", "Goal", a_goal(scene.about))]
    tried += [Write("update", "Task", id=t.id, patch=lambda r: {**r, "status": "received"}) for t in tasks]
    said = (an_assertion(scene.about, kind, [unit]) for kind in ("sharing", "block-inner"))
    tried += [Write("create", "Consent", one) for one in (*said, app)]
    return [await _is_done(scene, one) for one in tried]


async def _is_done(scene: Scene, write: Write) -> bool:
    try:
        await scene.here.records.write(scene.actor, [write])
    except Problem as problem:
        if problem.kind not in {"forbidden", "not-found"}:
            raise
        return False
    return True
