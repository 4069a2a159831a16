"""From a token to a requester: what a token says counts only as far as the directory agrees."""

import hmac
import json
import sqlite3
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path
from time import monotonic, time
from typing import Any

import httpx
import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey
from sqlmodel import Session

from gateway.identity.clients import disable_client
from gateway.identity.keys import new_signing_key
from gateway.partnership.admission import set_partnership, suspend_partnership
from gateway.store.tables import Client
from policies.vocabulary import PartnershipStatus
from tests.identity.conftest import PARTNER, Served

INVALID = 'error="invalid_token"'
DPOP = 'DPoP algs="ES256 PS256 RS256 EdDSA Ed25519"'


def eventually(seconds: float, condition: Callable[[], bool]) -> bool:
    deadline = monotonic() + seconds
    while monotonic() < deadline:
        if condition():
            return True
    return False


def claims(served: Served, **changed: object) -> dict[str, Any]:
    """The claims of a good token, with changes; None leaves one out."""
    now = int(time())
    good: dict[str, Any] = {
        "iss": served.url,
        "aud": served.url,
        "sub": served.client_id,
        "client_id": served.client_id,
        "jti": "a-token-made-by-hand",
        "iat": now,
        "exp": now + 300,
        "scope": "information:read",
        "organization": PARTNER,
        "purpose": "SAFETY_AND_SECURITY",
    }
    return {name: value for name, value in {**good, **changed}.items() if value is not None}


def signed(served: Served, key: ECKey | None = None, *, header: dict[str, Any] | None = None, **changed: object) -> str:
    key = key or served.key
    whole = {"alg": "ES256", "typ": "at+jwt", "kid": served.key.thumbprint()} if header is None else header
    return jwt.encode(whole, claims(served, **changed), key, ["ES256"], default_type=None)


def part(value: object) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def with_shared_secret(served: Served, secret: bytes) -> str:
    """A token signed with HS256 (RFC 7518 section 3.2), by hand: the library refuses to take a public key for it."""
    header = {"alg": "HS256", "typ": "at+jwt", "kid": served.key.thumbprint()}
    content = f"{part(header)}.{part(claims(served))}"
    signature = hmac.digest(secret, content.encode(), "sha256")
    return f"{content}.{urlsafe_b64encode(signature).decode().rstrip('=')}"


def test_a_good_token_tells_who_asks_as_the_directory_has_it(unchanged: Served) -> None:
    answer = unchanged.whoami(signed(unchanged))
    assert answer.status_code == 200
    body = answer.json()
    assert body == {
        "client": unchanged.client_id,
        "organization": PARTNER,
        "partnership": "IN_FORCE",
        "areas": ["SSD"],
        "purpose": "SAFETY_AND_SECURITY",
        "scopes": ["information:read"],
        "capacities": ["ANALYST"],
        "expires": body["expires"],
        "epoch": unchanged.store.epoch(),
    }
    assert abs(body["expires"] - time() - 300) < 5


FORGED: dict[str, Callable[[Served], str]] = {
    "no algorithm": lambda served: f"{part({'alg': 'none', 'typ': 'at+jwt'})}.{part(claims(served))}.",
    "no algorithm, key named": lambda served: (
        f"{part({'alg': 'none', 'typ': 'at+jwt', 'kid': served.key.thumbprint()})}.{part(claims(served))}."
    ),
    "public key as a shared secret": lambda served: with_shared_secret(served, served.key.as_pem(private=False)),
    "another's key under our name": lambda served: signed(served, new_signing_key()),
    "unknown key": lambda served: signed(
        served, key := new_signing_key(), header={"alg": "ES256", "typ": "at+jwt", "kid": key.thumbprint()}
    ),
    "key brought along": lambda served: jws.serialize_compact(
        {"alg": "ES256", "typ": "at+jwt", "kid": served.key.thumbprint(), "jwk": dict(FOREIGN.as_dict(private=False))},
        json.dumps(claims(served)),
        FOREIGN,
        ["ES256"],
    ),
    "our own key brought along": lambda served: jws.serialize_compact(
        {
            "alg": "ES256",
            "typ": "at+jwt",
            "kid": served.key.thumbprint(),
            "jwk": dict(served.key.as_dict(private=False)),
        },
        json.dumps(claims(served)),
        served.key,
        ["ES256"],
    ),
    "no key named": lambda served: signed(served, header={"alg": "ES256", "typ": "at+jwt"}),
    "not an access token": lambda served: signed(
        served, header={"alg": "ES256", "typ": "JWT", "kid": served.key.thumbprint()}
    ),
    "no type": lambda served: signed(served, header={"alg": "ES256", "kid": served.key.thumbprint()}),
    "another issuer": lambda served: signed(served, iss="https://elsewhere.example"),
    "another audience": lambda served: signed(served, aud="https://elsewhere.example"),
    "several audiences": lambda served: signed(served, aud=[served.url, "https://elsewhere.example"]),
    "expired": lambda served: signed(served, iat=int(time()) - 301, exp=int(time()) - 1),
    "issued 30 seconds from now": lambda served: signed(served, iat=int(time()) + 30),
    "never expires": lambda served: signed(served, exp=None),
    "no identifier": lambda served: signed(served, jti=None),
    "another purpose than registered": lambda served: signed(served, purpose="REPORTING"),
    "a purpose that is none": lambda served: signed(served, purpose="CURIOSITY"),
    "another organization": lambda served: signed(served, organization="undss"),
    "another subject": lambda served: signed(served, sub="somebody"),
    "unknown client": lambda served: signed(served, client_id="nobody", sub="nobody"),
    "claims changed after signing": lambda served: ".".join(
        [
            (pieces := signed(served).split("."))[0],
            part(claims(served, scope="ledger:read")),
            pieces[2],
        ]
    ),
    "signature left out": lambda served: signed(served).rpartition(".")[0] + ".",
    "nested beyond reason": lambda served: f"{urlsafe_b64encode(b'[' * 2900).decode().rstrip('=')}.a.a",
    "claims that are no object": lambda served: jws.serialize_compact(
        {"alg": "ES256", "typ": "at+jwt", "kid": served.key.thumbprint()}, "[]", served.key, ["ES256"]
    ),
    "a list for a key's name": lambda served: (
        f"{part({'alg': 'ES256', 'typ': 'at+jwt', 'kid': []})}.{part(claims(served))}.a"
    ),
    "a header that is a text": lambda served: f"{part('alg')}.{part(claims(served))}.a",
    "a header that is a list": lambda served: f"{part(['alg'])}.{part(claims(served))}.a",
    "a header that is a number": lambda served: f"{part(1)}.{part(claims(served))}.a",
    "an extension that must be understood": lambda served: (
        part({"alg": "ES256", "typ": "at+jwt", "kid": served.key.thumbprint(), "crit": ["b64"], "b64": False})
        + f".{part(claims(served))}.a"
    ),
    "no token at all": lambda served: "x",
    "two dots": lambda served: "..",
    "encrypted": lambda served: "a.b.c.d.e",
}
FOREIGN: ECKey = new_signing_key()


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
def test_a_token_that_is_not_ours_or_not_of_now_is_refused_and_nothing_told(
    unchanged: Served, forge: Callable[[Served], str]
) -> None:
    answer = unchanged.whoami(forge(unchanged))
    assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHENTICATED")
    assert answer.headers["WWW-Authenticate"] == (
        f'Bearer realm="slt-gateway", resource_metadata="{unchanged.url}/.well-known/oauth-protected-resource", '
        f"{INVALID}, {DPOP}"
    )


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Basic abc", "Bearer a b", "Bearer é", "Token abc", "Bearer " + "a" * 5000],
)
def test_without_a_token_the_challenge_names_no_error(unchanged: Served, header: str | None) -> None:
    headers = {} if header is None else {b"Authorization": header.encode()}
    answer = httpx.get(f"{unchanged.url}/whoami", headers=headers)
    assert answer.status_code == 401
    challenge = answer.headers["WWW-Authenticate"]
    assert challenge.startswith("Bearer ")
    assert "error" not in challenge
    metadata = httpx.get(challenge.partition('resource_metadata="')[2].partition('"')[0])
    assert metadata.json()["authorization_servers"] == [unchanged.url]


def test_the_scheme_is_read_in_any_case(unchanged: Served) -> None:
    headers = {"Authorization": f"bEARER  {unchanged.token()}"}
    assert httpx.get(f"{unchanged.url}/whoami", headers=headers).status_code == 200


def test_an_issuer_ten_seconds_ahead_is_accepted_and_one_a_minute_ahead_is_not(served: Served) -> None:
    token = served.token()
    served.clock.ahead = -9
    assert served.whoami(token).status_code == 200
    served.clock.ahead = -60
    assert served.whoami(token).status_code == 401


def test_a_token_is_over_after_five_minutes_however_often_it_was_good(served: Served) -> None:
    token = served.token()
    served.clock.ahead = 295
    assert served.whoami(token).status_code == 200
    served.clock.ahead = 301
    assert served.whoami(token).status_code == 401


def test_a_token_signed_with_the_key_before_is_still_good(unchanged: Served) -> None:
    header = {"alg": "ES256", "typ": "at+jwt", "kid": unchanged.former_key.thumbprint()}
    assert unchanged.whoami(signed(unchanged, unchanged.former_key, header=header)).status_code == 200


def test_a_change_of_partnership_reaches_a_live_token_within_a_second_and_gives_no_401(served: Served) -> None:
    token = served.token()
    assert served.whoami(token).json()["partnership"] == "IN_FORCE"
    suspend_partnership(served.store, PARTNER, "the memorandum is under dispute")
    assert eventually(1.0, lambda: served.whoami(token).json()["partnership"] == "SUSPENDED")
    set_partnership(served.store, PARTNER, PartnershipStatus.IN_FORCE, areas=["SOM"])
    assert eventually(1.0, lambda: served.whoami(token).json()["areas"] == ["SOM"])


def test_a_disabled_clients_live_token_is_refused_within_a_second(served: Served) -> None:
    token = served.token()
    assert served.whoami(token).status_code == 200
    disable_client(served.store, served.client_id)
    assert eventually(1.0, lambda: served.whoami(token).status_code == 401)


def test_a_scope_taken_from_a_client_is_taken_from_its_live_tokens(served: Served) -> None:
    token = served.token()

    def narrow(session: Session) -> None:
        client = session.get(Client, served.client_id)
        assert client is not None
        client.scopes = ["alerts:read"]

    served.store.write(narrow)
    assert eventually(1.0, lambda: served.whoami(token).json()["scopes"] == ["alerts:read"])


def test_a_lost_store_refuses_everyone_with_503_and_recovers(served: Served, tmp_path: Path) -> None:
    token = served.token()
    other = sqlite3.connect(tmp_path / "store.sqlite3", isolation_level=None)
    other.execute("ALTER TABLE epoch RENAME TO elsewhere")
    assert eventually(3.0, lambda: served.whoami(token).status_code == 503)
    refused = served.post("/oauth/token", {"grant_type": "client_credentials"})
    assert (refused.status_code, refused.json()) == (503, {"error": "temporarily_unavailable"})
    assert refused.headers["Cache-Control"] == "no-store"
    other.execute("ALTER TABLE elsewhere RENAME TO epoch")
    other.close()
    assert eventually(3.0, lambda: served.whoami(token).status_code == 200)
