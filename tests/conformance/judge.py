"""HL7's reference validator (Java), built by Maven and run as one process for many resources."""

import fcntl
import json
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PROJECT = HERE / "java"
BUILD = HERE.parents[1] / "build" / "conformance"
SECONDS_TO_BUILD = 240
WRONG = ("error", "fatal")


@dataclass(frozen=True, slots=True)
class Said:
    """One remark of the validator."""

    severity: str
    path: str
    text: str
    id: str


def built() -> Path:
    """Return the folder with the built validator; skips the test where it cannot be had."""
    for tool in ("java", "mvn"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed: nothing was compared with HL7's validator")
    BUILD.mkdir(parents=True, exist_ok=True)
    with (BUILD / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _is_current():
            _build()
    return BUILD


def _is_current() -> bool:
    sources = [PROJECT / "pom.xml", *PROJECT.rglob("*.java")]
    made = BUILD / "conformance-1.jar"
    return made.exists() and all(made.stat().st_mtime > source.stat().st_mtime for source in sources)


def _build() -> None:
    command = ["mvn", "-q", "-B", "-f", str(PROJECT / "pom.xml"), "package"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_TO_BUILD, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip(f"Maven was not done in {SECONDS_TO_BUILD} s: nothing was compared with HL7's validator")
    if done.returncode and "COMPILATION ERROR" in done.stdout:
        raise RuntimeError(done.stdout)
    if done.returncode:
        pytest.skip("Maven could not bring the validator: nothing was compared with HL7's validator")


def judged(resources: Iterable[bytes], *packages: Path) -> list[Sequence[Said]]:
    """Return what HL7's validator says of each resource, in their order."""
    folder = built()
    lines = b"".join(line.replace(b"\n", b" ") + b"\n" for line in resources)
    done = subprocess.run(
        [
            *(
                "java",
                "-Xmx3g",
                "-XX:+UseParallelGC",
                "-cp",
                f"{folder / 'conformance-1.jar'}:{folder / 'lib'}/*",
            ),
            *("org.patientkontrakt.conformance.Judge", *map(str, packages)),
        ],
        input=lines,
        capture_output=True,
        timeout=3000,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr.decode(errors="replace")[-4000:])
    return [
        [
            Said(one["severity"], one["path"] or "", one["text"] or "", one["id"] or "")
            for one in json.loads(line)
        ]
        for line in done.stdout.splitlines()
    ]


def faults(said: Sequence[Said]) -> list[Said]:
    """Return the errors among the remarks."""
    return [one for one in said if one.severity in WRONG]
