"""Pages stay stable while records arrive: nothing is met twice, nothing that was there is missed."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest
from starlette.applications import Starlette

from connectors.simulation.server import listen, serving, url_of
from connectors.unsms.simulator import simulate
from gateway.demo.cast import enter, read_cast
from gateway.demo.platforms import Platform
from gateway.demo.run import Demo, configure, serving_gateway
from gateway.service import build_service
from gateway.store.engine import open_store
from gateway.store.migrate import migrate
from tests.conftest import Gateway

PAGE = "query($after: String) { incidents(first: 7, after: $after) { nodes { id sharedAt } pageInfo { endCursor hasNextPage } } }"


@pytest.fixture
def arriving(tmp_path: Path) -> Iterator[tuple[Gateway, Starlette]]:
    """A gateway over one feed whose platform runs in this process, so that items can be put into it."""
    platform = simulate(120, 3, datetime.now(UTC), {"token": "a-token"})
    source = tomllib.loads((files("connectors.unsms") / "example.toml").read_text("utf-8"))
    variable = source["credentials"]["token"]["env"]
    with serving(platform) as url:
        told = Platform(
            source={**source, "url": url, "private_hosts": ["127.0.0.1"]}, secrets={variable: "a-token"}, url=url, pid=0
        )
        database = tmp_path / "gateway.sqlite3"
        store = open_store(f"sqlite:///{database}")
        migrate(store)
        clients = enter(read_cast(), store)
        bound = listen()
        settings = configure([told], url_of(bound), database, tmp_path)
        with serving_gateway(build_service(settings, store), bound):
            gateway = Gateway(Demo(url=url_of(bound), clients=clients, platforms=[told], database=database))
            yield gateway, platform
            gateway.http.close()
        bound.close()
        store.close()


def test_records_that_arrive_between_pages_disturb_none_of_them(arriving: tuple[Gateway, Starlette]) -> None:
    gateway, platform = arriving
    before = [
        node["id"]
        for node in gateway.ask("dss-analyst", "{ incidents(first: 1000) { nodes { id } } }")["incidents"]["nodes"]
    ]
    assert len(before) > 20
    feed = platform.state.feed
    template = next(item for item in feed.items.values() if item.get("handling", {}).get("audience") == "PUBLIC")
    seen: list[str] = []
    after = None
    for number in range(1_000):
        connection = gateway.ask("dss-analyst", PAGE, {"after": after})["incidents"]
        seen += [node["id"] for node in connection["nodes"]]
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        feed.put({**template, "id": f"arrived-{number}", "shared_at": now})
        after = connection["pageInfo"]["endCursor"]
        if not connection["pageInfo"]["hasNextPage"]:
            break
    assert len(seen) == len(set(seen))
    assert [id_ for id_ in seen if id_ in set(before)] == before
    whole = gateway.ask("dss-analyst", "{ incidents(first: 1000) { nodes { id } } }")["incidents"]["nodes"]
    assert len(whole) > len(before)


def test_a_page_of_none_counts_and_shows_nothing(arriving: tuple[Gateway, Starlette]) -> None:
    gateway, _ = arriving
    query = "{ incidents(first: 0) { totalCount { value } nodes { id } pageInfo { hasNextPage endCursor } } }"
    connection = gateway.ask("dss-analyst", query)["incidents"]
    assert connection["totalCount"]["value"] > 20
    assert connection["nodes"] == []
    assert connection["pageInfo"] == {"hasNextPage": True, "endCursor": None}
