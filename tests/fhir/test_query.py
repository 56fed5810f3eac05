"""Reading a search."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pk_api.fhir.problems import Problem
from pk_api.fhir.search.conditions import Chain, Has
from pk_api.fhir.search.filter_values import split, unescape
from pk_api.fhir.search.query import parse_query
from pk_api.fhir.search.spans import when


def the_filter(type_, name, text):
    return parse_query(type_, [(name, text)]).filters[0]


def test_a_filter_gives_the_substrings_to_look_for():
    assert the_filter("CarePlan", "category", "urn:a|x,y").needles() == (
        "\x1fcategory\x1eurn:a|x\x1f",
        "\x1fcategory\x1ey\x1f",
    )
    assert the_filter("Patient", "name", "Åsa").needles() == ("\x1fname\x1eåsa",)
    assert the_filter("CarePlan", "patient:identifier", "a|1").needles() == (
        "\x1fpatient:identifier\x1ea|1\x1f",
    )
    assert the_filter("CarePlan", "date:missing", "true").needles() == ("\x1fdate\x1e",)
    assert the_filter("CarePlan", "date", "2026").needles() == ()


def test_a_bare_id_may_be_of_every_type_that_the_parameter_allows():
    assert the_filter("CarePlan", "subject", "1").values == ("Group/1", "Patient/1")


def test_an_address_of_our_own_is_a_local_reference():
    query = parse_query(
        "Task", [("owner", "https://pk.example/fhir/Patient/1")], base_url="https://pk.example/fhir"
    )

    assert query.filters[0].values == ("Patient/1",)


def test_a_birth_date_has_a_value_for_the_lookup():
    assert the_filter("Patient", "birthdate", "1912-12-12").values == ("1912-12-12",)
    assert the_filter("Patient", "birthdate", "1912").values == ()


def test_a_plus_that_became_a_space_is_read_as_a_plus():
    assert (
        the_filter("CarePlan", "date", "2026-03-02T12:00:00 01:00").ranges[0].low
        == when("2026-03-02T11:00:00Z")[0]
    )


def test_results_parameters_are_read():
    query = parse_query(
        "CarePlan",
        [
            *(("_count", "10"), ("_sort", "-date,_id"), ("_total", "accurate"), ("_cursor", "abc")),
            *(("_format", "application/fhir+json; charset=utf-8"), ("_pretty", "true")),
        ],
    )

    assert (query.count, query.total, query.cursor, query.is_pretty) == (10, "accurate", "abc", True)
    assert [(sort.parameter.code, sort.is_descending) for sort in query.sort] == [
        ("date", True),
        ("_id", False),
    ]


def test_the_count_has_a_default_and_a_limit():
    assert parse_query("CarePlan", []).count == 50
    assert parse_query("CarePlan", [("_count", "9999")]).count == 500
    assert parse_query("CarePlan", [("_count", "0")]).count == 0


def test_a_sort_by_the_types_own_date_is_told():
    assert parse_query("CarePlan", [("_sort", "-date")]).is_by_date is True
    assert parse_query("Task", [("_sort", "authored-on")]).is_by_date is False
    assert parse_query("CarePlan", [("_sort", "_lastUpdated")]).is_by_date is None
    assert parse_query("CarePlan", []).is_by_date is None


@pytest.mark.parametrize(
    ("type_", "pairs", "expected"),
    [
        ("CarePlan", [("patient", "1")], {"1"}),
        ("CarePlan", [("subject", "Patient/1")], {"1"}),
        ("CarePlan", [("subject", "1")], None),
        ("CarePlan", [("patient", "1,2"), ("subject", "Patient/2")], {"2"}),
        ("CarePlan", [("patient", "https://other.example/Patient/1")], None),
        ("CarePlan", [("patient:identifier", "a|1")], None),
        ("CarePlan", [("patient:missing", "false")], None),
        ("CarePlan", [("status", "active")], None),
        ("Patient", [("_id", "1")], {"1"}),
        ("Patient", [("name", "a")], None),
    ],
)
def test_a_query_knows_the_patients_it_stays_within(type_, pairs, expected):
    assert parse_query(type_, pairs).patients == expected


def test_appointments_may_be_about_more_patients_than_the_one_asked_for():
    assert not parse_query("Appointment", [("patient", "1")]).names_every_patient
    assert parse_query("CarePlan", [("patient", "1")]).names_every_patient


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("favourite", "1"),
        ("status:exact", "active"),
        ("status:", "active"),
        ("status:nonsense", "active"),
        ("date:not", "2026"),
        ("date", "2026-13"),
        ("date", "xx2026"),
        ("date", "ge"),
        ("date", ""),
        ("status", ""),
        ("status", "active,"),
        ("category", "|"),
        ("category", "a|b|c"),
        ("_id", "a b"),
        ("_id:not", "a"),
        ("_lastUpdated:missing", "true"),
        ("status:missing", "maybe"),
        ("patient:Practitioner", "1"),
        ("patient:Patient", "a/b"),
        ("status", "a\x1fb"),
        ("subject.colour", "a"),
        ("subject:Device.status", "a"),
        ("status.name", "a"),
        ("patient.birthdate", "yesterday"),
        ("part-of.part-of.part-of.part-of.part-of.part-of.status", "active"),
        ("_has:Task:focus", "x"),
        ("_has:Nonsense:focus:status", "x"),
        ("_has:Task:status:status", "x"),
        ("_has:Task:owner:status", "x"),
        ("_has:Task:focus:colour", "x"),
        ("_include", "CarePlan:colour"),
        ("_include", "CarePlan:status"),
        ("_include", "CarePlan"),
        ("_include", "CarePlan:goal:Patient"),
        ("_include:recurse", "CarePlan:goal"),
        ("_revinclude", "Nonsense:*"),
        ("_summary", "maybe"),
        ("_elements", "name[0]"),
        ("_elements", ""),
        ("_contained", "true"),
        ("_type", "CarePlan"),
        ("_sort", "status,status,status,status,status,status"),
        ("category:in", "http://example.org/unknown"),
        ("category:below", "code"),
        ("instantiates-uri:below", "urn:oid:1.2"),
        ("identifier:of-type", "a|b"),
        ("_text", "x"),
        ("_count", "-1"),
        ("_count", "ten"),
        ("_count", "١"),
        ("_sort", "nonsense"),
        ("_sort", ""),
        ("_total", "perhaps"),
        ("_pretty", "1"),
    ],
)
def test_what_is_not_understood_is_refused_by_name_and_never_by_value(name, text):
    with pytest.raises(Problem) as refused:
        parse_query("CarePlan", [(name, text)])

    assert refused.value.kind == "invalid"
    assert name in refused.value.detail


@pytest.mark.parametrize("name", ["near", "_near", "name:text"])
def test_parameters_of_a_special_kind_are_refused(name):
    with pytest.raises(Problem):
        parse_query("Location", [(name, "1|2")])


def test_a_name_that_is_no_parameter_name_is_not_repeated():
    with pytest.raises(Problem) as refused:
        parse_query("Patient", [("19121212-1212", "x")])

    assert "1212" not in refused.value.detail


def test_a_lenient_caller_is_told_what_was_ignored():
    query = parse_query(
        "CarePlan", [("favourite", "1"), ("status", "active"), ("date", "soon")], lenient=True
    )

    assert query.ignored == ("favourite", "date")
    assert [filter_.code for filter_ in query.filters] == ["status"]


def test_a_format_other_than_json_is_not_acceptable():
    with pytest.raises(Problem) as refused:
        parse_query("CarePlan", [("_format", "xml")])

    assert refused.value.status == 406


def test_result_parameters_may_be_there_once():
    with pytest.raises(Problem):
        parse_query("CarePlan", [("_count", "1"), ("_count", "2")])


@given(st.lists(st.text(alphabet="ab,|$\\", min_size=1), min_size=1, max_size=4))
def test_escaping_and_splitting_are_inverse(parts):
    written = ",".join(
        part.replace("\\", "\\\\").replace(",", "\\,").replace("|", "\\|").replace("$", "\\$")
        for part in parts
    )

    assert [unescape(part) for part in split(written, ",")] == parts


@given(
    st.text(max_size=30),
    st.sampled_from(["status", "date", "identifier", "patient", "_id", "_count", "_sort"]),
)
def test_any_text_is_read_or_refused_as_a_problem(text, name):
    try:
        parse_query("CarePlan", [(name, text)])
    except Problem as problem:
        assert problem.kind == "invalid"  # noqa: PT017  # either outcome is right, any other exception is not


def test_a_chain_is_read_for_each_type_that_has_the_parameter():
    (chain,) = parse_query("CarePlan", [("subject.name", "tolvan")]).conditions

    assert isinstance(chain, Chain)
    assert [target for target, _ in chain.branches] == ["Patient"]


def test_a_chain_may_end_in_a_modifier_and_in_has():
    (chain,) = parse_query(
        "Task", [("patient._has:Goal:patient:lifecycle-status:missing", "false")]
    ).conditions

    assert isinstance(chain, Chain)
    (target, has) = chain.branches[0]
    assert isinstance(has, Has)
    assert (target, has.type, has.parameter.code) == ("Patient", "Goal", "patient")


def test_a_chain_by_a_reference_to_anything_says_to_which_type():
    with pytest.raises(Problem, match="say which"):
        parse_query("Task", [("focus.status", "active")])

    assert parse_query("Task", [("focus:CarePlan.status", "active")]).has_links


def test_a_composite_is_read_in_pairs():
    pairs = [("code-value-quantity", "http://loinc.org|8480-6$gt100,8462-4$lt60")]

    (filter_,) = parse_query("Observation", pairs).filters

    assert filter_.values == ("http://loinc.org|8480-6", "8462-4")
    assert [one.op for one in filter_.ranges] == ["gt", "lt"]
    assert filter_.is_paired


def test_a_search_of_several_types_goes_by_what_all_have():
    query = parse_query(["Goal", "Task", "Flag"], [("_type", "Task,Goal"), ("_tag", "x")])

    assert query.types == ("Goal", "Task")
    with pytest.raises(Problem, match="several types"):
        parse_query(["Goal", "Task"], [("status", "x")])


def test_what_comes_along_is_read_by_type_and_parameter():
    pairs = [
        ("_include", "CarePlan:subject:Patient"),
        ("_revinclude:iterate", "Task:based-on"),
        ("_include", "*"),
    ]

    along, back, everything = parse_query("CarePlan", pairs).includes

    assert (along.source, along.target, along.is_reverse, along.is_iterated) == (
        "CarePlan",
        "Patient",
        False,
        False,
    )
    assert (back.source, back.is_reverse, back.is_iterated) == ("Task", True, True)
    assert (everything.source, everything.parameter) == (None, None)


def test_a_value_set_stands_for_its_codes():
    (filter_,) = parse_query("Task", [("status:in", "http://hl7.org/fhir/ValueSet/task-status")]).filters

    assert {"requested", "completed"} <= set(filter_.values)


def test_addresses_above_are_those_of_each_step():
    (filter_,) = parse_query("Questionnaire", [("url:above", "http://a.example/b/c")]).filters

    assert filter_.values == ("http://a.example/b/c", "http://a.example/b", "http://a.example")


def test_a_search_has_a_bound_of_conditions():
    with pytest.raises(Problem, match="at most"):
        parse_query("Task", [("status", "x")] * 51)


def test_a_chain_that_is_too_long_is_refused_for_its_length():
    with pytest.raises(Problem, match="at most 4 links"):
        parse_query("CarePlan", [(f"{'part-of.' * 5}status", "active")])

    assert parse_query("CarePlan", [(f"{'part-of.' * 4}status", "active")]).has_links
