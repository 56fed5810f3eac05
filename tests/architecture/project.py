"""The project as its files show it."""

import ast
import subprocess
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CODE = ("src", "tests", "migrations")


@cache
def files() -> tuple[Path, ...]:
    """Return the files that are under version control, or would be."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    found = (ROOT / name for name in listed.split("\0") if name)
    return tuple(sorted(path for path in found if path.is_file()))


def code(*folders: str) -> list[Path]:
    """Return the Python files of these top-level folders."""
    return [p for p in files() if p.suffix == ".py" and p.relative_to(ROOT).parts[0] in (folders or CODE)]


def papers() -> list[Path]:
    """Return the Markdown files."""
    return [p for p in files() if p.suffix == ".md"]


@cache
def tree(path: Path) -> ast.Module:
    """Return a parsed Python file."""
    return ast.parse(path.read_text())


@cache
def pyproject() -> dict[str, Any]:
    """Return pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def name(path: Path) -> str:
    """Return the path within the project."""
    return path.relative_to(ROOT).as_posix()
