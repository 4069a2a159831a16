"""A partner's OpenID Connect provider for tests, which may misbehave, and a gateway that trusts it."""

import json
import socket
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from ipaddress import ip_network
from pathlib import Path
from secrets import token_urlsafe
from time import monotonic, time
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

import httpx
from joserfc import jws
from joserfc.jwk import Key
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from gateway.http.sign_in import SignInPages
from gateway.http.sign_in import routes as sign_in_routes
from gateway.identity.clients import register_client
from gateway.identity.endpoints import Identity
from gateway.identity.issuers import Issuers
from gateway.identity.keys import SigningKeys, new_signing_key
from gateway.identity.scopes import Scope
from gateway.identity.sessions import Sessions, session_of
from gateway.identity.sign_in import SignIns
from gateway.partnership.admission import add_organization, set_partnership
from gateway.partnership.watch import Watched
from gateway.settings import IssuerRole, TrustedIssuer
from gateway.store.engine import Store, open_store
from gateway.store.migrate import migrate
from policies.vocabulary import Capacity, OrganizationCategory, PartnershipStatus, Purpose
from tests.identity.conftest import PARTNER, Clock, Served, application, running
from tests.identity.signing import ANY, new_key, public

OTHER_PARTNER = "saltmarsh-aid"
AUDIENCE = "https://slt.example"
CLIENT, SECRET = "gateway at headquarters", "s:e/c ret+"


class Headquarters:
    """The provider. `id_token` and `answer` hold what is changed of the next ID token and of the way back."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._own = new_key(kid="hq-1")
        self.reset()

    def reset(self) -> None:
        self.key: Key = self._own
        self.published: dict[str, Any] = public(self.key)
        self.discovery: dict[str, Any] = {}
        self.down = False
        self.asked = 0
        self.id_token: dict[str, Any] = {}
        self.header: dict[str, Any] = {}
        self.raw_id_token: str | None = None
        self.answer: dict[str, str | None] = {}
        self.requests: list[dict[str, str]] = []
        self.presented: list[str] = []
        self._codes: dict[str, dict[str, str]] = {}

    def claims(self, **changed: Any) -> dict[str, Any]:
        now = int(time())
        good = {
            "iss": self.url,
            "sub": "amina",
            "iat": now,
            "exp": now + 300,
            "name": "Amina Hallow",
            "email": "Amina@Plainfield.example",
            "roles": ["slt-analyst", "janitor"],
            **changed,
        }
        return {name: value for name, value in good.items() if value is not None}

    def access_token(self, header: Mapping[str, Any] | None = None, key: Key | None = None, **changed: Any) -> str:
        """A good access token for the gateway, with changes; None leaves a claim out."""
        claims = self.claims(**{"aud": AUDIENCE, "client_id": "desk", "jti": token_urlsafe(8), **changed})
        whole = dict(header or {"alg": "ES256", "typ": "at+jwt", "kid": self.key.kid})
        return jws.serialize_compact(whole, json.dumps(claims), key or self.key, ANY)

    def routes(self) -> list[Route]:
        return [
            Route("/.well-known/openid-configuration", self._discovery),
            Route("/keys", self._keys),
            Route("/authorize", self._authorize),
            Route("/token", self._token, methods=["POST"]),
        ]

    async def _discovery(self, _request: Request) -> Response:
        self.asked += 1
        if self.down:
            return PlainTextResponse("down", 503)
        return JSONResponse(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
                "authorization_response_iss_parameter_supported": True,
                **self.discovery,
            }
        )

    async def _keys(self, _request: Request) -> Response:
        self.asked += 1
        return PlainTextResponse("down", 503) if self.down else JSONResponse(self.published)

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        self.requests.append(asked)
        code = token_urlsafe(16)
        self._codes[code] = asked
        answer = {"code": code, "state": asked["state"], "iss": self.url, **self.answer}
        kept = {name: value for name, value in answer.items() if value is not None}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(kept)}", 303)

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        self.presented.append(form.get("code", ""))
        asked = self._codes.pop(form.get("code", ""), None)
        expected = httpx.BasicAuth("gateway+at+headquarters", "s%3Ae%2Fc+ret%2B")
        wanted = next(expected.auth_flow(httpx.Request("POST", "http://x"))).headers["Authorization"]
        challenge = urlsafe_b64encode(sha256(form.get("code_verifier", "").encode()).digest()).decode().rstrip("=")
        if request.headers.get("Authorization") != wanted or asked is None:
            return JSONResponse({"error": "invalid_client"}, 401)
        if asked["code_challenge"] != challenge or asked["redirect_uri"] != form["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        claims = self.claims(**{"aud": CLIENT, "nonce": asked["nonce"], **self.id_token})
        header = {"alg": "ES256", "kid": self.key.kid, **self.header}
        signed = self.raw_id_token or jws.serialize_compact(header, json.dumps(claims), self.key, ANY)
        return JSONResponse({"access_token": "not used", "token_type": "Bearer", "id_token": signed})


@contextmanager
def headquarters() -> Iterator[Headquarters]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        provider = Headquarters(f"http://127.0.0.1:{listening.getsockname()[1]}")
        with running(Starlette(routes=list(provider.routes())), listening):
            yield provider


def trusting(issuer: str, **changed: Any) -> TrustedIssuer:
    """How the gateway of the tests trusts an issuer, with changes."""
    return TrustedIssuer(
        **{
            "name": "hq",
            "label": "Plainfield headquarters",
            "listed": True,
            "issuer": issuer,
            "audience": AUDIENCE,
            "client_id": CLIENT,
            "networks": ["127.0.0.1"],
            "organization": PARTNER,
            "roles": {
                "slt-analyst": IssuerRole(capacities=(Capacity.ANALYST,)),
                "slt-chair": IssuerRole(capacities=(Capacity.CO_CHAIR,)),
                "slt-it": IssuerRole(scopes=("clients:manage",)),
            },
            **changed,
        }
    ).model_copy(update={"client_secret": SECRET.encode()})


class Trusting(NamedTuple):
    """The gateway, and the monotonic clock of what it keeps of the issuers."""

    served: Served
    later: Clock

    @property
    def url(self) -> str:
        return self.served.url

    @property
    def store(self) -> Store:
        return self.served.store

    def whoami(self, token: str) -> httpx.Response:
        return self.served.whoami(token)


class _Monotonic(Clock):
    def __call__(self) -> float:
        return monotonic() + self.ahead


@contextmanager
def trusting_gateway(
    folder: Path, issuers: Sequence[TrustedIssuer], *, at: int | None = None, url: str | None = None
) -> Iterator[Trusting]:
    """The gateway with its store in `folder`; `url`: its public address, as behind a proxy with TLS."""
    with ExitStack() as stack:
        store = open_store(f"sqlite:///{folder}/store.sqlite3")
        stack.callback(store.close)
        migrate(store)
        client_id, secret = "", ""
        if not (folder / "entered").exists():
            client_id, secret = _entered(store)
            (folder / "entered").touch()
        listening = stack.enter_context(socket.socket())
        listening.bind(("127.0.0.1", at or 0))
        here = f"http://127.0.0.1:{listening.getsockname()[1]}"
        key, clock, later = new_signing_key(), Clock(), _Monotonic()
        watched = Watched(store)
        known = Issuers(issuers, clock, later)
        sessions = Sessions(store, known.settings, watched.current, url or here, clock)
        sign_ins = SignIns(known, sessions, store, watched.current, url or here, b"k" * 64, clock)
        pages = SignInPages(known, sign_ins, sessions)
        networks = [ip_network("127.0.0.1")]
        identity = Identity(url or here, SigningKeys(key), store, watched, clock, networks, pages, known)
        app = application(identity, watched)
        app.router.routes += [*sign_in_routes(pages), Route("/session", _session)]
        app.state.sessions = sessions
        stack.enter_context(running(app, listening))
        yield Trusting(Served(here, store, key, key, clock, client_id, secret), later)


def _entered(store: Store) -> tuple[str, str]:
    for name in (PARTNER, OTHER_PARTNER):
        add_organization(store, name, name.title(), OrganizationCategory.INGO)
        set_partnership(store, name, PartnershipStatus.IN_FORCE, areas=["SSD"])
    return register_client(
        store, PARTNER, "analyst", [Scope.INFORMATION_READ], Purpose.SAFETY_AND_SECURITY, [Capacity.ANALYST]
    )


async def _session(request: Request) -> Response:
    """Who is signed in."""
    session = await session_of(request)
    if session is None:
        return JSONResponse(None)
    return JSONResponse(
        {
            "id": session.id,
            "person": session.person,
            "name": session.name,
            "mail": session.mail,
            "organization": session.organization,
            "capacities": sorted(item.value for item in session.capacities),
            "scopes": sorted(session.scopes),
            "csrf": session.csrf,
            "partnership": session.requester.profile.partnership.value,
            "asks_as": session.requester.person,
        }
    )
