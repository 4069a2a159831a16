"""`slt-gateway clients invite`, `invitations`, `history`: who may register a client, and what was done to one."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from gateway.identity.scopes import Scope
from policies.vocabulary import Capacity, Purpose

client_registration_app = typer.Typer()

Config = Annotated[Path, typer.Option("--config", help="The TOML file of docs/configuration.md.")]
CONFIG = Path("gateway.toml")


@client_registration_app.command()
def invite(
    organization: Annotated[str, typer.Argument(metavar="ORGANIZATION", help="Id of the organization invited.")],
    scope: Annotated[
        list[Scope] | None,
        typer.Option(help="The most it may ask for; repeat for more. information:read and alerts:read else."),
    ] = None,
    capacity: Annotated[list[Capacity] | None, typer.Option(help="A task that it holds; repeat for more.")] = None,
    purpose: Annotated[
        Purpose, typer.Option(help="From the organization's agreement; it stays.")
    ] = Purpose.SAFETY_AND_SECURITY,
    country: Annotated[
        str | None, typer.Option(help="Where it is used (ISO 3166-1 alpha-3), so that one act can disable all of it.")
    ] = None,
    hours: Annotated[int, typer.Option(help="How long the invitation is good.", min=1, max=24 * 30)] = 72,
    config: Config = CONFIG,
) -> None:
    """Print an initial access token (RFC 7591), shown here and never again: one client registers itself with it."""
    from gateway.commands.administration import configured
    from gateway.identity.client_history import OPERATOR
    from gateway.identity.invitations import invite as make

    with configured(config) as (settings, store):
        token = make(
            store,
            organization,
            scope or [Scope.INFORMATION_READ, Scope.ALERTS_READ],
            purpose,
            timedelta(hours=hours),
            capacities=capacity or (),
            country=country,
            by=OPERATOR,
        )
        typer.echo(f"registration_endpoint  {settings.gateway.url}/oauth/register")
    typer.echo(f"initial_access_token   {token}")


@client_registration_app.command()
def invitations(
    organization: Annotated[str | None, typer.Option(help="Only this organization's.")] = None, config: Config = CONFIG
) -> None:
    """The invitations that can still be used; never a token."""
    from gateway.commands.administration import opened, table
    from gateway.identity.invitations import invitations as listed

    with opened(config) as store:
        found = listed(store, organization)
    rows = [
        (
            item.id,
            item.organization_id,
            " ".join(item.scopes),
            item.purpose.value,
            " ".join(item.capacities),
            item.country,
            item.expires.isoformat(timespec="minutes"),
        )
        for item in found
    ]
    columns = ("INVITATION", "ORGANIZATION", "SCOPES", "PURPOSE", "CAPACITIES", "COUNTRY", "UNTIL")
    typer.echo(table(columns, rows, nothing="no invitation: make one with `slt-gateway clients invite`"), nl=False)


@client_registration_app.command()
def history(
    client: Annotated[str, typer.Argument(metavar="CLIENT", help="The client's id.")], config: Config = CONFIG
) -> None:
    """What was done to a client, by whom and when, oldest first; never a secret."""
    from gateway.commands.administration import opened, table
    from gateway.identity.client_history import history as told

    with opened(config) as store:
        found = told(store, client)
    rows = [
        (
            item.at.isoformat(timespec="seconds"),
            item.act.value,
            item.by,
            ", ".join(f"{name}: {value}" for name, value in item.facts.items()),
        )
        for item in found
    ]
    columns = ("WHEN", "WHAT", "BY", "FACTS")
    typer.echo(table(columns, rows, nothing=f"{client}: nothing on record"), nl=False)
