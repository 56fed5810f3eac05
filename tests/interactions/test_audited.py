"""Every way in leaves its row before the answer leaves: each interaction, operation and contract route.

The tables of the service are walked, so that a new way in fails here until it is audited. On both databases.
"""

import itertools
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import orjson
import pytest
import pytest_asyncio

from pk_api.interactions.operations.table import OPERATIONS, Operation
from pk_api.interactions.routes import ROUTES
from tests.support.resources import a_goal, a_patient
from tests.support.service import TOLVAN, Service, a_registered_contract, as_fhir, create, entry, token_of
from tests.support.tables import Row, select

pytestmark = pytest.mark.asyncio(loop_scope="module")
SECOND = "195009072553"
_called = (f"audited-{n}" for n in itertools.count())
UNAUDITED = {"capabilities"}
"""What is published to anybody, before it is known who asks."""


@dataclass(frozen=True, slots=True)
class Ward:
    """A service with a contract of one patient, an appointment of two, and an export that was begun."""

    service: Service
    contract: dict[str, str]
    goal: str
    group: str
    other: str
    shared: str
    job: str

    async def rows_of(self, called: str) -> list[Row]:
        told = "SELECT * FROM audit WHERE request_id = '{}'"
        return await select(self.service.database_url, told.format(called))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ward(empty: Service) -> AsyncIterator[Ward]:
    http = empty.http
    contract = await a_registered_contract(http)
    goal = await create(http, a_goal(contract["Patient"]))
    other = f"Patient/{(await create(http, a_patient(SECOND)))['id']}"
    people = [contract["Patient"], other]
    appointment = await create(
        http,
        {
            "resourceType": "Appointment",
            "status": "booked",
            "start": "2026-03-02T08:00:00Z",
            "end": "2026-03-02T09:00:00Z",
            "participant": [{"actor": {"reference": one}, "status": "accepted"} for one in people],
        },
    )
    group = await create(
        http,
        {
            "resourceType": "Group",
            "type": "person",
            "actual": True,
            "member": [{"entity": {"reference": one}} for one in people],
        },
    )
    begun = await http.get("/fhir/$export", headers={"Prefer": "respond-async"})
    yield Ward(
        empty,
        contract,
        f"Goal/{goal['id']}",
        f"Group/{group['id']}",
        other,
        f"Appointment/{appointment['id']}",
        begun.headers["content-location"].rpartition("/")[2],
    )


def _requests(ward: Ward) -> dict[str, tuple[str, str, Any, dict[str, str]]]:
    """Return a request for each interaction of ROUTES: method, address, body, headers."""
    goal, patient = ward.goal, ward.contract["Patient"]
    body = a_goal(patient)
    patch = [{"op": "replace", "path": "/lifecycleStatus", "value": "active"}]
    batch = {"resourceType": "Bundle", "type": "batch", "entry": [entry("GET", goal)]}
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    return {
        "search": ("GET", f"/fhir/Goal?patient={patient}", None, {}),
        "search-post": ("POST", "/fhir/Goal/_search", f"patient={patient}", form),
        "bundle": ("POST", "/fhir", batch, as_fhir()),
        "history": ("GET", f"/fhir/{goal}/_history", None, {}),
        "read": ("GET", f"/fhir/{goal}", None, {}),
        "vread": ("GET", f"/fhir/{goal}/_history/1", None, {}),
        "create": ("POST", "/fhir/Goal", body, as_fhir()),
        "update": ("PUT", f"/fhir/{goal}", body | {"id": goal[5:]}, as_fhir()),
        "patch": ("PATCH", f"/fhir/{goal}", patch, {"Content-Type": "application/json-patch+json"}),
        "delete": ("DELETE", f"/fhir/{goal}", None, {}),
        "operation": ("GET", f"/fhir/{goal}/$meta", None, {}),
        "cancel": ("DELETE", f"/fhir/$export-status/{ward.job}", None, {}),
    }


NAMES = sorted({name for methods in ROUTES.values() for name in methods.values()} - UNAUDITED)
LAST = ["delete", "cancel"]
ORDERED = [*(name for name in NAMES if name not in LAST), *LAST]


async def _asked(
    http: httpx.AsyncClient, request: tuple[str, str, Any, dict[str, str]]
) -> tuple[str, httpx.Response]:
    method, address, body, headers = request
    called = next(_called)
    content = body.encode() if isinstance(body, str) else orjson.dumps(body) if body is not None else None
    told = {**headers, "X-Request-Id": called}
    return called, await http.request(method, address, content=content, headers=told)


async def test_who_may_not_leaves_a_row_by_every_interaction(ward: Ward) -> None:
    requests = _requests(ward)

    for name in NAMES:
        called, answer = await _asked(ward.service.as_("operator"), requests[name])
        rows = await ward.rows_of(called)
        assert answer.status_code in (200, 403), (name, answer.text)
        assert {row["outcome"] for row in rows} == {"refused"}, name
        assert {row["actor_kind"] for row in rows} == {"operator"}


def _places(one: Operation, ward: Ward) -> Iterator[str]:
    """Yield addresses at which an operation may be asked for."""
    there = {r.split("/")[0]: r for r in (*ward.contract.values(), ward.goal, ward.group)}
    if one.on_system:
        yield f"/fhir/${one.name}"
    if one.on_job:
        yield f"/fhir/${one.name}/{ward.job}{'-1' if one.name.endswith('file') else ''}"
    for kind in sorted(one.on_type)[:1] if "Goal" not in one.on_type else ["Goal"]:
        if one.name != "everything":  # that of the type is the patient's own: below
            yield f"/fhir/{kind}/${one.name}"
    for kind in ["Goal"] if "Goal" in one.on_instance else sorted(one.on_instance)[:1]:
        yield f"/fhir/{there.get(kind, f'{kind}/none')}/${one.name}"


def _body(one: Operation, ward: Ward) -> tuple[str, Any, dict[str, str]]:
    """Return the method, body and headers of an operation."""
    if one.changes:
        told = TOLD.get(one.name, [{"name": "meta", "valueMeta": {"tag": [{"code": "x"}]}}])
        return "POST", {"resourceType": "Parameters", "parameter": told}, as_fhir()
    if one.name == "validate":
        goal = a_goal(ward.contract["Patient"])
        return (
            "POST",
            {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": goal}]},
            as_fhir(),
        )
    return "GET", None, {"Prefer": "respond-async"} if one.name == "export" else {}


_STATUS = "http://hl7.org/fhir/goal-status"
_TWIN = [{"name": "duplicate", "valueReference": {"reference": "Patient/nobody"}}]
TOLD = {
    "propose-agreement": [{"name": "text", "valueString": "Så gör vi"}],
    "agree": [{"name": "number", "valueInteger": 1}],
    "decline-agreement": [{"name": "number", "valueInteger": 1}, {"name": "reason", "valueString": "Nej"}],
    "give-discharge-summary": [{"name": "text", "valueString": "Du har haft en stroke."}],
    "merge-record": _TWIN,
    "unmerge-record": _TWIN,
    "apply": [{"name": "subject", "valueString": "Patient/nobody"}],
    "note-death": [{"name": "on", "valueDate": "2999-01-01"}],
    "answer-wish": [{"name": "answer", "valueCode": "withdrawn"}],
    "assign-responsible": [
        {"name": "contact", "valueReference": {"reference": "CareTeam/nobody"}},
        {"name": "reason", "valueCode": "most-contact"},
    ],
}
TOLD |= {
    "mark-milestone": [{"name": "kind", "valueCode": "first-at-discharge"}],
    "tell-sip-need": [{"name": "state", "valueCode": "needed"}],
    "reconcile-plans": [
        {"name": "plan", "valueReference": {"reference": f"CarePlan/{one}"}} for one in ("nobodys", "others")
    ],
    "ask-to-take-over": [{"name": "to", "valueReference": {"reference": "Organization/nobody"}}],
    "answer-handover": [{"name": "answer", "valueCode": "withdrawn"}],
    "answer-offer": [{"name": "answer", "valueCode": "accepted"}],
    "tell-discharge": [{"name": "event", "valueCode": "ready"}],
    "tell-sip-call": [{"name": "event", "valueCode": "confirm"}],
    "protect-identity": [{"name": "kind", "valueCode": "sekretessmarkering"}],
}
QUERIES = {
    "pk-as-of": "at=revision:1",
    "pk-changes": "from=revision:1",
    "pk-diff": "from={goal}/_history/1&to={goal}/_history/1",
    "ValueSet-expand": "url=http://hl7.org/fhir/ValueSet/goal-status",
    "ValueSet-validate-code": f"url=http://hl7.org/fhir/ValueSet/goal-status&code=active&system={_STATUS}",
    "CodeSystem-validate-code": f"url={_STATUS}&code=active",
    "CodeSystem-lookup": f"system={_STATUS}&code=active",
    "CodeSystem-subsumes": f"system={_STATUS}&codeA=active&codeB=active",
}


@pytest.mark.parametrize("actor", ["system-hospital", "operator"])
async def test_every_operation_leaves_a_row_where_it_may_be_asked_for(ward: Ward, actor: str) -> None:
    silent = []

    for one in OPERATIONS:
        method, body, headers = _body(one, ward)
        query = QUERIES.get(one.definition.rpartition("/")[2], "").format(goal=ward.goal)
        for place in _places(one, ward):
            address = f"{place}?{query}" if query else place
            called, answer = await _asked(ward.service.as_(actor), (method, address, body, headers))
            if not await ward.rows_of(called):
                silent.append((address, answer.status_code))

    assert silent == []


async def test_who_may_leaves_a_row_that_names_the_patient_by_every_interaction(ward: Ward) -> None:
    patient = ward.contract["Patient"].split("/")[1]
    requests = _requests(ward)

    for name in ORDERED:
        called, answer = await _asked(ward.service.http, requests[name])
        rows = await ward.rows_of(called)
        assert answer.status_code < 300, (name, answer.text)
        assert {row["patient_key"] for row in rows} == ({"0"} if name == "cancel" else {patient}), name
        assert {row["outcome"] for row in rows} == {"allowed"}
        assert {(row["actor_kind"], row["provider"] is None) for row in rows} == {("system", False)}


async def test_a_patient_who_fetches_everything_of_the_own_leaves_a_row(ward: Ward) -> None:
    claims = {"personal_identity_number": TOLVAN, "sub": "tolvan"}
    bearer = {"Authorization": f"Bearer {token_of(ward.service.data, 'patient-stroke', **claims)}"}

    called, answer = await _asked(ward.service.as_(None), ("GET", "/fhir/Patient/$everything", None, bearer))

    rows = await ward.rows_of(called)
    assert answer.status_code == 200
    assert {(row["actor_kind"], row["person"]) for row in rows} == {("patient", TOLVAN)}
    assert ward.contract["Patient"].split("/")[1] in {row["patient_key"] for row in rows}


@pytest.mark.parametrize("claims", [{"aud": "another"}, {"exp": 1_700_000_000, "iat": 1_699_999_000}])
async def test_a_refused_token_whose_bearer_is_known_leaves_a_row_a_minute(
    ward: Ward, claims: dict[str, Any]
) -> None:
    http = ward.service.as_(None)
    told = claims | {"client_id": f"client of {sorted(claims)}"}
    http.headers["Authorization"] = f"Bearer {token_of(ward.service.data, 'nurse-stroke', **told)}"

    answers = [await http.get(f"/fhir/{ward.shared}") for _ in range(3)]

    asked = "SELECT * FROM audit WHERE interaction = 'token'"
    rows = [r for r in await select(ward.service.database_url, asked) if r["client"] == told["client_id"]]
    assert {answer.status_code for answer in answers} == {401}
    assert [(r["outcome"], r["actor"], r["detail"]) for r in rows] == [
        ("refused", "SE2329990010-P001", "unauthenticated")
    ]


async def test_a_token_that_nobody_trusted_signed_leaves_no_row(ward: Ward) -> None:
    http = ward.service.as_(None)
    token = token_of(ward.service.data, "nurse-stroke", client_id="forged")
    http.headers["Authorization"] = f"Bearer {token[:-8]}AAAAAAAA"

    answer = await http.get(f"/fhir/{ward.shared}")

    told = await select(ward.service.database_url, "SELECT * FROM audit WHERE client = 'forged'")
    assert (answer.status_code, told) == (401, [])


@pytest.mark.parametrize("kind", ["Appointment", "Group"])
async def test_what_is_about_two_patients_leaves_a_row_for_each(ward: Ward, kind: str) -> None:
    reference = ward.shared if kind == "Appointment" else ward.group
    both = {ward.contract["Patient"].split("/")[1], ward.other.split("/")[1]}

    for address in (f"/fhir/{reference}", f"/fhir/{kind}", f"/fhir/{reference}/_history"):
        called, answer = await _asked(ward.service.http, ("GET", address, None, {}))
        rows = await ward.rows_of(called)
        assert answer.status_code == 200
        assert both <= {row["patient_key"] for row in rows}
        assert all(f"{reference}/_history/1" in row["entities"] for row in rows if row["patient_key"] in both)


async def test_a_group_of_one_names_its_patient(ward: Ward) -> None:
    member = [{"entity": {"reference": ward.other}}]
    alone = {"resourceType": "Group", "type": "person", "actual": True, "member": member}
    group = await create(ward.service.http, alone)

    called, _ = await _asked(ward.service.http, ("GET", f"/fhir/Group/{group['id']}", None, {}))

    assert ward.other.split("/")[1] in {row["patient_key"] for row in await ward.rows_of(called)}


async def test_a_refusal_names_what_was_asked_for(ward: Ward) -> None:
    patient = ward.contract["Patient"].split("/")[1]

    for actor in ("operator", "system-elsewhere"):
        called, answer = await _asked(ward.service.as_(actor), ("GET", f"/fhir/{ward.shared}", None, {}))
        rows = await ward.rows_of(called)
        assert answer.status_code in (403, 404)
        assert [(row["patient_key"], row["entities"]) for row in rows] == [(patient, f'["{ward.shared}"]')]
        assert rows[0]["outcome"] in ("refused", "absent")


async def test_an_included_resource_of_another_patient_is_named_too(ward: Ward) -> None:
    address = f"/fhir/Appointment?_id={ward.shared.split('/')[1]}&_include=Appointment:patient"

    called, answer = await _asked(ward.service.http, ("GET", address, None, {}))

    told = {
        one["resource"]["id"]
        for one in answer.json()["entry"]
        if one["resource"]["resourceType"] == "Patient"
    }
    assert told == {row["patient_key"] for row in await ward.rows_of(called)}
