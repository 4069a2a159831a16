"""A simulated UNSMS feed after `openapi.json`: no such system is public, and nothing here is real."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias
from xml.etree.ElementTree import Element, SubElement, tostring

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.formats.cap import MEDIA_TYPE
from connectors.simulation.events import Event, events, share
from connectors.unsms.simulated_alerts import AlertFile, alert_files
from connectors.unsms.simulated_incidents import incident

Item: TypeAlias = dict[str, Any]  # JSON of the contract

_ATOM: Final = "http://www.w3.org/2005/Atom"


class SimulatedFeed:
    """The feed's state. `put` and `delete` change it while it runs."""

    def __init__(self, reported: Sequence[Event], now: datetime, token: str) -> None:
        self.items: dict[str, Item] = {}
        self.alerts: dict[str, AlertFile] = {
            file.identifier: file for file in alert_files(reported, max(8, len(reported) // 10))
        }
        self._token = token
        self._now = now
        self._sequence = 0
        self._changed: dict[str, Item] = {}
        for event in sorted(reported, key=lambda event: event.shared_at):
            self.put(incident(event, now))
            if event.number % 43 == 0:
                self.delete(f"unsms-{event.number:06d}", now)

    def put(self, item: Item) -> None:
        """A new or changed incident."""
        self.items[item["id"]] = item
        self._log(item)

    def delete(self, key: str, at: datetime) -> None:
        """Takes an incident away and leaves a tombstone in the changes."""
        del self.items[key]
        self._log({"id": key, "deleted_at": at.isoformat(), "tombstone": True})

    def _log(self, entry: Item) -> None:
        """Each id once, at the place of its latest change; places are never used again."""
        self._changed.pop(entry["id"], None)
        self._sequence += 1
        self._changed[entry["id"]] = {"sequence": self._sequence, "entry": entry}

    async def list_incidents(self, request: Request) -> Response:
        """`GET /v1/incidents`."""
        asked = request.query_params
        descending = asked.get("order", "-shared_at") == "-shared_at"
        found = sorted((item for item in self.items.values() if _passes(item, asked)), key=_place, reverse=descending)
        if "cursor" in asked:
            after = tuple(json.loads(base64.urlsafe_b64decode(asked["cursor"])))
            found = [item for item in found if (_place(item) < after if descending else _place(item) > after)]
        page = found[: int(asked.get("limit", "100"))]
        last = page[-1] if len(page) < len(found) else None
        return JSONResponse(
            {
                "items": page,
                "next_cursor": None if last is None else _cursor(last),
                "watermark": str(self._sequence),
                "as_of": datetime.now(UTC).isoformat(),
            }
        )

    async def list_changes(self, request: Request) -> Response:
        """`GET /v1/incidents/changes`."""
        since = int(request.query_params.get("since", "0"))
        later = [change for change in self._changed.values() if change["sequence"] > since]
        page = later[: int(request.query_params.get("limit", "100"))]
        return JSONResponse(
            {
                "items": [change["entry"] for change in page],
                "watermark": str(page[-1]["sequence"] if page else since),
                "more": len(page) < len(later),
            }
        )

    async def get_incident(self, request: Request) -> Response:
        """`GET /v1/incidents/{id}`."""
        item = self.items.get(request.path_params["id"])
        return JSONResponse({"error": "absent"}, 404) if item is None else JSONResponse(item)

    async def list_alerts(self, request: Request) -> Response:  # noqa: ARG002 - an endpoint takes it
        """`GET /v1/alerts/atom.xml`."""
        feed = Element("feed", xmlns=_ATOM)
        SubElement(feed, "title").text = "Security alerts (simulated)"
        SubElement(feed, "id").text = "urn:unsms:alerts"
        SubElement(feed, "updated").text = self._now.isoformat()
        for file in self.alerts.values():
            entry = SubElement(feed, "entry")
            SubElement(entry, "id").text = f"urn:unsms:alert:{file.identifier}"
            SubElement(entry, "title").text = "Security alert"
            SubElement(entry, "updated").text = file.updated.isoformat()
            SubElement(entry, "link", type=MEDIA_TYPE, href=f"{file.identifier}.cap.xml")
        return Response(tostring(feed, encoding="UTF-8", xml_declaration=True), media_type="application/atom+xml")

    async def get_alert(self, request: Request) -> Response:
        """`GET /v1/alerts/{id}.cap.xml`."""
        file = self.alerts.get(request.path_params["id"])
        return JSONResponse({"error": "absent"}, 404) if file is None else Response(file.body, media_type=MEDIA_TYPE)

    def guarded(self, endpoint: Callable[[Request], Any]) -> Callable[[Request], Any]:
        """`endpoint`, for who has the token."""

        async def answer(request: Request) -> Response:
            if request.headers.get("authorization") != f"Bearer {self._token}":
                return JSONResponse({"error": "unauthenticated"}, 401, {"www-authenticate": "Bearer"})
            answered: Response = await endpoint(request)
            return answered

        return answer


def simulate(records: int, seed: int, now: datetime, credentials: Mapping[str, str]) -> Starlette:
    """The feed as an ASGI application; `credentials` holds `token`. Its state: `app.state.feed`."""
    feed = SimulatedFeed(share(events(seed, records, now), "unsms"), now, credentials["token"])
    app = Starlette(
        routes=[
            Route("/v1/incidents", feed.guarded(feed.list_incidents)),
            Route("/v1/incidents/changes", feed.guarded(feed.list_changes)),
            Route("/v1/incidents/{id}", feed.guarded(feed.get_incident)),
            Route("/v1/alerts/atom.xml", feed.guarded(feed.list_alerts)),
            Route("/v1/alerts/{id}.cap.xml", feed.guarded(feed.get_alert)),
        ]
    )
    app.state.feed = feed
    return app


def _place(item: Item) -> tuple[str, str]:
    return datetime.fromisoformat(item["shared_at"]).isoformat(timespec="microseconds"), item["id"]


def _cursor(item: Item) -> str:
    return base64.urlsafe_b64encode(json.dumps(_place(item)).encode()).decode()


def _passes(item: Item, asked: Mapping[str, str]) -> bool:
    shared = datetime.fromisoformat(item["shared_at"])
    started = datetime.fromisoformat(item["occurred"]["start"]).astimezone(UTC).date().isoformat()
    country = item.get("location", {}).get("country", {}).get("iso3", "")
    return (
        ("since" not in asked or shared >= datetime.fromisoformat(asked["since"]))
        and ("until" not in asked or shared < datetime.fromisoformat(asked["until"]))
        and ("occurred_from" not in asked or started >= asked["occurred_from"])
        and ("occurred_to" not in asked or started <= asked["occurred_to"])
        and ("country" not in asked or country in asked["country"].split(","))
        and ("id" not in asked or item["id"] in asked["id"].split(","))
    )
