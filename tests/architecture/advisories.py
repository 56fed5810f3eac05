"""Known weaknesses of what `requirements.lock` pins: `python -m tests.architecture.advisories`, by pip-audit.

The advisories are those of the package index. Where it gives none (a mirror, no network), that is told, and
nothing fails: the check is for where they can be had.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from tests.architecture.project import ROOT

LOCK = ROOT / "requirements.lock"
_SECONDS = 180
_COMMAND = ("--requirement", str(LOCK), "--require-hashes", "--disable-pip", "--no-deps", "--format", "json")


def verdict(told: Sequence[dict[str, Any]]) -> tuple[int, str]:
    """Return the exit status and what to say of the dependencies that pip-audit tells."""
    judged = [one for one in told if "vulns" in one]
    found = [(one, each) for one in judged for each in one["vulns"]]
    if not judged:
        return 0, "advisories: skipped, the package index here gives none"
    lines = [
        f"{one['name']} {one['version']}: {each['id']}, mended in {each['fix_versions']}"
        for one, each in found
    ]
    lines += [f"advisories: {len(found)} for {len(judged)} packages; {len(told) - len(judged)} not judged"]
    return (1 if found else 0), "\n".join(lines)


def _asked() -> Sequence[dict[str, Any]]:
    command = [sys.executable, "-m", "pip_audit", "--progress-spinner", "off", "--timeout", "10", *_COMMAND]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
        told: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        return ()
    return told.get("dependencies", ())


if __name__ == "__main__":
    status, text = verdict(_asked())
    print(text)
    sys.exit(status)
