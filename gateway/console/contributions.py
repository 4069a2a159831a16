"""What the organization gave and received, and to whom it gave how much."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from starlette.responses import Response

from gateway.console.visit import Visit
from gateway.partnership.contributions import contributions, given_by_partner

_MONTHS: Final = 12


async def shown(visit: Visit) -> Response:
    """The last twelve months, this one included."""
    store, own = visit.console.store, visit.session.organization
    since = _first_moment(visit.now)
    rows = await visit.read(lambda: contributions(store, own, since, visit.console.kind_of))
    by_partner = await visit.read(lambda: given_by_partner(store, own, since))
    return visit.page(
        "contributions.html",
        rows=rows,
        given=sum(row.given for row in rows),
        received=sum(row.received for row in rows),
        by_partner=by_partner,
        names={member.id: member.name for member in visit.directory.members.values()},
    )


def _first_moment(now: datetime) -> datetime:
    year, month = divmod(now.year * 12 + now.month - _MONTHS, 12)
    return datetime(year, month + 1, 1, tzinfo=UTC)
