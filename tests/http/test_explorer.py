"""The explorer: a browser gets all of it from the gateway, fetches a token and asks with it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from graphql import build_schema, parse, validate
from playwright.sync_api import Page, expect, sync_playwright
from starlette.applications import Starlette

from connectors.simulation.server import serving
from gateway.http.explorer import ASSETS, routes, saved_queries
from gateway.schema.printing import printed_schema
from tests.conftest import Gateway

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class Visit:
    """A page on the explorer with what it asked for and complained of."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda line: self.complaints.append(line.text) if line.type == "error" else None)

    def get_token(self, client_id: str, secret: str) -> None:
        self.page.get_by_label("Client id").fill(client_id)
        self.page.get_by_label("Client secret").fill(secret)
        self.page.get_by_role("button", name="Get a token").click()


@pytest.fixture
def visit(gateway: Gateway) -> Iterator[Visit]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        try:
            visited = Visit(browser.new_page())
            visited.page.goto(f"{gateway.url}/explorer")
            visited.page.get_by_role("button", name="Who I am to the gateway").wait_for()
            yield visited
        finally:
            browser.close()


def test_a_saved_query_is_asked_with_a_fetched_token(gateway: Gateway, visit: Visit) -> None:
    client = gateway.client("ingo-in-area")
    page = visit.page
    visit.get_token(client.client_id, client.client_secret)
    expect(page.get_by_role("status")).to_contain_text("Token in use")
    expect(page.get_by_label("Client secret")).to_have_value("")
    page.get_by_role("button", name="Who I am to the gateway").click()
    page.get_by_role("button", name="Execute query").click()
    expect(page.locator(".result-window")).to_contain_text(client.client_id)
    page.get_by_role("button", name="Documentation").click()
    page.get_by_role("link", name="SecurityAlert", exact=True).wait_for()
    # A dialog puts a style element into the page, which the policy has to allow.
    page.get_by_role("button", name="Open settings dialog").click()
    page.get_by_role("dialog").wait_for()
    assert visit.complaints == []
    kept = page.evaluate("[Object.keys(localStorage).length, Object.keys(sessionStorage).length, document.cookie]")
    assert kept == [0, 0, ""]


def test_a_further_tab_has_the_token_too(gateway: Gateway, visit: Visit) -> None:
    client = gateway.client("dss-analyst")
    page = visit.page
    visit.get_token(client.client_id, client.client_secret)
    expect(page.get_by_role("status")).to_contain_text("Token in use")
    page.get_by_role("button", name="Add tab").click()
    page.get_by_role("button", name="Who I am to the gateway").click()
    page.get_by_role("button", name="Execute query").click()
    expect(page.locator(".result-window")).to_contain_text(client.client_id)
    assert visit.complaints == []


def test_a_wrong_secret_is_told(gateway: Gateway, visit: Visit) -> None:
    visit.get_token(gateway.client("dss-analyst").client_id, "not-the-secret")
    expect(visit.page.get_by_role("status")).to_contain_text("No token:")
    assert not any(urlsplit(address).path == "/graphql" for address in visit.asked)


def test_without_a_token_the_refusal_is_told(visit: Visit) -> None:
    page = visit.page
    page.get_by_role("button", name="Who I am to the gateway").click()
    page.get_by_role("button", name="Execute query").click()
    expect(page.get_by_role("status")).to_contain_text("get a new one")
    expect(page.locator(".result-window")).to_contain_text("UNAUTHENTICATED")


def test_only_the_gateway_is_asked(gateway: Gateway, visit: Visit) -> None:
    hosts = {urlsplit(address).netloc for address in visit.asked if not address.startswith("data:")}
    assert hosts == {urlsplit(gateway.url).netloc}


def test_the_page_allows_no_script_but_its_own(gateway: Gateway) -> None:
    page = gateway.http.get(f"{gateway.url}/explorer")
    directives = dict(part.split(" ", 1) for part in page.headers["Content-Security-Policy"].split("; "))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == directives["connect-src"] == "'self'"
    assert directives["frame-ancestors"] == "'none'"
    assert "https:" not in page.headers["Content-Security-Policy"]
    assert re.findall(r"<script(?![^>]* src=)|\son\w+=|\sstyle=", page.text) == []


def test_every_address_on_the_page_is_served(gateway: Gateway) -> None:
    page = gateway.http.get(f"{gateway.url}/explorer").text
    named = re.findall(r'(?:src|href)="(/[^"]+)"', page)
    assert {address.rpartition("/")[2] for address in named} == set(ASSETS)
    for address in named:
        served = gateway.http.get(f"{gateway.url}{address}")
        assert served.status_code == 200
        assert served.headers["Content-Type"].startswith("text/css" if address.endswith("css") else "text/javascript")


@pytest.mark.parametrize(
    "name", ["package.json", "page.html", "..%2F__init__.py", "%2e%2e%2fpackage.json", "x.js", "."]
)
def test_nothing_else_is_served(gateway: Gateway, name: str) -> None:
    assert gateway.http.get(f"{gateway.url}/explorer/assets/{name}").status_code == 404


def test_missing_parts_are_told_with_the_command(tmp_path: Path) -> None:
    with serving(Starlette(routes=routes(tmp_path))) as url, httpx.Client(trust_env=False) as http:
        answer = http.get(f"{url}/explorer")
    assert answer.status_code == 503
    assert "graphiql.min.js" in answer.text
    assert f"npm ci --ignore-scripts --prefix {tmp_path}" in answer.text


def test_saved_queries_are_valid_and_titled() -> None:
    schema = build_schema(printed_schema(), assume_valid_sdl=True)
    queries = saved_queries()
    assert "LastSevenDays" in queries[0].query
    assert all(saved.title and saved.query.startswith(f"# {saved.title}\n") for saved in queries)
    assert {saved.title: validate(schema, parse(saved.query)) for saved in queries} == {
        saved.title: [] for saved in queries
    }


@pytest.mark.parametrize("label", ["dss-analyst", "ingo-in-area", "ingo-elsewhere"])
def test_saved_queries_are_answered(gateway: Gateway, label: str) -> None:
    listed: Sequence[dict[str, str]] = gateway.http.get(f"{gateway.url}/explorer/queries").json()
    assert len(listed) == len(saved_queries())
    for saved in listed:
        assert gateway.ask(label, saved["query"])
