"""`slt-gateway partners applications`, `offboardings` and `contributions`: what the committee's work left on record."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from gateway.store.tables import ApplicationState
from policies.vocabulary import InformationKind

committee_app = typer.Typer()

Config = Annotated[Path, typer.Option("--config", help="The TOML file of docs/configuration.md.")]
CONFIG = Path("gateway.toml")


@committee_app.command()
def applications(
    state: Annotated[list[ApplicationState] | None, typer.Option(help="Only those that stand so; repeat.")] = None,
    config: Config = CONFIG,
) -> None:
    """Applications for partnership, newest first, and what the co-chairs said. They review them themselves."""
    from gateway.commands.administration import configured, table
    from gateway.partnership.applications import Applications
    from gateway.sharing.identifiers import Identifiers

    with configured(config) as (settings, store):
        found = Applications(store, Identifiers(settings.keys.master)).listed(None, state)
    rows = [
        (
            item.row.id,
            item.row.organization_id,
            "everywhere" if item.row.areas is None else " ".join(item.row.areas),
            item.row.at.date(),
            item.row.state.value,
            ", ".join(f"{review.side.value} {review.decision.value}" for review in item.reviews),
        )
        for item in found
    ]
    columns = ("APPLICATION", "ORGANIZATION", "FOR", "SUBMITTED", "STATE", "REVIEWS")
    typer.echo(table(columns, rows, nothing="no application"), nl=False)


@committee_app.command()
def offboardings(config: Config = CONFIG) -> None:
    """Who left, newest first; without a day under STATED, its statement of destruction is awaited."""
    from gateway.commands.administration import configured, table
    from gateway.partnership.offboarding import Offboardings
    from gateway.sharing.identifiers import Identifiers

    with configured(config) as (settings, store):
        found = Offboardings(store, Identifiers(settings.keys.master)).listed(None)
    rows = [
        (
            item.id,
            item.organization_id,
            item.at.date(),
            item.records.value,
            None if item.destruction_recorded_at is None else item.destruction_recorded_at.date(),
            item.reason,
        )
        for item in found
    ]
    columns = ("OFFBOARDING", "ORGANIZATION", "LEFT", "RECORDS", "STATED", "REASON")
    typer.echo(table(columns, rows, nothing="nobody left"), nl=False)


@committee_app.command()
def contributions(
    organization: Annotated[str, typer.Argument(metavar="ID", help="Id of the organization that is to have them.")],
    days: Annotated[int, typer.Option(help="How many days back.", min=1, max=731)] = 365,
    config: Config = CONFIG,
) -> None:
    """What one organization gave and received, for itself: by month and kind, then by partner it gave to."""
    from gateway.commands.administration import configured, table
    from gateway.federation.sources.ids import RecordIds
    from gateway.keys import KeyPurpose, derive
    from gateway.partnership.contributions import contributions as counted
    from gateway.partnership.contributions import given_by_partner

    since = datetime.now(UTC) - timedelta(days=days)
    with configured(config) as (settings, store):
        ids = RecordIds({1: derive(settings.keys.master, KeyPurpose.RECORD_IDS)}, 1)

        def kind_of(public: str) -> InformationKind | None:
            ref = ids.decode(public)
            return None if ref is None else ref.kind

        by_month = counted(store, organization, since, kind_of)
        by_partner = given_by_partner(store, organization, since)
    rows = [(row.month, "unknown" if row.kind is None else row.kind.value, row.given, row.received) for row in by_month]
    typer.echo(table(("MONTH", "KIND", "GIVEN", "RECEIVED"), rows, nothing="nothing given or received"), nl=False)
    if by_partner:
        typer.echo("\n" + table(("PARTNER", "GIVEN"), by_partner, nothing=""), nl=False)
