"""`slt-gateway partners`: who the partners are and where they stand; every change is seen within a second."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway.commands.committee import committee_app
from gateway.commands.contacts import contacts_app
from gateway.commands.days import day
from gateway.commands.mandates import mandates_app
from gateway.commands.persons import persons_app
from gateway.store.tables import RecordsChoice, RiskLevel
from policies.vocabulary import ImplementationLevel, OrganizationCategory, PartnershipStatus

partners_app = typer.Typer(help="Partners, their agreements and areas, and the areas' levels.", no_args_is_help=True)
partners_app.add_typer(committee_app)
partners_app.add_typer(persons_app)
partners_app.add_typer(contacts_app, name="contacts")
partners_app.add_typer(mandates_app, name="platforms")

Config = Annotated[Path, typer.Option("--config", help="The TOML file of docs/configuration.md.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="The gateway's id of the organization.")]
AreaCode = Annotated[str, typer.Argument(metavar="AREA", help="ISO 3166-1 alpha-3 code, such as SSD.")]
By = Annotated[str, typer.Option("--by", help="Id of the UN entity that decided it.")]
Since = Annotated[date | None, typer.Option(parser=day, metavar="DAY", help="First day (UTC), such as 2026-01-31.")]
Until = Annotated[date | None, typer.Option(parser=day, metavar="DAY", help="Last day (UTC), included.")]
CONFIG = Path("gateway.toml")


@partners_app.command("list")
def list_partners(config: Config = CONFIG) -> None:
    """Every organization as it stands today."""
    from gateway.commands.administration import opened, table
    from gateway.partnership.load import load_directory

    today = datetime.now(UTC).date()
    with opened(config) as store:
        members = sorted(load_directory(store).members.values(), key=lambda member: member.id)
    rows = [
        (
            member.id,
            member.name,
            member.category.value,
            member.standing.status_on(today).value,
            _areas(member.standing.areas),
            member.standing.period.since,
            member.standing.period.until,
            " ".join(sorted({item.area for item in member.approvals if item.period.holds(today)})),
        )
        for member in members
    ]
    columns = ("ID", "NAME", "CATEGORY", "PARTNERSHIP", "FOR", "SINCE", "UNTIL", "APPROVED AREAS")
    typer.echo(table(columns, rows, nothing="no organization yet: add one with `slt-gateway partners add`"), nl=False)


@partners_app.command()
def add(
    organization: Id,
    name: Annotated[str, typer.Option(help="Its name.")],
    category: Annotated[OrganizationCategory, typer.Option(help="What kind of organization it is (S1).")],
    config: Config = CONFIG,
) -> None:
    """Add an organization: a UN entity takes part from then on, any other has yet to be admitted."""
    from gateway.commands.administration import opened
    from gateway.partnership.admission import add_organization

    with opened(config) as store:
        add_organization(store, organization, name, category)
    typer.echo(f"{organization}: added")


@partners_app.command("set")
def set_status(
    organization: Id,
    status: Annotated[PartnershipStatus, typer.Argument(help="The step to record.")],
    area: Annotated[
        list[str] | None, typer.Option(help="A country the agreement covers, ISO 3166-1 alpha-3; repeat for more.")
    ] = None,
    since: Since = None,
    until: Until = None,
    reason: Annotated[str | None, typer.Option(help="Why; needed for SUSPENDED and WITHDRAWN.")] = None,
    config: Config = CONFIG,
) -> None:
    """Record a step: without --area it is global, except that SUSPENDED and WITHDRAWN keep areas and dates."""
    from gateway.commands.administration import opened
    from gateway.partnership.admission import end_partnership, set_partnership

    ends = status in (PartnershipStatus.SUSPENDED, PartnershipStatus.WITHDRAWN)
    if ends and not reason:
        raise typer.BadParameter(f"{status.value} needs a reason: add --reason", param_hint="--reason")
    if ends and (area or since or until):
        raise typer.BadParameter(f"{status.value} keeps areas and dates as they are: leave --area and the dates out")
    with opened(config) as store:
        if ends:
            end_partnership(store, organization, status, reason or "")
        else:
            set_partnership(store, organization, status, areas=area or None, since=since, until=until, reason=reason)
    typer.echo(f"{organization}: {status.value}")


@partners_app.command()
def offboard(
    organization: Id,
    by: By,
    reason: Annotated[str, typer.Option(help="Why.")],
    records: Annotated[RecordsChoice, typer.Option(help="What becomes of its records: the leaver's choice.")],
    config: Config = CONFIG,
) -> None:
    """Record that an organization left: its clients, mandates and pending requests end at once."""
    from gateway.commands.administration import configured, operator
    from gateway.partnership.admission import check_un_entity
    from gateway.partnership.load import load_directory
    from gateway.partnership.offboarding import Offboardings
    from gateway.sharing.identifiers import Identifiers

    actor = operator(by)
    with configured(config) as (settings, store):
        if by != organization:
            check_un_entity(store, by)
        partners = load_directory(store).partners(actor.at.timestamp())
        offboardings = Offboardings(store, Identifiers(settings.keys.master))
        left = offboardings.offboard(organization, reason, records, partners, actor)
    typer.echo(f"{organization}: left, {records.value}; offboarding {left.id} awaits its statement of destruction")


@partners_app.command()
def record_destruction(
    offboarding: Annotated[str, typer.Argument(metavar="OFFBOARDING", help="Its id, as `offboard` printed it.")],
    statement: Annotated[str, typer.Argument(help="The organization's statement, word for word.")],
    by: By,
    config: Config = CONFIG,
) -> None:
    """Record the statement of an organization that left that what it was shown is destroyed."""
    from gateway.commands.administration import configured, operator
    from gateway.errors import BadInput
    from gateway.partnership.admission import check_un_entity
    from gateway.partnership.offboarding import Offboardings
    from gateway.sharing.identifiers import Identifiers

    with configured(config) as (settings, store):
        check_un_entity(store, by)
        offboardings = Offboardings(store, Identifiers(settings.keys.master))
        if offboardings.record_destruction(offboarding, statement, operator(by), anybodys=True) is None:
            raise BadInput(f"`{offboarding}` is no offboarding: give the id that `offboard` printed")
    typer.echo(f"{offboarding}: the statement is on record")


@partners_app.command()
def approve_area(
    organization: Id, area: AreaCode, by: By, since: Since = None, until: Until = None, config: Config = CONFIG
) -> None:
    """Approve an area of operation; AREA is * for an approved worldwide need."""
    from gateway.commands.administration import opened
    from gateway.partnership.admission import approve_area as approve

    with opened(config) as store:
        approve(store, organization, area, approved_by=by, since=since, until=until)
    typer.echo(f"{organization}: approved for {area}")


@partners_app.command()
def revoke_area(
    organization: Id,
    area: AreaCode,
    on: Annotated[
        date | None, typer.Option(parser=day, metavar="DAY", help="First day without; today unless said.")
    ] = None,
    config: Config = CONFIG,
) -> None:
    """End every approval of an area."""
    from gateway.commands.administration import opened
    from gateway.partnership.admission import end_area_approval

    first = on or datetime.now(UTC).date()
    with opened(config) as store:
        end_area_approval(store, organization, area, on=first)
    typer.echo(f"{organization}: {area} ends, first day without is {first}")


@partners_app.command()
def set_level(
    area: AreaCode,
    level: Annotated[ImplementationLevel, typer.Argument(help="The implementation level (S8).")],
    by: By,
    risk: Annotated[RiskLevel | None, typer.Option(help="The risk level.")] = None,
    config: Config = CONFIG,
) -> None:
    """Set an area's implementation level, and the risk level it follows from."""
    from gateway.commands.administration import opened
    from gateway.partnership.admission import set_area_level

    with opened(config) as store:
        set_area_level(store, area, level, set_by=by, risk=risk)
    typer.echo(f"{area}: {level.value}")


@partners_app.command()
def levels(
    disagreeing: Annotated[
        bool, typer.Option("--disagreeing", help="Only areas whose level is not the one that their risk asks for.")
    ] = False,
    config: Config = CONFIG,
) -> None:
    """The areas' levels as they are now; `!` marks those whose level and risk disagree."""
    from gateway.commands.administration import opened, table
    from gateway.partnership.areas import recorded_areas

    with opened(config) as store:
        areas = recorded_areas(store)
    rows = [
        (
            area.code,
            area.now.implementation_level.value,
            None if area.now.risk_level is None else area.now.risk_level.value,
            "!" if area.disagrees else None,
            area.now.set_by,
            area.now.since.date(),
        )
        for area in areas
        if area.disagrees or not disagreeing
    ]
    columns = ("AREA", "LEVEL", "RISK", "", "SET BY", "SINCE")
    typer.echo(table(columns, rows, nothing="no such area"), nl=False)


@partners_app.command()
def history(organization: Id, config: Config = CONFIG) -> None:
    """Every step of an organization's partnership and every approval of an area, oldest first."""
    from gateway.commands.administration import opened, table
    from gateway.partnership.history import approvals, steps

    with opened(config) as store:
        recorded, approved = steps(store, organization), approvals(store, organization)
    rows = [
        (
            step.recorded_at.date(),
            step.status.value,
            _areas(None if step.areas is None else frozenset(step.areas)),
            step.since,
            step.until,
            step.recorded_by or "operator",
            step.reason,
        )
        for step in recorded
    ] + [
        (item.recorded_at.date(), "area approved", item.area, item.since, item.until, item.approved_by, None)
        for item in approved
    ]
    columns = ("RECORDED", "STEP", "FOR", "SINCE", "UNTIL", "BY", "REASON")
    rows.sort(key=lambda row: row[0])
    typer.echo(table(columns, rows, nothing="nothing recorded yet"), nl=False)


def _areas(areas: frozenset[str] | None) -> str:
    return "everywhere" if areas is None else " ".join(sorted(areas))
