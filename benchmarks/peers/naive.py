"""Strawberry as its tutorial has it: httpx, `json`, an object a node; the same records mapped and merged."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from typing import Any, NewType

import httpx
import strawberry
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.schema.config import StrawberryConfig

from benchmarks.upstream import PLATFORMS, TOKEN
from connectors.simulation.server import AnnouncingServer, listen, url_of
from connectors.unsms.mapping import CATEGORIES, STATES

Point = NewType("Point", dict[str, Any])


@strawberry.type
class Time:
    """When."""

    start: str
    precision: str | None = None


@strawberry.type
class Area:
    """An administrative area's code."""

    pcode: str


@strawberry.type
class Location:
    """Where."""

    admin1: Area | None
    point: Point | None
    precision: str


@strawberry.type
class Handling:
    """What a record says of its own marking."""

    tlp: str | None
    un_marking: str | None


@strawberry.type
class Count:
    """A number of people."""

    value: int | None


@strawberry.type
class Affected:
    """The one count that is asked for."""

    killed: Count


@strawberry.type
class Party:
    """A named party."""

    name: str


@strawberry.type
class Actor:
    """Who did it."""

    parties: list[Party]


@strawberry.type
class Incident:
    """One report."""

    id: strawberry.ID
    category: str
    impact: str
    occurred: Time
    location: Location
    title: str
    narrative: str
    stage: str
    handling: Handling
    affected: Affected | None
    actor: Actor | None
    language: str
    shared_at: str
    verification: str
    reported_at: Time


@strawberry.type
class IncidentConnection:
    """A page of reports."""

    nodes: list[Incident]


def incident(item: Mapping[str, Any]) -> Incident:
    """The report that an item of the feed tells."""
    location, handling = item["location"], item.get("handling") or {}
    affected, actors = item.get("affected"), item.get("actors")
    admin1, longitude = location.get("admin1"), location.get("longitude")
    stage, verification = STATES[item["state"]]
    return Incident(
        id=strawberry.ID(item["id"]),
        category=CATEGORIES[item["category"]["code"]].value,
        impact=item["impact"],
        occurred=Time(start=item["occurred"]["start"], precision=item["occurred"]["precision"]),
        location=Location(
            admin1=None if admin1 is None else Area(pcode=admin1["pcode"]),
            point=None
            if longitude is None
            else Point({"type": "Point", "coordinates": [longitude, location["latitude"]]}),
            precision=location["precision"],
        ),
        title=item["title"],
        narrative=item["narrative"],
        stage=stage.value,
        handling=Handling(tlp=handling.get("tlp"), un_marking=handling.get("un_marking")),
        affected=None if affected is None else Affected(killed=Count(value=affected.get("killed"))),
        actor=None if actors is None else Actor(parties=[Party(name=party["name"]) for party in actors]),
        language=item["language"],
        shared_at=item["shared_at"],
        verification=verification.value,
        reported_at=Time(start=item["reported_at"]),
    )


def naive(upstream: str) -> Starlette:
    """The application over the upstream's three platforms."""
    client = httpx.AsyncClient(trust_env=False, headers={"Authorization": f"Bearer {TOKEN}"})

    async def one(platform: str) -> list[Incident]:
        got = await client.get(f"{upstream}/{platform}/v1/incidents")
        return [incident(item) for item in got.json()["items"]]

    @strawberry.type
    class Query:
        """What may be asked."""

        @strawberry.field
        async def incidents(self, first: int | None = None) -> IncidentConnection:
            """The newest reports of all platforms."""
            lists = await asyncio.gather(*(one(platform) for platform in PLATFORMS))
            merged = sorted((item for items in lists for item in items), key=lambda item: item.shared_at, reverse=True)
            return IncidentConnection(nodes=merged[:first])

    config = StrawberryConfig(scalar_map={Point: strawberry.scalar(name="Point", serialize=lambda value: value)})
    return Starlette(routes=[Route("/graphql", GraphQL(strawberry.Schema(Query, config=config)))])


if __name__ == "__main__":
    bound = listen()
    AnnouncingServer(naive(sys.argv[1]), lambda: print(url_of(bound), flush=True)).run(sockets=[bound])
