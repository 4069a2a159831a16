"""What stands before every page: who is there, what the page is for, and that a form is the console's own."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NamedTuple
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from gateway.console.forms import Faulty, Form, read_form
from gateway.console.texts import LANGUAGE_NAMES, Texts
from gateway.console.visit import Console, Visit
from gateway.errors import NotFound, Sendable, StoreFault, Unavailable
from gateway.http.request import language
from gateway.identity.sessions import session_of
from policies.rulebook import Language

log = logging.getLogger("slt.console")

Handler = Callable[[Visit], Awaitable[Response]]

SIGN_IN: Final = "/sign-in"
LANGUAGE_COOKIE: Final = "slt-console-language"
TOKEN: Final = "csrf"  # noqa: S105 - the name of a field
HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Not `no-referrer`: with that a browser says of no form where it comes from.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Cookie, Accept-Language",
}
_ON_PAGE: Final = {400: "forged", 403: "forbidden", 404: "not_found", 413: "too_large"}


def everyone(_visit: Visit) -> bool:
    """For whoever is signed in."""
    return True


class Page(NamedTuple):
    """An address below `/console`: what shows it, what takes its form, and whom it is there for.

    A form that can't be taken is shown again by `show`; whoever `is_for` does not hold for finds no such page.
    `menu`: its name in the menu, a key of the texts' section `menu`.
    """

    path: str
    show: Handler
    take: Handler | None = None
    is_for: Callable[[Visit], bool] = everyone
    menu: str | None = None


class Guard:
    """Serves pages."""

    def __init__(self, console: Console, texts: Mapping[Language, Texts]) -> None:
        self._console = console
        self._texts = texts

    def endpoint(self, page: Page) -> Callable[[Request], Awaitable[Response]]:
        """Starlette's endpoint of a page."""

        async def serve(request: Request) -> Response:
            texts = self._texts[chosen_language(request)]
            try:
                response = await self._served(page, request, texts)
            except Sendable as error:
                response = self._told(error, texts)
            except StoreFault as fault:
                log.error("%s: %s", fault.code, fault)
                response = self._told(Unavailable("the store can't be reached"), texts)
            response.headers.update({**HEADERS, "Content-Language": texts.language.value})
            return response

        return serve

    async def _served(self, page: Page, request: Request, texts: Texts) -> Response:
        session = await session_of(request)
        posted = request.method == "POST"
        if session is None:
            # A form can't be sent on: it would lead a browser that obeys `form-action` to the issuer's host.
            return self._outside("signed_out", 403, texts) if posted else _to_sign_in(request)
        visit = Visit(self._console, request, session, texts)
        if not page.is_for(visit) or (posted and page.take is None):
            raise NotFound("no such page")
        if not posted or page.take is None:
            return await page.show(visit)
        fields = await read_form(request)
        if not _is_own(request) or not session.accepts(fields.get(TOKEN, [""])[0]):
            return self._outside("forged", 403, texts)
        visit.form = Form(texts, fields)
        try:
            return await page.take(visit)
        except Faulty:
            return await page.show(visit)

    def _told(self, error: Sendable, texts: Texts) -> Response:
        return self._outside(_ON_PAGE.get(error.status, "unavailable"), error.status, texts)

    def _outside(self, what: str, status: int, texts: Texts) -> Response:
        """A page that needs nobody to be signed in."""
        template = self._console.templates.get_template("outside.html")
        return HTMLResponse(template.render(t=texts, what=what), status)


def _to_sign_in(request: Request) -> Response:
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"{SIGN_IN}?{urlencode({'back': request.url.path + query})}", 303)


def _is_own(request: Request) -> bool:
    """The browser's own word on where a form comes from, where it gives one."""
    return request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")


def chosen_language(request: Request) -> Language:
    """The language that was chosen, else the one that the browser asks for."""
    known = {item.value: item for item in LANGUAGE_NAMES}
    return known.get(request.cookies.get(LANGUAGE_COOKIE, "")) or language(request)
