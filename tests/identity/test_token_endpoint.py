"""/oauth/token: who gets which token, and how everyone else is refused."""

import logging
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import time

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from gateway.identity.clients import disable_client, register_client
from gateway.identity.scopes import Scope
from gateway.partnership.admission import add_organization, suspend_partnership
from policies.vocabulary import OrganizationCategory, Purpose
from tests.identity.conftest import PARTNER, Served

GRANT = {"grant_type": "client_credentials"}


def test_a_token_says_what_rfc_9068_asks_and_lives_five_minutes(unchanged: Served) -> None:
    answer = unchanged.post("/oauth/token", GRANT)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Type"] == "application/json"
    body = answer.json()
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 300)
    assert body["scope"] == "alerts:read information:read"
    assert "refresh_token" not in body
    published = KeySet.import_key_set(httpx.get(f"{unchanged.url}/.well-known/jwks.json").json())
    token = jwt.decode(body["access_token"], published, ["ES256"])
    assert token.header == {"alg": "ES256", "typ": "at+jwt", "kid": unchanged.key.thumbprint()}
    claims = token.claims
    assert (claims["iss"], claims["aud"]) == (unchanged.url, unchanged.url)
    assert (claims["sub"], claims["client_id"]) == (unchanged.client_id, unchanged.client_id)
    assert (claims["organization"], claims["purpose"]) == (PARTNER, "SAFETY_AND_SECURITY")
    assert claims["scope"] == "alerts:read information:read"
    assert claims["exp"] == claims["iat"] + 300
    assert abs(claims["iat"] - time()) < 5
    assert len(claims["jti"]) >= 16


def test_two_tokens_are_never_one(unchanged: Served) -> None:
    assert unchanged.token() != unchanged.token()


def test_a_token_has_the_scopes_that_were_asked_for(unchanged: Served) -> None:
    assert unchanged.whoami(unchanged.token(scope="alerts:read")).json()["scopes"] == ["alerts:read"]
    assert unchanged.whoami(unchanged.token()).json()["scopes"] == ["alerts:read", "information:read"]


@pytest.mark.parametrize("scope", ["ledger:read", "alerts:read ledger:read", "everything", "alerts:read\tledger:read"])
def test_a_scope_beyond_the_clients_is_refused_and_not_left_out(unchanged: Served, scope: str) -> None:
    answer = unchanged.post("/oauth/token", {**GRANT, "scope": scope})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


def test_whatever_is_wrong_with_a_client_looks_the_same(served: Served) -> None:
    disabled = register_client(served.store, PARTNER, "old", [Scope.ALERTS_READ], Purpose.OTHER)
    disable_client(served.store, disabled[0])
    wrong = [
        (served.client_id, "wrong"),
        (served.client_id, ""),
        ("nobody", served.secret),
        ("", ""),
        (served.client_id + "\0", served.secret),
        disabled,
    ]
    answers = [served.post("/oauth/token", GRANT, credentials) for credentials in wrong]
    malformed = ["Basic", "Basic !", "Basic " + b64encode(b"\xff:\xff").decode(), "Basic " + b64encode(b"x").decode()]
    answers += [
        httpx.post(f"{served.url}/oauth/token", data=GRANT, headers={"Authorization": header})
        for header in [*malformed, f"Bearer {served.secret}"]
    ]
    answers.append(httpx.post(f"{served.url}/oauth/token", data=GRANT))
    assert {answer.status_code for answer in answers} == {401}
    assert {answer.headers["WWW-Authenticate"] for answer in answers} == {'Basic realm="slt-gateway", charset="UTF-8"'}
    assert len({answer.text for answer in answers}) == 1
    assert answers[0].json()["error"] == "invalid_client"
    assert answers[0].headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("", "invalid_request"),
        ("grant_type=", "invalid_request"),
        ("grant_type=password&username=a&password=b", "unsupported_grant_type"),
        ("grant_type=authorization_code&code=a", "unsupported_grant_type"),
        ('grant_type="\\', "unsupported_grant_type"),
        ("grant_type=client_credentials&grant_type=client_credentials", "invalid_request"),
        ("grant_type=client_credentials&scope=alerts:read&scope=ledger:read", "invalid_request"),
        ("grant_type=client_credentials&client_id=a&client_secret=b", "invalid_request"),
        ("grant_type=client_credentials&client_assertion=a", "invalid_request"),
        (b"grant_type=\xff", "invalid_request"),
        ("grant_type=%ff", "invalid_request"),
        ("&".join(f"a{number}=" for number in range(21)), "invalid_request"),
        ("grant_type=client_credentials&scope=" + "a" * 20_000, "invalid_request"),
    ],
)
def test_a_form_that_can_not_be_served_is_refused_by_name(unchanged: Served, body: str | bytes, error: str) -> None:
    answer = httpx.post(
        f"{unchanged.url}/oauth/token",
        content=body,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        auth=unchanged.credentials,
    )
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    # RFC 6749 section 5.2: no quotation mark, no backslash.
    assert set('"\\').isdisjoint(answer.json()["error_description"])
    assert answer.headers["Cache-Control"] == "no-store"


def test_parameters_in_the_address_or_in_json_are_not_read(unchanged: Served) -> None:
    url = f"{unchanged.url}/oauth/token"
    in_address = httpx.post(
        url + "?grant_type=client_credentials",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        auth=unchanged.credentials,
    )
    in_json = httpx.post(url, json=GRANT, auth=unchanged.credentials)
    for answer in (in_address, in_json):
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert httpx.get(url, auth=unchanged.credentials).status_code == 405


def test_an_applicants_and_a_suspended_partners_client_get_tokens_that_say_so(served: Served) -> None:
    add_organization(served.store, "hillside-aid", "Hillside Aid", OrganizationCategory.INGO)
    applicant = register_client(served.store, "hillside-aid", "office", [Scope.ALERTS_READ], Purpose.REPORTING)
    suspend_partnership(served.store, PARTNER, "the memorandum is under dispute")
    for credentials, standing in ((applicant, "APPLICANT"), (served.credentials, "SUSPENDED")):
        answer = served.whoami(served.token(credentials))
        assert (answer.status_code, answer.json()["partnership"]) == (200, standing)


def test_secrets_are_kept_as_hashes_and_neither_they_nor_tokens_are_logged(
    served: Served, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        token = served.token()
        served.post("/oauth/revoke", {"token": token})
    assert served.secret not in caplog.text
    assert token not in caplog.text
    kept = b"".join(file.read_bytes() for file in tmp_path.glob("store.sqlite3*"))
    assert b"$argon2id$" in kept
    assert served.secret.encode() not in kept
    assert token.encode() not in kept


def test_many_ask_at_once_and_each_gets_its_own_token(unchanged: Served) -> None:
    with ThreadPoolExecutor(10) as pool:
        tokens = list(pool.map(lambda _: unchanged.token(), range(20)))
    assert len(set(tokens)) == 20
