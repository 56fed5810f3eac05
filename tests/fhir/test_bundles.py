"""Batches and transactions planned, and answers joined."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pk_api.fhir.bundles import (
    Result,
    history_bundle,
    plan,
    require_distinct,
    response_bundle,
    searchset_bundle,
)
from pk_api.fhir.problems import Problem

NOW = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)
TASK = {"resourceType": "Task", "status": "requested", "intent": "plan"}


def bundle(*entries, kind="transaction"):
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


def entry(method, url, resource=None, **more):
    conditions = {key: more.pop(key) for key in tuple(more) if key.startswith("if")}
    given_ = {"request": {"method": method, "url": url, **conditions}, **more}
    return given_ | ({"resource": resource} if resource is not None else {})


def test_entries_are_processed_in_the_order_of_the_specification():
    planned = plan(
        bundle(
            entry("GET", "Task/1"),
            entry("PUT", "Task/2", {**TASK, "id": "2"}),
            entry("POST", "Task", TASK),
            entry("DELETE", "Task/3"),
            entry("PATCH", "Task/4", {"resourceType": "Parameters"}),
            entry("HEAD", "Task/1"),
        )
    )

    assert [(one.method, one.index) for one in planned] == [
        *(("DELETE", 3), ("POST", 2), ("PUT", 1), ("PATCH", 4), ("GET", 0), ("HEAD", 5)),
    ]


def test_an_entry_tells_its_parts():
    given_ = entry(
        "PUT", "Task/2", {**TASK, "id": "2"}, ifMatch='W/"3"', fullUrl="https://pk.example/fhir/Task/2"
    )

    (one,) = plan(bundle(given_))

    assert (one.type, one.id, one.criteria, one.if_match) == ("Task", "2", None, 'W/"3"')
    assert one.full_url == "https://pk.example/fhir/Task/2"
    assert one.resource == {**TASK, "id": "2"}
    assert one.is_write
    assert not one.is_create
    assert one.expression == "Bundle.entry[0]"


def test_a_conditional_update_tells_its_criteria():
    (one,) = plan(bundle(entry("PUT", "Task?identifier=urn:a%7C1", TASK)))

    assert (one.type, one.id, one.criteria) == ("Task", None, "identifier=urn:a%7C1")


def test_a_conditional_create_tells_its_condition():
    (one,) = plan(bundle(entry("POST", "Task", TASK, ifNoneExist="identifier=a|1")))

    assert one.is_create
    assert one.if_none_exist == "identifier=a|1"


@pytest.mark.parametrize("url", ["https://pk.example/fhir/Task/1", "/Task/1", "Task/1"])
def test_an_address_may_be_relative_or_our_own(url):
    (one,) = plan(bundle(entry("GET", url)), base_url="https://pk.example/fhir")

    assert one.path == ("Task", "1")


@pytest.mark.parametrize(
    ("url", "path", "query"),
    [
        ("Task?status=requested", ("Task",), "status=requested"),
        ("Task/1/_history/2", ("Task", "1", "_history", "2"), ""),
        ("CarePlan/1/$overview", ("CarePlan", "1", "$overview"), ""),
        ("metadata", ("metadata",), ""),
    ],
)
def test_reading_may_go_anywhere(url, path, query):
    (one,) = plan(bundle(entry("GET", url)))

    assert (one.path, one.query, one.is_write) == (path, query, False)


def test_operations_and_searches_by_post_are_no_creates():
    planned = plan(
        bundle(entry("POST", "Task/_search"), entry("POST", "Task/$count", {"resourceType": "Parameters"}))
    )

    assert [one.is_create for one in planned] == [False, False]


@pytest.mark.parametrize(
    ("wrong", "element"),
    [
        ({}, "request"),
        ({"request": "GET"}, "request"),
        (None, "request"),
        (entry("FETCH", "Task/1"), "request.method"),
        (entry("get", "Task/1"), "request.method"),
        ({"request": {"method": "GET"}}, "request.url"),
        (entry("GET", "https://other.example/fhir/Task/1"), "request.url"),
        (entry("GET", "Task/../Patient"), "request.url"),
        (entry("GET", "Task//1"), "request.url"),
        (entry("GET", "Task/%2e%2e"), "request.url"),
        (entry("GET", "Task/" + "a" * 65), "request.url"),
        (entry("POST", "Task/1", TASK), "request.url"),
        (entry("POST", "Task?status=x", TASK), "request.url"),
        (entry("POST", "", TASK), "request.url"),
        (entry("PUT", "Task", TASK), "request.url"),
        (entry("PUT", "Task/1/_history/2", TASK), "request.url"),
        (entry("DELETE", "Task"), "request.url"),
        (entry("POST", "Task"), "resource"),
        (entry("POST", "Task", {"resourceType": "Goal"}), "resource"),
        (entry("PUT", "Task/1", {**TASK, "id": "2"}), "resource.id"),
        (entry("PUT", "Task/1", TASK), "resource.id"),
        (entry("PATCH", "Task/1", TASK), "resource"),
        (entry("DELETE", "Task/1", TASK), "resource"),
        (entry("GET", "Task/1", TASK), "resource"),
        (entry("PUT", "Task/1", {**TASK, "id": "1"}, ifMatch=3), "request.ifMatch"),
    ],
)
def test_what_is_wrong_with_an_entry_is_named(wrong, element):
    with pytest.raises(Problem) as refused:
        plan(bundle(entry("GET", "Task/1"), wrong))

    assert [issue.expression for issue in refused.value.issues] == [f"Bundle.entry[1].{element}"]


def test_a_transaction_names_all_wrong_entries():
    with pytest.raises(Problem) as refused:
        plan(bundle(entry("FETCH", "Task/1"), entry("GET", "Task/1"), {}))

    assert [issue.expression for issue in refused.value.issues] == [
        "Bundle.entry[0].request.method",
        "Bundle.entry[2].request",
    ]


def test_a_wrong_entry_of_a_batch_carries_its_problem():
    planned = plan(bundle(entry("FETCH", "Task/1"), entry("GET", "Task/1"), kind="batch"))

    assert [(one.index, one.problem is not None) for one in planned] == [(1, False), (0, True)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (entry("PUT", "Task/1", {**TASK, "id": "1"}), entry("DELETE", "Task/1")),
        (entry("PUT", "Task/1", {**TASK, "id": "1"}), entry("PATCH", "/Task/1", {"resourceType": "Binary"})),
        (entry("PUT", "Task?identifier=1", TASK), entry("DELETE", "Task?identifier=1")),
        (entry("POST", "Task", TASK, ifNoneExist="a=1"), entry("POST", "Task", TASK, ifNoneExist="a=1")),
        (
            entry("POST", "Task", TASK, fullUrl="urn:uuid:a"),
            entry("POST", "Task", TASK, fullUrl="urn:uuid:a"),
        ),
    ],
)
def test_two_entries_of_a_transaction_about_one_resource_are_both_named(one, other):
    with pytest.raises(Problem) as refused:
        plan(bundle(one, entry("GET", "Task/1"), other))

    assert [issue.expression for issue in refused.value.issues] == ["Bundle.entry[0]", "Bundle.entry[2]"]


def test_reading_the_same_resource_twice_is_allowed():
    assert len(plan(bundle(entry("GET", "Task/1"), entry("GET", "Task/1")))) == 2


def test_entries_that_resolve_to_one_resource_are_refused_afterwards():
    with pytest.raises(Problem, match=r"Bundle.entry\[1\] and Bundle.entry\[4\]"):
        require_distinct([(0, "Task/1"), (1, "Task/2"), (4, "Task/2")])


@pytest.mark.parametrize(
    "wrong",
    [
        {"resourceType": "Bundle", "type": "searchset"},
        {"resourceType": "Bundle"},
        {"resourceType": "Task"},
        {"resourceType": "Bundle", "type": "batch", "entry": {}},
    ],
)
def test_what_is_no_batch_or_transaction_is_refused(wrong):
    with pytest.raises(Problem) as refused:
        plan(wrong)

    assert refused.value.kind == "invalid"


def test_a_bundle_has_a_largest_size():
    with pytest.raises(Problem) as refused:
        plan(bundle(*[entry("GET", "Task/1")] * 4), max_entries=3)

    assert refused.value.status == 413


def test_an_empty_transaction_has_nothing_to_do():
    assert plan({"resourceType": "Bundle", "type": "transaction"}) == []


@given(st.text(max_size=20), st.sampled_from(["GET", "POST", "PUT", "DELETE"]))
def test_any_address_is_planned_or_refused_as_a_problem(url, method):
    planned = plan(bundle(entry(method, url, TASK), kind="batch"))

    assert len(planned) == 1


def test_a_searchset_holds_the_stored_bytes_untouched():
    body = b'{"resourceType":"Observation","valueQuantity":{"value":72.50}}'

    text = searchset_bundle(
        [("https://pk.example/fhir/Observation/1", body)],
        links=[("self", "https://pk.example/fhir/Observation?_cursor=a")],
        now=NOW,
        total=1,
        ignored=["favourite"],
    )

    assert body in text
    told = json.loads(text)
    assert (told["type"], told["total"], told["timestamp"]) == ("searchset", 1, "2026-03-02T12:00:00.123Z")
    assert told["link"] == [{"relation": "self", "url": "https://pk.example/fhir/Observation?_cursor=a"}]
    assert [one["search"]["mode"] for one in told["entry"]] == ["match", "outcome"]
    assert "favourite" in told["entry"][1]["resource"]["issue"][0]["diagnostics"]


def test_an_empty_searchset_has_no_empty_list():
    told = json.loads(searchset_bundle([], links=[], now=NOW, total=0))

    assert told == {
        "resourceType": "Bundle",
        "type": "searchset",
        "timestamp": "2026-03-02T12:00:00.123Z",
        "total": 0,
    }


def test_a_history_tells_what_was_done_and_leaves_out_what_was_deleted():
    text = history_bundle(
        [
            ("https://pk.example/fhir", "Task/1", 3, "DELETE", NOW, b""),
            ("https://pk.example/fhir", "Task/1", 2, "PUT", NOW, b'{"id":"1"}'),
            ("https://pk.example/fhir", "Task/1", 1, "POST", NOW, b'{"id":"1"}'),
        ],
        links=[],
        now=NOW,
    )

    told = json.loads(text)["entry"]
    assert [one["request"] for one in told] == [
        {"method": "DELETE", "url": "Task/1"},
        {"method": "PUT", "url": "Task/1"},
        {"method": "POST", "url": "Task"},
    ]
    assert [one["response"]["etag"] for one in told] == ['W/"3"', 'W/"2"', 'W/"1"']
    assert ["resource" in one for one in told] == [False, True, True]


def test_an_answer_tells_the_status_of_each_entry():
    text = response_bundle(
        "transaction",
        [
            Result(201, "Task/1/_history/1", 1, NOW, b'{"resourceType":"Task"}'),
            Result(204),
            Result(404, outcome={"resourceType": "OperationOutcome"}),
        ],
    )

    told = json.loads(text)
    assert told["type"] == "transaction-response"
    assert [one["response"]["status"] for one in told["entry"]] == [
        "201 Created",
        "204 No Content",
        "404 Not Found",
    ]
    assert told["entry"][0] == {
        "resource": {"resourceType": "Task"},
        "response": {
            "status": "201 Created",
            "location": "Task/1/_history/1",
            "etag": 'W/"1"',
            "lastModified": "2026-03-02T12:00:00.123Z",
        },
    }


@given(st.lists(st.text(max_size=10), max_size=4))
def test_any_address_makes_a_bundle_that_can_be_read(urls):
    told = json.loads(searchset_bundle([(url, b"{}") for url in urls], links=[], now=NOW))

    assert [one["fullUrl"] for one in told.get("entry", [])] == urls
