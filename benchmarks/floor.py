"""The floor: an endpoint by hand that fetches, decodes, merges and encodes the same bytes; no GraphQL, no policy."""

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


class Item(msgspec.Struct):
    """What an answer needs of an item; the rest is skipped in decoding."""

    id: str
    shared_at: str
    category: Any = None
    impact: Any = None
    occurred: Any = None
    location: Any = None
    title: str | None = None
    narrative: str | None = None
    state: Any = None
    tlp: str | None = None
    un_marking: str | None = None
    affected: Any = None
    actor: Any = None
    language: str | None = None
    reported_at: Any = None


class Feed(msgspec.Struct):
    """One platform's page."""

    items: list[Item]


def floor(upstream: str) -> Starlette:
    """The endpoint over the upstream's three platforms."""
    decoder, encoder = msgspec.json.Decoder(Feed), msgspec.json.Encoder()
    client = httpx.AsyncClient(trust_env=False, headers={"Authorization": f"Bearer {TOKEN}"})

    async def one(platform: str) -> list[Item]:
        return decoder.decode((await client.get(f"{upstream}/{platform}/v1/incidents")).content).items

    async def endpoint(_request: Request) -> Response:
        lists = await asyncio.gather(*(one(platform) for platform in PLATFORMS))
        merged = sorted((item for items in lists for item in items), key=lambda item: item.shared_at, reverse=True)
        return Response(encoder.encode({"data": {"incidents": {"nodes": merged}}}), media_type="application/json")

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await client.aclose()

    return Starlette(routes=[Route("/graphql", endpoint, methods=["POST"])], lifespan=lifespan)


if __name__ == "__main__":
    bound = listen()
    AnnouncingServer(floor(sys.argv[1]), lambda: print(url_of(bound), flush=True)).run(sockets=[bound])
