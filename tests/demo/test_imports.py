"""What other systems send, again and again: Min vårdplan cancer, a municipality's plans, a hospital's export.

The files of tests/examples are those that docs/integrate-fhir.md and docs/contract-api.md name.
"""

import asyncio
import copy
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.demo.conftest import Demo
from tests.demo.conftest import service as serving
from tests.support import tables
from tests.support.service import bearer, client_of, create

pytestmark = pytest.mark.asyncio(loop_scope="module")

Json = dict[str, Any]
EXAMPLES = Path(__file__).parents[1] / "examples"
COUNTS = (
    "SELECT (SELECT count(*) FROM version) AS versions, (SELECT count(*) FROM outbox) AS told, "
    "(SELECT count(*) FROM contract) AS contracts"
)
PLAIN = {
    "min-vardplan-cancer": ("system-hospital", "patient-cancer"),
    "kommun-genomforandeplan": ("system-municipality", "patient-stroke"),
    "kommun-sip": ("system-municipality", "patient-stroke"),
}
BUNDLES = {"min-vardplan-cancer.transaction": "cancer-contract", "sjukhus.transaction": None}


def example(name: str) -> Json:
    return json.loads((EXAMPLES / f"{name}.json").read_text())  # type: ignore[no-any-return]  # JSON


def http(demo: Demo, name: str) -> httpx.AsyncClient:
    return client_of(demo.app, bearer(demo.data, name))


def url_of(demo: Demo) -> str:
    return f"sqlite:///{demo.data / 'pk.db'}"


async def counted(demo: Demo) -> Json:
    return (await tables.select(url_of(demo), COUNTS))[0]


async def sent(demo: Demo, name: str, body: Json, status: int = 200) -> Json:
    answer = await http(demo, name).post("/v1/imports", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()  # type: ignore[no-any-return]  # JSON


async def transacted(demo: Demo, body: Json) -> list[Json]:
    headers = {"Content-Type": "application/fhir+json"}
    answer = await http(demo, "system-hospital").post("/fhir", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return [each["response"] for each in answer.json()["entry"]]


def outcomes(taken: Json) -> Json:
    return {each["sourceId"]: each["outcome"] for each in taken["items"]}


@pytest.mark.parametrize("name", PLAIN)
async def test_what_is_sent_again_changes_nothing_and_tells_nobody(demo: Demo, name: str) -> None:
    system, _ = PLAIN[name]
    first = await sent(demo, system, example(name))
    before = await counted(demo)

    again = await sent(demo, system, example(name))

    assert set(outcomes(first).values()) == {"created"}
    assert set(outcomes(again).values()) == {"unchanged"}
    assert await counted(demo) == before
    assert again["revision"] == first["revision"]
    assert [each["reference"] for each in again["items"]] == [each["reference"] for each in first["items"]]


@pytest.mark.parametrize("name", BUNDLES)
async def test_a_transaction_that_is_sent_again_changes_nothing_and_tells_nobody(
    demo: Demo, name: str
) -> None:
    first = await transacted(demo, example(name))
    before = await counted(demo)

    again = await transacted(demo, example(name))

    assert {each["status"][:3] for each in first} == {"201"}
    assert {each["status"][:3] for each in again} == {"200"}
    assert [each["etag"] for each in again] == ['W/"1"'] * len(again)
    assert await counted(demo) == before


async def test_of_a_changed_transaction_only_what_has_changed_gets_a_version(demo: Demo) -> None:
    body = example("sjukhus.transaction")
    await transacted(demo, body)
    (goal,) = [e["resource"] for e in body["entry"] if e["resource"]["resourceType"] == "Goal"]
    goal["description"]["text"] = "Gå i trappa med stöd av räcket"

    again = await transacted(demo, body)

    changed = [each["location"] for each in again if each["etag"] != 'W/"1"']
    assert len(changed) == 1
    assert "/Goal/" in changed[0]


async def test_a_cancer_plan_is_an_index_card_with_contact_nurse_and_rehabilitation(demo: Demo) -> None:
    taken = await sent(demo, "system-hospital", example("min-vardplan-cancer"))

    shown = (await http(demo, "patient-cancer").get(f"/v1/contracts/{taken['contract']}")).json()

    by_id = {each["id"]: each for part in ("plans", "contacts") for each in shown[part]}
    plan, nurse, rehab = (by_id[each["id"]] for each in taken["items"])
    assert (plan["kind"], plan["content"]) == ("min-vardplan-cancer", "index-card")
    assert plan["diagnosis"] == {"text": "Bröstcancer", "code": None, "system": None}
    assert plan["link"] == "https://minvardplan.example/planer/4711"
    assert (nurse["kind"], nurse["name"]) == ("kontaktsjukskoterska", "Karin Dahl")
    assert (rehab["kind"], rehab["partOf"]) == ("rehabiliteringsplan", plan["id"])


async def test_the_same_plan_by_fhir_reads_the_same(demo: Demo) -> None:
    await transacted(demo, example("min-vardplan-cancer.transaction"))

    shown = (await http(demo, "patient-cancer").get("/v1/contracts/cancer-contract")).json()

    (plan,) = [p for p in shown["plans"] if p["link"] == "https://minvardplan.example/planer/4712"]
    (rehab,) = [p for p in shown["plans"] if p["partOf"] == plan["id"]]
    assert (plan["content"], plan["diagnosis"]["text"]) == ("index-card", "Bröstcancer")
    assert rehab["kind"] == "rehabiliteringsplan"


async def test_of_a_changed_plan_only_what_the_sender_changed_is_changed(demo: Demo) -> None:
    body = example("kommun-genomforandeplan")
    first = await sent(demo, "system-municipality", body)
    own = next(each for each in first["items"] if each["sourceId"] == "GP-2026-0042-I2")
    async with http(demo, "patient-stroke") as patient:
        done = await patient.post(f"/v1/contracts/{first['contract']}/actions/{own['id']}/accept")
    assert done.status_code == 200, done.text
    changed = copy.deepcopy(body)
    changed["actions"][0]["text"] = "Stöd vid dusch tre gånger i veckan"
    changed["actions"].append(
        {"sourceId": "GP-2026-0042-I3", "text": "Följa med till affären", "side": "municipality"}
    )

    again = await sent(demo, "system-municipality", changed)

    assert outcomes(again) == {
        "GP-2026-0042": "unchanged",
        "GP-2026-0042-M1": "unchanged",
        "GP-2026-0042-I1": "updated",
        "GP-2026-0042-I2": "unchanged",
        "GP-2026-0042-I3": "created",
    }
    assert again["revision"] == first["revision"] + 2
    shown = (await http(demo, "patient-stroke").get(f"/v1/contracts/{first['contract']}")).json()
    actions = {each["id"]: each for each in shown["actions"]}
    assert actions[own["id"]]["state"] == "accepted"
    assert actions[again["items"][2]["id"]]["text"] == "Stöd vid dusch tre gånger i veckan"


async def test_what_is_no_longer_sent_stands_and_is_told(demo: Demo) -> None:
    body = example("kommun-genomforandeplan")
    await sent(demo, "system-municipality", body)
    left = {**body, "actions": body["actions"][:1]}

    told = await sent(demo, "system-municipality", left)

    assert "GP-2026-0042-I2" in told["notSent"]
    assert "GP-2026-0042-I1" not in told["notSent"]


async def test_a_coordinated_plan_comes_in_force_whole_or_not_at_all(demo: Demo) -> None:
    body = example("kommun-sip")
    for each in ("plan", "actions"):
        for one in body[each] if each == "actions" else [body[each]]:
            one["sourceId"] += "-x"
    lacking = {**body, "plan": {k: v for k, v in body["plan"].items() if k != "consent"}}
    before = await counted(demo)

    refused = await sent(demo, "system-municipality", lacking, 422)
    unchanged = await counted(demo)
    taken = await sent(demo, "system-municipality", body)

    assert any("HSL 2017:30" in each["detail"] for each in refused["errors"])
    assert unchanged == before
    shown = (await http(demo, "patient-stroke").get(f"/v1/contracts/{taken['contract']}")).json()
    plan = next(each for each in shown["plans"] if each["id"] == taken["items"][0]["id"])
    assert (plan["state"], plan["consent"]["on"]) == ("active", "2026-03-01")
    assert plan["lead"]["organisation"]["kind"] == "municipality"
    (care,) = [a for a in shown["actions"] if a["id"] == taken["items"][2]["id"]]
    assert (care["state"], care["plan"]) == ("requested", plan["id"])


async def test_a_consent_that_the_patient_took_back_is_not_given_again_by_an_import(demo: Demo) -> None:
    body = example("kommun-sip") | {"source": "https://verksamhet.exempelstad.example/sip-2"}
    taken = await sent(demo, "system-municipality", body)
    plan = f"/v1/contracts/{taken['contract']}/plans/{taken['items'][0]['id']}"
    shown = (await http(demo, "patient-stroke").get(plan)).json()
    address = f"/fhir/{shown['consent']['reference']}"
    consent = (await http(demo, "patient-stroke").get(address)).json() | {"status": "inactive"}
    headers = {"Content-Type": "application/fhir+json"}
    ended = await http(demo, "patient-stroke").put(address, json=consent, headers=headers)
    changed = {**body, "plan": {**body["plan"], "title": "SIP, ny rubrik"}}

    told = await sent(demo, "system-municipality", changed, 422)

    assert ended.status_code == 200, ended.text
    assert any("consent" in each["detail"] for each in told["errors"])
    assert (await http(demo, "patient-stroke").get(plan)).json()["consent"] is None


@pytest.mark.parametrize(
    ("path", "value", "pointer"),
    [
        (("actions", 0, "goals"), ["none"], "/actions/0/goals"),
        (("actions", 1, "sourceId"), "GP-2026-0042-I1", "/actions/1/sourceId"),
        (("actions", 0, "owner"), {"hsaId": "SE0000000000-NONE"}, "/actions/0/owner"),
    ],
)
async def test_what_is_wrong_is_named_and_nothing_is_stored(
    demo: Demo, path: tuple[Any, ...], value: Any, pointer: str
) -> None:
    body = example("kommun-genomforandeplan")
    body["source"] = "https://verksamhet.exempelstad.example/fel"
    at = body[path[0]][path[1]]
    at[path[2]] = value
    before = await counted(demo)

    told = await sent(demo, "system-municipality", body, 422)

    assert [each["pointer"] for each in told["errors"]] == [pointer]
    assert await counted(demo) == before


async def test_what_stands_outside_the_contract_is_in_the_way_and_nothing_is_stored(demo: Demo) -> None:
    body = example("kommun-genomforandeplan") | {"source": "https://verksamhet.exempelstad.example/utanfor"}
    task = {
        "resourceType": "Task",
        "identifier": [{"system": body["source"], "value": body["actions"][0]["sourceId"]}],
        "status": "requested",
        "intent": "plan",
        "for": {"reference": "Patient/stroke-patient"},
    }
    await create(http(demo, "system-municipality"), task)
    before = await counted(demo)

    told = await sent(demo, "system-municipality", body, 409)

    assert "outside" in told["detail"]
    assert await counted(demo) == before


@pytest.mark.parametrize(
    ("name", "status"), [("system-elsewhere", 404), ("patient-cancer", 404), ("statistics", 403)]
)
async def test_who_has_no_part_in_the_contract_sends_nothing_and_learns_nothing(
    demo: Demo, name: str, status: int
) -> None:
    before = await counted(demo)

    told = await sent(demo, name, example("kommun-sip"), status)

    assert "stroke" not in json.dumps(told)
    assert await counted(demo) == before


async def test_a_source_that_is_no_system_is_refused_before_all_else(demo: Demo) -> None:
    for source in ("kommunen", "https://a b", "https://a.example/|x", "https://a.example/#x", "urn:oid:9.1"):
        told = await sent(demo, "system-municipality", example("kommun-sip") | {"source": source}, 400)

        assert [each["pointer"] for each in told["errors"]] == ["/source"]


async def test_ids_of_one_system_that_two_care_providers_send_are_not_the_same(demo: Demo) -> None:
    plan = {"sourceId": "1", "kind": "vardplan", "title": "Sjukhusets plan"}
    body = {
        "patient": {"reference": "Patient/stroke-patient"},
        "source": "urn:oid:1.2.752.129.9.1",
        "plan": plan,
    }
    first = await sent(demo, "system-hospital", body)
    before = await counted(demo)

    told = await sent(demo, "system-municipality", body | {"plan": plan | {"title": "Kommunens plan"}}, 409)
    again = await sent(demo, "system-hospital", body)

    assert "another care provider" in told["detail"]
    assert (outcomes(first), outcomes(again)) == ({"1": "created"}, {"1": "unchanged"})
    assert await counted(demo) == before


async def test_an_import_that_is_sent_again_with_its_key_gets_the_same_answer(demo: Demo) -> None:
    body = example("kommun-genomforandeplan") | {"source": "https://verksamhet.exempelstad.example/nyckel"}
    key = {"Idempotency-Key": "nyckel-1"}
    other = body | {"source": "https://verksamhet.exempelstad.example/annan"}

    first, again, refused = [
        await http(demo, "system-municipality").post("/v1/imports", json=each, headers=key)
        for each in (body, body, other)
    ]

    assert first.status_code == 200, first.text
    assert again.content == first.content
    assert again.headers["Contract-Revision"] == first.headers["Contract-Revision"]
    assert refused.status_code == 422


@pytest_asyncio.fixture(loop_scope="module")
async def fresh(database_url: str, tmp_path: Path) -> AsyncIterator[Demo]:
    """The demo on each database."""
    async with serving(database_url, tmp_path) as running:
        yield running


async def test_of_many_who_send_the_same_at_once_each_item_is_made_once(fresh: Demo) -> None:
    body = example("kommun-sip")

    taken = await asyncio.gather(*(sent(fresh, "system-municipality", body) for _ in range(6)))

    made = [name for one in taken for name, outcome in outcomes(one).items() if outcome == "created"]
    assert sorted(made) == ["SIP-2026-117", "SIP-2026-117-1", "SIP-2026-117-2"]
    assert len({json.dumps([each["reference"] for each in one["items"]]) for one in taken}) == 1
    contract = f"/v1/contracts/{taken[0]['contract']}"
    shown = (await http(fresh, "patient-stroke").get(contract)).json()
    assert len([each for each in shown["actions"] if each["text"] == "Läkemedelsgenomgång"]) == 1
    found = (await http(fresh, "patient-stroke").get("/fhir/Consent?patient=stroke-patient")).json()
    plan = taken[0]["items"][0]["reference"]
    assert json.dumps(found).count(f'"{plan}"') == 1
