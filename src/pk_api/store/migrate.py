"""Migrations by alembic: upgrade, and whether a database has the tables of this version."""

import asyncio
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Column, MetaData, Table, Text, select

from pk_api.store.database import Statement

_VERSION = Table("alembic_version", MetaData(), Column("version_num", Text))
_PRESENT = Statement(lambda _: select(_VERSION.c.version_num))


def folder() -> Path:
    """Return where the migrations are: in the project's folder, in an image beside the program."""
    for base in (Path.cwd(), Path(__file__).resolve().parents[3]):
        if (base / "migrations" / "env.py").exists():
            return base / "migrations"
    raise FileNotFoundError("the folder `migrations` is neither here nor beside the program")


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(folder()))
    config.attributes["url"] = url
    return config


def upgrade(url: str) -> None:
    """Bring a database to the tables of this version; not from within a running event loop."""
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    command.upgrade(_config(url), "head")


async def is_current(db: Any) -> bool:
    """Say whether the database answers and has the tables of this version."""
    try:
        rows = await db.fetch(_PRESENT, {})
    except Exception:  # noqa: BLE001  # any failure is the answer: not ready
        return False
    script = await asyncio.to_thread(lambda: ScriptDirectory(str(folder())))
    return [r["version_num"] for r in rows] == [script.get_current_head()]
