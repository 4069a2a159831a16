"""Which platforms may ask on the organization's behalf: given, seen, ended."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

from gateway.console.clients import countries
from gateway.console.visit import Visit
from gateway.partnership.directory import Member
from gateway.partnership.mandates import authorize_platform, end_platform_authorization, mandates
from gateway.store.tables import PlatformMandate
from policies.vocabulary import Capacity

HOME = "/console/mandates"


async def listed(visit: Visit) -> Response:
    """Every mandate that the organization gave, newest first."""
    found = await visit.read(lambda: mandates(visit.console.store, visit.session.organization))
    running = [row for row in found if _runs(visit, row)]
    return visit.page(
        "mandates.html",
        running=running,
        over=[row for row in found if row not in running],
        names={member.id: member.name for member in visit.directory.members.values()},
        platforms=platforms(visit),
        countries=countries(visit),
    )


async def give(visit: Visit) -> Response:
    """Authorises a platform; what it was authorised for before ends."""
    form = visit.form
    chosen = form.value("platform")
    if chosen not in {member.id for member in platforms(visit)}:
        form.fault("platform", "choose")
    everywhere = form.value("reach") == "global"
    areas = None if everywhere else form.areas("areas")
    until = form.day("until", required=False)
    form.period(visit.today, until, "until")
    await visit.record(lambda: authorize_platform(visit.console.store, chosen, areas, until, visit.actor), "platform")
    return visit.go(HOME, "mandate_given", organization=visit.member(chosen).name)


async def end(visit: Visit) -> Response:
    """Ends, at once, what a platform was authorised for."""
    platform = visit.member(visit.form.value("ended"))
    await visit.record(lambda: end_platform_authorization(visit.console.store, platform.id, visit.actor))
    return visit.go(HOME, "mandate_ended", organization=platform.name)


def platforms(visit: Visit) -> Sequence[Member]:
    """Organizations in force with a client that is a platform's; not the own one."""
    at = visit.now.timestamp()
    found = {
        client.organization
        for client in visit.directory.clients.values()
        if Capacity.PLATFORM in client.capacities
        and not client.disabled
        and client.organization != visit.session.organization
        and visit.directory.is_partner(client.organization, at)
    }
    return [visit.directory.members[id_] for id_ in sorted(found)]


def _runs(visit: Visit, row: PlatformMandate) -> bool:
    return row.ended_at is None and (row.until is None or row.until >= visit.today)
