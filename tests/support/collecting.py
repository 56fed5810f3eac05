"""What the service answers in all tests, kept for those that judge it (`PK_COLLECT` names a folder)."""

import hashlib
import os
from pathlib import Path

import httpx

FHIR = ("application/fhir+json", "application/fhir+ndjson")


async def keep(answer: httpx.Response) -> None:
    """Write the body of a FHIR answer into the folder once, under its hash."""
    folder, kind = os.environ.get("PK_COLLECT"), answer.headers.get("content-type", "")
    if not folder or not kind.startswith(FHIR) or "fhirVersion=5.0" in kind:
        return
    body = await _read(answer)
    for line in body.splitlines() if "ndjson" in kind else [body]:
        if line.strip():
            (Path(folder) / f"{hashlib.sha256(line).hexdigest()[:32]}.json").write_bytes(line)


async def _read(answer: httpx.Response) -> bytes:
    """Return the content, and leave the answer as one that nobody has read: a test may stream it."""
    raw = b"".join([part async for part in answer.aiter_raw()])
    answer.stream, answer.is_stream_consumed, answer.is_closed = httpx.ByteStream(raw), False, False
    return httpx.Response(200, headers=answer.headers, content=raw).content
