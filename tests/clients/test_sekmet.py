"""The fourteen scenarios of sekmet-fhir (PyPI), a hospital system for tests, against the running demo.

Source: https://github.com/KaRamHelal/SEKMET_FHIR_R4_Tester. It is installed into an environment of its own.
"""

import fcntl
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pk_api.demo.people import REGION
from tests.support.server import Server

SCRIPT = Path(__file__).parent / "sekmet" / "scenarios.py"
BUILD = Path(__file__).parents[2] / "build" / "sekmet"
PACKAGE = "sekmet-fhir==0.1.1"

PASS = (
    *("adt_admit_transfer_discharge", "adt_merge_update", "appointment_book_cancel", "bulk_export_group"),
    "conformance_smoke",
)
NOT_SERVED = {
    "billing_claim": "create Organization failed: HTTP 403",
    "clinical_documentation": "AllergyIntolerance is not a resource type of this service",
    "lab_order_to_result": "Specimen is not a resource type of this service",
    "medication_order_dispense": "MedicationRequest is not a resource type of this service",
    "rad_order_imaging_report": "ImagingStudy is not a resource type of this service",
}
"""Scenarios that need what is not served: a type, or an insurer, which a hospital may not register (nor is
Coverage a type of ours).
"""
SKIPPED = {
    "lab_order_peer_fills": "lab-filler",
    "messaging_adt_orders": "FHIR messaging",
}
"""Scenarios that it leaves out by itself: we are no laboratory, and take no messages."""
NOT_DELIVERED = ("subscription_backport_roundtrip", "subscription_roundtrip")
"""Scenarios that wait for an active Subscription: it is kept as `requested`, and nothing delivered yet."""


@pytest.fixture(scope="session")
def python() -> Path:
    """A Python with the package; skips where it cannot be had."""
    BUILD.mkdir(parents=True, exist_ok=True)
    mine = BUILD / "bin" / "python"
    with (BUILD / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (BUILD / "bin" / "sekmet").exists():
            _install(mine)
    return mine


def _install(mine: Path) -> None:
    pip = [str(mine), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGE]
    try:
        subprocess.run([sys.executable, "-m", "venv", str(BUILD)], check=True, timeout=120)
        subprocess.run(pip, capture_output=True, check=True, timeout=240)
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
        pytest.skip(f"{PACKAGE} could not be brought: its scenarios were not tried")


@pytest.fixture(scope="session")
def results(python: Path, demo_server: Server, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What each scenario came to: its status, and its steps with theirs."""
    folder = tmp_path_factory.mktemp("sekmet")
    done = subprocess.run(
        [str(python), str(SCRIPT), str(folder), f"{demo_server.base}/fhir", REGION.hsa_id],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)  # type: ignore[no-any-return]  # JSON is any


def test_each_of_the_fourteen_is_named(results: dict[str, Any]) -> None:
    assert set(results) == {*PASS, *NOT_SERVED, *SKIPPED, *NOT_DELIVERED}
    assert len(results) == 14


@pytest.mark.parametrize("name", PASS)
def test_a_scenario_on_types_that_are_served_passes(name: str, results: dict[str, Any]) -> None:
    status, steps = results[name]

    assert status == "passed", [step for step in steps if step[1] not in ("passed", "skipped")]
    left_out = [message for _, state, message in steps if state == "skipped"]
    assert left_out in ([], ["peer does not advertise format xml"])


@pytest.mark.parametrize("name", NOT_SERVED)
def test_another_scenario_goes_as_far_as_the_types_do(name: str, results: dict[str, Any]) -> None:
    _, steps = results[name]

    failed = [message for _, state, message in steps if state in ("failed", "error")]
    assert len(failed) == 1
    assert NOT_SERVED[name] in failed[0]


@pytest.mark.parametrize("name", SKIPPED)
def test_a_scenario_for_what_is_not_offered_is_left_out(name: str, results: dict[str, Any]) -> None:
    status, steps = results[name]

    assert status == "skipped"
    assert all(SKIPPED[name] in message for _, _, message in steps)


@pytest.mark.parametrize("name", NOT_DELIVERED)
def test_a_scenario_of_subscriptions_goes_as_far_as_the_delivery(name: str, results: dict[str, Any]) -> None:
    status, steps = results[name]

    failed = [step for step, state, _ in steps if state in ("failed", "error")]
    said = [message for _, state, message in steps if state in ("failed", "error")]
    assert status == "failed"
    assert len(failed) == 1
    assert failed[0].startswith("Subscribe to"), said
    assert "requested" in said[0], said
