"""`slt-gateway`: the commands of docs/operate.md. Each faults with one sentence on standard error and status 1 or 2."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from connectors.errors import SourceError
from gateway.commands.clients import clients_app
from gateway.commands.partners import partners_app
from gateway.errors import Sendable, Unsendable
from gateway.telemetry import configure_logging
from policies.rulebook import InvalidRules, Language

app = typer.Typer(
    name="slt-gateway",
    help="GraphQL federation gateway under the Saving Lives Together framework.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
connectors_app = typer.Typer(help="The installed connectors.", no_args_is_help=True)
app.add_typer(connectors_app, name="connectors")
policy_app = typer.Typer(help="The rules: their cases, and what a change of them would change.", no_args_is_help=True)
app.add_typer(policy_app, name="policy")
ledger_app = typer.Typer(help="The disclosure ledger.", no_args_is_help=True)
app.add_typer(ledger_app, name="ledger")
app.add_typer(partners_app, name="partners")
app.add_typer(clients_app, name="clients")

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
def connectors_list(
    config: Annotated[
        Path | None, typer.Option("--config", help="Instead: how the sources of this configuration are doing.")
    ] = None,
) -> None:
    """The installed kinds, where each comes from, and what each claims; or how the configured sources are doing."""
    from gateway.commands.connectors import listed, status

    typer.echo(listed() if config is None else status(config), nl=False)


@connectors_app.command("quarantine")
def connectors_quarantine(
    config: ConfigurationFile = Path("gateway.toml"),
    source: Annotated[str | None, typer.Option(help="Only of this source.")] = None,
) -> None:
    """Rows of platforms that became no record, and why."""
    from gateway.commands.quarantine import listed

    typer.echo(listed(config, source), nl=False)


@connectors_app.command("replay")
def connectors_replay(
    source: Annotated[str, typer.Argument(help="A configured source.")],
    config: ConfigurationFile = Path("gateway.toml"),
) -> None:
    """Ask a platform again for each of its quarantined rows; what is a record now is released."""
    from gateway.commands.quarantine import replayed

    for line in replayed(config, source):
        typer.echo(line)


@connectors_app.command("test")
def connectors_test(
    name: Annotated[str, typer.Argument(help="An installed kind.")],
    rows: Annotated[
        int | None, typer.Option(help="Instead: show so many rows as they would be shared, and store nothing.", min=1)
    ] = None,
    agreement: Annotated[
        bool, typer.Option("--agreement", help="Instead: print the default marking in words, for signature.")
    ] = False,
    config: ConfigurationFile = Path("gateway.toml"),
    source: Annotated[
        str | None, typer.Option(help="With --rows or --agreement: a source of the configuration, not the example.")
    ] = None,
) -> None:
    """Run the conformance kit against the connector's simulator; status 1 where a check fails."""
    from gateway.commands.connectors import tested, to_sign, tried

    configured = None if source is None else (config, source)
    if agreement:
        typer.echo(to_sign(name, configured), nl=False)
    elif rows is not None:
        typer.echo(tried(name, rows, configured), nl=False)
    elif source is not None:
        raise typer.BadParameter(
            "the kit spoils answers, so it runs against simulators only: add --rows or --agreement"
        )
    else:
        text, held = tested(name)
        typer.echo(text, nl=False)
        if not held:
            raise typer.Exit(1)


@connectors_app.command("new")
def connectors_new(
    name: Annotated[str, typer.Argument(help="The new kind: small letters, digits and hyphens.")],
    folder: Annotated[Path, typer.Option(help="Where its folder is made.")] = Path(),
) -> None:
    """Write a connector as a distribution of its own, which passes the kit as it is written."""
    from gateway.commands.connectors import made

    typer.echo(made(name, folder), nl=False)


@ledger_app.command("verify")
def ledger_verify(
    config: ConfigurationFile = Path("gateway.toml"),
    heads: Annotated[
        Path | None, typer.Option(help="Heads that an originator kept: JSON as the query `treeHeads` gives it.")
    ] = None,
) -> None:
    """Make every tree anew and say exactly what is wrong; status 1 where something is."""
    from gateway.commands.ledger import verify_configured

    found = verify_configured(config, heads)
    for fault in found.faults:
        typer.echo(fault, err=True)
    typer.echo(f"{found.trees} trees, {found.leaves} leaves ({found.erased} erased), {found.heads} heads")
    if found.faults:
        raise typer.Exit(1)
    typer.echo("the ledger is whole")


@ledger_app.command("extract")
def ledger_extract(
    originator: Annotated[str, typer.Argument(help="Id of the organization.")],
    config: ConfigurationFile = Path("gateway.toml"),
) -> None:
    """Print who was shown an originator's records: one JSON object a line, oldest first."""
    from gateway.commands.ledger import extract_configured

    for line in extract_configured(config, originator):
        typer.echo(line)


@ledger_app.command("erase")
def ledger_erase(
    organization: Annotated[str | None, typer.Option(help="Erase what it asked.")] = None,
    client: Annotated[str | None, typer.Option(help="Erase what this client asked.")] = None,
    person: Annotated[str | None, typer.Option(help="Erase what this person asked, ISSUER:SUBJECT.")] = None,
    config: ConfigurationFile = Path("gateway.toml"),
) -> None:
    """Erase payloads for good; every proof stays valid."""
    from gateway.commands.ledger import erase_configured

    typer.echo(f"{erase_configured(config, organization, client, person)} entries erased")


@policy_app.command("test")
def policy_test(
    rule: Annotated[str | None, typer.Option(help="The rule files that begin so, such as 09; all otherwise.")] = None,
    mutants: Annotated[
        bool, typer.Option("--mutants", help="Change the rules in every place instead; a case has to catch each.")
    ] = False,
) -> None:
    """Print the cases beside the rules as a table; status 1 where one fails."""
    from gateway.commands.policy import mutated, tested

    text, held = mutated(rule) if mutants else tested(rule)
    typer.echo(text, nl=False)
    if not held:
        raise typer.Exit(1)


@policy_app.command("diff")
def policy_diff(
    against: Annotated[
        Path, typer.Option(help="A whole copy of policies/rules with changes.", exists=True, file_okay=False)
    ],
) -> None:
    """Say who would gain or lose what by the rules in a folder; status 1 where anybody would."""
    from gateway.commands.policy import differing

    text, differs = differing(against)
    typer.echo(text, nl=False)
    if differs:
        raise typer.Exit(1)


@policy_app.command("explain")
def policy_explain(
    record: Annotated[str, typer.Argument(metavar="ID", help="A record's id.")],
    organization: Annotated[
        str | None, typer.Option("--as", help="What this organization receives, of a record of the client's own.")
    ] = None,
    url: Annotated[str, typer.Option(help="The gateway.", envvar="SLT_URL")] = "http://127.0.0.1:8700",
    client_id: Annotated[str, typer.Option(help="The client's id.", envvar="SLT_CLIENT_ID")] = "",
    client_secret_file: Annotated[
        Path | None, typer.Option(help="File with the client's secret.", envvar="SLT_CLIENT_SECRET_FILE")
    ] = None,
    language: Annotated[Language, typer.Option(help="In which the reasons are told.")] = Language.ENGLISH,
) -> None:
    """Say why somebody receives of one record what it receives."""
    from gateway.commands.explain import explained

    typer.echo(explained(record, organization, url, client_id, client_secret_file, language.value), nl=False)


@policy_app.command("rules")
def policy_rules(
    language: Annotated[Language, typer.Option(help="In which the reasons are told.")] = Language.ENGLISH,
) -> None:
    """Print every rule with its reason as a Markdown table."""
    from gateway.commands.policy import listed

    typer.echo(listed(language), nl=False)


def main() -> None:
    """The console script."""
    configure_logging()
    from gateway.demo.answers import DemoFailed

    try:
        app()
    except (Sendable, Unsendable, SourceError, InvalidRules, DemoFailed, OSError) as error:
        typer.echo(f"slt-gateway: {error}", err=True)
        sys.exit(2)
