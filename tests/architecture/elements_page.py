"""docs/elements.md: `python -m tests.architecture.elements_page` writes it from the rows of `elements`."""

from tests.architecture.element import Element
from tests.architecture.elements import ELEMENTS
from tests.architecture.project import ROOT

PAGE = ROOT / "docs/elements.md"
_HEAD = """# Data elements of a patientkontrakt

What the contract consists of, how each element is kept in FHIR, and where the contract API has it. Every one
is written and read through both. Made from `tests/architecture/elements.py`: `make generated`; a test holds
each row to types, profiles, codes, paths and tests that there are. What stands in no row yet is to come.

"""


def _ticks(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _told(each: Element) -> str:
    rows = (
        ("FHIR", f"{each.fhir}: {_ticks(each.types)}"),
        ("profiles", _ticks(each.profiles)),
        ("codes", _ticks(each.codes)),
        ("how many", each.cardinality),
        ("written by", each.writes),
        ("read by", each.reads),
        ("contract API", _ticks(tuple(f"/v1{path}" for path in each.paths))),
        ("shown by", _ticks(each.tests)),
    )
    lines = [f"| {name} | {told} |" for name, told in rows if told]
    return "\n".join(
        [f"## {each.number}. {each.name} ({each.swedish})", "", "| | |", "|---|---|", *lines, ""]
    )


def page() -> str:
    """Return the page."""
    ordered = sorted(ELEMENTS, key=lambda each: each.number)
    return _HEAD + "\n".join(map(_told, ordered))


if __name__ == "__main__":
    PAGE.write_text(page())
