"""Valid resources of all served types: official examples, our own, and those of the demo.

Source of `examples.ndjson`: the package hl7.fhir.r4.examples 4.0.1 (CC0): per type up to eight of those that
HL7's validator finds valid without the packages that they refer to.
"""

import json
from datetime import date
from pathlib import Path
from typing import Any

from pk_api.demo.journeys import all_steps

HERE = Path(__file__).parent
OWN = HERE.parent / "fhir" / "examples"
BINARY = {"resourceType": "Binary", "contentType": "text/plain", "data": "aGVq"}
"""The official ones are photographs."""
QUIRKS = {"Observation-weight", "Questionnaire-follow-up"}
"""Own examples that are valid and not for HL7's validator: see `time` and `que-7` in `differences`."""


def official() -> list[dict[str, Any]]:
    """Return the official examples."""
    lines = (HERE / "examples.ndjson").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def ours() -> list[dict[str, Any]]:
    """Return our own examples and what the demo sends, without the profiles that they claim."""
    examples = [
        json.loads(path.read_text()) for path in sorted(OWN.glob("*.json")) if path.stem not in QUIRKS
    ]
    demo = [json.loads(step.bundle.model_dump_json()) for step in all_steps(date(2026, 11, 2))]
    sent = [entry["resource"] for bundle in demo for entry in bundle["entry"]]
    return [_unclaimed(resource) for resource in (*examples, *sent, BINARY)]


def _unclaimed(resource: dict[str, Any]) -> dict[str, Any]:
    resource.get("meta", {}).pop("profile", None)
    if resource.get("meta") == {}:
        del resource["meta"]
    return resource
