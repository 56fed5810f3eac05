"""`make bench`: the service with one worker on SQLite and on PostgreSQL, as ratios to R of the same run.

R is measured before and after every figure (interleaved); the ratio is to the mean of the two. Token check,
access and audit are on, commits are durable.
Usage: python -m tests.bench.run [--seconds N] [--only sqlite|postgresql].
"""

import argparse
import asyncio
import itertools
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from pk_api.client import Client
from pk_api.demo.issuer import issue_token
from pk_api.demo.load import load
from pk_api.fhir.systems import PERSONNUMMER
from pk_api.store.migrate import upgrade
from tests.bench.load import Measured, Next, measure, request
from tests.support import postgres

BARS = {
    "read": 0.09,
    "composite": 0.08,
    "composite, unchanged": 0.08,
    "composite, built anew": 0.02,
    "composite as of": 0.08 / 3,
    "create": 0.05,
    "transaction of 10": 0.012,
    "search appointments": 0.05,
    "everything of 60": 0.02,
}
COST = 0.35
"""The most that access and audit may take of a read: the share by which it is slower than with both off."""
PATIENTS = 200
LARGE = 40
"""Patients who have 60 resources with the Patient."""
CONNECTIONS = 64


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@contextmanager
def _server(app: str, environment: dict[str, str], *, factory: bool) -> Iterator[int]:
    port = _free_port()
    command = [sys.executable, "-m", "uvicorn", app, "--port", str(port), "--no-access-log"]
    command += ["--log-level", "warning", "--no-server-header", *(["--factory"] if factory else [])]
    base = {"PK_BASE_URL": f"http://127.0.0.1:{port}"} if factory else {}
    process = subprocess.Popen(command, env={**os.environ, **environment, **base})
    try:
        for _ in range(200):
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _number(n: int) -> str:
    """A made-up personnummer with serial 238 or 239 and its check digit."""
    day = datetime(1930, 1, 1, tzinfo=UTC) + timedelta(days=n // 2)
    nine = f"{day:%y%m%d}{238 + n % 2}"
    total = sum(sum(divmod(int(c) * (2 - i % 2), 10)) for i, c in enumerate(nine))
    return f"{day:%Y%m%d}{238 + n % 2}{-total % 10}"


def _goal(patient: str) -> dict[str, Any]:
    return {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": {"text": "Kunna gå till affären och handla själv, utan att vila på vägen"},
        "subject": {"reference": patient},
        "startDate": "2026-03-02",
        "target": [{"dueDate": "2026-06-01"}],
    }


def _task(patient: str, n: int) -> dict[str, Any]:
    return {
        "resourceType": "Task",
        "status": "requested",
        "intent": "plan",
        "description": f"Ring vårdcentralen om tid för blodtryck, {n}",
        "for": {"reference": patient},
        "authoredOn": "2026-03-02T10:00:00+01:00",
    }


def _appointment(patient: str, n: int) -> dict[str, Any]:
    start = datetime(2026, 3, 2, 8, tzinfo=UTC) + timedelta(days=n)
    return {
        "resourceType": "Appointment",
        "status": "booked",
        "start": start.isoformat(),
        "end": (start + timedelta(minutes=30)).isoformat(),
        "participant": [{"actor": {"reference": patient}, "status": "accepted"}],
    }


def _bundle(resources: list[dict[str, Any]]) -> bytes:
    entries = [
        {
            "fullUrl": f"urn:uuid:{n:08d}-0000-4000-8000-000000000000",
            "resource": r,
            "request": {"method": "POST", "url": r["resourceType"]},
        }
        for n, r in enumerate(resources)
    ]
    return json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries}).encode()


def _fill(port: int, token: str, data: Path) -> tuple[list[str], list[str]]:
    """Load the demo journeys and many patients; return references of patients and goals."""
    base = f"http://127.0.0.1:{port}"
    now = datetime.now(UTC)
    asyncio.run(
        load(lambda name: Client(base, token=issue_token(data, name, now=now, lifetime=timedelta(hours=1))))
    )
    headers = {"authorization": f"Bearer {token}", "content-type": "application/fhir+json"}
    patients, goals = [], []
    with httpx.Client(base_url=base, headers=headers, timeout=30) as client:
        for n in range(PATIENTS):
            patient = {
                "resourceType": "Patient",
                "identifier": [{"system": PERSONNUMMER, "value": _number(n)}],
            }
            created = client.post("/fhir/Patient", json=patient)
            created.raise_for_status()
            reference = f"Patient/{created.json()['id']}"
            patients.append(reference)
            rows = [_goal(reference), _goal(reference), *(_appointment(reference, i) for i in range(20))]
            rows += [_task(reference, i) for i in range(37 if n < LARGE else 0)]
            answer = client.post("/fhir", content=_bundle(rows))
            answer.raise_for_status()
            goals += [
                "/".join(e["response"]["location"].split("/")[-4:-2]) for e in answer.json()["entry"][:2]
            ]
    return patients, goals


def settle(url: str) -> None:
    """Let PostgreSQL know its tables, as autovacuum does within a minute."""
    if url.startswith("postgresql"):
        asyncio.run(postgres.run(url, "ANALYZE"))


def _requests(port: int, token: str, patients: list[str], goals: list[str]) -> dict[str, Next]:
    """The requests of each figure."""
    auth = {"authorization": f"Bearer {token}"}
    written = {**auth, "content-type": "application/fhir+json"}
    reads = itertools.cycle([request("GET", f"/fhir/{g}", auth) for g in goals])
    vreads = itertools.cycle([request("GET", f"/fhir/{g}/_history/1", auth) for g in goals])
    searches = itertools.cycle([request("GET", f"/fhir/Appointment?patient={p}", auth) for p in patients])
    everything = itertools.cycle([request("GET", f"/fhir/{p}/$everything", auth) for p in patients[:LARGE]])
    composite = request("GET", "/v1/contracts/stroke-contract", auth)
    told = httpx.get(f"http://127.0.0.1:{port}/v1/contracts/stroke-contract", headers=auth)
    unchanged = request(
        "GET", "/v1/contracts/stroke-contract", {**auth, "if-none-match": told.headers["etag"]}
    )
    past = itertools.cycle(
        [request("GET", f"/v1/contracts/stroke-contract?asOf=revision:{n}", auth) for n in range(1, 4)]
    )
    creates = itertools.cycle(
        [request("POST", "/fhir/Goal", written, json.dumps(_goal(p)).encode()) for p in patients]
    )
    updates = itertools.cycle(
        [
            request(
                "PUT",
                f"/fhir/{g}",
                written,
                json.dumps({**_goal(f"Patient/{g[5:31]}"), "id": g[5:]}).encode(),
            )
            for g in goals
        ]
    )
    tens = itertools.cycle(
        [
            request(
                "POST", "/fhir", written, _bundle([_task(p, n) if n % 2 else _goal(p) for n in range(10)])
            )
            for p in patients
        ]
    )
    return {
        "read": lambda: next(reads),
        "vread": lambda: next(vreads),
        "composite": lambda: composite,
        "composite, unchanged": lambda: unchanged,
        "composite, built anew": lambda: composite,
        "composite as of": lambda: next(past),
        "search appointments": lambda: next(searches),
        "everything of 60": lambda: next(everything),
        "create": lambda: next(creates),
        "update": lambda: next(updates),
        "transaction of 10": lambda: next(tens),
    }


def _print(name: str, found: Measured, r: float, *, barred: bool) -> bool:
    ratio = found.rate / r
    bar = BARS.get(name) if barred else None
    verdict = "" if bar is None else f"   bar {bar:.3f} {'met' if ratio >= bar else 'MISSED'}"
    times = f"p50 {found.p50:>7.2f} ms  p99 {found.p99:>7.2f} ms"
    sys.stdout.write(f"{name:<26}{found.rate:>9.0f}/s  {times}  {ratio:>7.4f} R{verdict}\n")
    sys.stdout.flush()
    return bar is None or ratio >= bar


def _cost(kind: str, guarded: int, bare: int, source: Next, seconds: float) -> bool:
    """Measure a read with access and audit and without, by turns; return whether the bar is met."""
    rates: dict[int, list[float]] = {guarded: [], bare: []}
    for turn in range(6):
        at = (guarded, bare)[turn % 2]
        measure(at, source, seconds=0.3, connections=CONNECTIONS)
        rates[at].append(measure(at, source, seconds=seconds / 2, connections=CONNECTIONS).rate)
    with_, without = (statistics.median(rates[at]) for at in (guarded, bare))
    cost = 1 - with_ / without
    is_met = cost <= COST or kind != "postgresql"
    verdict = "" if kind != "postgresql" else f"   bar {COST:.2f} {'met' if is_met else 'MISSED'}"
    told = f"{with_:.0f}/s of {without:.0f}/s: access and audit take {cost:.0%}{verdict}"
    sys.stdout.write(f"{'read, both off':<26}{told}\n")
    sys.stdout.flush()
    return is_met


def bench(kind: str, url: str, data: Path, seconds: float) -> bool:
    """Measure everything on one database; return whether the bars are met."""
    upgrade(url)
    environment = {"PK_DATABASE_URL": url, "PK_DEMO": "true", "PK_DATA_DIR": str(data)}
    # counted as ever, but one caller sends what a country would
    environment |= {"PK_RATE_SYSTEMS": "1e9", "PK_PATIENT_SEARCHES_SYSTEMS": "1000000000"}
    hello = request("GET", "/", {})
    met = True
    unkept = {**environment, "PK_KEPT_CONTRACTS": "0"}
    with (
        _server("tests.bench.hello:app", {}, factory=False) as bare,
        _server("pk_api.app:app_from_environment", environment, factory=True) as port,
        _server("pk_api.app:app_from_environment", unkept, factory=True) as building,
        _server("tests.bench.unguarded:app_from_environment", environment, factory=True) as unguarded,
    ):
        token = issue_token(data, "system-hospital", now=datetime.now(UTC), lifetime=timedelta(hours=2))
        patients, goals = _fill(port, token, data)
        settle(url)
        sys.stdout.write(f"\n{kind}: one worker, {CONNECTIONS} connections, {seconds:g} s each\n")
        before = measure(bare, lambda: hello, seconds=seconds / 2, connections=CONNECTIONS).rate
        for name, source in _requests(port, token, patients, goals).items():
            at = building if name == "composite, built anew" else port
            measure(at, source, seconds=0.5, connections=CONNECTIONS)
            found = measure(at, source, seconds=seconds, connections=CONNECTIONS)
            after = measure(bare, lambda: hello, seconds=seconds / 2, connections=CONNECTIONS).rate
            met &= _print(name, found, (before + after) / 2, barred=kind == "postgresql")
            before = after
        reads = _requests(port, token, patients, goals)["read"]
        met &= _cost(kind, port, unguarded, reads, seconds)
        sys.stdout.write(f"{'R (bare uvicorn)':<26}{before:>9.0f}/s\n")
    return met


def main() -> int:
    """Run the bench; exit 1 when a bar is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    given = parser.parse_args()
    met = True
    if given.only != "postgresql":
        with tempfile.TemporaryDirectory() as folder:
            met &= bench("sqlite", f"sqlite:///{folder}/bench.db", Path(folder), given.seconds)
    if given.only != "sqlite":
        with postgres.server(durable=True) as server, tempfile.TemporaryDirectory() as folder:
            met &= bench("postgresql", postgres.new_database(server), Path(folder), given.seconds)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
