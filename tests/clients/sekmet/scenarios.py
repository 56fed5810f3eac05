"""Runs the scenarios of sekmet-fhir against a service, and writes what each step came to as JSON.

Run in an environment of its own that has the package: `scenarios.py FOLDER BASE_URL HSA_ID`. What is told of
the service is what an integrator tells: its address, and that organisations are known by their HSA-id.
"""

import json
import sys
from pathlib import Path

from sekmet.config import Settings
from sekmet.context import AppContext
from sekmet.scenarios.runner import LIBRARY, ScenarioRunner
from sekmet.workflows import registry

BILLING = "billing_claim"
HSA_ID = "urn:oid:1.2.752.29.4.19"


def main(folder: str, base: str, hospital: str) -> None:
    """Print `{scenario: [status, [[step, status, message], ...]]}`."""
    _, code, display, name = registry.ORGS["hospital"]
    registry.ORGS["hospital"] = (hospital, code, display, name)
    insurer = registry.ORGS.pop("payer")  # no part of the hospital, which registers its own units alone
    settings = Settings(
        data_dir=folder, identifiers={"organization": HSA_ID}, peers={"service": {"base_url": base}}
    )
    runner = ScenarioRunner(AppContext(settings), "service")
    out = {}
    for path in sorted(Path(LIBRARY).glob("*.yaml"), key=lambda each: each.stem == BILLING):
        if path.stem == BILLING:
            registry.ORGS["payer"] = insurer
        result = runner.run(str(path))
        out[path.stem] = [result.status, [[s.name, s.status, s.message[:300]] for s in result.steps]]
    sys.stdout.write(json.dumps(out))


if __name__ == "__main__":
    main(*sys.argv[1:])
