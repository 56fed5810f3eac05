"""The image: what the Dockerfile says, and that what it installs is the whole program."""

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from pk_api.web.front import OPEN
from tests.architecture.project import ROOT, code, files, name

Instruction = tuple[str, str]


@pytest.fixture
def instructions() -> list[Instruction]:
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines]


def _last_stage(instructions: list[Instruction]) -> list[Instruction]:
    start = max(n for n, (word, _) in enumerate(instructions) if word == "FROM")
    return instructions[start:]


def test_the_image_is_built_in_two_stages_and_runs_without_root(instructions: list[Instruction]) -> None:
    final = dict(_last_stage(instructions))

    assert [word for word, _ in instructions].count("FROM") == 2
    assert final["USER"].isdecimal()
    assert int(final["USER"]) > 0


def test_the_image_says_whether_it_is_healthy(instructions: list[Instruction]) -> None:
    final = dict(_last_stage(instructions))

    assert "/health/live" in final["HEALTHCHECK"]
    assert "/health/live" in OPEN


def test_migrations_are_a_command_of_their_own(instructions: list[Instruction]) -> None:
    final = _last_stage(instructions)

    assert ("ENTRYPOINT", '["pk-api"]') in final
    assert ("COPY", "migrations migrations") in final
    assert "migrate" not in dict(final)["CMD"]


def test_what_the_image_copies_is_there_and_not_kept_out(instructions: list[Instruction]) -> None:
    copied = [
        source
        for word, rest in instructions
        if word == "COPY" and not rest.startswith("--from")
        for source in rest.split()[:-1]
    ]
    let_in = {line[1:].removesuffix("/**") for line in _ignore_rules() if line.startswith("!")}

    assert [s for s in copied if not (ROOT / s).exists()] == []
    assert set(copied) == let_in


def _ignore_rules() -> list[str]:
    return (ROOT / ".dockerignore").read_text().splitlines()


def test_packages_come_from_the_lock_and_no_address_is_named(instructions: list[Instruction]) -> None:
    installs = [rest for word, rest in instructions if word == "RUN" and "pip install" in rest]

    assert all("--require-hashes" in i or "--no-deps --no-build-isolation" in i for i in installs)
    assert not [
        rest for _, rest in instructions if re.search(r"index|--find-links|://(?!127\.0\.0\.1)", rest)
    ]


def test_what_is_installed_is_the_whole_program(tmp_path: Path) -> None:
    for path in [*code("src"), ROOT / "pyproject.toml", ROOT / "README.md", ROOT / "LICENSE", *_tables()]:
        (tmp_path / name(path)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, tmp_path / name(path))
    build = ["-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", "made", "."]

    subprocess.run([sys.executable, *build], cwd=tmp_path, check=True, capture_output=True)

    (wheel,) = (tmp_path / "made").glob("*.whl")
    held = {n for n in zipfile.ZipFile(wheel).namelist() if n.startswith("pk_api/")}
    assert held == {name(p).removeprefix("src/") for p in [*code("src"), *_tables()]}


def _tables() -> list[Path]:
    """Return the files of the program that are not Python."""
    return [p for p in files() if name(p).startswith("src/") and p.suffix != ".py"]
