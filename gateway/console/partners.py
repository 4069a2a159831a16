"""Partners as those see them who decide on them: agreement, areas of operation, and what once was."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

from gateway.console.clients import countries
from gateway.console.visit import Visit
from gateway.errors import NotFound
from gateway.partnership.admission import approve_area, end_area_approval
from gateway.partnership.agreements import STEPS, Memorandum, end_agreement, put_in_force
from gateway.partnership.authority import Task
from gateway.partnership.directory import Member
from gateway.partnership.history import approvals, steps
from gateway.store.tables import WORLDWIDE
from policies.vocabulary import OrganizationCategory, PartnershipStatus

HOME = "/console/partners"
_ENDS = (PartnershipStatus.SUSPENDED, PartnershipStatus.WITHDRAWN)


def decides(visit: Visit) -> bool:
    """For co-chairs, the secretariat, and DSS's coordinators."""
    return visit.may(Task.SET_PARTNERSHIP) or visit.may(Task.APPROVE_AREA)


def sets_partnership(visit: Visit) -> bool:
    """For co-chairs and the secretariat."""
    return visit.may(Task.SET_PARTNERSHIP)


def approves_areas(visit: Visit) -> bool:
    """For the secretariat and DSS's coordinators."""
    return visit.may(Task.APPROVE_AREA)


async def listed(visit: Visit) -> Response:
    """Everybody by name."""
    members = sorted(visit.directory.members.values(), key=lambda item: item.name)
    return visit.page("partners.html", members=members)


async def shown(visit: Visit) -> Response:
    """One organization."""
    member, store = _other(visit, own_too=True), visit.console.store
    past, areas = await visit.read(lambda: (steps(store, member.id), approvals(store, member.id)))
    return visit.page(
        "partner.html",
        member=member,
        past=past,
        areas=areas,
        own=member.id == visit.session.organization,
        next_steps=_next(visit, member),
        may_approve=visit.may(Task.APPROVE_AREA),
        running=[item for item in areas if item.until is None or item.until >= visit.today],
        countries=countries(visit),
        worldwide=WORLDWIDE,
    )


async def put(visit: Visit) -> Response:
    """Puts a memorandum in force, or renews it."""
    member, form = _other(visit), visit.form
    since, until = form.day("since"), form.day("until")
    form.period(since, until, "until")
    everywhere = form.value("reach") == "global"
    areas = None if everywhere else form.areas("areas")
    form.check()
    assert since is not None
    assert until is not None
    memorandum = Memorandum(since=since, until=until, areas=areas)
    await visit.record(lambda: put_in_force(visit.console.store, member.id, memorandum, None, visit.actor), "since")
    return visit.go(f"{HOME}/{member.id}", "in_force", organization=member.name)


async def end(visit: Visit) -> Response:
    """Suspends a partnership, or records its withdrawal."""
    member, form = _other(visit), visit.form
    status = form.one("status", PartnershipStatus)
    if status is not None and status not in _ENDS:
        form.fault("status", "choose")
    reason = form.text("reason")
    form.check()
    assert status is not None
    await visit.record(lambda: end_agreement(visit.console.store, member.id, status, reason, visit.actor), "status")
    return visit.go(f"{HOME}/{member.id}", "ended", organization=member.name)


async def approve(visit: Visit) -> Response:
    """Approves an area of operation, with dates."""
    member, form = _other(visit), visit.form
    area = form.area("area")
    since = form.day("area_since", required=False) or visit.today
    until = form.day("area_until", required=False)
    form.period(since, until, "area_until")
    by, at = visit.session.organization, visit.now
    await visit.record(
        lambda: approve_area(visit.console.store, member.id, area, approved_by=by, since=since, until=until, at=at),
        "area",
    )
    return visit.go(f"{HOME}/{member.id}", "area_approved", area=area, organization=member.name)


async def end_approval(visit: Visit) -> Response:
    """Ends the approvals of an area; today is the first day without."""
    member, form = _other(visit), visit.form
    area = form.text("ended_area", longest=3)
    day = visit.today
    await visit.record(lambda: end_area_approval(visit.console.store, member.id, area, on=day))
    return visit.go(f"{HOME}/{member.id}", "area_ended", area=area, organization=member.name)


def _other(visit: Visit, *, own_too: bool = False) -> Member:
    """The organization that the address names; nobody decides on the own one."""
    member = visit.member(visit.part("organization"))
    if member.id == visit.session.organization and not own_too:
        raise NotFound("no such page")
    return member


def _next(visit: Visit, member: Member) -> Sequence[PartnershipStatus]:
    """The steps that the person may take of the partnership now."""
    mine = member.id == visit.session.organization
    if mine or member.category is OrganizationCategory.UNSMS_ENTITY or not visit.may(Task.SET_PARTNERSHIP):
        return ()
    return [status for status, before in STEPS.items() if member.standing.status in before]
