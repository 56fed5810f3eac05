"""Size, docstrings, exceptions from the rules, and what no file may hold."""

import ast
import re
import statistics
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.architecture.project import ROOT, code, files, name, tree

FILE_LINES = 350
FUNCTION_LINES = 50
EXAMPLES = (
    "src/pk_api/fhir/definitions/",
    "tests/fhir/examples/",
    "tests/conformance/examples",
    "requirements",
    "LICENSE",
)
HOSTS = re.compile(
    r"(.*\.)?(example(\.(org|com))?|test|invalid|localhost)"
    r"|127\.0\.0\.1|testserver|[a-z]|test|hl7"
    r"|(.*\.)?(hl7\.org|hl7\.se|patientkontrakt\.org|w3\.org|loinc\.org|snomed\.info|unitsofmeasure\.org)"
    r"|(.*\.)?(inera\.se|electronichealth\.se|socialstyrelsen\.se|riksdagen\.se|skr\.se|1177\.se)"
    r"|(.*\.)?(sambi\.se|oidc\.se|europa\.eu|smarthealthit\.org)"
    r"|(.*\.)?(rfc-editor\.org|apache\.org|github\.com|ihe\.net|nema\.org)"
)
"""Hosts that a file may name: sources of fact and made-up ones; no package index, nobody's machine."""

_EXCEPTION = re.compile(r"#\s*(?:noqa|type:\s*ignore)(.*)")
_REASONED = re.compile(r"(?::\s*[A-Z0-9, ]+|\[[a-z\-, ]+\])\s+#\s*\S.*")
_ADDRESS = re.compile(r"https?://[^\s\"'`<>)\]}|\\,]+")
_LEFT_BEHIND = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")


def _functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{name(path)}:{node.lineno} {node.name}", (node.end_lineno or 0) - node.lineno + 1


def _texts() -> Iterator[tuple[Path, str]]:
    for path in files():
        try:
            yield path, path.read_text()
        except UnicodeDecodeError:
            continue


def test_no_file_of_code_is_over_350_lines() -> None:
    long = {name(p): n for p in code() if (n := len(p.read_text().splitlines())) > FILE_LINES}

    assert long == {}


def test_no_function_is_over_50_lines_and_most_are_short() -> None:
    sizes = dict(size for path in code("src") for size in _functions(path))

    assert {f: n for f, n in sizes.items() if n > FUNCTION_LINES} == {}
    assert statistics.median(sizes.values()) <= 8
    assert statistics.quantiles(sizes.values(), n=10)[-1] <= 25


def test_every_module_says_what_it_is() -> None:
    silent = [name(p) for p in code("src", "migrations") if p.read_text() and not ast.get_docstring(tree(p))]

    assert silent == []


def test_exceptions_from_the_rules_are_rare_and_say_why() -> None:
    found = [
        (f"{name(path)}:{n}", match[1])
        for path in code("src", "migrations")
        for n, line in enumerate(path.read_text().splitlines(), 1)
        if (match := _EXCEPTION.search(line))
    ]
    lines = sum(len(p.read_text().splitlines()) for p in code("src"))

    assert [place for place, rest in found if not _REASONED.fullmatch(rest.strip())] == []
    assert len(found) <= lines / 1000


def test_nothing_is_left_to_do_in_the_code() -> None:
    assert [name(p) for p in code() if _LEFT_BEHIND.search(p.read_text())] == []


def test_no_file_names_a_host_that_is_no_source_of_fact() -> None:
    named = {
        (name(path), urlsplit(address).hostname or "")
        for path, text in _texts()
        if not name(path).startswith(EXAMPLES)
        for address in _ADDRESS.findall(text)
    }

    assert [
        (path, host) for path, host in sorted(named) if "{" not in host and not HOSTS.fullmatch(host)
    ] == []


@pytest.mark.parametrize("place", [ROOT, Path.home()], ids=["checkout", "home"])
def test_no_file_names_a_place_on_somebodys_machine(place: Path) -> None:
    assert [name(path) for path, text in _texts() if place != Path("/") and f"{place}/" in text] == []
