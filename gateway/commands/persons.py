"""`slt-gateway partners end-person` and `readmit-person`: somebody leaves an organization, or returns."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

persons_app = typer.Typer()

Config = Annotated[Path, typer.Option("--config", help="The TOML file of docs/configuration.md.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="The gateway's id of the organization.")]
Person = Annotated[str, typer.Argument(metavar="PERSON", help="As the ledger names the person: ISSUER:SUBJECT.")]
By = Annotated[str, typer.Option("--by", help="Id of the organization that says so.")]
CONFIG = Path("gateway.toml")


@persons_app.command()
def end_person(organization: Id, person: Person, by: By, config: Config = CONFIG) -> None:
    """Record that a person left: sessions and tokens end at once, and no issuer brings the person back."""
    from gateway.commands.administration import opened, operator
    from gateway.identity.leaving import end_person as end

    with opened(config) as store:
        end(store, person, organization, operator(by))
    typer.echo(f"{organization}: {person} left")


@persons_app.command()
def readmit_person(organization: Id, person: Person, by: By, config: Config = CONFIG) -> None:
    """Let a person who left sign in again."""
    from gateway.commands.administration import opened, operator
    from gateway.errors import BadInput
    from gateway.identity.leaving import readmit_person as readmit

    with opened(config) as store:
        if not readmit(store, person, organization, operator(by)):
            raise BadInput(f"`{person}` is nobody on record who left `{organization}`: see how the ledger writes it")
    typer.echo(f"{organization}: {person} may sign in again")
