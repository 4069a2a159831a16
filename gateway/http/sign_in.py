"""The pages for persons: sign-in by a trusted issuer, sign-out, and whether a client may have what it asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from gateway.http.request import language
from gateway.http.responses import NEVER_STORED
from gateway.identity.consent import Asked
from gateway.identity.forms import Malformed, read_form
from gateway.identity.grants import Person
from gateway.identity.issuers import Issuers
from gateway.identity.sessions import Sessions
from gateway.identity.sign_in import RETURN_PATH, Failure, SignInFailed, SignIns, local

SIGN_IN_PATH: Final = "/sign-in"
SIGN_OUT_PATH: Final = "/sign-out"
_HOST: Final = re.compile(r"[A-Za-z0-9.\-:\[\]]+")
_STATUS: Final[Mapping[Failure, int]] = {Failure.UNREACHABLE: 503, Failure.NOT_ADMITTED: 403}


class SignInPages:
    """The pages, for the persons of `issuers`; what `gateway.identity.consent.SignIn` asks for."""

    def __init__(self, issuers: Issuers, sign_ins: SignIns, sessions: Sessions) -> None:
        self._issuers = issuers
        self._sign_ins = sign_ins
        self._sessions = sessions
        self._pages = Environment(
            loader=PackageLoader("gateway.http", "pages"), autoescape=True, undefined=StrictUndefined
        )
        self._texts = msgspec.toml.decode((files("gateway.http") / "pages" / "texts.toml").read_bytes())

    async def sign_in(self, request: Request) -> Response:
        """GET /sign-in: to the issuer that was chosen, or is the only one; else the choice of those that are listed.

        Who has an issuer here is a partner, so the others are for who knows the name.
        """
        back, chosen = local(request.query_params.get("back")), request.query_params.get("issuer")
        offered = self._issuers.for_sign_in
        if await self._sessions.of(request) is not None:
            return RedirectResponse(back, 303, NEVER_STORED)
        listed = [item for item in offered if item.listed]
        only = offered[0].name if chosen is None and len(offered) == len(listed) == 1 else chosen
        named = next((item.name for item in offered if item.name == only), None)
        if named is None:
            choices = [
                {"label": item.label, "address": f"{SIGN_IN_PATH}?{urlencode({'issuer': item.name, 'back': back})}"}
                for item in listed
            ]
            hidden = len(listed) < len(offered)
            return self._page(
                request, "sign_in.html", "choose", choices=choices, hidden=hidden, back=back, unknown=bool(chosen)
            )
        try:
            return await self._sign_ins.begin(named, back)
        except SignInFailed as error:
            return self._failed(request, error.failure)

    async def came_back(self, request: Request) -> Response:
        """GET /sign-in/return/{issuer}: the browser comes from the issuer."""
        try:
            return await self._sign_ins.complete(request.path_params["issuer"], request)
        except SignInFailed as error:
            return self._failed(request, error.failure)

    async def sign_out(self, request: Request) -> Response:
        """POST /sign-out, with the session's `csrf`."""
        session = await self._sessions.of(request)
        try:
            form = await read_form(request)
        except Malformed:
            form = {}
        if session is not None and not session.accepts(form.get("csrf")):
            return self._forged(request)
        texts = self._words(request)
        response = self._page(request, "message.html", "signed_out", message=texts["signed_out_message"])
        await self._sessions.end(request, response)
        return response

    async def person(self, request: Request, back: str) -> Person | Response:
        """Who is signed in; else the way to sign-in and back."""
        session = await self._sessions.of(request)
        if session is None:
            return RedirectResponse(f"{SIGN_IN_PATH}?{urlencode({'back': back})}", 303, NEVER_STORED)
        return Person(
            id=session.person,
            organization=session.organization,
            capacities=session.capacities,
            scopes=session.scopes,
        )

    async def decision(self, request: Request, form: Mapping[str, str] | None, asked: Asked) -> bool | Response:
        """The page that asks; what the person says where it was sent from that page."""
        session = await self._sessions.of(request)
        if session is None or (form is not None and not session.accepts(form.get("csrf"))):
            return self._forged(request)
        if form is not None:
            return form.get("decision") == "allow"
        parts = urlsplit(asked.redirect_uri)
        origin = f"{parts.scheme}://{parts.netloc}" if _HOST.fullmatch(parts.netloc) else ""
        return self._page(
            request, "consent.html", "consent", to=origin, session=session, asked=asked, host=parts.netloc
        )

    def refused(self, request: Request) -> Response:
        """The page for a client's request that can't go on; it leads nowhere: the client has to ask anew."""
        message = self._words(request)["refused"]
        return self._page(request, "message.html", "failed", 400, message=message, again_here=False)

    def _failed(self, request: Request, failure: Failure) -> Response:
        message = self._words(request)["failures"][failure.value]
        return self._page(request, "message.html", "failed", _STATUS.get(failure, 400), message=message)

    def _forged(self, request: Request) -> Response:
        return self._page(request, "message.html", "failed", 403, message=self._words(request)["forged"])

    def _words(self, request: Request) -> Mapping[str, Any]:
        words: Mapping[str, Any] = self._texts[language(request).value]
        return words

    def _page(
        self, request: Request, template: str, title: str, status: int = 200, to: str = "", **values: object
    ) -> Response:
        """A page; `to`: the origin that a form on it leads to beside our own."""
        words = self._words(request)
        page = self._pages.get_template(template).render(
            language=language(request).value, title=words[title], again=words["again"], texts=words, **values
        )
        return HTMLResponse(page, status, _headers(to))


def routes(pages: SignInPages | None) -> list[BaseRoute]:
    """The addresses of sign-in; none where no issuer is for it."""
    if pages is None:
        return []
    return [
        Route(SIGN_IN_PATH, pages.sign_in, methods=["GET"]),
        Route(f"{RETURN_PATH}/{{issuer}}", pages.came_back, methods=["GET"]),
        Route(SIGN_OUT_PATH, pages.sign_out, methods=["POST"]),
    ]


def _headers(to: str) -> Mapping[str, str]:
    # Browsers hold what a form is redirected to against `form-action` as well.
    forms = f"form-action 'self' {to}".rstrip()
    policy = f"default-src 'none'; style-src 'self'; img-src 'self'; {forms}; base-uri 'none'; frame-ancestors 'none'"
    return {
        **NEVER_STORED,
        "Vary": "Accept-Language, Cookie",
        "Content-Security-Policy": policy,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Referrer-Policy": "same-origin",
        "X-Frame-Options": "DENY",
    }
