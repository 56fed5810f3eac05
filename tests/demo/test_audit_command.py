"""`pk-api audit`: an operator verifies the audit and is refused to remove it early."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pk_api.cli import main
from pk_api.demo import people
from tests.support.service import a_registered_contract, served


@pytest.fixture
async def data(sqlite_template: Path, tmp_path: Path) -> Path:
    """The folder of a service that has stopped."""
    shutil.copy(sqlite_template, tmp_path / "pk_api.db")
    async with served(f"sqlite:///{tmp_path / 'pk_api.db'}", tmp_path) as service:
        await a_registered_contract(service.http)
    return tmp_path


def test_an_audit_as_it_was_written_is_told_with_its_size_and_hash(data: Path) -> None:
    told = CliRunner().invoke(main, ["audit", "verify", "--data", str(data)])

    assert told.exit_code == 0, told.output
    assert "2 rows verified up to 2 (2:" in told.output
    assert "1 anchors met" in told.output


@pytest.mark.parametrize("damage", ["UPDATE audit SET client = 'x' WHERE rowid = 2", "DELETE FROM audit"])
def test_a_changed_audit_is_told_with_the_place(data: Path, damage: str) -> None:
    with closing(sqlite3.connect(data / "pk_api.db")) as connection, connection:
        connection.execute("DROP TRIGGER audit_stays")
        connection.execute("DROP TRIGGER audit_kept")
        connection.execute(damage)

    told = CliRunner().invoke(main, ["audit", "verify", "--data", str(data)])

    assert told.exit_code == 1
    assert "seal 2" in told.output


def test_an_end_that_is_cut_off_is_told_by_the_anchors_in_another_file(data: Path, tmp_path: Path) -> None:
    anchors = (data / "audit-anchors.jsonl").rename(tmp_path / "elsewhere.jsonl")
    with closing(sqlite3.connect(data / "pk_api.db")) as connection, connection:
        for trigger in ("audit_kept", "seal_kept"):
            connection.execute(f"DROP TRIGGER {trigger}")
        connection.execute("DELETE FROM audit WHERE rowid = 2")
        connection.execute("DELETE FROM seal WHERE chain = 'audit' AND n = 2")

    blind = CliRunner().invoke(main, ["audit", "verify", "--data", str(data)])
    told = CliRunner().invoke(main, ["audit", "verify", "--data", str(data), "--anchors", str(anchors)])

    assert blind.exit_code == 0
    assert told.exit_code == 1
    assert "the end of the chain is cut off" in told.output


def test_the_audit_is_not_removed_before_its_time(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PK_DATABASE_URL", f"sqlite:///{data / 'pk_api.db'}")

    early = CliRunner().invoke(main, ["audit", "prune", "--before", "2026-01-01"])
    late = CliRunner().invoke(main, ["audit", "prune", "--before", "2016-01-01"])

    assert early.exit_code != 0
    assert (late.exit_code, late.output) == (0, "0 rows are removed\n")


@pytest.mark.parametrize("to_file", [True, False])
def test_a_care_providers_audit_is_written_as_the_national_log_service_has_it(
    data: Path, monkeypatch: pytest.MonkeyPatch, *, to_file: bool
) -> None:
    monkeypatch.setenv("PK_DATABASE_URL", f"sqlite:///{data / 'pk_api.db'}")
    asked = [
        "audit",
        "export",
        "--provider",
        people.REGION.hsa_id,
        "--from",
        "2026-01-01",
        "--to",
        "2199-01-01",
    ]

    told = CliRunner().invoke(main, [*asked, *(["--out", str(data / "log.jsonl")] if to_file else [])])

    text = (data / "log.jsonl").read_text() if to_file else told.stdout
    assert told.exit_code == 0, told.output
    assert [json.loads(line)["activity"]["activityType"] for line in text.splitlines()] == ["Skriva"] * 2
