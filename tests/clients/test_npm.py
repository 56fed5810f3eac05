"""fhir-kit-client and @medplum/core (npm) against the running demo; the scripts in `npm/` assert."""

import fcntl
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.server import Server

SCRIPTS = Path(__file__).parent / "npm"
BUILD = Path(__file__).parents[2] / "build" / "npm"
PATIENT = "Patient/stroke-patient"
ASKED = {"create", "read", "update", "conflict", "search", "page", "transaction", "patch", "delete"}


@pytest.fixture(scope="session")
def clients() -> Path:
    """The folder with the scripts and the clients that they use; skips where these cannot be had."""
    for tool in ("node", "npm"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed: the clients of npm were not tried")
    BUILD.mkdir(parents=True, exist_ok=True)
    with (BUILD / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for script in SCRIPTS.iterdir():
            shutil.copy(script, BUILD)
        _install()
    return BUILD


def _install() -> None:
    command = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--prefer-offline"]
    try:
        done = subprocess.run(command, cwd=BUILD, capture_output=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip("npm was not done in 120 s: its clients were not tried")
    if done.returncode:
        pytest.skip("npm could not bring its clients: they were not tried")


@pytest.mark.parametrize("client", ["fhir-kit-client", "medplum"])
def test_it_does_all_that_a_client_does(client: str, clients: Path, demo_server: Server) -> None:
    done = subprocess.run(
        ["node", "--experimental-websocket", f"{client}.mjs", f"{demo_server.base}/fhir", PATIENT],
        cwd=clients,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-2000:]
    assert set(json.loads(done.stdout)) >= ASKED
