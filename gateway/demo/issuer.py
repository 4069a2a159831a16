"""The demo's issuer: an OpenID Connect provider on loopback that asks for no password and says so.

It does what a real one does, so that the gateway treats it as one: exact redirect, code once, PKCE S256, nonce, `iss`.
"""

from __future__ import annotations

import secrets
import time
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from html import escape
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, unquote_plus, urlencode

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from connectors.simulation.server import HOST, serving
from gateway.demo.cast import CastPerson

NAME: Final = "demo"
SECRET: Final = "SLT_DEMO_ISSUER_SECRET"  # noqa: S105 - the name of an environment variable
_CLIENT: Final = "slt-gateway"
_ALGORITHM: Final = "ES256"
_CODE_SECONDS: Final = 60
_TOKEN_SECONDS: Final = 300


class _Code(NamedTuple):
    person: str
    redirect_uri: str
    nonce: str | None
    challenge: str
    expires: float


class DemoIssuer:
    """Tokens for `persons`, by id, at the gateway at `gateway_url`; `url` is its own address, known once it listens."""

    def __init__(self, persons: Mapping[str, CastPerson], gateway_url: str) -> None:
        self.persons = persons
        self.url = ""
        self.secret = secrets.token_urlsafe(32)
        self._gateway_url = gateway_url
        self._redirect_uri = f"{gateway_url}/sign-in/return/{NAME}"
        self._key = ECKey.generate_key("P-256", {"use": "sig", "alg": _ALGORITHM, "kid": secrets.token_hex(8)})
        self._codes: dict[str, _Code] = {}

    @property
    def configuration(self) -> Mapping[str, Any]:
        """The entry of `identity.trusted_issuers` that trusts it."""
        organizations = sorted({person.organization for person in self.persons.values()})
        return {
            "name": NAME,
            "label": "Demo sign-in, no passwords",
            "listed": True,
            "issuer": self.url,
            "audience": self._gateway_url,
            "client_id": _CLIENT,
            "client_secret": {"env": SECRET},
            "networks": [HOST],
            "organization_claim": "organization",
            "organizations": {name: name for name in organizations},
            "roles": {
                "it": {"scopes": ["clients:manage", "ledger:read"]},
                "co-chair": {"capacities": ["CO_CHAIR"]},
                "secretariat": {"capacities": ["SECRETARIAT"]},
                "analyst": {"capacities": ["ANALYST"]},
                "focal-point": {
                    "capacities": ["FOCAL_POINT"],
                    "scopes": ["consent:decide", "information:share", "ledger:read"],
                },
            },
        }

    @property
    def app(self) -> Starlette:
        """What it serves."""
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._discovery),
                Route("/jwks.json", self._jwks),
                Route("/authorize", self._authorize, methods=["GET", "POST"]),
                Route("/token", self._token, methods=["POST"]),
            ]
        )

    async def _discovery(self, _request: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/jwks.json",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": [_ALGORITHM],
                "code_challenge_methods_supported": ["S256"],
                "authorization_response_iss_parameter_supported": True,
            }
        )

    async def _jwks(self, _request: Request) -> Response:
        return JSONResponse(KeySet([self._key]).as_dict(private=False))

    async def _authorize(self, request: Request) -> Response:
        """The page on which a person is picked; then the way back with a code."""
        asked = request.query_params
        wanted = {
            "response_type": "code",
            "client_id": _CLIENT,
            "redirect_uri": self._redirect_uri,
            "code_challenge_method": "S256",
        }
        if any(asked.get(name) != value for name, value in wanted.items()):
            return HTMLResponse("This request is not one of the demo's gateway.", 400)
        if request.method == "GET":
            return self._page()
        person = dict(parse_qsl((await request.body()).decode())).get("person", "")
        if person not in self.persons:
            return HTMLResponse("There is no such person in the demo.", 400)
        code = secrets.token_urlsafe(32)
        self._codes[code] = _Code(
            person,
            self._redirect_uri,
            asked.get("nonce"),
            asked.get("code_challenge", ""),
            time.time() + _CODE_SECONDS,
        )
        answer = {"code": code, "state": asked.get("state", ""), "iss": self.url}
        return RedirectResponse(f"{self._redirect_uri}?{urlencode(answer)}", 303, {"Cache-Control": "no-store"})

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        if not self._is_gateway(request.headers.get("Authorization", "")):
            return JSONResponse({"error": "invalid_client"}, 401)
        given = self._codes.pop(form.get("code", ""), None)
        challenge = urlsafe_b64encode(sha256(form.get("code_verifier", "").encode()).digest()).decode().rstrip("=")
        if (
            given is None
            or given.expires < time.time()
            or given.challenge != challenge
            or form.get("redirect_uri") != given.redirect_uri
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse(
            {
                "token_type": "Bearer",
                "expires_in": _TOKEN_SECONDS,
                "access_token": self.access_token(given.person),
                "id_token": self._signed("JWT", given.person, _CLIENT, nonce=given.nonce),
            },
            headers={"Cache-Control": "no-store"},
        )

    def access_token(self, person: str) -> str:
        """A token of a person for the gateway (RFC 9068)."""
        return self._signed("at+jwt", person, self._gateway_url, client_id=_CLIENT, jti=secrets.token_urlsafe(16))

    def _signed(self, kind: str, person: str, audience: str, **more: str | None) -> str:
        known, now = self.persons[person], int(time.time())
        claims = {
            "iss": self.url,
            "sub": person,
            "aud": audience,
            "iat": now,
            "exp": now + _TOKEN_SECONDS,
            "name": known.name,
            "email": f"{person}@{known.organization}.example",
            "email_verified": True,
            "organization": known.organization,
            "roles": list(known.roles),
            **more,
        }
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode({"alg": _ALGORITHM, "typ": kind, "kid": self._key.kid}, kept, self._key)

    def _is_gateway(self, authorization: str) -> bool:
        scheme, _, encoded = authorization.partition(" ")
        try:
            client, _, secret = b64decode(encoded, validate=True).decode().partition(":")
        except ValueError:
            return False
        proven = secrets.compare_digest(unquote_plus(secret).encode(), self.secret.encode())
        return scheme.lower() == "basic" and unquote_plus(client) == _CLIENT and proven

    def _page(self) -> Response:
        buttons = "".join(
            f'<li><button name="person" value="{escape(id_)}">{escape(person.name)}</button> '
            f"{escape(person.organization)}: {escape(', '.join(person.roles))}</li>"
            for id_, person in self.persons.items()
        )
        policy = f"default-src 'none'; form-action 'self' {self._gateway_url}; base-uri 'none'; frame-ancestors 'none'"
        return HTMLResponse(
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" '
            'content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">'
            "<title>Demo sign-in</title></head><body><main><h1>Demo sign-in, no passwords</h1>"
            "<p>Every person here is invented. Pick one:</p>"
            f'<form method="post"><ul>{buttons}</ul></form></main></body></html>',
            headers={"Content-Security-Policy": policy, "Cache-Control": "no-store"},
        )


@contextmanager
def serving_issuer(persons: Mapping[str, CastPerson], gateway_url: str) -> Iterator[DemoIssuer]:
    """The issuer, answering on a free port of loopback; gone on leaving."""
    issuer = DemoIssuer(persons, gateway_url)
    with serving(issuer.app) as issuer.url:
        yield issuer


def told(issuer: DemoIssuer) -> Mapping[str, Any]:
    """The issuer and its persons, as the ready file tells them."""
    persons: Sequence[Mapping[str, Any]] = [
        {"id": id_, "name": person.name, "organization": person.organization, "roles": list(person.roles)}
        for id_, person in issuer.persons.items()
    ]
    return {"issuer": issuer.url, "persons": persons}
