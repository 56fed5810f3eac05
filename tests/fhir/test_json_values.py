"""What goes in comes out, and what is no JSON object of FHIR stays outside."""

import copy
import json
import pickle
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pk_api.fhir.problems import Problem
from pk_api.fhir.values import Number, dump, parse

NUMBERS = st.from_regex(r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)
TREES = st.recursive(
    st.none() | st.booleans() | TEXTS | st.integers(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@given(NUMBERS)
@settings(deadline=None)
def test_a_number_leaves_as_it_came(text):
    raw = f'{{"value":{text},"list":[{text}]}}'.encode()

    assert dump(parse(raw)) == raw


@given(NUMBERS)
@settings(deadline=None)
def test_a_number_counts_as_the_decimal_it_is(text):
    assert Number(text) == Decimal(text)
    assert str(Number(text)) == text


@given(st.dictionaries(TEXTS, TREES, max_size=5))
@settings(deadline=None)
def test_any_object_leaves_as_it_came(tree):
    raw = json.dumps(tree, ensure_ascii=False, separators=(",", ":")).encode()

    assert dump(parse(raw)) == raw
    assert parse(json.dumps(tree, indent=2)) == tree


def test_the_order_of_keys_is_kept():
    assert dump(parse('{"b": 1, "a": {"d": 2, "c": 3}}')) == b'{"b":1,"a":{"d":2,"c":3}}'


def test_a_number_survives_copying_and_pickling():
    number = Number("1.0E-2")

    assert str(copy.deepcopy(number)) == "1.0E-2"
    assert str(pickle.loads(pickle.dumps(number))) == "1.0E-2"  # noqa: S301


def test_a_decimal_of_our_own_is_written_too():
    assert dump({"value": Decimal("72.50")}) == b'{"value":72.50}'


def test_what_has_no_json_form_is_a_mistake_of_ours():
    with pytest.raises(TypeError):
        dump({"value": object()})


@pytest.mark.parametrize(
    ("raw", "expression"),
    [
        ('{"resourceType": "Patient", "active": true, "active": false}', "Patient.active"),
        ('{"resourceType":"Patient","name":[{},{"family":"A","family" :"B"}]}', "Patient.name[1].family"),
        ('{"resourceType":"Patient","a":"\\u0022\\u003a","b":{"c":1,"c":1}}', "Patient.b.c"),
        ('{"resourceType":"Patient","a":"\\":","b":1,"b":1}', "Patient.b"),
        ('{"a":1,"\\u0061":2}', "a"),
    ],
)
def test_a_key_that_occurs_twice_is_named(raw, expression):
    with pytest.raises(Problem) as refused:
        parse(raw)

    assert [issue.expression for issue in refused.value.issues] == [expression]


@pytest.mark.parametrize(
    ("raw", "expression"),
    [
        ('{"resourceType":"Patient","name":[{"family":"A\\u0000"}]}', "Patient.name[0].family"),
        ('{"resourceType":"Patient","a":"\\u001f"}', "Patient.a"),
        ('{"resourceType":"Patient","a":"\\b"}', "Patient.a"),
        ('{"resourceType":"Patient","a":"\\ud800"}', "Patient.a"),
        ('{"resourceType":"Patient","a":"\\udc00x"}', "Patient.a"),
        ('{"resourceType":"Patient","a":"\ud800"}', "Patient.a"),
        ('{"resourceType":"Patient","a\\u0000":"a"}', "Patient"),
    ],
)
def test_a_forbidden_character_is_told_at_its_element(raw, expression):
    with pytest.raises(Problem) as refused:
        parse(raw)

    assert [issue.expression for issue in refused.value.issues] == [expression]


@pytest.mark.parametrize(
    "raw", ['{"a":"\\t\\r\\n"}', '{"a":"\\u000a"}', '{"a":"\\ud83d\\ude00 \\u00e5"}', '{"a":"C:\\\\b"}']
)
def test_allowed_escapes_are_read(raw):
    assert parse(raw) == json.loads(raw)


@pytest.mark.parametrize(
    "raw",
    [
        *(
            "",
            " ",
            "{",
            '{"a":1',
            '{"a":1}}',
            '{"a":1,}',
            "{'a':1}",
            '{"a":01}',
            '{"a":1.}',
            '{"a":.5}',
            '{"a":+1}',
        ),
        *(
            '{"a":NaN}',
            '{"a":Infinity}',
            '{"a":-Infinity}',
            '{"a":"\x01"}',
            '{"a":tru}',
            '\ufeff{"a":1}',
            '{"a" 1}',
        ),
        *("[]", "1", "null", '"text"', "[{}]"),
        *(b'{"a":"\xff"}', '{"a":1}'.encode("utf-16"), b"\x00"),
        *('{"a":' + "9" * 5000 + "}", '{"a":1e1000}', '{"a":1e-1000}', '{"a":1e99999999999999999999}'),
        *('{"a":1.' + "0" * 200 + "}", '{"a":' + "1" * 129 + "}"),
    ],
    ids=lambda raw: repr(raw)[:20],
)
def test_what_is_no_json_object_is_refused(raw):
    with pytest.raises(Problem) as refused:
        parse(raw)

    assert refused.value.status == 400


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_nesting_is_bounded(opening, closing):
    def nested(depth: int) -> str:
        return '{"a":' + opening * (depth - 1) + "1" + closing * (depth - 1) + "}"

    assert parse(nested(100))
    for depth in (101, 500, 2_000, 100_000):
        with pytest.raises(Problem, match="100 levels"):
            parse(nested(depth))


def test_an_opened_but_never_closed_text_is_refused_at_once():
    with pytest.raises(Problem):
        parse('{"a":"' + '\\"' * 500_000)


def test_a_problem_of_reading_holds_no_value():
    with pytest.raises(Problem) as refused:
        parse('{"resourceType":"Patient","name":[{"family":"Tolvansson\\u0000"}]}')

    assert "Tolvansson" not in str(refused.value) + str(refused.value.issues)
