"""The command `pk-api`: serve, migrate, reindex, audit, demo, token, openapi, ig."""

import asyncio
import json
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer

from pk_api.app import audit_exported, audit_pruned, audit_verified, create_app, described, reindexed
from pk_api.app import serve as serve_app
from pk_api.demo import run
from pk_api.demo.actors import ACTORS
from pk_api.demo.issuer import issue_token
from pk_api.fhir.artefacts.guide import PACKAGE, package
from pk_api.fhir.problems import Problem
from pk_api.settings import Settings
from pk_api.store.migrate import upgrade
from pk_api.web.log import configure

DATA = Path("data")
main = typer.Typer(
    help="The shared patientkontrakt on HL7 FHIR R4.", no_args_is_help=True, add_completion=False
)
audit = typer.Typer(help="The audit: verify it, cut it off after its time.", no_args_is_help=True)
main.add_typer(audit, name="audit")

Port = Annotated[int, typer.Option(help="Port on 127.0.0.1")]
Data = Annotated[Path, typer.Option(help="Where the demo keeps its database and key")]


@main.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on")] = 8000,
    workers: Annotated[int, typer.Option(help="Processes (PostgreSQL only when more than one)")] = 1,
) -> None:
    """Run the service with the settings of the environment (PK_…); migrate first."""
    serve_app(Settings(), host=host, port=port, workers=workers)


@main.command()
def migrate() -> None:
    """Bring the database of PK_DATABASE_URL to the tables of this version."""
    upgrade(Settings().database_url)


@main.command()
def reindex() -> None:
    """Make the search index of all that is stored anew; the service may go on meanwhile."""
    typer.echo(f"{asyncio.run(reindexed(Settings()))} resources are indexed")


@audit.command(name="verify")
def verify_audit(
    data: Annotated[Path | None, typer.Option(help="Folder of a demo; else PK_DATABASE_URL")] = None,
    anchors: Annotated[
        list[Path] | None, typer.Option(help="Files of anchors, or logs, beside PK_AUDIT_ANCHORS")
    ] = None,
) -> None:
    """Verify every row of the audit; exit 1 and name the places when it is not as it was written."""
    settings = Settings()
    if data is not None:
        url = f"sqlite:///{data.resolve() / 'pk_api.db'}"
        settings = Settings(database_url=url, data_dir=data, demo=True)
    began = time.monotonic()
    found = asyncio.run(audit_verified(settings, anchors or []))
    rate = found.rows / max(time.monotonic() - began, 1e-9)
    for fault in found.faults:
        typer.echo(f"{fault.place}: {fault.what}")
    typer.echo(
        f"{found.rows} rows verified up to {found.sequence} ({found.hash}), {found.anchors} anchors met, "
        f"{found.young} rows wait for their seal; {rate:.0f} rows a second"
    )
    if found.faults:
        typer.echo("The audit is NOT as it was written.")
        raise typer.Exit(1)


@audit.command(name="prune")
def prune_audit(
    before: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="Rows sealed before this day (UTC) go")
    ],
) -> None:
    """Remove audit rows after their time: never before PK_AUDIT_YEARS (five at least) have passed."""
    try:
        rows = asyncio.run(audit_pruned(Settings(), before.replace(tzinfo=UTC)))
    except Problem as problem:
        raise typer.BadParameter(problem.detail) from problem
    typer.echo(f"{rows} rows are removed")


@audit.command(name="export")
def export_audit(
    provider: Annotated[str, typer.Option(help="HSA-id of the care provider whose users acted")],
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day (UTC)")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day (UTC)")],
    out: Annotated[Path | None, typer.Option(help="File to write; else the output")] = None,
) -> None:
    """Write what a care provider's users did, as the national log service has it, a line of JSON a row."""
    since, until = first.replace(tzinfo=UTC), last.replace(tzinfo=UTC) + timedelta(days=1)

    async def write(file: BinaryIO) -> None:
        async for line in audit_exported(Settings(), provider, since=since, until=until):
            file.write(line)

    if out is None:
        asyncio.run(write(sys.stdout.buffer))
        return
    with out.open("wb") as file:
        asyncio.run(write(file))


@main.command()
def demo(
    port: Port = 8000,
    data: Data = DATA,
    serve: Annotated[bool, typer.Option(help="Go on serving after loading")] = True,  # noqa: FBT002  # a typer option
    anonymous: Annotated[str, typer.Option(help="Demo actor for requests without a token")] = "",
) -> None:
    """Load seven example journeys and serve them on loopback, with the demo's own tokens."""
    if anonymous and anonymous not in ACTORS:
        raise typer.BadParameter(f"there is no such demo actor; there are: {', '.join(ACTORS)}")
    run.demo(create_app, upgrade, port=port, data=data, serve=serve, anonymous=anonymous)


@main.command()
def token(
    name: Annotated[str, typer.Argument(help="A demo actor, such as system-hospital")],
    data: Data = DATA,
    hours: Annotated[int, typer.Option(help="How long it is valid")] = 12,
) -> None:
    """Print a token of a demo actor; it is valid with the demo of the same data folder only."""
    try:
        sys.stdout.write(
            issue_token(data, name, now=datetime.now(UTC), lifetime=timedelta(hours=hours)) + "\n"
        )
    except Problem as problem:
        raise typer.BadParameter(problem.detail) from problem


@main.command()
def openapi() -> None:
    """Print the OpenAPI document of the contract API."""
    configure("WARNING")
    document: dict[str, Any] = described()
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n")


@main.command()
def ig(out: Annotated[Path, typer.Option(help="The file to write")] = Path("package.tgz")) -> None:
    """Write the FHIR package of the profiles, codes and questions, for others to install."""
    out.write_bytes(package())
    typer.echo(f"{out}: {PACKAGE}, {len(out.read_bytes())} bytes")


if __name__ == "__main__":
    main()
