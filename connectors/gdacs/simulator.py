"""A simulated GDACS: its RSS feed, its event list and its CAP files, told of invented hazards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.formats.cap import MEDIA_TYPE
from connectors.gdacs.event_list import PATH
from connectors.gdacs.simulated_events import Hazard, cap_file, feature, hazards, rss
from connectors.simulation.events import events, share


class SimulatedGdacs:
    """The site's state. `hazards` may be changed while it runs; `read` counts the CAP files that were asked for."""

    def __init__(self, found: Iterable[Hazard], now: datetime) -> None:
        self.hazards = list(found)
        self.read = 0
        self._now = now

    async def rss(self, request: Request) -> Response:  # noqa: ARG002 - an endpoint takes it
        """`GET /xml/rss.xml`."""
        return Response(rss(self.hazards, self._now), media_type="application/rss+xml")

    async def search(self, request: Request) -> Response:
        """`GET …/SEARCH?fromDate=&toDate=&alertlevel=&eventlist=`."""
        asked = request.query_params
        first, last = date.fromisoformat(asked["fromDate"]), date.fromisoformat(asked["toDate"])
        found = [
            feature(hazard)
            for hazard in self.hazards
            if first <= hazard.event.occurred.astimezone(UTC).date() <= last
            and hazard.level in asked["alertlevel"].split(";")
            and hazard.type in asked["eventlist"].split(";")
        ]
        return JSONResponse({"type": "FeatureCollection", "features": found, "bbox": None})

    async def file(self, request: Request) -> Response:
        """`GET /contentdata/resources/{type}/{id}/cap_{id}.xml`; floods have none."""
        self.read += 1
        for hazard in self.hazards:
            if hazard.cap_path == request.url.path and hazard.type != "FL":
                return Response(cap_file(hazard), media_type=MEDIA_TYPE)
        return Response("absent", 404)


def simulate(records: int, seed: int, now: datetime, credentials: Mapping[str, str]) -> Starlette:  # noqa: ARG001 - GDACS takes none
    """The site as an ASGI application. Its state: `app.state.gdacs`."""
    gdacs = SimulatedGdacs(hazards(share(events(seed, records, now), "gdacs")), now)
    app = Starlette(
        routes=[
            Route("/xml/rss.xml", gdacs.rss),
            Route(PATH, gdacs.search),
            Route("/contentdata/resources/{type}/{id}/{file}", gdacs.file),
        ]
    )
    app.state.gdacs = gdacs
    return app
