"""Task/$answer-wish and CarePlan/$assign-responsible: each is one row and one call of the contract API."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from pk_api.access.actor import Actor
from pk_api.contract.editing.wishes import new_wish
from pk_api.fhir.problems import Problem
from pk_api.fhir.validate import check
from pk_api.fhir.values import parse
from pk_api.interactions.call import Call
from pk_api.interactions.cursors import Cursors
from pk_api.interactions.operations.table import find
from pk_api.records.records import Records
from tests.contract.cases import NOW
from tests.rules.named_contacts import a_contact, employed, named
from tests.rules.people import GP, PATIENT, WARD, World, system, world
from tests.support.resources import a_contract


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The contract API is tried on both; what the operations add is the same on either."""
    shutil.copy(sqlite_template, tmp_path / "pk.db")
    return f"sqlite:///{tmp_path / 'pk.db'}"


async def _asked(records: Records, actor: Actor, operation: str, about: str, **given: Any) -> Any:
    parameters = [{"name": name, **value} for name, value in given.items()]
    body = {"resourceType": "Parameters", "parameter": parameters}
    kind, _, name = about.partition("/")
    call = Call(actor, kind, name, resource=body, operation=operation, is_post=True, base="http://x")
    told = parse((await find(call).perform(records, Cursors(b"0" * 43 + b"="), call)).body)
    assert check(told) == []
    return {one["name"]: one.get("part", one.get("valueString")) for one in told["parameter"]}


async def _wished(here: World) -> str:
    own, ward = {"reference": here.patient.reference}, {"reference": here.at[WARD]}
    wish = new_wish({"kind": "contact"}, patient=own, writer=own, to=ward, now=NOW)
    return (await here.write(PATIENT, wish)).reference


async def test_a_wish_is_answered_with_a_contact_or_declined_or_taken_back(records: Records) -> None:
    here = await world(records)
    await here.relation(WARD)
    contact = await named(here, WARD, a_contact(here, await employed(here, WARD)))
    wishes = [await _wished(here) for _ in range(3)]
    said = {"contact": {"valueReference": {"reference": contact.reference}}}
    no = {"answer": {"valueCode": "declined"}, "reason": {"valueString": "Nej"}}

    with pytest.raises(Problem) as refusal:
        await _asked(records, system(GP), "answer-wish", wishes[0], **no)
    yes = await _asked(
        records, system(WARD), "answer-wish", wishes[0], answer={"valueCode": "accepted"}, **said
    )
    declined = await _asked(records, system(WARD), "answer-wish", wishes[1], **no)
    back = await _asked(records, PATIENT, "answer-wish", wishes[2], answer={"valueCode": "withdrawn"})

    assert refusal.value.kind == "not-found"
    assert (yes["state"], yes["contact"], yes["reference"]) == ("accepted", contact.id, wishes[0])
    assert (declined["state"], back["state"]) == ("declined", "withdrawn")


async def test_a_contact_is_assigned_to_be_responsible(records: Records) -> None:
    here = await world(records)
    await here.relation(WARD)
    contact = await named(here, WARD, a_contact(here, await employed(here, WARD)))
    plan = await here.write(system(WARD), a_contract(here.patient.reference))
    given = {"contact": {"valueReference": {"reference": contact.reference}}}

    told = await _asked(
        records,
        system(WARD),
        "assign-responsible",
        plan.reference,
        reason={"valueCode": "most-contact"},
        **given,
    )

    assert (told["contact"], told["rule"], told["reason"]) == (contact.id, "assigned", "most-contact")
