"""A real server process on a free loopback port, stopped (or killed) by its own pid."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from cryptography.fernet import Fernet

from tests.support.service import bearer
from tests.support.traces import names_anybody

COMMAND = Path(sys.executable).parent / "pk-api"


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@dataclass
class Server:
    """A server on a database; the same one may be started again after it was killed."""

    arguments: tuple[str, ...]
    environment: dict[str, str]
    data: Path
    port: int
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """What the processes wrote, one after the other."""
        return self.data / "server.log"

    def client(self, name: str, **more: int) -> httpx.AsyncClient:
        """Return a client that asks as this demo actor."""
        limits = httpx.Limits(max_connections=more.get("connections", 100))
        return httpx.AsyncClient(
            base_url=self.base, headers=bearer(self.data, name), timeout=60, limits=limits
        )

    def start(self) -> None:
        """Start and wait until it is ready."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [str(COMMAND), *self.arguments],
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        for _ in range(600):
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended: {self.log.read_text()[-2000:]}")
            try:
                if httpx.get(f"{self.base}/health/ready", timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        raise RuntimeError(f"the server is not ready: {self.log.read_text()[-2000:]}")

    def kill(self) -> None:
        """Kill the process as a power cut would."""
        if self.process is not None:
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait(30)

    def stop(self) -> None:
        """Ask the process to end, and wait. What it logged names nobody."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()
        if self.log.exists():
            assert not names_anybody(self.log.read_text()), "an identity number stands in the server's log"


def _server(data: Path, *arguments: str, **settings: str) -> Server:
    port = free_port()
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "HOME": str(data),
        "PK_DATA_DIR": str(data),
        "PK_BASE_URL": f"http://127.0.0.1:{port}",
        "PK_DEMO": "true",
        "PK_SECRET": Fernet.generate_key().decode(),
    }
    return Server((*arguments, "--port", str(port)), environment | settings, data, port)


@contextmanager
def serving(
    database_url: str, data: Path, *, workers: int = 1, start: bool = True, **settings: str
) -> Iterator[Server]:
    """Give a `pk-api serve` on this database, which has its tables."""
    told = {"PK_DATABASE_URL": database_url} | settings
    server = _server(data, "serve", "--workers", str(workers), **told)
    try:
        if start:
            server.start()
        yield server
    finally:
        server.stop()


@contextmanager
def demonstrating(data: Path, *options: str) -> Iterator[Server]:
    """Give a `pk-api demo` with its example data loaded."""
    server = _server(data, "demo", "--data", str(data), *options)
    try:
        server.start()
        _await_text(server, "Stop with Ctrl-C")
        yield server
    finally:
        server.stop()


def _await_text(server: Server, text: str) -> None:
    for _ in range(1200):
        if text in server.log.read_text():
            return
        time.sleep(0.05)
    raise RuntimeError(f"the demo did not load: {server.log.read_text()[-2000:]}")
