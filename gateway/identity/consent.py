"""What the authorization endpoint asks of a person: who is there, and whether the client may have what it asked for.

How that is asked, on which page and in which language, is the business of who implements `SignIn`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gateway.identity.grants import Person


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A client's request as the person has to judge it; `scopes` are those that the person can give at all.

    `request_uri` is its whole name (RFC 9126).
    """

    client_id: str
    client: str
    organization: str
    scopes: tuple[str, ...]
    redirect_uri: str
    request_uri: str


class SignIn(Protocol):
    """What the authorization endpoint needs of the pages for persons."""

    async def person(self, request: Request, back: str) -> Person | Response:
        """Who is signed in at the browser; or what to answer it with, as the way to sign-in and then to `back`."""
        ...

    async def decision(self, request: Request, form: Mapping[str, str] | None, asked: Asked) -> bool | Response:
        """What the person says, where `form` is what the page sent; or the page that asks."""
        ...

    def refused(self, request: Request) -> Response:
        """The page (400) for a request that can't go on: unknown, used, expired, or one that can't be read."""
        ...
