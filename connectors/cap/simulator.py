"""A simulated CAP 1.2 feed: an Atom and an RSS index of the same messages, as files or within the index."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement, tostring

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.cap.simulated_alerts import Message, messages
from connectors.formats.cap import MEDIA_TYPE
from connectors.simulation.events import events, share

_ATOM: Final = "http://www.w3.org/2005/Atom"
# How the feed calls its own files by their public name; this server serves them too.
PUBLIC_NAME: Final = "http://files.common-ground.example"


class SimulatedFeed:
    """The feed's state. `messages` may be changed while it runs; `read` counts the files that were asked for."""

    def __init__(self, made: Iterable[Message], now: datetime, token: str) -> None:
        self.messages = {message.identifier: message for message in made}
        self.read = 0
        self._now = now
        self._token = token

    async def atom(self, request: Request) -> Response:  # noqa: ARG002 - an endpoint takes it
        """`GET /alerts/index.xml`: relative links, links by the public name, and every fourth message inline."""
        feed = Element("feed", xmlns=_ATOM)
        SubElement(feed, "title").text = "Route alerts (simulated)"
        SubElement(feed, "id").text = "urn:common-ground:alerts"
        SubElement(feed, "updated").text = self._now.isoformat()
        for place, message in enumerate(self.messages.values()):
            entry = SubElement(feed, "entry")
            SubElement(entry, "id").text = f"urn:common-ground:{message.identifier}"
            SubElement(entry, "title").text = "Route alert"
            SubElement(entry, "updated").text = message.sent.isoformat()
            SubElement(entry, "link", rel="alternate", type="text/html", href=f"pages/{message.identifier}.html")
            if place % 4 == 3:
                SubElement(entry, "content", type=MEDIA_TYPE).append(message.alert)
            else:
                base = f"{PUBLIC_NAME}/alerts/" if place % 2 else ""
                SubElement(entry, "link", type=MEDIA_TYPE, href=f"{base}files/{message.identifier}.xml")
        return Response(_document(feed), media_type="application/atom+xml")

    async def rss(self, request: Request) -> Response:
        """`GET /alerts/rss.xml`: absolute links on this host, a date by RFC 822, and a BOM in front."""
        root = Element("rss", version="2.0")
        channel = SubElement(root, "channel")
        for name in ("title", "link", "description"):
            SubElement(channel, name).text = "Route alerts (simulated)"
        for message in self.messages.values():
            item = SubElement(channel, "item")
            SubElement(item, "title").text = "Route alert"
            SubElement(item, "guid", isPermaLink="false").text = message.identifier
            SubElement(item, "link").text = str(request.url_for("file", identifier=message.identifier))
            SubElement(item, "pubDate").text = format_datetime(message.sent)
        return Response(b"\xef\xbb\xbf" + _document(root), media_type="application/rss+xml")

    async def file(self, request: Request) -> Response:
        """`GET /alerts/files/{identifier}.xml`."""
        self.read += 1
        message = self.messages.get(request.path_params["identifier"])
        return Response("absent", 404) if message is None else Response(message.body, media_type=MEDIA_TYPE)

    def guarded(self, endpoint: Callable[[Request], Any]) -> Callable[[Request], Any]:
        """`endpoint`, for who has the token."""

        async def answer(request: Request) -> Response:
            if request.headers.get("authorization") != f"Bearer {self._token}":
                return Response("unauthenticated", 401, {"www-authenticate": "Bearer"})
            answered: Response = await endpoint(request)
            return answered

        return answer


def simulate(records: int, seed: int, now: datetime, credentials: Mapping[str, str]) -> Starlette:
    """The feed as an ASGI application; `credentials` holds `token`. Its state: `app.state.feed`."""
    told = share(events(seed, records, now), "cap")
    feed = SimulatedFeed(messages(told, max(8, len(told) // 10)), now, credentials["token"])
    app = Starlette(
        routes=[
            Route("/alerts/index.xml", feed.guarded(feed.atom)),
            Route("/alerts/rss.xml", feed.guarded(feed.rss)),
            Route("/alerts/files/{identifier}.xml", feed.guarded(feed.file), name="file"),
        ]
    )
    app.state.feed = feed
    return app


def _document(root: Element) -> bytes:
    document: bytes = tostring(root, encoding="UTF-8", xml_declaration=True)
    return document
