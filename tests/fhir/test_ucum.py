"""Units of UCUM that care measures in, and what is none."""

import pytest

from pk_api.fhir.ucum import is_unit

SIMPLE = ["kg", "mm[Hg]", "cm[H2O]", "mmol/L", "/min", "%", "Cel", "1", "m2", "kg/m2", "[IU]/L"]


@pytest.mark.parametrize("code", [*SIMPLE, "mL/min/{1.73_m2}", "10*9/L", "{steps}", "L{total}"])
def test_units_of_care_are_known(code: str) -> None:
    assert is_unit(code)


@pytest.mark.parametrize(
    "code", ["mmHg", "bpm", "", "°C", "steps", "mm[Hg", "kg/", "//min", "a b", "/", "{a}{b}", "k%", "x" * 101]
)
def test_what_people_write_instead_is_no_unit(code: str) -> None:
    assert not is_unit(code)
