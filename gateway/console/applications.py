"""Applications for partnership: one's own, and for co-chairs and secretariat everybody's; the review by two sides."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

from gateway.console.visit import Visit
from gateway.errors import NotFound
from gateway.identity.scopes import Scope
from gateway.partnership.applications import Application, Applications, Commitments
from gateway.partnership.authority import Seat, Task, holders, seats
from gateway.partnership.history import approvals, steps
from gateway.store.tables import ApplicationState, CommitteeSide, ReviewDecision
from policies.vocabulary import OrganizationCategory

HOME = "/console/applications"
_OPEN = frozenset({ApplicationState.SUBMITTED, ApplicationState.UNDER_REVIEW})


def concerned(visit: Visit) -> bool:
    """For whoever reads all applications, and for organizations that come by one (S1)."""
    return visit.may(Task.READ_APPLICATIONS) or visit.organization.category is not OrganizationCategory.UNSMS_ENTITY


def applies(visit: Visit) -> bool:
    """For whoever holds `clients:manage` in an organization that comes by application."""
    return visit.holds(Scope.CLIENTS_MANAGE) and visit.organization.category is not OrganizationCategory.UNSMS_ENTITY


async def listed(visit: Visit) -> Response:
    """The applications that the person may read, newest first."""
    found = await _readable(visit)
    own = [item for item in found if item.row.organization_id == visit.session.organization]
    waiting = any(item.row.state in _OPEN for item in own)
    return visit.page("applications.html", applications=found, may_apply=applies(visit) and not waiting)


async def shown(visit: Visit) -> Response:
    """One application with what the co-chairs said, and what the organization's partnership once was."""
    found = await _one(visit)
    id_, store = found.row.organization_id, visit.console.store
    reads_all = visit.may(Task.READ_APPLICATIONS)
    past = await visit.read(lambda: steps(store, id_)) if reads_all else ()
    areas = await visit.read(lambda: approvals(store, id_)) if reads_all else ()
    return visit.page(
        "application.html",
        item=found,
        member=visit.member(id_),
        past=past,
        areas=areas,
        side=_side(visit),
        may_review=_hindrance(visit, found) is None,
        hindrance=_hindrance(visit, found),
    )


async def review(visit: Visit) -> Response:
    """One side's word."""
    if not visit.may(Task.REVIEW_APPLICATION):
        raise NotFound("no such page")
    found, form = await _one(visit), visit.form
    decision = form.one("decision", ReviewDecision)
    reason = form.text("reason", required=decision is ReviewDecision.REFUSE) or None
    hindrance = _hindrance(visit, found)
    if hindrance is not None:
        form.fault("", hindrance)
    form.check()
    assert decision is not None
    store, side = _applications(visit), _side(visit)
    await visit.record(lambda: store.review(found.row.id, side, decision, reason, visit.actor))
    return visit.go(f"{HOME}/{found.row.id}", "reviewed")


async def new(visit: Visit) -> Response:
    """The form to apply with."""
    return visit.page("application_new.html")


async def submit(visit: Visit) -> Response:
    """Applies for the person's organization."""
    form = visit.form
    everywhere = form.value("reach") == "global"
    if not everywhere and form.value("reach") != "areas":
        form.fault("reach", "choose")
    areas = None if everywhere else form.areas("areas")
    commitments = Commitments(
        security_risk_management=form.text("security_risk_management"),
        contingency_planning=form.text("contingency_planning"),
        emergency_arrangements=form.text("emergency_arrangements"),
        purpose=bool(form.value("purpose")),
        confidentiality=bool(form.value("confidentiality")),
    )
    for field in ("purpose", "confidentiality"):
        if not form.value(field):
            form.fault(field, "commitment")
    committee = sorted(holders(visit.directory, Task.READ_APPLICATIONS, visit.now.timestamp()))
    made = await visit.record(lambda: _applications(visit).submit(commitments, areas, visit.actor, committee))
    return visit.go(f"{HOME}/{made.row.id}", "applied")


def _applications(visit: Visit) -> Applications:
    return Applications(visit.console.store, visit.console.identifiers)


def _side(visit: Visit) -> CommitteeSide:
    return CommitteeSide.DSS if Seat.DSS_CO_CHAIR in seats(visit.profile) else CommitteeSide.INGO


async def _readable(visit: Visit) -> Sequence[Application]:
    whose = None if visit.may(Task.READ_APPLICATIONS) else visit.session.organization
    return await visit.read(lambda: _applications(visit).listed(whose, None))


async def _one(visit: Visit) -> Application:
    found = next((item for item in await _readable(visit) if item.row.id == visit.part("application")), None)
    if found is None:
        raise NotFound("no such page")
    return found


def _hindrance(visit: Visit, found: Application) -> str | None:
    """Why the person can't review it, a key of the texts' section `faults`; the service has the last word."""
    if not visit.may(Task.REVIEW_APPLICATION):
        return "review_not_yours"
    if found.row.state not in _OPEN:
        return "review_decided"
    if found.row.organization_id == visit.session.organization:
        return "review_own"
    if any(item.side is _side(visit) for item in found.reviews):
        return "review_done"
    if any(
        item.organization_id == visit.session.organization or item.officer == visit.session.person
        for item in found.reviews
    ):
        return "review_both"
    return None
