"""`slt-gateway clients owners`, `name-owners`, `end-owner`, `hand-over`: who answers for a client."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway.errors import BadInput
from gateway.sharing.subject import Actor
from gateway.store.engine import Store

client_owners_app = typer.Typer()

Config = Annotated[Path, typer.Option("--config", help="The TOML file of docs/configuration.md.")]
ClientId = Annotated[str, typer.Argument(metavar="CLIENT", help="The client's id.")]
OrganizationId = Annotated[str, typer.Argument(metavar="ORGANIZATION", help="Id of the organization.")]
Mail = Annotated[str, typer.Argument(metavar="MAIL", help="The mail address that the person signs in with.")]
CONFIG = Path("gateway.toml")


@client_owners_app.command("owners")
def list_owners(organization: OrganizationId, config: Config = CONFIG) -> None:
    """The owners of each of an organization's clients."""
    from gateway.commands.administration import opened, table
    from gateway.identity.client_owners import owners
    from gateway.partnership.clients import clients

    with opened(config) as store:
        found, named = clients(store, organization), owners(store, organization)
    rows = [(item.client_id, item.label, " ".join(named.get(item.client_id, ()))) for item in found]
    typer.echo(table(("CLIENT", "LABEL", "OWNERS"), rows, nothing="no client"), nl=False)


@client_owners_app.command()
def name_owners(
    client: ClientId,
    mail: Annotated[list[str], typer.Argument(metavar="MAIL...", help="The mail addresses that they sign in with.")],
    config: Config = CONFIG,
) -> None:
    """Name owners of a client, beside those it has; there should be two at least."""
    from gateway.commands.administration import opened
    from gateway.identity.client_owners import name_owners as name

    with opened(config) as store:
        name(store, client, mail, _for(store, client))
    typer.echo(f"{client}: owned by {' '.join(mail)} too")


@client_owners_app.command()
def end_owner(client: ClientId, mail: Mail, config: Config = CONFIG) -> None:
    """Take out one owner of a client; two have to be left."""
    from gateway.commands.administration import opened
    from gateway.identity.client_owners import end_owner as end

    with opened(config) as store:
        end(store, client, mail, _for(store, client))
    typer.echo(f"{client}: no longer owned by {mail}")


@client_owners_app.command()
def hand_over(
    organization: OrganizationId,
    mail: Mail,
    successor: Annotated[str, typer.Argument(metavar="SUCCESSOR", help="The mail address of who takes over.")],
    config: Config = CONFIG,
) -> None:
    """Put another person in the place of one who leaves, at all clients of the organization in one act."""
    from gateway.commands.administration import opened
    from gateway.identity.client_owners import hand_over as hand

    with opened(config) as store:
        for client in hand(store, mail, successor, _actor(organization)):
            typer.echo(f"{client}: owned by {successor}")


def _for(store: Store, client_id: str) -> Actor:
    """The operator, for the organization of a client; raises `BadInput` for none."""
    from gateway.partnership.clients import clients

    found = next((item for item in clients(store) if item.client_id == client_id), None)
    if found is None:
        raise BadInput(f"`{client_id}` is no known client: see the list of clients")
    return _actor(found.organization_id)


def _actor(organization: str) -> Actor:
    return Actor(organization=organization, officer="operator", at=datetime.now(UTC))
