"""An application around operations that tell what they were asked, on a real socket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager

import httpx
import pytest
from opentelemetry.trace import NoOpTracer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import BaseRoute

from connectors.simulation.server import serving
from gateway.errors import MethodNotAllowed, Unauthenticated
from gateway.http.app import build_app
from gateway.http.graphql import Executed, endpoint
from gateway.http.request import GraphQLRequest
from policies.requester import Profile, Requester
from policies.vocabulary import OrganizationCategory, PartnershipStatus

BODY_BYTES = 2_000
CANARY = "canary-51c0"
WHO = Requester(
    profile=Profile(
        organization="harbour-relief",
        category=OrganizationCategory.INGO,
        partnership=PartnershipStatus.IN_FORCE,
    ),
    client="client-1",
)


class Asked:
    """Operations that answer with what they were asked; some documents are refused, and one is a fault."""

    def __init__(self) -> None:
        self.refusals: list[tuple[str, str | None]] = []

    async def answer(self, request: GraphQLRequest, who: Requester) -> Executed:
        if request.query == "invalid":
            errors = [{"message": "no such field", "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"}}]
            return Executed(errors=errors, executed=False)
        if request.query == "mutation" and request.method == "GET":
            raise MethodNotAllowed("only queries are asked by GET", ("POST",))
        if request.query == "fault":
            raise LookupError(CANARY)
        return Executed(
            data={
                "query": request.query,
                "operationName": request.operation_name,
                "variables": request.variables,
                "extensions": request.extensions,
                "method": request.method,
                "organization": who.profile.organization,
            }
        )

    async def refused(self, code: str, who: Requester | None) -> None:
        self.refusals.append((code, None if who is None else who.profile.organization))


async def authenticate(request: Request) -> Requester:
    if request.headers.get("Authorization") != "Bearer good":
        raise Unauthenticated("`Authorization`: no token: get one", 'Bearer realm="slt"')
    return WHO


@asynccontextmanager
async def lifespan(_app: Starlette) -> AsyncIterator[None]:
    yield


App = Callable[..., AbstractContextManager[httpx.Client]]


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.fixture
def app(asked: Asked) -> App:
    """`app(more=…, ready=…)` serves for the time of a block and gives a client with a good token."""

    async def no_need() -> None:
        pass

    @contextmanager
    def served(
        more: Sequence[BaseRoute] = (),
        ready: Callable[[], None] = lambda: None,
        renew: Callable[[], Awaitable[None]] = no_need,
    ) -> Iterator[httpx.Client]:
        built = build_app(
            graphql=endpoint(asked, authenticate, NoOpTracer(), BODY_BYTES),
            ready=ready,
            status=lambda: {"version": "1", "sources": 2},
            more=more,
            renew=renew,
            lifespan=lifespan,
        )
        headers = {"Authorization": "Bearer good"}
        with serving(built) as url, httpx.Client(base_url=url, headers=headers, trust_env=False) as http:
            yield http

    return served


@pytest.fixture
def http(app: App) -> Iterator[httpx.Client]:
    with app() as client:
        yield client
