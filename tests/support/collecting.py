"""What the service answers in all tests, kept for those that judge it (`PK_COLLECT` names a folder)."""

import hashlib
import os
from pathlib import Path

import httpx

FHIR = ("application/fhir+json", "application/fhir+ndjson")


async def keep(answer: httpx.Response) -> None:
    """Write the body of a FHIR answer into the folder once, under its hash."""
    folder = os.environ.get("PK_COLLECT")
    if not folder or not answer.headers.get("content-type", "").startswith(FHIR):
        return
    if "fhirVersion=5.0" in answer.headers["content-type"]:
        return
    for line in (await answer.aread()).splitlines():
        if line.strip():
            (Path(folder) / f"{hashlib.sha256(line).hexdigest()[:32]}.json").write_bytes(line)
