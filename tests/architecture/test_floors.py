"""The contracts of import-linter hold, and each of them finds what it forbids."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.project import ROOT

PLANTED = {
    "upwards": ("store/planted.py", "import pk_api.records.values", "floors"),
    "between neighbours": ("fhir/planted.py", "import pk_api.access.actor", "floors"),
    "the client knows the server": ("client/planted.py", "import pk_api.fhir.systems", "the client imports"),
    "the server uses the client": ("web/planted.py", "import pk_api.client", "the client is used"),
    "past the door": ("interactions/planted.py", "import pk_api.store.reading", "one door"),
    "the environment lower down": ("web/planted.py", "import pk_api.settings", "the environment"),
    "SQL outside the store": ("records/planted.py", "import sqlalchemy", "SQL stands"),
    "HTTP below web": ("interactions/planted.py", "import starlette.requests", "HTTP stands"),
    "model objects in the server": ("records/planted.py", "import fhir.resources.R4B.patient", "no model"),
}
"""A file that breaks a contract, what it holds, and how the contract's name begins."""


def _linted(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).parent / "lint-imports", "--no-cache", "--no-logo"]
    environment = {"PYTHONPATH": str(folder / "src"), "PATH": "/usr/bin:/bin", "COLUMNS": "200"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the package and its contracts."""
    shutil.copytree(
        ROOT / "src/pk_api", tmp_path / "src/pk_api", ignore=shutil.ignore_patterns("*.json", "__pycache__")
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_every_import_keeps_to_the_floors(copy: Path) -> None:
    linted = _linted(copy)

    assert linted.returncode == 0, linted.stdout


def _plant(copy: Path, file: str, text: str) -> None:
    planted = copy / "src/pk_api" / file
    planted.parent.mkdir(exist_ok=True)
    planted.write_text(f'"""Planted."""\n{text}\n')


@pytest.mark.parametrize(("file", "text", "contract"), PLANTED.values(), ids=PLANTED.keys())
def test_a_breach_is_found(copy: Path, file: str, text: str, contract: str) -> None:
    _plant(copy, file, text)

    linted = _linted(copy)

    broken = [line for line in linted.stdout.splitlines() if line.endswith("BROKEN")]
    assert linted.returncode != 0
    assert any(line.startswith(contract) for line in broken), linted.stdout


def test_a_folder_without_a_floor_is_found(copy: Path) -> None:
    _plant(copy, "planted/__init__.py", "")

    linted = _linted(copy)

    assert linted.returncode != 0
    assert "planted" in linted.stdout
