"""A client of the tests that signs: its keys, its assertions, and a place where it publishes keys."""

import json
import socket
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from secrets import token_urlsafe
from time import time
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jws
from joserfc.jwk import ECKey, Key, KeySet, OKPKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from gateway.identity.assertions import ASSERTION_TYPE
from tests.identity.conftest import Served, running

ANY = ["ES256", "ES384", "RS256", "PS256", "EdDSA", "Ed25519", "HS256"]


def new_key(kind: str = "EC", kid: str = "first") -> Key:
    if kind == "RSA":
        return RSAKey.generate_key(2048, {"kid": kid})
    if kind == "OKP":
        return OKPKey.generate_key("Ed25519", {"kid": kid})
    return ECKey.generate_key("P-256", {"kid": kid})


def public(*keys: Key) -> dict[str, Any]:
    return dict(KeySet(list(keys)).as_dict(private=False))


def assertion(
    served: Served, client_id: str, key: Key, *, header: dict[str, Any] | None = None, **changed: object
) -> str:
    """A good assertion, with changes; None leaves a claim out."""
    now = int(time())
    good: dict[str, Any] = {
        "iss": client_id,
        "sub": client_id,
        "aud": served.url,
        "jti": token_urlsafe(16),
        "iat": now,
        "exp": now + 60,
    }
    claims = {name: value for name, value in {**good, **changed}.items() if value is not None}
    whole = {"alg": "ES256", "kid": key.kid} if header is None else header
    if whole["alg"] == "EdDSA":  # as most clients name it still; the library signs with the new name only
        assert isinstance(key.raw_value, Ed25519PrivateKey)
        return by_hand(whole, claims, key.raw_value.sign)
    return jws.serialize_compact(whole, json.dumps(claims), key, ANY)


def by_hand(header: dict[str, Any], claims: dict[str, Any], sign: Callable[[bytes], bytes]) -> str:
    """A JWS as no library would make it."""

    def part(content: bytes) -> str:
        return urlsafe_b64encode(content).decode().rstrip("=")

    content = f"{part(json.dumps(header).encode())}.{part(json.dumps(claims).encode())}"
    return f"{content}.{part(sign(content.encode()))}"


def ask(served: Served, signed: str, path: str = "/oauth/token", **form: str) -> httpx.Response:
    whole = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": signed}
    if path == "/oauth/token":
        whole["grant_type"] = "client_credentials"
    return httpx.post(f"{served.url}{path}", data={**whole, **form}, timeout=20)


class Publisher:
    """What is served as a key set, and how often it was asked for."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.document: Any = {"keys": []}
        self.status = 200
        self.asked = 0

    async def answer(self, _request: Request) -> Response:
        self.asked += 1
        return JSONResponse(self.document, self.status)

    async def redirect(self, _request: Request) -> Response:
        self.asked += 1
        return RedirectResponse(f"{self.url}/jwks.json")


@contextmanager
def publishing() -> Iterator[Publisher]:
    """A publisher on loopback."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        publisher = Publisher(f"http://127.0.0.1:{listening.getsockname()[1]}")
        app = Starlette(routes=[Route("/jwks.json", publisher.answer), Route("/moved", publisher.redirect)])
        with running(app, listening):
            yield publisher


def proof(
    key: Key,
    method: str,
    url: str,
    token: str | None = None,
    *,
    header: dict[str, Any] | None = None,
    **changed: object,
) -> str:
    """A good DPoP proof for a request, with changes; None leaves a claim out."""
    good: dict[str, Any] = {"jti": token_urlsafe(16), "htm": method, "htu": url, "iat": int(time())}
    if token is not None:
        good["ath"] = urlsafe_b64encode(sha256(token.encode()).digest()).decode().rstrip("=")
    claims = {name: value for name, value in {**good, **changed}.items() if value is not None}
    whole = proof_header(key) if header is None else header
    if whole["alg"] == "EdDSA":
        assert isinstance(key.raw_value, Ed25519PrivateKey)
        return by_hand(whole, claims, key.raw_value.sign)
    return jws.serialize_compact(whole, json.dumps(claims), key, ANY)


def proof_header(key: Key, algorithm: str = "ES256", **changed: object) -> dict[str, Any]:
    public_part = {name: value for name, value in key.as_dict(private=False).items() if name != "kid"}
    return {"typ": "dpop+jwt", "alg": algorithm, "jwk": public_part, **changed}
