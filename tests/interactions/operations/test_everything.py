"""Patient/$everything: the compartment as far as it is visible, and the directory that it names."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson
import pytest

from tests.support.reader import as_model
from tests.support.resources import a_goal, a_patient
from tests.support.service import (
    HOSPITAL,
    MUNICIPALITY,
    PRIMARY,
    TOLVAN,
    Service,
    a_registered_contract,
    bundle,
    create,
    entry,
    pages,
    problems,
    put,
)
from tests.support.tables import rows

OTHER = "195009072553"
FORM = "https://patientkontrakt.org/fhir/Questionnaire/follow-up"


def an_appointment(start: str, *actors: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Appointment",
        "status": "booked",
        "start": start,
        "end": start.replace("T10", "T11"),
        "participant": [{"actor": {"reference": actor}, "status": "accepted"} for actor in actors],
    } | more


async def a_record(http: httpx.AsyncClient) -> dict[str, str]:
    """A patient with a little of everything; references by name."""
    found = await a_registered_contract(http)
    patient = found["Patient"]
    other = f"Patient/{(await create(http, a_patient(OTHER)))['id']}"
    doctor = await create(http, {"resourceType": "Practitioner", "name": [{"family": "Läkarsson"}]})
    role = await create(
        http,
        {
            "resourceType": "PractitionerRole",
            "practitioner": {"reference": f"Practitioner/{doctor['id']}"},
            "organization": {"reference": found["Organization"]},
        },
    )
    form = await create(
        http, {"resourceType": "Questionnaire", "url": FORM, "status": "active", "version": "2"}
    )
    answers = {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "questionnaire": f"{FORM}|2",
        "subject": {"reference": patient},
    }
    made = {
        "goal": a_goal(patient),
        "shared": an_appointment("2026-05-01T10:00:00Z", other, patient, f"PractitionerRole/{role['id']}"),
        "march": an_appointment("2026-03-01T10:00:00Z", patient),
        "group": {
            "resourceType": "Group",
            "type": "person",
            "actual": True,
            "member": [{"entity": {"reference": patient}}],
        },
        "answers": answers,
        "elsewhere": a_goal(other),
    }
    out = {name: await create(http, one) for name, one in made.items()}
    return (
        found
        | {name: f"{r['resourceType']}/{r['id']}" for name, r in out.items()}
        | {
            "other": other,
            "doctor": f"Practitioner/{doctor['id']}",
            "role": f"PractitionerRole/{role['id']}",
            "form": f"Questionnaire/{form['id']}",
        }
    )


def modes(*told: dict[str, Any]) -> dict[str, str]:
    """Return the search mode of each resource, each of which is there once."""
    pairs = [
        (f"{one['resource']['resourceType']}/{one['resource']['id']}", one["search"]["mode"])
        for page in told
        for one in page.get("entry", ())
    ]
    assert len(dict(pairs)) == len(pairs), "a resource is there twice"
    return dict(pairs)


async def everything(http: httpx.AsyncClient, patient: str, **params: Any) -> dict[str, Any]:
    answer = await http.get(f"/fhir/{patient}/$everything", params=params)
    assert answer.status_code == 200, answer.text
    assert as_model(answer.json()).type == "searchset"
    return answer.json()  # type: ignore[no-any-return]


async def test_the_record_and_the_directory_that_it_names_are_there(service: Service) -> None:
    record = await a_record(service.http)

    told = await everything(service.http, record["Patient"])

    matches = ("Patient", "CarePlan", "CareTeam", "goal", "shared", "march", "group", "answers")
    includes = ("Organization", "doctor", "role", "form")
    assert modes(told) == {record[n]: "match" for n in matches} | {record[n]: "include" for n in includes}
    assert told["entry"][0]["resource"]["resourceType"] == "Patient"
    read = (await service.http.get(f"/fhir/{record['goal']}")).json()
    assert read in [one["resource"] for one in told["entry"]]


async def test_a_resource_of_two_patients_is_in_the_record_of_both(service: Service) -> None:
    record = await a_record(service.http)

    told = modes(await everything(service.http, record["other"]))

    assert told[record["shared"]] == "match"
    assert told[record["elsewhere"]] == "match"
    assert record["goal"] not in told
    assert record["Patient"] not in told


async def test_pages_hold_each_resource_once_under_every_size(service: Service) -> None:
    record = await a_record(service.http)
    whole = modes(await everything(service.http, record["Patient"]))

    for size in (1, 2, 5, 8, 11, 12):
        told = await pages(service.http, f"/fhir/{record['Patient']}/$everything?_count={size}")

        assert modes(*told) == whole
        assert all(len(page["entry"]) == size for page in told[:-1])
        assert all(TOLVAN not in link["url"] for page in told for link in page["link"])


async def test_types_limit_what_is_given(service: Service) -> None:
    record = await a_record(service.http)

    told = modes(await everything(service.http, record["Patient"], _type="Goal,Practitioner"))

    assert told == {record["goal"]: "match", record["doctor"]: "include"}


async def test_what_has_changed_since_is_given_with_what_it_names(service: Service) -> None:
    record = await a_record(service.http)
    goal = (await service.http.get(f"/fhir/{record['goal']}")).json()
    shared = (await service.http.get(f"/fhir/{record['shared']}")).json()
    await asyncio.sleep(0.002)
    changed = await put(service.http, goal | {"note": [{"text": "ändrat"}]})

    since = changed.json()["meta"]["lastUpdated"]
    told = modes(await everything(service.http, record["Patient"], _since=since))
    changed = await put(service.http, shared | {"description": "ändrat"})
    since = changed.json()["meta"]["lastUpdated"]
    later = modes(await everything(service.http, record["Patient"], _since=since))

    assert told == {record["goal"]: "match"}
    assert later.keys() == {record["shared"], record["role"], record["doctor"], record["Organization"]}


async def test_dates_of_care_limit_what_has_a_date(service: Service) -> None:
    record = await a_record(service.http)
    spring = await create(
        service.http,
        {
            "resourceType": "Encounter",
            "status": "finished",
            "class": {"code": "AMB"},
            "subject": {"reference": record["Patient"]},
            "period": {"start": "2026-02-01", "end": "2026-04-01"},
        },
    )

    march = modes(await everything(service.http, record["Patient"], start="2026-03-15", end="2026-04"))
    may = modes(await everything(service.http, record["Patient"], start="2026-05-01"))

    assert f"Encounter/{spring['id']}" in march
    assert f"Encounter/{spring['id']}" not in may
    assert record["march"] not in march
    assert record["shared"] in may
    assert record["goal"] in march.keys() & may.keys()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("who", [HOSPITAL, PRIMARY, MUNICIPALITY, "patient-stroke", "patient-cancer"])
async def test_everyone_gets_of_a_record_what_they_may_read(demo: Service, who: str) -> None:
    http, seen = demo.as_(who), {}
    current = [r for r in await rows(demo.database_url, "current") if not r["deleted"]]
    references = {f"{r['type']}/{r['id']}": r["patient_key"] for r in current}
    read = {r for r in references if (await http.get(f"/fhir/{r}")).status_code == 200}

    for patient in (r for r in references if r.startswith("Patient/")):
        answer = await http.get(f"/fhir/{patient}/$everything")
        assert answer.status_code == (200 if patient in read else 404)
        seen[patient] = modes(answer.json()) if patient in read else {}

    for patient, told in seen.items():
        own = {r for r in read if references[r] == references[patient]}
        matches = {r for r, mode in told.items() if mode == "match"}
        assert {r for r in matches if references[r] == references[patient]} == (own if told else set())
        assert told.keys() <= read
    assert any(seen.values())


@pytest.mark.asyncio(loop_scope="module")
async def test_a_patient_gets_the_own_record_without_naming_it(demo: Service) -> None:
    http = demo.as_("patient-stroke")

    own = modes((await http.get("/fhir/Patient/$everything")).json())

    assert own == modes((await http.get("/fhir/Patient/stroke-patient/$everything")).json())
    assert len(own) > 20


async def test_a_patient_without_a_right_to_be_seen_is_absent(service: Service) -> None:
    for address in ("Patient/nobody", "Patient/aaaaaaaaaaaaaaaaaaaaaaaaaa"):
        answer = await service.http.get(f"/fhir/{address}/$everything")

        assert (answer.status_code, problems(answer)[0]["code"]) == (404, "not-found")


async def test_every_page_leaves_a_row_of_the_audit_that_names_the_patient(service: Service) -> None:
    record = await a_record(service.http)

    told = await pages(service.http, f"/fhir/{record['Patient']}/$everything?_count=7")

    key = record["Patient"].partition("/")[2]
    audit = [r for r in await rows(service.database_url, "audit") if r["interaction"] == "everything"]
    own = [orjson.loads(r["entities"]) for r in audit if r["patient_key"] == key]
    assert len(own) == len(told) > 1
    assert all(f"{record['Patient']}/_history/1" in entities for entities in own)
    other = record["other"].partition("/")[2]
    assert [r["outcome"] for r in audit if r["patient_key"] == other] == ["allowed"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("_count=0", 400),
        ("_count=x", 400),
        ("_type=Nothing", 400),
        ("_since=yesterday", 400),
        ("start=2026-13", 400),
        ("_cursor=wrong", 400),
        ("_sort=date", 400),
        ("start=2026-01-01&start=2026-01-02", 400),
    ],
)
async def test_what_cannot_be_understood_is_refused_by_name(
    service: Service, query: str, status: int
) -> None:
    patient = await create(service.http, a_patient(TOLVAN))

    answer = await service.http.get(f"/fhir/Patient/{patient['id']}/$everything?{query}")

    assert answer.status_code == status, answer.text
    assert query.partition("=")[0] in problems(answer)[0]["diagnostics"]


async def test_a_lenient_caller_is_told_what_was_ignored(service: Service) -> None:
    patient = await create(service.http, a_patient(TOLVAN))

    answer = await service.http.get(
        f"/fhir/Patient/{patient['id']}/$everything?_sort=date", headers={"Prefer": "handling=lenient"}
    )

    assert answer.json()["entry"][-1]["search"]["mode"] == "outcome"
    assert "_sort" in answer.text


async def test_a_cursor_goes_with_its_own_patient_only(service: Service) -> None:
    record = await a_record(service.http)
    first = await everything(service.http, record["Patient"], _count=1)
    url = next(link["url"] for link in first["link"] if link["relation"] == "next")

    answer = await service.http.get(f"/fhir/{record['other']}/$everything?{urlsplit(url).query}")

    assert answer.status_code == 400


async def test_it_may_be_asked_for_by_post_and_in_a_batch(service: Service) -> None:
    record = await a_record(service.http)
    asked = {"resourceType": "Parameters", "parameter": [{"name": "_type", "valueCode": "Goal"}]}

    posted = await service.http.post(f"/fhir/{record['Patient']}/$everything", json=asked, headers=FHIR)
    batched = await bundle(
        service.http,
        "batch",
        entry("GET", f"{record['Patient']}/$everything?_type=Goal"),
        entry("POST", f"{record['Patient']}/$everything", asked),
        entry("GET", f"{record['Patient']}/$meta"),
    )

    told = [one["resource"] for one in batched.json()["entry"]]
    assert modes(posted.json()) == modes(told[0]) == modes(told[1]) == {record["goal"]: "match"}
    assert told[2]["resourceType"] == "Parameters"


async def test_who_is_no_patient_must_name_one(service: Service) -> None:
    answer = await service.http.get("/fhir/Patient/$everything")

    assert answer.status_code == 400
    assert "$export" in problems(answer)[0]["diagnostics"]


FHIR = {"Content-Type": "application/fhir+json"}
