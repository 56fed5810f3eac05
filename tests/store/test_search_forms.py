"""Few statements serve all searches: their number does not grow with what callers ask."""

from pk_api.fhir.search.query import parse_query
from pk_api.store.searching.forms import form_of, padded, values_of
from pk_api.store.within import Shape


def test_lists_of_any_length_share_few_forms() -> None:
    asked = ({"_id": ",".join(f"id-{n}" for n in range(many))} for many in range(1, 1000))

    forms = {form_of(parse_query("Task", list(one.items())), Shape(((),)), patients=0) for one in asked}

    assert len(forms) == 11


def test_a_list_is_filled_up_with_its_last_value() -> None:
    assert padded(("a", "b", "c")) == ("a", "b", "c", "c")
    assert padded(()) == ()
    assert {"f0v3": "c"}.items() <= values_of(parse_query("Task", [("_id", "a,b,c")])).items()
