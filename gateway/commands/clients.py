"""`slt-gateway clients`: the OAuth clients of organizations; every change is seen within a second."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from gateway.commands.client_keys import client_keys_app
from gateway.commands.client_owners import client_owners_app
from gateway.commands.client_registration import client_registration_app
from gateway.identity.scopes import Scope
from policies.vocabulary import Capacity, Purpose

clients_app = typer.Typer(help="OAuth clients: register, list, rotate, disable.", no_args_is_help=True)
clients_app.add_typer(client_keys_app)
clients_app.add_typer(client_owners_app)
clients_app.add_typer(client_registration_app)

Config = Annotated[Path, typer.Option("--config", help="The TOML file of docs/configuration.md.")]
ClientId = Annotated[str, typer.Argument(metavar="CLIENT", help="The client's id.")]
CONFIG = Path("gateway.toml")
_HOURS_OF_OVERLAP = 24


@clients_app.command()
def register(
    organization: Annotated[str, typer.Argument(metavar="ORGANIZATION", help="Id of the organization it belongs to.")],
    label: Annotated[str, typer.Argument(help="For people, such as 'reporting back end'.")],
    scope: Annotated[
        list[Scope] | None,
        typer.Option(help="What it may be used for at most; repeat for more. information:read and alerts:read else."),
    ] = None,
    capacity: Annotated[list[Capacity] | None, typer.Option(help="A task that it holds; repeat for more.")] = None,
    purpose: Annotated[
        Purpose, typer.Option(help="From the organization's agreement; it stays.")
    ] = Purpose.SAFETY_AND_SECURITY,
    country: Annotated[
        str | None, typer.Option(help="Where it is used (ISO 3166-1 alpha-3), so that one act can disable all of it.")
    ] = None,
    test: Annotated[
        bool,
        typer.Option("--test", help="For trying out, admitted or not: it reaches tests of its own organization only."),
    ] = False,
    redirect_uri: Annotated[
        list[str] | None, typer.Option(help="Where persons who sign in come back to; repeat for more.")
    ] = None,
    dpop_bound: Annotated[
        bool, typer.Option("--dpop-bound", help="It gets tokens only with a proof of its key (RFC 9449).")
    ] = False,
    config: Config = CONFIG,
) -> None:
    """Register a client; prints its id and its secret, which is shown here and never again."""
    from gateway.commands.administration import opened
    from gateway.identity.clients import register_client, register_test_client
    from gateway.partnership.admission import checked_area
    from gateway.partnership.clients import place_client

    if country is not None:
        checked_area(country)
    scopes = scope or [Scope.INFORMATION_READ, Scope.ALERTS_READ]
    if test and (scope or capacity or redirect_uri or dpop_bound or purpose is not Purpose.SAFETY_AND_SECURITY):
        raise typer.BadParameter("--test settles everything but the country: leave the rest out")
    with opened(config) as store:
        if test:
            client_id, secret = register_test_client(store, organization, label)
        else:
            client_id, secret = register_client(
                store,
                organization,
                label,
                scopes,
                purpose,
                capacity or (),
                redirect_uris=redirect_uri or (),
                dpop_bound=dpop_bound,
            )
        if country is not None:
            place_client(store, client_id, country)
    typer.echo(f"client_id      {client_id}")
    typer.echo(f"client_secret  {secret}")


@clients_app.command("list")
def list_clients(
    organization: Annotated[str | None, typer.Option(help="Only this organization's.")] = None, config: Config = CONFIG
) -> None:
    """Every client, with the ids of its live secrets (what stands before a secret's first dot); never a secret."""
    from gateway.commands.administration import opened, table
    from gateway.partnership.clients import clients, live_secrets

    with opened(config) as store:
        found, secrets = clients(store, organization), live_secrets(store, datetime.now(UTC))
    rows = [
        (
            client.client_id,
            f"{client.label} (test)" if client.test else client.label,
            " ".join(client.scopes),
            client.purpose.value,
            " ".join(client.capacities),
            client.country,
            " ".join(
                item.id if item.expires is None else f"{item.id} (until {item.expires.date()})"
                for item in secrets.get(client.client_id, ())
            ),
            None if client.last_used is None else client.last_used.date(),
            None if client.disabled_at is None else client.disabled_at.date(),
        )
        for client in found
    ]
    columns = ("CLIENT", "LABEL", "SCOPES", "PURPOSE", "CAPACITIES", "COUNTRY", "SECRETS", "LAST USED", "DISABLED")
    typer.echo(table(columns, rows, nothing="no client: register one with `slt-gateway clients register`"), nl=False)


@clients_app.command("rotate-secret")
def rotate(
    client: ClientId,
    overlap_hours: Annotated[
        int, typer.Option(help="How long the secret in use is still taken; 0 ends it at once.", min=0, max=24 * 30)
    ] = _HOURS_OF_OVERLAP,
    config: Config = CONFIG,
) -> None:
    """Make a new secret, shown here and never again; the one in use ends after the overlap."""
    from gateway.commands.administration import opened
    from gateway.identity.clients import rotate_secret

    with opened(config) as store:
        secret = rotate_secret(store, client, timedelta(hours=overlap_hours))
    typer.echo(f"client_secret  {secret}")


@clients_app.command()
def disable(
    client: Annotated[str | None, typer.Argument(metavar="CLIENT", help="The client's id.")] = None,
    country: Annotated[
        str | None, typer.Option(help="Instead: all clients of this country (ISO 3166-1 alpha-3), in one act.")
    ] = None,
    organization: Annotated[str | None, typer.Option(help="With --country: only this organization's.")] = None,
    config: Config = CONFIG,
) -> None:
    """Disable a client, or all of a country (a lost laptop, an office under duress): live tokens end in a second."""
    from gateway.commands.administration import opened
    from gateway.identity.clients import disable_client
    from gateway.partnership.clients import disable_country

    if (client is None) is (country is None) or (country is None and organization is not None):
        raise typer.BadParameter("give a client, or --country, which goes with --organization")
    with opened(config) as store:
        if client is not None:
            disable_client(store, client)
            typer.echo(f"{client}: disabled")
        elif country is not None:
            disabled = disable_country(store, country, organization)
            for client_id in disabled:
                typer.echo(f"{client_id}: disabled")
            typer.echo(f"{country}: {len(disabled)} clients disabled")
