"""`slt-gateway clients register-keys`, `replace-keys`, `end-secret`: what a client proves itself with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from gateway.errors import BadInput
from gateway.identity.scopes import Scope
from policies.vocabulary import Capacity, Purpose

client_keys_app = typer.Typer()

Config = Annotated[Path, typer.Option("--config", help="The TOML file of docs/configuration.md.")]
ClientId = Annotated[str, typer.Argument(metavar="CLIENT", help="The client's id.")]
Jwks = Annotated[
    Path | None, typer.Option(exists=True, dir_okay=False, help="File with its public keys, a JSON Web Key Set.")
]
JwksUri = Annotated[str | None, typer.Option(help="Instead: where it publishes them.")]
CONFIG = Path("gateway.toml")


@client_keys_app.command()
def register_keys(
    organization: Annotated[str, typer.Argument(metavar="ORGANIZATION", help="Id of the organization it belongs to.")],
    label: Annotated[str, typer.Argument(help="For people, such as 'reporting back end'.")],
    jwks: Jwks = None,
    jwks_uri: JwksUri = None,
    scope: Annotated[
        list[Scope] | None,
        typer.Option(help="What it may be used for at most; repeat for more. information:read and alerts:read else."),
    ] = None,
    capacity: Annotated[list[Capacity] | None, typer.Option(help="A task that it holds; repeat for more.")] = None,
    redirect_uri: Annotated[
        list[str] | None, typer.Option(help="Where persons who sign in come back to; repeat for more.")
    ] = None,
    dpop_bound: Annotated[
        bool, typer.Option("--dpop-bound", help="It gets tokens only with a proof of its key (RFC 9449).")
    ] = False,
    config: Config = CONFIG,
) -> None:
    """Register a client that signs (`private_key_jwt`) and has no secret; prints its id."""
    from gateway.commands.administration import configured
    from gateway.identity.clients import register_key_client

    with configured(config) as (settings, store):
        client_id = register_key_client(
            store,
            organization,
            label,
            scope or [Scope.INFORMATION_READ, Scope.ALERTS_READ],
            Purpose.SAFETY_AND_SECURITY,
            capacity or (),
            jwks=_keys(jwks),
            jwks_uri=jwks_uri,
            networks=settings.identity.networks,
            redirect_uris=redirect_uri or (),
            dpop_bound=dpop_bound,
        )
    typer.echo(f"client_id      {client_id}")


@client_keys_app.command()
def replace_keys(client: ClientId, jwks: Jwks = None, jwks_uri: JwksUri = None, config: Config = CONFIG) -> None:
    """Put public keys in the place of those it has; give old and new together for a while, and they overlap."""
    from gateway.commands.administration import configured
    from gateway.identity.clients import replace_keys as replace

    with configured(config) as (settings, store):
        replace(store, client, jwks=_keys(jwks), jwks_uri=jwks_uri, networks=settings.identity.networks)
    typer.echo(f"{client}: keys replaced")


@client_keys_app.command()
def end_secret(
    client: ClientId,
    secret: Annotated[str, typer.Argument(metavar="SECRET", help="Its id: what stands before the first dot.")],
    config: Config = CONFIG,
) -> None:
    """End one secret now; tokens it was used for live on for their five minutes."""
    from gateway.commands.administration import opened
    from gateway.identity.clients import end_secret as end

    with opened(config) as store:
        end(store, client, secret)
    typer.echo(f"{client}: secret {secret} ended")


def _keys(path: Path | None) -> dict[str, Any] | None:
    if path is None:
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"`{path}` holds no JSON Web Key Set: give an object with `keys` (RFC 7517)") from error
