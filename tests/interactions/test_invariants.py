"""The checker of invariants finds nothing wrong with the demo, and finds what is made wrong."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.invariants import broken, unsealed
from tests.support.resources import a_goal
from tests.support.service import Service, a_registered_contract, create, delete, put, served


@pytest.fixture
def copied(sqlite_template: Path, tmp_path: Path) -> Path:
    """A SQLite file of the test's own."""
    return Path(shutil.copy(sqlite_template, tmp_path / "pk.db"))


def _damage(path: Path, statement: str) -> None:
    """Do what only the owner of the tables can: the audit's triggers are in the way of all others."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TRIGGER audit_stays")
        connection.execute("DROP TRIGGER audit_kept")
        connection.execute(statement)


@pytest.mark.asyncio(loop_scope="module")
async def test_the_demo_keeps_every_invariant(demo: Service) -> None:
    assert await broken(demo.database_url) == []
    assert await unsealed(demo.database_url) == []


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM version WHERE version = 1 AND type = 'Goal'",
        "UPDATE current SET version = 7 WHERE type = 'Goal'",
        "UPDATE current SET deleted = 1 WHERE type = 'CareTeam'",
        "DELETE FROM outbox WHERE type = 'Goal'",
        "DELETE FROM audit WHERE interaction = 'create'",
        "UPDATE contract SET revision = revision + 1",
        "DELETE FROM patient",
        "DELETE FROM member WHERE type = 'CareTeam'",
        "INSERT OR IGNORE INTO member SELECT c.patient_key, c.id, r.type, r.id, 1 FROM contract c, current r",
        "DELETE FROM reference",
        'UPDATE version SET body = replace(body, \'"versionId":"2"\', \'"versionId":"3"\')',
    ],
)
async def test_damage_is_found(copied: Path, damage: str) -> None:
    url = f"sqlite:///{copied}"
    async with served(url, copied.parent) as service:
        contract = await a_registered_contract(service.http)
        goal = await create(service.http, a_goal(contract["Patient"]))
        await put(service.http, goal | {"startDate": "2026-03-01"})
        assert await broken(url) == []

    _damage(copied, damage)

    assert await broken(url)


@pytest.mark.parametrize("damage", ["UPDATE audit SET client = 'x'", "DELETE FROM audit WHERE rowid = 2"])
async def test_a_changed_audit_row_breaks_the_chain(copied: Path, damage: str) -> None:
    url = f"sqlite:///{copied}"
    async with served(url, copied.parent) as service:
        await delete(service.http, await create(service.http, {"resourceType": "Practitioner"}))
    assert await unsealed(url) == []

    _damage(copied, damage)

    assert await unsealed(url, patience=0.2)
