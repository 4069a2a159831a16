"""`slt-gateway partners platforms`: which platforms may ask on a member's behalf, where and until when (rule 5)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from gateway.commands.days import day

mandates_app = typer.Typer(help="Platforms that may ask on a member's behalf.", no_args_is_help=True)

Config = Annotated[Path, typer.Option("--config", help="The TOML file of docs/configuration.md.")]
Member = Annotated[str, typer.Argument(metavar="MEMBER", help="Id of the organization that authorises.")]
Platform = Annotated[str, typer.Argument(metavar="PLATFORM", help="Id of the platform's organization.")]
CONFIG = Path("gateway.toml")


@mandates_app.command("list")
def list_platforms(member: Member, config: Config = CONFIG) -> None:
    """What a member authorised, newest first, with what is over."""
    from gateway.commands.administration import opened, table
    from gateway.partnership.mandates import mandates

    with opened(config) as store:
        found = mandates(store, member)
    rows = [
        (
            item.platform_id,
            "everywhere" if item.areas is None else " ".join(item.areas),
            item.since,
            item.until,
            None if item.ended_at is None else item.ended_at.date(),
        )
        for item in found
    ]
    typer.echo(table(("PLATFORM", "FOR", "SINCE", "UNTIL", "ENDED"), rows, nothing="no platform"), nl=False)


@mandates_app.command("authorize")
def authorize(
    member: Member,
    platform: Platform,
    area: Annotated[
        list[str] | None, typer.Option(help="A country, ISO 3166-1 alpha-3; repeat for more. Everywhere unless said.")
    ] = None,
    until: Annotated[
        date | None, typer.Option(parser=day, metavar="DAY", help="Last day (UTC), included; open unless said.")
    ] = None,
    config: Config = CONFIG,
) -> None:
    """Authorise a platform from today on; it takes the place of what was."""
    from gateway.commands.administration import opened, operator
    from gateway.partnership.mandates import authorize_platform

    with opened(config) as store:
        authorize_platform(store, platform, area or None, until, operator(member))
    typer.echo(f"{platform}: may ask on behalf of {member}")


@mandates_app.command("end")
def end(member: Member, platform: Platform, config: Config = CONFIG) -> None:
    """End what a platform was authorised for, at once."""
    from gateway.commands.administration import opened, operator
    from gateway.errors import BadInput
    from gateway.partnership.mandates import end_platform_authorization

    with opened(config) as store:
        if not end_platform_authorization(store, platform, operator(member)):
            raise BadInput(f"`{platform}` may not ask on behalf of `{member}`: nothing to end")
    typer.echo(f"{platform}: may not ask on behalf of {member} any more")
