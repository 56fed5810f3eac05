"""IHE's Care Plan Service (DCP) and Care Team Service (DCTM): each interaction and search parameter.

Source: IHE, github.com/IHE/fhir, CapabilityStatement/capabilitystatement-IHE_DCP_CarePlanService.xml and
capabilitystatement-IHE_DCTM_CareTeamService.xml. JSON alone.
"""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.support.resources import a_patient
from tests.support.service import Service, a_registered_contract, as_fhir, bundle, create, entry, put

Json = dict[str, Any]

pytestmark = pytest.mark.asyncio(loop_scope="module")

INTERACTIONS = ("create", "update", "read", "vread", "search-type", "history-instance", "history-type")
OF_CARE_PLAN = (
    *(
        "activity-code",
        "activity-date",
        "activity-reference",
        "based-on",
        "care-team",
        "category",
        "condition",
    ),
    *("date", "instantiates-canonical", "instantiates-uri", "intent", "part-of", "patient", "replaces"),
    *("status", "subject"),
)
OF_CARE_TEAM = ("category", "date", "participant", "patient", "status", "subject")
OF_SUBSCRIPTION = {
    "contact": "drift@example.org",
    "criteria": "CarePlan?category",
    "payload": "application/fhir+json",
    "status": "requested",
    "type": "rest-hook",
    "uri": "https://example.org/hook",
}
HOOK = {
    "resourceType": "Subscription",
    "status": "requested",
    "contact": [{"system": "email", "value": "drift@example.org"}],
    "reason": "Planer",
    "criteria": "CarePlan?category=x",
    "channel": {
        "type": "rest-hook",
        "endpoint": "https://example.org/hook",
        "payload": "application/fhir+json",
    },
}
CODES = "http://example.org/codes"
OTHER = "195009072553"


class Known:
    """The resources that the tests ask for, and what each parameter finds the rich ones by."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.rich: dict[str, str] = {}
        self.foreign: dict[str, str] = {}
        self.values: dict[str, dict[str, str]] = {}

    async def make(self) -> None:
        """Store them: of one patient with everything said, of another with next to nothing."""
        ours = await a_registered_contract(self.http)
        patient, contract, team = ours["Patient"], ours["CarePlan"], ours["CareTeam"]
        subject = {"subject": {"reference": patient}}
        bare = {"resourceType": "CarePlan", "status": "draft", "intent": "plan"}
        part = {"partOf": [{"reference": contract}]}
        first, second = [await self._made(bare | subject | part) for _ in range(2)]
        condition = await self._made({"resourceType": "Condition", "code": {"text": "Stroke"}} | subject)
        task = await self._made(
            {
                "resourceType": "Task",
                "status": "requested",
                "intent": "plan",
                "description": "Ring",
                "basedOn": [{"reference": contract}],
                "for": {"reference": patient},
            }
        )
        plan = {
            **bare,
            **subject,
            **part,
            "status": "on-hold",
            "intent": "order",
            "instantiatesCanonical": ["http://example.org/PlanDefinition/stroke"],
            "instantiatesUri": ["http://example.org/protocol"],
            "basedOn": [{"reference": first}],
            "replaces": [{"reference": second}],
            "category": [_coded("rehab")],
            "period": {"start": "2026-01-10", "end": "2026-06-30"},
            "careTeam": [{"reference": team}],
            "addresses": [{"reference": condition}],
            "activity": [
                {
                    "detail": {
                        "status": "scheduled",
                        "code": _coded("walk"),
                        "scheduledPeriod": {"start": "2026-02-02", "end": "2026-02-03"},
                    }
                },
                {"reference": {"reference": task}},
            ],
        }
        member = {"member": {"reference": ours["Organization"]}}
        group = {
            "resourceType": "CareTeam",
            "status": "suspended",
            "category": [_coded("team")],
            "period": {"start": "2026-01-10"},
            "participant": [member],
            **subject,
        }
        self.rich = {"CarePlan": await self._made(plan), "CareTeam": await self._made(group)}
        self.values = {
            "CarePlan": {
                "activity-code": f"{CODES}|walk",
                "activity-date": "2026-02",
                "activity-reference": task,
                "based-on": first,
                "care-team": team,
                "category": f"{CODES}|rehab",
                "condition": condition,
                "date": "ge2026-03-01",
                "instantiates-canonical": "http://example.org/PlanDefinition/stroke",
                "instantiates-uri": "http://example.org/protocol",
                "intent": "order",
                "part-of": contract,
                "patient": patient,
                "replaces": second,
                "status": "on-hold",
                "subject": patient,
            },
            "CareTeam": {
                "category": f"{CODES}|team",
                "date": "ge2026-01-10",
                "participant": ours["Organization"],
                "patient": patient,
                "status": "suspended",
                "subject": patient,
            },
        }
        await self._make_foreign(bare)

    async def _make_foreign(self, bare: Json) -> None:
        other = {"subject": {"reference": await self._made(a_patient(OTHER))}}
        team = {"resourceType": "CareTeam", "status": "active"}
        self.foreign = {
            "CarePlan": await self._made(bare | other),
            "CareTeam": await self._made(team | other),
        }

    async def _made(self, resource: Json) -> str:
        stored = await create(self.http, resource)
        return f"{stored['resourceType']}/{stored['id']}"


def _coded(code: str) -> Json:
    return {"coding": [{"system": CODES, "code": code}]}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def known(empty: Service) -> AsyncIterator[Known]:
    made = Known(empty.http)
    await made.make()
    yield made


def _references(answer: httpx.Response) -> set[str]:
    assert answer.status_code == 200, answer.text
    found = [each["resource"] for each in answer.json().get("entry", [])]
    return {f"{each['resourceType']}/{each['id']}" for each in found}


async def _searched(known: Known, kind: str, parameter: str) -> None:
    found = _references(
        await known.http.get(f"/fhir/{kind}", params={parameter: known.values[kind][parameter]})
    )

    assert known.rich[kind] in found
    assert known.foreign[kind] not in found


@pytest.mark.parametrize("parameter", OF_CARE_PLAN)
async def test_a_care_plan_is_found_by_each_parameter(known: Known, parameter: str) -> None:
    await _searched(known, "CarePlan", parameter)


@pytest.mark.parametrize("parameter", OF_CARE_TEAM)
async def test_a_care_team_is_found_by_each_parameter(known: Known, parameter: str) -> None:
    await _searched(known, "CareTeam", parameter)


@pytest.mark.parametrize("parameter", OF_SUBSCRIPTION)
async def test_a_subscription_is_found_by_each_parameter(known: Known, parameter: str) -> None:
    other = HOOK | {"status": "off", "criteria": "Task?x=y", "channel": {"type": "email"}}
    del other["contact"]
    wanted = await create(known.http, HOOK)
    unwanted = await create(known.http, other)

    answer = await known.http.get("/fhir/Subscription", params={parameter: OF_SUBSCRIPTION[parameter]})

    found = {e["resource"]["id"] for e in answer.json()["entry"]}
    assert (wanted["id"] in found, unwanted["id"] in found) == (True, False)


async def test_a_subscription_stays_requested_until_it_can_be_delivered(known: Known) -> None:
    active = await known.http.post("/fhir/Subscription", json=HOOK | {"status": "active"}, headers=as_fhir())
    telling = HOOK | {"criteria": f"CarePlan?patient.identifier={OTHER}"}
    named = await known.http.post("/fhir/Subscription", json=telling, headers=as_fhir())

    made = await create(known.http, HOOK)

    assert (active.status_code, named.status_code) == (422, 422)
    assert OTHER not in named.text
    assert made["status"] == "requested"


@pytest.mark.parametrize("kind", ["CarePlan", "CareTeam", "Subscription"])
async def test_each_interaction_is_done(known: Known, kind: str) -> None:
    http, rich = known.http, known.rich.get(kind)
    whole = (await http.get(f"/fhir/{rich}")).json() if rich else HOOK
    after = "off" if kind == "Subscription" else "active"

    made = await create(http, {key: each for key, each in whole.items() if key not in ("id", "meta")})
    changed = await put(http, made | {"status": after})
    place = f"/fhir/{kind}/{made['id']}"
    answers = [
        await http.get(f"{place}{rest}") for rest in ("", "/_history/1", "/_history/2", "/_history")
    ] + [await http.get(f"/fhir/{kind}/_history"), await http.get(f"/fhir/{kind}?_id={made['id']}")]

    assert changed.status_code == 200
    assert [each.status_code for each in answers] == [200] * 6
    assert [each.json()["status"] for each in answers[:3]] == [after, whole["status"], after]
    assert len(answers[3].json()["entry"]) == 2


async def test_a_batch_reads_and_writes(known: Known) -> None:
    goal = {"resourceType": "CarePlan", "status": "draft", "intent": "plan"}
    patient = known.values["CarePlan"]["patient"]

    answer = await bundle(
        known.http,
        "batch",
        entry("GET", known.rich["CarePlan"]),
        entry("POST", "CarePlan", goal | {"subject": {"reference": patient}}),
    )

    assert [one["response"]["status"][:3] for one in answer.json()["entry"]] == ["200", "201"]


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [("CarePlan", OF_CARE_PLAN), ("CareTeam", OF_CARE_TEAM), ("Subscription", tuple(OF_SUBSCRIPTION))],
)
async def test_the_statement_tells_of_each_of_them(
    empty: Service, kind: str, parameters: tuple[str, ...]
) -> None:
    statement = (await empty.http.get("/fhir/metadata")).json()
    rest = statement["rest"][0]

    (told,) = [one for one in rest["resource"] if one["type"] == kind]
    assert set(INTERACTIONS) - {one["code"] for one in told["interaction"]} == set()
    assert set(parameters) - {one["name"] for one in told["searchParam"]} == set()
    assert "batch" in {one["code"] for one in rest["interaction"]}
    assert [one.rpartition("/")[2] for one in statement["instantiates"][1:]] == [
        "IHE_DCP_CarePlanService",
        "IHE_DCTM_CareTeamService",
    ]
