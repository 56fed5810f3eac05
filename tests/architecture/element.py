"""What a row of the data elements says."""

from dataclasses import dataclass
from typing import Final

DEFAULT: Final = "the patient, who acts for the patient, care with a ground (docs/access-rules.md)"


@dataclass(frozen=True, slots=True)
class Element:
    """One element: its number and names, FHIR types and profiles behind it, and codes as `system#code`.

    `paths` are those of the contract API, without `/v1`; `tests` show that it is written and read, by name.
    """

    number: int
    name: str
    swedish: str
    fhir: str
    types: tuple[str, ...]
    cardinality: str
    writes: str
    paths: tuple[str, ...]
    tests: tuple[str, ...]
    profiles: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    reads: str = DEFAULT
