"""The areas' implementation and risk levels: read by partners, set by the secretariat (S3, S8)."""

from __future__ import annotations

from starlette.responses import Response

from gateway.console.clients import countries
from gateway.console.visit import Visit
from gateway.errors import NotFound
from gateway.partnership.admission import set_area_level
from gateway.partnership.areas import LEVEL_OF_RISK, recorded_areas
from gateway.partnership.authority import Task
from gateway.store.tables import RiskLevel
from policies.vocabulary import ImplementationLevel

HOME = "/console/areas"


def reads(visit: Visit) -> bool:
    """For partners in force."""
    return visit.is_partner


async def listed(visit: Visit) -> Response:
    """Every area with a recorded level, those that disagree with their risk marked."""
    found = await visit.read(lambda: recorded_areas(visit.console.store))
    return visit.page(
        "areas.html",
        areas=found,
        disagreeing=[item.code for item in found if item.disagrees],
        may_set=visit.may(Task.SET_AREA_LEVEL),
        levels=ImplementationLevel,
        risks=RiskLevel,
        level_of_risk=LEVEL_OF_RISK,
        countries=countries(visit),
    )


async def put(visit: Visit) -> Response:
    """Sets an area's level, and the risk it follows from."""
    if not visit.may(Task.SET_AREA_LEVEL):
        raise NotFound("no such page")
    form = visit.form
    area, level, risk = form.area("area"), form.one("level", ImplementationLevel), form.one("risk", RiskLevel)
    form.check()
    assert level is not None
    by, at = visit.session.organization, visit.now
    await visit.record(lambda: set_area_level(visit.console.store, area, level, set_by=by, risk=risk, at=at), "area")
    return visit.go(HOME, "level_set", area=area, level=visit.texts.word(level))
