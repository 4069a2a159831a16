"""The console's addresses: which page is where, what takes its form, and whom it is there for. The one table."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route, Router

from gateway.console import (
    applications,
    areas,
    client_acts,
    clients,
    contributions,
    home,
    ledger,
    mandates,
    partners,
    trial,
)
from gateway.console.guard import Guard, Page
from gateway.console.texts import read_texts
from gateway.console.visit import Console, Visit
from gateway.errors import NotFound

PREFIX: Final = "/console"
ASSETS: Final = ("console.css", "console.js", "icon.svg")
_ASSET_SECONDS: Final = 3_600


async def nothing(_visit: Visit) -> Response:
    """Whatever else is asked for."""
    raise NotFound("no such page")


PAGES: Final = (
    Page("", home.shown, menu="home"),
    Page("/language", home.shown, home.choose_language),
    Page("/clients", clients.listed, None, clients.manages, "clients"),
    Page("/clients/new", clients.new, clients.register, clients.manages),
    Page("/clients/country", clients.country_asked, clients.country_disabled, clients.manages),
    Page("/clients/hand-over", clients.listed, client_acts.hand_all_over, clients.manages),
    Page("/clients/{client}", clients.shown, None, clients.manages),
    Page("/clients/{client}/test", trial.asked, trial.run, clients.manages),
    Page("/clients/{client}/disable", clients.disabling, clients.disable, clients.manages),
    Page("/clients/{client}/rotate", clients.shown, client_acts.rotate, clients.manages),
    Page("/clients/{client}/end-secret", clients.shown, client_acts.end_one_secret, clients.manages),
    Page("/clients/{client}/keys", clients.shown, client_acts.replace, clients.manages),
    Page("/clients/{client}/owners", clients.shown, client_acts.name_owner, clients.manages),
    Page("/clients/{client}/end-owner", clients.shown, client_acts.end_one_owner, clients.manages),
    Page("/clients/{client}/take-over", clients.shown, client_acts.take_over, clients.manages),
    Page("/mandates", mandates.listed, mandates.give, clients.manages, "mandates"),
    Page("/mandates/end", mandates.listed, mandates.end, clients.manages),
    Page("/contributions", contributions.shown, None, ledger.reads, "contributions"),
    Page("/ledger", ledger.listed, None, ledger.reads, "ledger"),
    Page("/ledger/extract", ledger.extract, None, ledger.reads),
    Page("/applications", applications.listed, None, applications.concerned, "applications"),
    Page("/applications/new", applications.new, applications.submit, applications.applies),
    Page("/applications/{application}", applications.shown, applications.review, applications.concerned),
    Page("/partners", partners.listed, None, partners.decides, "partners"),
    Page("/partners/{organization}", partners.shown, None, partners.decides),
    Page("/partners/{organization}/agreement", partners.shown, partners.put, partners.sets_partnership),
    Page("/partners/{organization}/end", partners.shown, partners.end, partners.sets_partnership),
    Page("/partners/{organization}/areas", partners.shown, partners.approve, partners.approves_areas),
    Page("/partners/{organization}/end-area", partners.shown, partners.end_approval, partners.approves_areas),
    Page("/areas", areas.listed, areas.put, areas.reads, "areas"),
    # Signed in or not, nobody learns by it which addresses there are.
    Page("/{rest:path}", nothing, nothing),
)


def routes(console: Console) -> Sequence[BaseRoute]:
    """Everything below `/console`."""
    console.templates.globals["menu"] = menu
    guard = Guard(console, read_texts())
    home_page, *others = PAGES
    inner = [
        Route("/static/{name}", asset, methods=["GET"]),
        *(Route(page.path, guard.endpoint(page), methods=["GET", "POST"]) for page in others),
    ]
    return [
        Route(PREFIX, guard.endpoint(home_page), methods=["GET"]),
        Mount(PREFIX, app=Router(inner, redirect_slashes=False)),
    ]


# A plain function: Starlette runs it in a thread.
def asset(request: Request) -> Response:
    """A part of the pages."""
    name = request.path_params["name"]
    if name not in ASSETS:
        raise NotFound("the console has no such part: open `/console`")
    headers = {"Cache-Control": f"private, max-age={_ASSET_SECONDS}", "X-Content-Type-Options": "nosniff"}
    return FileResponse(Path(str(files("gateway.console"))) / "static" / name, headers=headers)


def menu(visit: Visit) -> list[tuple[str, str, bool]]:
    """Of each page in the menu that is there for the person: address, name, whether it is the one that is open."""
    path = visit.request.url.path
    found = []
    for page in PAGES:
        if page.menu is not None and page.is_for(visit):
            address = f"{PREFIX}{page.path}"
            is_open = path == address or (page.path != "" and path.startswith(f"{address}/"))
            found.append((address, page.menu, is_open))
    return found
