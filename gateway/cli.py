"""`slt-gateway`: the commands of docs/operate.md. Each faults with one sentence on standard error and status 1 or 2."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from connectors.errors import SourceError
from gateway.errors import Sendable, Unsendable
from gateway.telemetry import configure_logging
from policies.rulebook import InvalidRules

app = typer.Typer(
    name="slt-gateway",
    help="GraphQL federation gateway under the Saving Lives Together framework.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
connectors_app = typer.Typer(help="The installed connectors.", no_args_is_help=True)
app.add_typer(connectors_app, name="connectors")

ConfigurationFile = Annotated[Path, typer.Option("--config", help="The TOML file of docs/configuration.md.")]


class OutputFormat(StrEnum):
    """How `query` prints an answer."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    GEOJSON = "geojson"


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="The gateway's port on loopback; 0 takes a free one.")] = 8700,
    ready_file: Annotated[Path | None, typer.Option(help="Written as JSON once everything answers.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Print the three answers and end.")] = False,
    seed: Annotated[int, typer.Option(help="Of the invented records.")] = 2015,
    records: Annotated[int, typer.Option(help="How many events are invented.", min=1, max=1_000_000)] = 240,
) -> None:
    """Start simulated platforms and the gateway on loopback; print three requesters' answers to one query."""
    from gateway.demo.run import run

    run(port=port, ready_file=ready_file, check=check, seed=seed, records=records)


@app.command()
def serve(
    config: ConfigurationFile = Path("gateway.toml"),
    host: Annotated[str | None, typer.Option(help="Instead of the configured one.")] = None,
    port: Annotated[int | None, typer.Option(help="Instead of the configured one.")] = None,
    workers: Annotated[int, typer.Option(help="Processes.", min=1)] = 1,
) -> None:
    """Serve."""
    from gateway.commands.serve import serve_configured

    serve_configured(config, host, port, workers)


@app.command()
def check(config: ConfigurationFile = Path("gateway.toml")) -> None:
    """Validate configuration, policies, connectors and database; report all faults at once."""
    from gateway.commands.check import faults

    found = faults(config)
    for fault in found:
        typer.echo(fault, err=True)
    if found:
        raise typer.Exit(1)
    typer.echo("configuration, policies, connectors and database are in order")


@app.command()
def query(
    document: Annotated[str, typer.Argument(help="A GraphQL document, or a file that holds one.")],
    url: Annotated[str, typer.Option(help="The gateway.", envvar="SLT_URL")] = "http://127.0.0.1:8700",
    client_id: Annotated[str, typer.Option(help="The client's id.", envvar="SLT_CLIENT_ID")] = "",
    client_secret_file: Annotated[
        Path | None, typer.Option(help="File with the client's secret.", envvar="SLT_CLIENT_SECRET_FILE")
    ] = None,
    output: Annotated[OutputFormat, typer.Option("--format", help="How to print.")] = OutputFormat.TABLE,
) -> None:
    """Ask a gateway; for analysts and scripts."""
    from gateway.commands.query import ask, printed

    answer = ask(document, url, client_id, client_secret_file)
    typer.echo(printed(answer, output.value), nl=False)
    if answer.get("errors"):
        raise typer.Exit(1)


@app.command()
def schema(
    federation: Annotated[
        bool, typer.Option("--federation", help="With the Apollo Federation subgraph's own fields and directives.")
    ] = False,
) -> None:
    """Print the schema (SDL) and nothing else."""
    from gateway.schema.printing import printed_schema

    typer.echo(printed_schema(federation=federation), nl=False)


@app.command()
def migrate(config: ConfigurationFile = Path("gateway.toml")) -> None:
    """Bring the database to the newest schema."""
    from gateway.commands.serve import migrate_configured

    migrate_configured(config)
    typer.echo("the database is at the newest schema")


@connectors_app.command("list")
def connectors_list() -> None:
    """The installed kinds and where each comes from."""
    from gateway.commands.connectors import listed

    typer.echo(listed(), nl=False)


def main() -> None:
    """The console script."""
    configure_logging()
    from gateway.demo.answers import DemoFailed

    try:
        app()
    except (Sendable, Unsendable, SourceError, InvalidRules, DemoFailed, OSError) as error:
        typer.echo(f"slt-gateway: {error}", err=True)
        sys.exit(2)
