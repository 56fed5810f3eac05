"""The authorisation server as a process: brought by npm, started and waited for."""

import fcntl
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

SOURCE = Path(__file__).parent / "issuer"
BUILD = Path(__file__).parents[2] / "build" / "oidc"


def _installed() -> Path:
    """The folder with the authorisation server; skips where it cannot be had."""
    for tool in ("node", "npm"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed: no real authorisation server was tried")
    BUILD.mkdir(parents=True, exist_ok=True)
    with (BUILD / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        shutil.copy(SOURCE / "issuer.mjs", BUILD)
        wanted = (SOURCE / "package-lock.json").read_text()
        done = BUILD / "installed.json"
        if not done.exists() or done.read_text() != wanted:
            for name in ("package.json", "package-lock.json"):
                shutil.copy(SOURCE / name, BUILD)
            _install()
            done.write_text(wanted)
    return BUILD


def _install() -> None:
    command = ["npm", "ci", "--no-audit", "--no-fund", "--prefer-offline"]
    try:
        ended = subprocess.run(command, cwd=BUILD, capture_output=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip("npm was not done in 120 s: no real authorisation server was tried")
    if ended.returncode:
        pytest.skip("npm could not bring oidc-provider: no real authorisation server was tried")


def _wait(address: str, log: Path) -> None:
    for _ in range(200):
        try:
            if httpx.get(address, timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise RuntimeError(log.read_text())


@contextmanager
def issuing_to(told: dict[str, Any], log: Path) -> Iterator[str]:
    """Give the address of an authorisation server with these clients and people; skips without Node."""
    folder, port = _installed(), told["port"]
    issuer = f"http://127.0.0.1:{port}"
    with log.open("wb") as out:
        process = subprocess.Popen(
            ["node", "issuer.mjs", json.dumps(told)], cwd=folder, stdout=out, stderr=out
        )
    try:
        _wait(f"{issuer}/.well-known/openid-configuration", log)
        yield issuer
    finally:
        process.terminate()
        process.wait(30)
