"""A simulated place for drops: one table behind a token, as CSV, as XLSX and as a JSON array. All of it invented."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.simulation.events import events, share
from connectors.tabular.simulated_drop import Cell, as_csv, drop, written
from connectors.tabular.simulated_workbook import workbook


class SimulatedDrop:
    """The place's state. `rows` may be changed while it runs."""

    def __init__(self, rows: list[dict[str, Cell]], token: str) -> None:
        self.rows = rows
        self._token = token

    async def get(self, request: Request) -> Response:
        """`GET /drops/incidents.{form}`."""
        if request.headers.get("authorization") != f"Bearer {self._token}":
            return Response(status_code=401, headers={"www-authenticate": "Bearer"})
        match request.path_params["form"]:
            case "csv":
                return Response(as_csv(written(self.rows)), media_type="text/csv")
            case "xlsx":
                content = workbook(written(self.rows))
                kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
                return Response(content, media_type=kind)
            case "json":
                return JSONResponse(self.rows)
        return Response(status_code=404)


def simulate(records: int, seed: int, now: datetime, credentials: Mapping[str, str]) -> Starlette:
    """The place as an ASGI application; `credentials` holds `token`. Its state: `app.state.drop`."""
    place = SimulatedDrop(drop(share(events(seed, records, now), "tabular")), credentials["token"])
    app = Starlette(routes=[Route("/drops/incidents.{form}", place.get)])
    app.state.drop = place
    return app
