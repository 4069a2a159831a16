"""private_key_jwt (RFC 7523): who signs with a registered key, for us, now, and once, is the client."""

import hmac
import socket
from base64 import urlsafe_b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import time
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc.jwk import ECKey, Key
from sqlmodel import select

from gateway.errors import BadInput
from gateway.identity.clients import disable_client, register_key_client, replace_keys
from gateway.identity.endpoints import Identity
from gateway.identity.keys import SigningKeys
from gateway.identity.scopes import Scope
from gateway.partnership.watch import Watched
from gateway.store.tables import Client, UsedAssertion
from policies.vocabulary import Purpose
from tests.identity.conftest import LOOPBACK, PARTNER, Served, application, running
from tests.identity.signing import ask, assertion, by_hand, new_key, public, publishing

KEY, NEXT = ECKey.generate_key("P-256", {"kid": "first"}), new_key(kid="second")


def signing_client(served: Served, *keys: Key) -> str:
    return register_key_client(
        served.store,
        PARTNER,
        "signs",
        [Scope.INFORMATION_READ, Scope.ALERTS_READ],
        Purpose.SAFETY_AND_SECURITY,
        jwks=public(*(keys or (KEY,))),
    )


@pytest.mark.parametrize(
    ("kind", "algorithm"),
    [("EC", "ES256"), ("RSA", "RS256"), ("RSA", "PS256"), ("OKP", "EdDSA"), ("OKP", "Ed25519")],
)
def test_a_signature_gets_a_token_that_is_good(served: Served, kind: str, algorithm: str) -> None:
    key = new_key(kind)
    client = signing_client(served, key)
    signed = assertion(served, client, key, header={"alg": algorithm, "kid": key.kid, "typ": "JWT"})
    answer = ask(served, signed, scope="alerts:read")
    assert answer.status_code == 200, answer.text
    assert answer.json()["expires_in"] == 300
    told = served.whoami(answer.json()["access_token"]).json()
    assert (told["client"], told["scopes"]) == (client, ["alerts:read"])


@pytest.mark.parametrize("audience", ["", "/oauth/token"])
@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke", "/oauth/introspect"])
def test_issuer_and_token_endpoint_are_the_audience_at_every_address(served: Served, audience: str, path: str) -> None:
    client = signing_client(served)
    for value in (served.url + audience, [served.url + audience]):
        answer = ask(served, assertion(served, client, KEY, aud=value), path, token="nonsense")
        assert answer.status_code == 200, answer.text


def test_the_former_and_the_next_key_overlap_and_a_replaced_one_is_refused(served: Served) -> None:
    client = signing_client(served, KEY, NEXT)
    for key in (KEY, NEXT):
        assert ask(served, assertion(served, client, key)).status_code == 200
    assert ask(served, assertion(served, client, NEXT, header={"alg": "ES256"})).status_code == 200
    replace_keys(served.store, client, jwks=public(NEXT))
    assert ask(served, assertion(served, client, KEY)).status_code == 401
    assert ask(served, assertion(served, client, NEXT)).status_code == 200


def good_claims(served: Served, client: str) -> dict[str, Any]:
    return {"iss": client, "sub": client, "aud": served.url, "jti": "by hand", "exp": int(time()) + 60}


WRONG: dict[str, Callable[[Served, str], str]] = {
    "alg none": lambda s, c: by_hand({"alg": "none", "kid": KEY.kid}, good_claims(s, c), lambda _: b""),
    "public key as a shared secret": lambda s, c: by_hand(
        {"alg": "HS256", "kid": KEY.kid},
        good_claims(s, c),
        lambda content: hmac.digest(KEY.as_pem(private=False), content, "sha256"),
    ),
    "jwk brought along": lambda s, c: assertion(
        s, c, NEXT, header={"alg": "ES256", "kid": KEY.kid, "jwk": NEXT.as_dict(private=False)}
    ),
    "own jwk brought along": lambda s, c: assertion(
        s, c, KEY, header={"alg": "ES256", "kid": KEY.kid, "jwk": KEY.as_dict(private=False)}
    ),
    "address of keys brought along": lambda s, c: assertion(
        s, c, KEY, header={"alg": "ES256", "kid": KEY.kid, "jku": "https://keys.example/"}
    ),
    "another type": lambda s, c: assertion(s, c, KEY, header={"alg": "ES256", "kid": KEY.kid, "typ": "at+jwt"}),
    "another's key": lambda s, c: assertion(s, c, NEXT, header={"alg": "ES256", "kid": KEY.kid}),
    "another kid": lambda s, c: assertion(s, c, KEY, header={"alg": "ES256", "kid": "elsewhere"}),
    "another issuer": lambda s, c: assertion(s, c, KEY, iss="somebody"),
    "no subject": lambda s, c: assertion(s, c, KEY, sub=None),
    "another server": lambda s, c: assertion(s, c, KEY, aud="https://elsewhere.example"),
    "a path below us": lambda s, c: assertion(s, c, KEY, aud=f"{s.url}/oauth/token/"),
    "another endpoint": lambda s, c: assertion(s, c, KEY, aud=f"{s.url}/oauth/revoke"),
    "several audiences": lambda s, c: assertion(s, c, KEY, aud=[s.url, "https://elsewhere.example"]),
    "no audience": lambda s, c: assertion(s, c, KEY, aud=[]),
    "no jti": lambda s, c: assertion(s, c, KEY, jti=None),
    "empty jti": lambda s, c: assertion(s, c, KEY, jti=""),
    "huge jti": lambda s, c: assertion(s, c, KEY, jti="j" * 300),
    "no exp": lambda s, c: assertion(s, c, KEY, exp=None),
    "exp as text": lambda s, c: assertion(s, c, KEY, exp="tomorrow"),
    "over": lambda s, c: assertion(s, c, KEY, exp=int(time()) - 1),
    "lasts too long": lambda s, c: assertion(s, c, KEY, exp=int(time()) + 330),
    "clock a minute ahead": lambda s, c: assertion(s, c, KEY, iat=int(time()) + 60),
    "not yet": lambda s, c: assertion(s, c, KEY, nbf=int(time()) + 60),
    "unknown client": lambda s, c: assertion(s, "nobody", KEY),
    "client of another kind": lambda s, c: assertion(s, s.client_id, KEY),
    "nonsense": lambda s, c: "nonsense",
    "empty": lambda s, c: "",
}


def test_whatever_is_wrong_with_an_assertion_is_refused_and_looks_the_same(served: Served) -> None:
    client = signing_client(served)
    answers = {name: ask(served, make(served, client)) for name, make in WRONG.items()}
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(WRONG, 401)
    assert len({answer.text for answer in answers.values()}) == 1
    assert answers["empty"].json()["error"] == "invalid_client"
    with served.store.session() as session:
        assert session.exec(select(UsedAssertion)).all() == []


def test_a_clock_ten_seconds_ahead_is_accepted(served: Served) -> None:
    now = int(time())
    signed = assertion(served, signing_client(served), KEY, iat=now + 9, nbf=now + 9, exp=now + 309)
    assert ask(served, signed).status_code == 200


def test_an_assertion_is_taken_once_whichever_address_and_however_many_at_once(served: Served) -> None:
    client = signing_client(served)
    signed = assertion(served, client, KEY)
    with ThreadPoolExecutor(10) as pool:
        statuses = list(pool.map(lambda _: ask(served, signed).status_code, range(10)))
    assert sorted(statuses) == [200, *[401] * 9]
    assert ask(served, signed, "/oauth/introspect", token="nonsense").status_code == 401


def test_an_assertion_that_one_process_took_no_other_takes(served: Served) -> None:
    client = signing_client(served)
    watched = Watched(served.store)
    another = Identity(served.url, SigningKeys(served.key), served.store, watched)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        beside = served._replace(url=f"http://127.0.0.1:{listening.getsockname()[1]}")
        with running(application(another, watched), listening):
            signed = assertion(served, client, KEY)
            assert ask(served, signed).status_code == 200
            assert ask(beside, signed).status_code == 401
            assert ask(beside, assertion(served, client, KEY)).status_code == 200


def test_a_jti_is_each_clients_own_and_forgotten_once_it_is_too_old(served: Served) -> None:
    first, second = signing_client(served), signing_client(served)
    for client in (first, second):
        assert ask(served, assertion(served, client, KEY, jti="one")).status_code == 200
    with served.store.transaction() as session:
        session.add(UsedAssertion(signer=first, jti="long gone", expires=int(time()) - 100))
    assert ask(served, assertion(served, first, KEY)).status_code == 200
    with served.store.session() as session:
        assert "long gone" not in [row.jti for row in session.exec(select(UsedAssertion)).all()]


def test_type_client_and_credentials_have_to_fit_the_assertion(served: Served) -> None:
    client = signing_client(served)
    assert ask(served, assertion(served, client, KEY), client_id=client).status_code == 200
    for form in ({"client_id": served.client_id}, {"client_assertion_type": "urn:other"}):
        assert ask(served, assertion(served, client, KEY), **form).status_code == 401
    both = served.post(
        "/oauth/token",
        {"grant_type": "client_credentials", "client_assertion": assertion(served, client, KEY)},
    )
    assert (both.status_code, both.json()["error"]) == (400, "invalid_request")


def test_a_client_with_keys_has_no_secret_and_ends_like_any_other(served: Served) -> None:
    client = signing_client(served)
    assert served.post("/oauth/token", {"grant_type": "client_credentials"}, (client, "")).status_code == 401
    token = ask(served, assertion(served, client, KEY)).json()["access_token"]
    with served.store.session() as session:
        row = session.get(Client, client)
        assert row is not None
        assert row.last_used is not None
    disable_client(served.store, client)
    assert ask(served, assertion(served, client, KEY)).status_code == 401
    assert served.whoami(token).status_code == 401


WEAK = (
    urlsafe_b64encode(rsa.generate_private_key(65537, 1024).public_key().public_numbers().n.to_bytes(128, "big"))
    .decode()
    .rstrip("=")
)
UNFIT: dict[str, dict[str, Any]] = {
    "no set": {"kty": "EC"},
    "no keys": {"keys": []},
    "not objects": {"keys": ["a"]},
    "private": dict(KEY.as_dict(private=True)) | {"keys": [KEY.as_dict(private=True)]},
    "shared": {"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "a"}]},
    "weak RSA": {"keys": [{"kty": "RSA", "n": WEAK, "e": "AQAB", "kid": "weak"}]},
    "another curve": {"keys": [ECKey.generate_key("P-384", auto_kid=True).as_dict(private=False)]},
    "for encryption": {"keys": [{**KEY.as_dict(private=False), "use": "enc"}]},
    "for another algorithm": {"keys": [{**KEY.as_dict(private=False), "alg": "RS256"}]},
    "off the curve": {"keys": [{**KEY.as_dict(private=False), "x": "AAAA"}]},
    "two of one name": {"keys": [KEY.as_dict(private=False), {**NEXT.as_dict(private=False), "kid": "first"}]},
    "too many": {"keys": [{**KEY.as_dict(private=False), "kid": str(number)} for number in range(11)]},
}


@pytest.mark.parametrize("name", UNFIT)
def test_keys_that_can_not_be_a_clients_are_refused_at_registration(served: Served, name: str) -> None:
    client = signing_client(served)
    with pytest.raises(BadInput, match="jwks"):
        replace_keys(served.store, client, jwks=UNFIT[name])
    assert ask(served, assertion(served, client, KEY)).status_code == 200


@pytest.mark.parametrize(
    "url",
    [
        "http://keys.example/jwks.json",
        "http://127.0.0.1/jwks.json",
        "https://127.0.0.1/jwks.json",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/jwks.json",
        "https://[::1]/jwks.json",
        "https://[::ffff:127.0.0.1]/jwks.json",
        "https://keys.example@127.0.0.1/jwks.json",
        "https://keys.example/jwks.json#fragment",
        "file:///etc/passwd",
        "",
    ],
)
def test_an_address_of_keys_that_must_not_be_called_is_refused_at_registration(served: Served, url: str) -> None:
    with pytest.raises(BadInput, match="jwks_uri"):
        replace_keys(served.store, signing_client(served), jwks_uri=url)


def test_published_keys_are_fetched_kept_and_rotated(served: Served) -> None:
    with publishing() as publisher:
        publisher.document = public(KEY)
        client = signing_client(served)
        replace_keys(served.store, client, jwks_uri=f"{publisher.url}/jwks.json", networks=[LOOPBACK])
        served.token()  # so that the server has looked at its directory since
        assert [ask(served, assertion(served, client, KEY)).status_code for _ in range(3)] == [200] * 3
        assert publisher.asked == 1


def test_a_redirect_of_published_keys_is_not_followed(served: Served) -> None:
    with publishing() as publisher:
        publisher.document = public(KEY)
        client = signing_client(served)
        replace_keys(served.store, client, jwks_uri=f"{publisher.url}/moved", networks=[LOOPBACK])
        served.token()
        assert ask(served, assertion(served, client, KEY)).status_code == 401
        assert publisher.asked == 1
        # And the publisher is not asked again for as long as a failure is fresh.
        assert ask(served, assertion(served, client, KEY)).status_code == 401
        assert publisher.asked == 1


def test_a_name_that_leads_to_loopback_is_not_called(served: Served) -> None:
    with publishing() as publisher:
        publisher.document = public(KEY)
        client = signing_client(served)
        port = publisher.url.rpartition(":")[2]
        replace_keys(served.store, client, jwks_uri=f"https://localhost:{port}/jwks.json")
        served.token()
        assert ask(served, assertion(served, client, KEY)).status_code == 401
        assert publisher.asked == 0
