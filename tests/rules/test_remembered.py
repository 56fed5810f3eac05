"""Facts that a worker remembers: what another worker has written since decides all the same."""

import asyncio
from collections.abc import Callable
from typing import Any

from pk_api.access.actor import Actor
from pk_api.fhir.problems import Problem
from pk_api.fhir.search.query import parse_query
from pk_api.fhir.systems import SECURITY_LABEL
from pk_api.records.drafts import Policy
from pk_api.records.records import Records
from pk_api.records.values import Write
from pk_api.store.everything import Wanted
from pk_api.store.rows import Page, Stored
from tests.rules.people import (
    CLINIC,
    GP,
    PATIENT,
    REGION,
    WARD,
    World,
    for_an_hour,
    observation,
    staff,
    system,
    with_patient,
    world,
)
from tests.support.resources import a_contract

READERS = (staff(WARD), staff(GP), system(CLINIC), PATIENT)


def an_appointment(*patients: str) -> dict[str, Any]:
    participant = [{"actor": {"reference": one}, "status": "accepted"} for one in patients]
    return {"resourceType": "Appointment", "status": "booked", "participant": participant} | {
        "start": "2099-03-10T10:00:00+01:00",
        "end": "2099-03-10T11:00:00+01:00",
    }


async def _told(call: Any) -> Any:
    """Return what an answer tells: kinds of refusals, or places, versions and texts."""
    try:
        found = await call
    except Problem as problem:
        return problem.kind
    if isinstance(found, Stored):
        return found.key, found.version, found.body
    if isinstance(found, Page):
        return [(s.key, s.version, s.body) for s in (*found.items, *found.included)], found.total
    if hasattr(found, "members"):
        return [(s.key, s.version, s.body) for s in found.members], found.withheld
    return [(line.key, line.version, line.body) for line in (*found.items, *found.included)]


async def _all_told(records: Records, reader: Actor, here: World, of: dict[str, Stored]) -> list[Any]:
    """Return what a reader is told by every route that is about one patient."""
    note, plan, patient = of["note"], of["plan"], here.patient
    by_patient = [("patient", patient.reference)]
    queries = [
        parse_query("Observation", by_patient, lenient=False),
        parse_query("Observation", [*by_patient, ("_summary", "count")], lenient=False),
        parse_query("Appointment", by_patient, lenient=False),
        parse_query("Patient", [("_id", patient.id)], lenient=False),
    ]
    calls = [
        records.read(reader, "Observation", note.id),
        records.read(reader, "Patient", patient.id),
        records.vread(reader, "Observation", note.id, 1),
        records.history(reader, "Observation", note.id, since=None, limit=10, after=None),
        *(records.search(reader, query) for query in queries),
        records.everything(reader, patient.id, Wanted(), limit=100),
        records.contract(reader, plan.id),
    ]
    return [await _told(call) for call in calls]


async def test_what_another_worker_writes_decides_at_once(records: Records) -> None:
    here = await world(records)
    other = await with_patient(here, "195001092385")
    plan = await here.write(system(WARD), a_contract(here.patient.reference))
    of = {"note": await here.note(WARD), "plan": plan}
    await here.write(system(WARD), an_appointment(here.patient.reference))
    remembering = Records(records._db, Policy(base_url="http://testserver/fhir"))

    async def ended(stored: Stored, by: Actor) -> None:
        body = {**stored.resource, "status": "inactive"}
        await records.write(by, [Write("update", stored.type, body, stored.id)])

    said: dict[str, Stored] = {}

    async def say(name: str, kind: str, *units: str, **more: Any) -> None:
        said[name] = await here.says(kind, *units, **more)

    async def protect() -> None:
        label = {"system": SECURITY_LABEL, "code": "sekretessmarkering"}
        body = {**here.patient.resource, "meta": {"security": [label]}}
        await records.write(system(WARD), [Write("update", "Patient", body, here.patient.id)])

    events: list[Callable[[], Any]] = [
        lambda: here.relation(WARD),
        lambda: here.relation(GP),
        lambda: say("consent", "sharing", GP),
        lambda: say("block", "block-outer", REGION, by=system(WARD)),
        lambda: say("inner", "block-inner", WARD),
        lambda: ended(said["block"], system(WARD)),
        lambda: ended(said["consent"], PATIENT),
        lambda: say("opening", "emergency", GP, by=staff(GP), period=for_an_hour()),
        protect,
        lambda: here.write(system(WARD), an_appointment(here.patient.reference, other.patient.reference)),
        lambda: here.relation(CLINIC),
    ]
    seen: list[Any] = []
    for event in events:
        await event()
        fresh = Records(records._db, Policy(base_url="http://testserver/fhir"))
        for reader in READERS:
            told = await _all_told(remembering, reader, here, of)
            assert told == await _all_told(fresh, reader, here, of)
            assert told == await _all_told(remembering, reader, here, of), "and the second time too"
            seen.append(told)
        await fresh.drain()
    await remembering.drain()

    for route in range(len(seen[0])):
        assert len({repr(told[route]) for told in seen}) > 1, f"route {route} never told anything else"


async def test_many_who_read_at_once_are_told_what_each_alone_would_be(records: Records) -> None:
    first = await world(records)
    second = await with_patient(first, "195001092385")
    worlds = []
    for here, unit in ((first, WARD), (second, GP)):
        plan = await here.write(system(unit), a_contract(here.patient.reference))
        note = await here.write(system(unit), observation(here.patient.reference))
        await here.write(system(unit), an_appointment(here.patient.reference))
        worlds.append((here, {"note": note, "plan": plan}))
    await first.relation(GP)
    await first.says("sharing", GP)
    await second.says("block-inner", GP)
    every = [(reader, here, of) for reader in READERS for here, of in worlds] * 3

    together = await asyncio.gather(*(_all_told(records, *each) for each in every))

    assert together == [await _all_told(records, *each) for each in every]
    assert len({repr(told) for told in together}) >= 4
