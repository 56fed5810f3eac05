"""Index values: what the store keeps of a resource for searches."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pk_api.fhir.search.index_forms import LONGEST_TEXT, normalise
from pk_api.fhir.search.index_values import (
    ENTRY,
    VALUE,
    Span,
    index_of,
    lookup_codes,
    period_span,
)
from pk_api.fhir.search.spans import when
from pk_api.fhir.values import parse


def values_of(resource, code):
    entries = [entry.partition(VALUE) for entry in index_of(resource).ix.strip(ENTRY).split(ENTRY)]
    return [value for name, _, value in entries if name == code]


def task(**elements):
    return {"resourceType": "Task", "status": "requested", "intent": "plan", **elements}


def test_the_text_has_an_entry_for_each_value_and_is_closed():
    assert index_of({"resourceType": "Slot", "status": "free"}).ix == "\x1fstatus\x1efree\x1f"


def test_a_resource_without_values_has_an_empty_text():
    assert index_of({"resourceType": "Binary", "contentType": "text/plain"}).ix == "\x1f"


def test_a_coding_is_found_by_code_by_system_and_by_both():
    category = [{"coding": [{"system": "urn:a", "code": "x"}], "text": "något"}]

    found = values_of({"resourceType": "CarePlan", "category": category}, "category")

    assert found == ["x", "urn:a|", "urn:a|x"]


def test_a_coding_without_system_is_found_by_bar_and_code():
    assert set(values_of(task(code={"coding": [{"code": "x"}]}), "code")) == {"x", "|x"}


def test_a_concept_of_text_alone_is_there_without_a_value():
    assert values_of(task(code={"text": "ring"}), "code") == [""]


def test_an_absent_element_has_no_entry():
    assert values_of(task(), "code") == []


def test_an_identifier_is_found_under_the_object_identifier_and_the_fhir_system():
    patient = {
        "resourceType": "Patient",
        "identifier": [{"system": "urn:oid:1.2.752.129.2.1.3.1", "value": "191212121212"}],
    }

    found = values_of(patient, "identifier")

    assert "http://electronichealth.se/identifier/personnummer|191212121212" in found
    assert "urn:oid:1.2.752.129.2.1.3.1|191212121212" in found
    assert "191212121212" in found


def test_contact_points_booleans_and_codes_are_tokens():
    patient = {
        "resourceType": "Patient",
        "active": True,
        "gender": "female",
        "telecom": [{"system": "phone", "value": "070-1740605"}],
    }

    assert values_of(patient, "active") == ["true"]
    assert values_of(patient, "gender") == ["female"]
    assert values_of(patient, "phone") == ["070-1740605", "phone|", "phone|070-1740605"]
    assert values_of(patient, "deceased") == ["false"]


def test_a_reference_is_found_with_and_without_its_version():
    provenance = {"resourceType": "Provenance", "target": [{"reference": "CarePlan/1/_history/3"}]}

    assert values_of(provenance, "target") == ["CarePlan/1/_history/3", "CarePlan/1"]


def test_a_reference_under_our_own_address_is_a_local_one_and_others_are_kept_whole():
    own = task(**{"for": {"reference": "https://pk.example/fhir/Patient/1"}})
    other = task(**{"for": {"reference": "https://other.example/fhir/Patient/1"}})

    assert "\x1fsubject\x1ePatient/1\x1f" in index_of(own, base_url="https://pk.example/fhir").ix
    assert "\x1fsubject\x1ePatient/1\x1f" not in index_of(other, base_url="https://pk.example/fhir").ix
    assert values_of(other, "subject") == ["https://other.example/fhir/Patient/1"]


def test_a_logical_reference_is_found_by_its_identifier():
    found = values_of(
        task(owner={"identifier": {"system": "urn:oid:1.2.752.29.4.19", "value": "SE1"}}), "owner:identifier"
    )

    assert "urn:oid:1.2.752.29.4.19|SE1" in found


def test_a_reference_to_a_contained_resource_is_there_without_a_value():
    assert values_of(
        task(owner={"reference": "#a"}, contained=[{"resourceType": "Patient", "id": "a"}]), "owner"
    ) == [""]


def test_canonicals_and_profiles_are_found_with_and_without_version():
    plan = {
        "resourceType": "CarePlan",
        "meta": {"profile": ["http://x.example/p|2"]},
        "instantiatesCanonical": ["http://x.example/q|1"],
    }

    assert values_of(plan, "instantiates-canonical") == ["http://x.example/q|1", "http://x.example/q"]
    assert values_of(plan, "_profile") == ["http://x.example/p|2", "http://x.example/p"]


def test_names_are_found_by_each_part_and_as_a_whole():
    patient = {"resourceType": "Patient", "name": [{"given": ["Åsa", "Märta"], "family": "Öberg-Élan"}]}

    assert values_of(patient, "name") == ["åsa", "märta", "öberg-elan", "åsa märta öberg-elan"]
    assert values_of(patient, "family") == ["öberg-elan"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Åke   ÄNG\tÖ ", "åke äng ö"),
        ("Élodie Müller", "elodie muller"),
        (unicodedata.normalize("NFD", "Åsa Öst"), "åsa öst"),
        ("ǻ", "å"),
        ("ø ñ ß", "ø n ss"),
    ],
)
def test_strings_lose_case_and_accents_but_keep_swedish_letters(text, expected):
    assert normalise(text) == expected


@given(st.text(max_size=300))
def test_normalising_twice_changes_nothing(text):
    once = normalise(text)

    assert normalise(once) == once
    assert len(once) <= LONGEST_TEXT
    assert ENTRY not in once
    assert VALUE not in once


def test_dates_have_spans_and_say_that_they_are_there():
    index = index_of({"resourceType": "CarePlan", "period": {"start": "2026-03-02"}})

    assert index.spans == (Span("date", when("2026-03-02")[0], None),)
    assert index.sort_date == when("2026-03-02")[0]
    assert index.ix == "\x1fdate\x1e\x1f"


def test_the_sort_date_is_the_types_own_date():
    assert index_of(task(authoredOn="2026-03-02")).sort_date == when("2026-03-02")[0]
    assert index_of({"resourceType": "CarePlan", "period": {"end": "2026-03-02"}}).sort_date is None


def test_quantities_have_a_span_for_each_way_of_naming_the_unit():
    observation = parse(
        '{"resourceType":"Observation","valueQuantity":'
        '{"value":72.50,"unit":"kilo","system":"http://unitsofmeasure.org","code":"kg"}}'
    )

    spans = [span for span in index_of(observation).spans if span.param == "value-quantity"]

    assert spans == [
        Span("value-quantity", 72_500_000, 72_500_001, "http://unitsofmeasure.org|kg"),
        Span("value-quantity", 72_500_000, 72_500_001, "|kilo"),
    ]


def test_lookups_hold_identifiers_and_references_to_elsewhere_of_every_type():
    found = index_of(
        task(
            identifier=[{"system": "urn:a", "value": "1"}],
            basedOn=[{"reference": "CarePlan/1"}, {"reference": "https://other.example/CarePlan/1"}],
            code={"coding": [{"code": "x"}]},
        )
    ).lookups

    assert found == (
        ("based-on", "https://other.example/CarePlan/1"),
        ("identifier", "1"),
        ("identifier", "urn:a|1"),
    )


def test_lookups_hold_names_and_birth_dates_of_people():
    patient = {
        "resourceType": "Patient",
        "name": [{"family": "Tolvansson"}],
        "birthDate": "1912-12-12",
        "gender": "male",
    }

    assert index_of(patient).lookups == (
        ("birthdate", "1912-12-12"),
        ("family", "tolvansson"),
        ("name", "tolvansson"),
    )


def test_every_lookup_is_of_a_parameter_that_says_so():
    assert {"identifier", "name", "birthdate"} <= lookup_codes("Patient")
    assert "gender" not in lookup_codes("Patient")
    assert "url" in lookup_codes("Questionnaire")
    assert "name" not in lookup_codes("Questionnaire")


def test_the_span_of_a_period_may_be_open_on_both_sides():
    assert period_span(None) == (None, None)
    assert period_span({"start": "2026-03-02"}) == (when("2026-03-02")[0], None)
