"""The floor: an endpoint by hand that fetches, decodes, merges and encodes the same fields; no GraphQL, no policy."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.upstream import PLATFORMS, TOKEN
from connectors.simulation.server import AnnouncingServer, listen, url_of
from connectors.unsms.mapping import CATEGORIES, STATES
from connectors.unsms.wire import Category, NamedParty, Occurred


class Counts(msgspec.Struct):
    """The one count that is asked for."""

    killed: int | None = None


class Area(msgspec.Struct):
    """An administrative area's code."""

    pcode: str


class Location(msgspec.Struct):
    """Where, without the names."""

    precision: str
    admin1: Area | None = None
    longitude: float | None = None
    latitude: float | None = None


class Handling(msgspec.Struct):
    """What an item says of its own marking, as far as it is asked for."""

    tlp: str | None = None
    un_marking: str | None = None


class Item(msgspec.Struct):
    """What an answer needs of an item, by the wire's names; the rest is skipped in decoding."""

    id: str
    shared_at: str
    reported_at: str
    state: str
    category: Category
    impact: str
    occurred: Occurred
    location: Location
    title: str
    narrative: str
    language: str
    affected: Counts | None = None
    actors: list[NamedParty] | None = None
    handling: Handling | None = None


class Feed(msgspec.Struct):
    """One platform's page."""

    items: list[Item]


def node(item: Item) -> dict[str, Any]:
    """The item as the query of this benchmark has it."""
    location, marked, stage = item.location, item.handling or Handling(), STATES[item.state]
    return {
        "id": item.id,
        "category": CATEGORIES[item.category.code],
        "impact": item.impact,
        "occurred": {"start": item.occurred.start, "precision": item.occurred.precision},
        "location": {
            "admin1": location.admin1,
            "point": None
            if location.longitude is None
            else {"type": "Point", "coordinates": (location.longitude, location.latitude)},
            "precision": location.precision,
        },
        "title": item.title,
        "narrative": item.narrative,
        "stage": stage[0],
        "handling": {"tlp": marked.tlp, "unMarking": marked.un_marking},
        "affected": None if item.affected is None else {"killed": {"value": item.affected.killed}},
        "actor": None if item.actors is None else {"parties": [{"name": party.name} for party in item.actors]},
        "language": item.language,
        "sharedAt": item.shared_at,
        "verification": stage[1],
        "reportedAt": {"start": item.reported_at},
    }


def floor(upstream: str) -> Starlette:
    """The endpoint over the upstream's three platforms."""
    decoder, encoder = msgspec.json.Decoder(Feed), msgspec.json.Encoder()
    client = httpx.AsyncClient(trust_env=False, headers={"Authorization": f"Bearer {TOKEN}"})

    async def one(platform: str) -> list[Item]:
        return decoder.decode((await client.get(f"{upstream}/{platform}/v1/incidents")).content).items

    async def endpoint(request: Request) -> Response:
        await request.body()
        lists = await asyncio.gather(*(one(platform) for platform in PLATFORMS))
        merged = sorted((item for items in lists for item in items), key=lambda item: item.shared_at, reverse=True)
        nodes = [node(item) for item in merged]
        return Response(encoder.encode({"data": {"incidents": {"nodes": nodes}}}), media_type="application/json")

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await client.aclose()

    return Starlette(routes=[Route("/graphql", endpoint, methods=["POST"])], lifespan=lifespan)


if __name__ == "__main__":
    bound = listen()
    AnnouncingServer(floor(sys.argv[1]), lambda: print(url_of(bound), flush=True)).run(sockets=[bound])
