"""`slt-gateway partners contacts`: the directory of focal points, observers, SIOCs and coordinators."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway.store.tables import FocalRole

contacts_app = typer.Typer(help="The directory: whom to turn to, by area and role.", no_args_is_help=True)

Config = Annotated[Path, typer.Option("--config", help="The TOML file of docs/configuration.md.")]
CONFIG = Path("gateway.toml")


@contacts_app.command("list")
def list_contacts(
    area: Annotated[str | None, typer.Option(help="For this country (ISO 3166-1 alpha-3), and for everywhere.")] = None,
    role: Annotated[list[FocalRole] | None, typer.Option(help="Only in this role; repeat for more.")] = None,
    config: Config = CONFIG,
) -> None:
    """Who is there now, of organizations in force."""
    from gateway.commands.administration import opened, table
    from gateway.partnership.focal_points import focal_points
    from gateway.partnership.load import load_directory

    with opened(config) as store:
        in_force = load_directory(store).partners(datetime.now(UTC).timestamp())
        found = focal_points(store, in_force, area, role)
    rows = [
        (item.id, item.organization_id, item.role.value, item.area, item.name, item.mail, item.telephone)
        for item in found
    ]
    columns = ("ID", "ORGANIZATION", "ROLE", "AREA", "NAME", "MAIL", "TELEPHONE")
    typer.echo(table(columns, rows, nothing="nobody"), nl=False)


@contacts_app.command("name")
def name_contact(
    organization: Annotated[str, typer.Argument(metavar="ORGANIZATION", help="Of which organization.")],
    role: Annotated[FocalRole, typer.Argument(help="In which role; SIOC and SECURITY_COORDINATOR of a UN entity.")],
    name: Annotated[str, typer.Option(help="Who: a person, or an office.")],
    area: Annotated[
        str | None, typer.Option(help="For which country (ISO 3166-1 alpha-3); everywhere unless said.")
    ] = None,
    mail: Annotated[str | None, typer.Option(help="Mail address; this or a telephone number.")] = None,
    telephone: Annotated[str | None, typer.Option(help="Telephone number.")] = None,
    config: Config = CONFIG,
) -> None:
    """Enter somebody; prints the entry's id."""
    from gateway.commands.administration import configured, operator
    from gateway.partnership.admission import check_un_entity
    from gateway.partnership.focal_points import NAMED_BY_THE_UN, Contact, name_focal_point
    from gateway.sharing.identifiers import Identifiers

    contact = Contact(role=role, area=area, name=name, mail=mail, telephone=telephone)
    with configured(config) as (settings, store):
        if role in NAMED_BY_THE_UN:
            check_un_entity(store, organization)
        entry = name_focal_point(store, Identifiers(settings.keys.master), contact, operator(organization))
    typer.echo(f"{organization}: {role.value}, entry {entry.id}")


@contacts_app.command("end")
def end_contact(
    entry: Annotated[str, typer.Argument(metavar="ENTRY", help="Its id, as `list` prints it; put -- before it.")],
    config: Config = CONFIG,
) -> None:
    """End an entry; it stays on record."""
    from gateway.commands.administration import opened, operator
    from gateway.errors import BadInput
    from gateway.partnership.focal_points import end_focal_point

    with opened(config) as store:
        if end_focal_point(store, entry, operator(""), anybodys=True) is None:
            raise BadInput(f"`{entry}` is no entry of the directory: give an id that `partners contacts list` prints")
    typer.echo(f"{entry}: ended")
