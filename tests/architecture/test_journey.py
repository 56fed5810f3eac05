"""README's journey by curl, every line as printed, against a demo of its own."""

import json
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from pk_api.demo.issuer import issue_token
from tests.architecture.project import ROOT

_JOURNEY = re.compile(r"<!-- journey -->\n```bash\n(.*?)```", re.DOTALL)
_FAIL_LOUDLY = 'set -euo pipefail\ncurl() { command curl --fail-with-body "$@"; echo; }\n'


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder like the project's after `make demo`."""
    (tmp_path / ".venv").symlink_to(sys.prefix)
    (tmp_path / "migrations").symlink_to(ROOT / "migrations")
    return tmp_path


@pytest.fixture
def demo(place: Path) -> Iterator[int]:
    port = _free_port()
    command = [".venv/bin/pk-api", "demo", "--port", str(port)]
    with subprocess.Popen(command, cwd=place, stdout=subprocess.PIPE, text=True) as process:
        try:
            _wait_until_told(process)
            yield port
        finally:
            process.terminate()


def _wait_until_told(process: subprocess.Popen[str]) -> None:
    """Wait for the demo's last line, which it prints when all is loaded."""
    until = time.monotonic() + 120
    assert process.stdout is not None
    while time.monotonic() < until:
        if "Ctrl-C" in process.stdout.readline():
            return
        assert process.poll() is None, "the demo ended"
    raise TimeoutError("the demo did not start")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_every_line_of_the_journey_works_as_printed(place: Path, demo: int) -> None:
    (journey,) = _JOURNEY.findall((ROOT / "README.md").read_text())
    script = _FAIL_LOUDLY + journey.replace("127.0.0.1:8000", f"127.0.0.1:{demo}")

    ran = subprocess.run(["bash", "-c", script], cwd=place, capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    written, seen, moved, accepted, read, said, found, step, revisions = map(
        json.loads, ran.stdout.splitlines()
    )
    assert (written["status"], seen["state"], accepted["state"], read["status"]) == (
        *("requested", "requested"),
        *("accepted", "accepted"),
    )
    assert moved["when"]["latest"] == read["restriction"]["period"]["end"] == "2027-01-15"
    assert found["entry"][0]["resource"]["description"]["text"] == said["text"]
    assert step["nextStep"]["text"]
    assert [c["id"] for item in revisions["items"] for c in item["changes"]].count("call-at-home") == 3


async def test_the_first_transaction_for_integrators_works_as_printed(place: Path, demo: int) -> None:
    (bundle,) = re.findall(r"```json\n(.*?)```", (ROOT / "docs/integrate-fhir.md").read_text(), re.DOTALL)
    token = issue_token(place / "data", "system-hospital", now=datetime.now(UTC), lifetime=timedelta(hours=1))
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/fhir+json"}

    async with httpx.AsyncClient(headers=headers) as client:
        answer = await client.post(f"http://127.0.0.1:{demo}/fhir", content=bundle)

    assert [entry["response"]["status"][:3] for entry in answer.json()["entry"]] == ["201"] * 3
