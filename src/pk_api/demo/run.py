"""The demo from nothing to a running service: database, example data by the public API, where to look."""

import asyncio
import shlex
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from pk_api.client import Client
from pk_api.demo.actors import ACTORS
from pk_api.demo.happenings import happen
from pk_api.demo.issuer import issue_token
from pk_api.demo.load import Summary, load
from pk_api.settings import Settings
from pk_api.web.log import configure

_TEXT = """
pk_api demo · {base}
{loaded}

  API documentation   {base}/docs
  FHIR capabilities   {base}/fhir/metadata

A token (there are {actors}):

  TOKEN=$({command} token system-hospital{option})

Three requests:

  curl -s -H "Authorization: Bearer $TOKEN" {base}/fhir/CarePlan/stroke-contract
  curl -s -H "Authorization: Bearer $TOKEN" {base}/v1/contracts/stroke-contract
  curl -s -H "Authorization: Bearer $TOKEN" {base}/v1/contracts/stroke-contract/next-step

Stop with Ctrl-C.
"""


def demo(
    create_app: Callable[[Settings], Any],
    upgrade: Callable[[str], None],
    *,
    port: int,
    data: Path,
    serve: bool,
    anonymous: str,
) -> None:
    """Migrate, load what is not loaded, and serve on 127.0.0.1."""
    base = f"http://127.0.0.1:{port}"
    url = f"sqlite:///{data.resolve() / 'pk_api.db'}"
    settings = Settings(database_url=url, base_url=base, demo=True, demo_anonymous=anonymous, data_dir=data)
    configure("WARNING")
    data.mkdir(parents=True, exist_ok=True)
    upgrade(url)
    app = create_app(settings)
    if serve:
        asyncio.run(_serve(app, base, port, data))
        return
    summary = asyncio.run(_load_only(app, base, data))
    sys.stdout.write(_told(summary) + "\n")


def _told(summary: Summary) -> str:
    if not summary.steps:
        return "The example data stand as they were left."
    return f"Loaded {summary.resources} resources in {summary.steps} steps."


def _client_for(base: str, data: Path, transport: httpx.AsyncBaseTransport | None) -> Callable[[str], Client]:
    now = datetime.now(UTC)

    def client_for(name: str) -> Client:
        token = issue_token(data, name, now=now, lifetime=timedelta(hours=1))
        return Client(base, token=token, transport=transport)

    return client_for


def _where_to_look(base: str, summary: Summary, data: Path) -> str:
    """Say where to look, in lines that can be run as they stand from where the demo was started."""
    return _TEXT.format(
        base=base,
        loaded=_told(summary),
        actors=", ".join(ACTORS),
        command=shlex.quote(sys.argv[0]),
        option="" if data == Path("data") else f" --data {shlex.quote(str(data))}",
    )


async def _load_only(app: Any, base: str, data: Path) -> Summary:
    """Load through the app in this process, by the same API, without a port."""
    async with app.running():
        return await _filled(_client_for(base, data, httpx.ASGITransport(app)))


async def _filled(client_for: Callable[[str], Client]) -> Summary:
    """Load the data that are not there, and let happen what has not happened."""
    summary = await load(client_for)
    await happen(client_for)
    return summary


async def _serve(app: Any, base: str, port: int, data: Path) -> None:
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, access_log=False, log_level="warning", server_header=False
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:
        if running.done():
            await running
            return
        await asyncio.sleep(0.02)
    summary = await _filled(_client_for(base, data, None))
    sys.stdout.write(_where_to_look(base, summary, data))
    sys.stdout.flush()
    await running
