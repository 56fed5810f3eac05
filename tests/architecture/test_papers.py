"""Papers: links lead somewhere, what is named exists, and what is generated is current."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from tests.architecture import profiles_page, settings_table
from tests.architecture.project import ROOT, code, name, papers, pyproject

SECTIONS = ["Context", "Decision", "Rejected", "Consequence", "Check"]
DECISIONS = sorted((ROOT / "docs/decisions").glob("*.md"))
_LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)[^)\s]*\)")
_FILE = re.compile(r"`((?:src|tests|docs|migrations|openapi)/[\w./-]+)`")
_TEST = re.compile(r"`(test_\w+)`")
_MADE = re.compile(r"^def (test_\w+)|^async def (test_\w+)", re.MULTILINE)


@pytest.mark.parametrize("paper", papers(), ids=name)
def test_links_and_files_that_a_paper_names_are_there(paper: Path) -> None:
    text = paper.read_text()
    linked = [link for link in _LINK.findall(text) if not (paper.parent / link).exists()]
    named = [file for file in _FILE.findall(text) if not (ROOT / file).exists()]

    assert linked + named == []


def test_every_page_is_led_to_from_the_first_one() -> None:
    seen: set[Path] = set()
    ahead = [ROOT / "README.md"]
    while ahead:
        paper = ahead.pop()
        seen.add(paper)
        linked = {(paper.parent / link).resolve() for link in _LINK.findall(paper.read_text())}
        ahead += [each for each in linked if each.suffix == ".md" and each not in seen]

    assert {p for p in papers() if p not in seen and p.parent.name != "decisions"} == set()


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 200


@pytest.mark.parametrize("decision", DECISIONS, ids=name)
def test_a_decision_is_a_page_of_five_sections(decision: Path) -> None:
    text = decision.read_text()

    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS
    assert text.startswith(f"# {decision.name[:4]} ")
    assert len(text.splitlines()) <= 60


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(decision.name[:4]) for decision in DECISIONS]

    assert numbers[0] == 1
    assert all(after - before == 1 for before, after in pairwise(numbers))


def test_the_checks_that_decisions_name_are_there() -> None:
    made = {found for path in code("tests") for pair in _MADE.findall(path.read_text()) for found in pair}
    named = {test for decision in DECISIONS for test in _TEST.findall(decision.read_text())}

    assert named - made == set()


def test_pages_that_the_code_names_are_there() -> None:
    named = {page for path in code() for page in re.findall(r"docs/[\w./-]+\.md", path.read_text())}

    assert [page for page in sorted(named) if not (ROOT / page).exists()] == []


def test_the_changelog_tells_of_this_version() -> None:
    assert f"## {pyproject()['project']['version']}\n" in (ROOT / "CHANGELOG.md").read_text()


def test_the_page_of_profiles_is_current() -> None:
    assert profiles_page.PAGE.read_text() == profiles_page.page(), "make generated"


def test_the_table_of_settings_is_current() -> None:
    assert settings_table.PAGE.read_text() == settings_table.page(), "make generated"
