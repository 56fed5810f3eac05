"""What a search shows of its matches: summaries, elements, counts; and what it says of what it ignored."""

import pytest

from tests.support.service import Service, bundle, entry, pages, problems, resources_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_summary_is_a_part_of_each_match(demo: Service) -> None:
    whole = resources_of(await pages(demo.http, "/fhir/CarePlan"))
    parts = resources_of(await pages(demo.http, "/fhir/CarePlan?_summary=true"))

    assert [one["id"] for one in parts] == [one["id"] for one in whole]
    assert all(one["meta"]["tag"][-1]["code"] == "SUBSETTED" for one in parts)
    assert not any("activity" in one for one in parts)


async def test_a_summary_that_counts_has_a_total_and_no_entries(demo: Service) -> None:
    told = (await demo.http.get("/fhir/CarePlan?_summary=count&patient=stroke-patient")).json()
    asked = (await demo.http.get("/fhir/CarePlan?_summary=count")).json()

    assert ("entry" in told, told["total"] > 0) == (False, True)
    assert asked["total"] == len(resources_of(await pages(demo.http, "/fhir/CarePlan")))


async def test_a_false_summary_is_the_whole(demo: Service) -> None:
    whole = resources_of(await pages(demo.http, "/fhir/Goal"))

    assert resources_of(await pages(demo.http, "/fhir/Goal?_summary=false")) == whole


async def test_named_elements_are_shown_of_the_matches_alone(demo: Service) -> None:
    found = (await demo.http.get("/fhir/Task?_elements=description&_include=Task:patient&_count=1")).json()

    match, along = (entry["resource"] for entry in found["entry"])
    assert match.keys() == {"resourceType", "id", "meta", "status", "intent", "description"}
    assert "identifier" in along


async def test_a_post_may_say_in_its_body_what_to_search(demo: Service) -> None:
    form = {"subject:Patient.name": "tolvan", "_summary": "true"}

    by_post = (await demo.http.post("/fhir/CarePlan/_search", data=form)).json()
    by_get = (await demo.http.get("/fhir/CarePlan", params=form)).json()

    assert by_post["entry"] == by_get["entry"]


async def test_a_compartment_and_the_service_are_searched_by_post_too(demo: Service) -> None:
    form = {"_type": "Goal"}

    within = (await demo.http.post("/fhir/Patient/stroke-patient/*/_search", data=form)).json()
    whole = (await demo.http.post("/fhir/_search", data=form)).json()

    assert {e["resource"]["resourceType"] for e in (*within["entry"], *whole["entry"])} == {"Goal"}
    assert len(whole["entry"]) >= len(within["entry"]) > 0


async def test_a_compartment_of_nobody_is_empty(demo: Service) -> None:
    answer = await demo.http.get("/fhir/Patient/nobody/CarePlan")

    assert (answer.status_code, answer.json().get("entry")) == (200, None)


async def test_pages_of_a_compartment_stay_within_it(demo: Service) -> None:
    found = resources_of(
        await pages(demo.http, "/fhir/Patient/stroke-patient/*?_count=7&_sort=-_lastUpdated")
    )

    moments = [one["meta"]["lastUpdated"] for one in found]
    assert moments == sorted(moments, reverse=True)
    assert len({(one["resourceType"], one["id"]) for one in found}) == len(found) > 14


async def test_a_cursor_of_one_compartment_opens_no_other(demo: Service) -> None:
    first = (await demo.http.get("/fhir/Patient/stroke-patient/Task?_count=1")).json()
    state = next(one["url"] for one in first["link"] if one["relation"] == "next").partition("?")[2]

    answer = await demo.http.get(f"/fhir/Patient/cancer-patient/Task?{state}")

    assert (answer.status_code, "_cursor" in problems(answer)[0]["diagnostics"]) == (400, True)


async def test_a_lenient_caller_is_told_of_each_thing_that_was_ignored(demo: Service) -> None:
    asked = "/fhir/Task?colour=red&subject:Device.status=x&_include=Task:colour&status:exact=x&_count=1"

    found = (await demo.http.get(asked, headers={"Prefer": "handling=lenient"})).json()

    outcome = next(e["resource"] for e in found["entry"] if e["search"]["mode"] == "outcome")
    assert [i["diagnostics"].split()[2] for i in outcome["issue"]] == [
        *("colour", "subject:Device.status", "_include", "status:exact")
    ]


async def test_a_read_shows_the_parts_that_are_asked_for(demo: Service) -> None:
    named = (await demo.http.get("/fhir/Patient/stroke-patient?_elements=gender")).json()
    summary = (await demo.http.get("/fhir/Patient/stroke-patient?_summary=text")).json()
    refused = await demo.http.get("/fhir/Patient/stroke-patient?_summary=whole")

    assert named.keys() == {"resourceType", "id", "meta", "gender"}
    assert summary.keys() <= {"resourceType", "id", "meta", "text"}
    assert refused.status_code == 400


async def test_a_batch_searches_as_its_addresses_say(demo: Service) -> None:
    urls = [
        "Patient/stroke-patient/Goal",
        "Patient/stroke-patient/*?_type=Goal",
        "?_type=Flag&_summary=count",
    ]
    entries = [entry("GET", url) for url in urls]

    told = (await bundle(demo.http, "batch", *entries)).json()

    first, second, third = (one["resource"] for one in told["entry"])
    assert [e["resource"]["id"] for e in first["entry"]] == [e["resource"]["id"] for e in second["entry"]]
    assert third["total"] >= 0


async def test_a_size_beside_the_cursor_is_that_of_the_next_pages(demo: Service) -> None:
    first = (await demo.http.get("/fhir/Task?_count=2")).json()
    following = next(link["url"] for link in first["link"] if link["relation"] == "next")

    answer = (await demo.http.get(f"{following}&_count=3")).json()

    assert len(answer["entry"]) == 3
    assert not {e["fullUrl"] for e in answer["entry"]} & {e["fullUrl"] for e in first["entry"]}
