"""README's journey by curl, every line as printed, against a demo of its own."""

import json
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from pk_api.demo.issuer import issue_token
from tests.architecture.project import ROOT

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
_JOURNEY = re.compile(r"<!-- journey -->\n```bash\n(.*?)```", re.DOTALL)
_FAIL_LOUDLY = 'set -euo pipefail\ncurl() { command curl --fail-with-body "$@"; echo; }\n'


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like the project's after `make demo`."""
    folder = tmp_path_factory.mktemp("project")
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / "migrations").symlink_to(ROOT / "migrations")
    return folder


@dataclass(frozen=True)
class Demo:
    port: int
    told: str


@pytest.fixture(scope="module")
def demo(place: Path) -> Iterator[Demo]:
    port = _free_port()
    command = [".venv/bin/pk-api", "demo", "--port", str(port)]
    with subprocess.Popen(command, cwd=place, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Demo(port, _told(process))
        finally:
            process.terminate()


def _told(process: subprocess.Popen[str]) -> str:
    """Return what the demo prints when all is loaded; the test ends with the demo if that ends before."""
    lines: list[str] = []
    assert process.stdout is not None
    for line in process.stdout:
        lines.append(line)
        if "Ctrl-C" in line:
            return "".join(lines)
    raise AssertionError(f"the demo ended: {lines}")


def _run(script: str, place: Path) -> list[str]:
    command = ["bash", "-c", _FAIL_LOUDLY + script]
    ran = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout.splitlines()


@needs_curl
def test_what_the_demo_prints_can_be_run(place: Path, demo: Demo) -> None:
    lines = [line for line in map(str.strip, demo.told.splitlines()) if line.startswith(("TOKEN=", "curl "))]

    contract, whole, step = map(json.loads, _run("\n".join(lines), place))

    assert (contract["resourceType"], whole["id"]) == ("CarePlan", contract["id"])
    assert step["nextStep"] == whole["nextStep"]


@needs_curl
def test_every_line_of_the_journey_works_as_printed(place: Path, demo: Demo) -> None:
    (journey,) = _JOURNEY.findall((ROOT / "README.md").read_text())
    script = journey.replace("127.0.0.1:8000", f"127.0.0.1:{demo.port}")

    written, seen, moved, accepted, read, said, found, step, revisions = map(json.loads, _run(script, place))

    assert (written["status"], seen["state"], accepted["state"], read["status"]) == (
        *("requested", "requested"),
        *("accepted", "accepted"),
    )
    assert moved["when"]["latest"] == read["restriction"]["period"]["end"] == "2027-01-15"
    assert found["entry"][0]["resource"]["description"]["text"] == said["text"]
    assert step["nextStep"]["text"]
    assert [c["id"] for item in revisions["items"] for c in item["changes"]].count("call-at-home") == 3


async def test_the_first_transaction_for_integrators_works_as_printed(place: Path, demo: Demo) -> None:
    (bundle,) = re.findall(r"```json\n(.*?)```", (ROOT / "docs/integrate-fhir.md").read_text(), re.DOTALL)
    token = issue_token(place / "data", "system-hospital", now=datetime.now(UTC), lifetime=timedelta(hours=1))
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/fhir+json"}

    async with httpx.AsyncClient(headers=headers) as client:
        answer = await client.post(f"http://127.0.0.1:{demo.port}/fhir", content=bundle)

    assert [entry["response"]["status"][:3] for entry in answer.json()["entry"]] == ["201"] * 3
