"""The pages say what the tables say."""

from pathlib import Path

from pk_api.contract.editing.events import TRANSITIONS
from pk_api.contract.parts import PARTS
from pk_api.fhir.problems import PROBLEMS

DOCS = Path(__file__).parents[2] / "docs"


def test_every_kind_of_problem_has_its_page_with_its_status() -> None:
    sections = (DOCS / "problems.md").read_text().split("\n## ")[1:]
    told = {each.partition("\n")[0]: each.partition("\n")[2][:3] for each in sections}

    assert told == {kind: str(row.status) for kind, row in PROBLEMS.items()}


def test_the_page_of_the_api_has_every_event_as_the_table_has_it() -> None:
    page = (DOCS / "contract-api.md").read_text()

    for row in TRANSITIONS:
        since = ", ".join(sorted(row.since))
        line = f"| {row.part} | {row.event} | {since} | {row.to or 'the same'} | {row.who} |"
        assert row.part == "contract" or line in page


def test_the_page_of_the_api_has_every_part() -> None:
    page = (DOCS / "contract-api.md").read_text()

    assert all(f"| `{part}` |" in page for part in PARTS)
