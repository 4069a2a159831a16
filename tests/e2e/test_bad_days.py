"""Bad days: a platform that is down, that answers nonsense or nothing, a partner suspended. The rest goes on."""

from __future__ import annotations

import asyncio
import gzip
import os
import signal
from collections.abc import AsyncIterator, Collection, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Route

from connectors.registry import installed
from connectors.simulation.server import serving
from gateway.demo.run import Demo, started
from gateway.partnership.admission import approve_area, set_partnership, suspend_partnership
from gateway.service import open_sources
from policies.vocabulary import PartnershipStatus
from tests.conftest import Gateway
from tests.e2e.operated import Operated

ROOTS = (
    *("incidents", "securityAlerts", "situationReports"),
    *("securityProcedures", "mitigationMeasures", "lessonsLearned"),
)

# Of every kind, so that every platform has a part in it.
ASKED = "(first: 1000) { totalCount { value relation } sources { name state } nodes { id source { name } } }"
EVERYTHING = "{ " + " ".join(f"{root}{ASKED}" for root in ROOTS) + " }"
QUERY = "{ incidents(first: 1000) { totalCount { value relation } sources { name state records } nodes { id source { name } handling { tlp } } } }"


@pytest.fixture
def own() -> Iterator[Gateway]:
    with started(port=0, seed=11, records=80) as demo:
        running = Gateway(demo)
        yield running
        running.http.close()


def states(answer: dict[str, Any]) -> dict[str, str]:
    return {source["name"]: source["state"] for source in answer["incidents"]["sources"]}


def test_each_platform_stopped_changes_its_own_line_and_its_own_records_only(own: Gateway, tmp_path: Path) -> None:
    """All that are installed, in turn, as a requester sees it and as the operator does."""
    operated = Operated(own.demo, tmp_path)
    whole = own.ask("dss-analyst", EVERYTHING)
    platforms = {platform.source["name"]: platform for platform in own.demo.platforms}
    assert {platform.source["connector"] for platform in platforms.values()} == set(installed())
    assert {line_state(line) for line in seen(operated, platforms.keys()).values()} == {"OK"}
    gone: set[str] = set()
    for name, platform in platforms.items():
        os.kill(platform.pid, signal.SIGTERM)
        wait_until_refused(own, platform.url)
        gone.add(name)
        now = own.ask("dss-analyst", EVERYTHING)
        for root, connection in now.items():
            reports = {source["name"]: source["state"] for source in connection["sources"]}
            assert {source for source, state in reports.items() if state != "OK"} == gone & reports.keys()
            kept = [node for node in whole[root]["nodes"] if (node["source"] or {}).get("name") not in gone]
            assert connection["nodes"] == kept
            relation = "AT_LEAST" if gone & reports.keys() else "EXACT"
            assert connection["totalCount"] == {"value": len(kept), "relation": relation}
        # The gateway tells within a second; pytest's own time limit ends a failure.
        while line_state(seen(operated, platforms.keys())[name]) == "OK":
            pass
        lines = seen(operated, platforms.keys())
        assert {source for source, line in lines.items() if line_state(line) != "OK"} == gone
        assert "SOURCE_UNREACHABLE" in lines[name]
        assert all("CLOSED" in line for source, line in lines.items() if source not in gone)


def line_state(line: str) -> str:
    return line.split()[2]


def seen(operated: Operated, names: Collection[str]) -> dict[str, str]:
    """The operator's table, once all that are configured were asked."""
    while "not asked" in "".join((table := operated.status()).values()):
        pass
    assert table.keys() == set(names)
    return table


def wait_until_refused(own: Gateway, url: str) -> None:
    import httpx

    for _ in range(10_000):
        try:
            own.http.get(url, timeout=5)
        except httpx.TransportError:
            return
    raise AssertionError("the platform still answers")


def test_a_suspension_reduces_a_token_already_issued_to_public_and_own_records(own: Gateway) -> None:
    token = own.token("ingo-in-area")
    headers = {"Authorization": f"Bearer {token}"}

    def ask() -> dict[str, Any]:
        body: dict[str, Any] = own.http.post(own.graphql, json={"query": QUERY}, headers=headers).json()
        return body["data"]["incidents"]  # type: ignore[no-any-return]

    before = ask()
    store = own.store()
    try:
        suspend_partnership(store, "northwind-aid", "a test")
        while len(during := ask()["nodes"]) == len(before["nodes"]):
            pass  # the change must be seen within a second; pytest's own time limit ends a failure
        public = {node["id"] for node in own.ask("ingo-applicant", QUERY)["incidents"]["nodes"]}
        assert public <= {node["id"] for node in during}
        set_partnership(store, "northwind-aid", PartnershipStatus.IN_FORCE)
        while len(ask()["nodes"]) != len(before["nodes"]):
            pass
    finally:
        store.close()


def test_a_cursor_ends_with_the_standing_it_was_made_under(own: Gateway) -> None:
    query = "query($after: String) { incidents(first: 2, after: $after) { nodes { id } pageInfo { endCursor } } }"
    cursor = own.ask("ingo-elsewhere", query)["incidents"]["pageInfo"]["endCursor"]
    assert own.ask("ingo-elsewhere", query, {"after": cursor})["incidents"]["nodes"]
    store = own.store()
    try:
        approve_area(store, "meridian-health", "SSD", approved_by="undss")
    finally:
        store.close()
    # Asking for a token makes the gateway look at the store, so the very next request knows.
    error = own.post("ingo-elsewhere", query, {"after": cursor}).json()["errors"][0]
    assert error["extensions"]["code"] == "CURSOR_EXPIRED"
    assert own.ask("ingo-elsewhere", query)["incidents"]["nodes"]


async def _hangs(_request: Request) -> Response:
    async def never() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(3600)

    return StreamingResponse(never(), media_type="application/json")


FAULTS = {
    "html": (lambda _request: HTMLResponse("<html>maintenance</html>"), "BROKEN"),
    "truncated": (lambda _request: Response('{"items": [', media_type="application/json"), "BROKEN"),
    "wrong types": (lambda _request: Response('{"items": 7, "count": "x"}', media_type="application/json"), "BROKEN"),
    "status 500": (lambda _request: Response("no", 500), "BROKEN"),
    "status 429": (lambda _request: Response("slower", 429, {"Retry-After": "3"}), "RATE_LIMITED"),
    "status 401": (lambda _request: Response("who?", 401), "AUTH_FAILED"),
    "redirect": (lambda _request: Response("", 302, {"Location": "http://127.0.0.1:1/"}), "BROKEN"),
    "gzip bomb": (lambda _request: bomb(), "BROKEN"),
    "hangs": (_hangs, "TIMEOUT"),
}


BOMB = gzip.compress(b"\0" * 200_000_000, 1)


def bomb() -> Response:
    return Response(BOMB, 200, {"Content-Encoding": "gzip"}, "application/json")


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("kind", ["unsms", "kobo", "acled", "graphql"])
async def test_a_platform_that_answers_nonsense_is_a_line_in_the_status(
    gateway: Gateway, kind: str, fault: str
) -> None:
    serve, state = FAULTS[fault]
    everything = ["GET", "POST"]
    app = Starlette(routes=[Route("/{path:path}", serve, methods=everything)])
    with serving(app) as url:
        report, records = await fetched(gateway.demo, kind, url)
    assert (report.state.value, len(records)) == (state, 0)
    assert report.fault is not None


async def fetched(demo: Demo, kind: str, url: str) -> tuple[Any, list[Any]]:
    """What the demo's source of `kind` gives when its platform is at `url`, within a deadline of one second."""
    from opentelemetry.trace import NoOpTracer

    from connectors.contract import FetchRequest
    from gateway.demo.run import configure
    from gateway.federation.sources.fetch import fetch
    from gateway.federation.sources.plan import Asked
    from gateway.federation.viewed import SourceReport
    from policies.vocabulary import InformationKind

    platforms = [
        msgspec.structs.replace(item, source={**item.source, "url": url})
        for item in demo.platforms
        if item.source["connector"] == kind
    ]
    settings = configure(platforms, "http://127.0.0.1:1", demo.database, demo.database.parent)
    sources, clients = open_sources(settings)
    report = SourceReport(name=sources[0].name)
    asked = Asked(sources[0], FetchRequest(kind=InformationKind.INCIDENT_REPORT), ordered=False)
    deadline = asyncio.get_running_loop().time() + 1.0
    found: list[Any] = []
    async for page in fetch(asked, report, deadline=deadline, budget=1_000, tracer=NoOpTracer()):
        found.extend(page)
    for client in clients:
        await client.aclose()
    return report, found
