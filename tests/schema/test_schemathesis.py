"""The contract API asked by schemathesis: its OpenAPI document is true of what a real server answers.

All its checks are on: no error of ours, no status, media type, header or body that is not documented, nothing
refused that the document allows, nothing taken that it forbids, nobody let in without a token. What is left
out stands with its reason in `hooks` and schemathesis.toml.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.schema.living import living
from tests.support.server import Server, serving
from tests.support.service import HOSPITAL, bearer

HERE = Path(__file__).parent
COMMAND = Path(sys.executable).parent / "schemathesis"
SOME = (
    r"^/(health/.*|v1/contracts(/search|/\{contract\}(/(status|next-step|revisions|actions|team)(/.*)?)?)?)$"
)
"""The operations of two parts stand for those of all eight: they are made from one table."""
SHORT = ("--include-path-regex", SOME, "--phases", "examples,coverage,fuzzing", "--max-examples", "3")
LONG = ("--phases", "examples,coverage,fuzzing,stateful", "--max-examples", "100")


def test_what_the_document_says_is_true(sqlite_template: Path, tmp_path: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "pk.db")

    with serving(f"sqlite:///{tmp_path / 'pk.db'}", tmp_path) as server:
        told = asked(server, tmp_path, *SHORT)

    assert cases(told) >= 1500, told[-3000:]


@pytest.mark.slow
def test_what_the_document_says_is_true_in_a_long_run(running: Server, tmp_path: Path) -> None:
    told = asked(running, tmp_path, *LONG)

    print(told[told.rindex("= SUMMARY") :])
    assert cases(told) >= 10_000


def asked(server: Server, folder: Path, *options: str) -> str:
    """Let schemathesis ask the server, always the same questions; return what it tells when all is well."""
    stands = living(server)
    document, settings = folder / "living.json", folder / "schemathesis.toml"
    document.write_text(json.dumps(stands.document()))
    settings.write_text(f"{(HERE / 'schemathesis.toml').read_text()}\n{stands.settings()}")
    token = bearer(server.data, HOSPITAL, hours=12)["Authorization"]
    done = subprocess.run(
        [
            *(COMMAND, "--config-file", settings, "run", document, "--url", server.base),
            *("--header", f"Authorization: {token}", "--checks", "all", "--seed", "1", *options),
        ],
        cwd=folder,
        env=os.environ
        | {"PYTHONPATH": os.pathsep.join([str(HERE.parents[1]), os.environ.get("PYTHONPATH", "")])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2000:]
    return done.stdout


def cases(told: str) -> int:
    """Return how many requests schemathesis made."""
    found = re.search(r"(\d+) generated", told)
    return int(found[1]) if found else 0
