"""/oauth/revoke and /oauth/introspect: a client and its own tokens."""

from time import time

import pytest
from sqlmodel import Session, select

from gateway.identity.clients import register_client
from gateway.identity.scopes import Scope
from gateway.store.tables import RevokedToken
from policies.vocabulary import Purpose
from tests.identity.conftest import PARTNER, Served


@pytest.fixture
def other_client(served: Served) -> tuple[str, str]:
    return register_client(served.store, PARTNER, "other", [Scope.ALERTS_READ], Purpose.SAFETY_AND_SECURITY)


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "nonsense", None])
def test_a_revoked_token_is_refused_at_once_and_no_other_is(served: Served, hint: str | None) -> None:
    revoked, kept = served.token(), served.token()
    assert served.whoami(revoked).status_code == 200
    form = {"token": revoked} | ({} if hint is None else {"token_type_hint": hint})
    answer = served.post("/oauth/revoke", form)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    refusal = served.whoami(revoked)
    assert refusal.status_code == 401
    assert 'error="invalid_token"' in refusal.headers["WWW-Authenticate"]
    assert served.whoami(kept).status_code == 200


def test_revoking_twice_or_what_is_no_token_is_a_success(unchanged: Served) -> None:
    token = unchanged.token()
    for presented in (token, token, "nonsense", "a.b.c"):
        assert unchanged.post("/oauth/revoke", {"token": presented}).status_code == 200


def test_another_clients_token_can_not_be_revoked(served: Served, other_client: tuple[str, str]) -> None:
    token = served.token()
    answer = served.post("/oauth/revoke", {"token": token}, other_client)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert served.whoami(token).status_code == 200


@pytest.mark.parametrize("path", ["/oauth/revoke", "/oauth/introspect"])
def test_both_ask_for_the_clients_secret_and_a_token(unchanged: Served, path: str) -> None:
    token = unchanged.token()
    wrong = unchanged.post(path, {"token": token}, (unchanged.client_id, "wrong"))
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    missing = unchanged.post(path, {})
    assert (missing.status_code, missing.json()["error"]) == (400, "invalid_request")
    assert unchanged.whoami(token).status_code == 200


def test_revoked_tokens_are_forgotten_once_they_would_have_expired(served: Served) -> None:
    def remember(session: Session) -> None:
        session.add(RevokedToken(jti="long gone", expires=int(time()) - 1))

    served.store.write(remember)
    served.post("/oauth/revoke", {"token": served.token()})
    with served.store.session() as session:
        kept = session.exec(select(RevokedToken)).all()
    assert [token.jti != "long gone" for token in kept] == [True]
    assert abs(kept[0].expires - time() - 300) < 5


def test_a_client_may_ask_about_its_own_token(unchanged: Served) -> None:
    body = unchanged.post("/oauth/introspect", {"token": unchanged.token(scope="alerts:read")}).json()
    assert body["active"] is True
    assert (body["client_id"], body["scope"], body["organization"]) == (unchanged.client_id, "alerts:read", PARTNER)
    assert body["exp"] - body["iat"] == 300


def test_any_other_token_is_inactive_and_nothing_more_is_told(served: Served, other_client: tuple[str, str]) -> None:
    revoked = served.token()
    served.post("/oauth/revoke", {"token": revoked})
    for presented, credentials in (
        (served.token(), other_client),
        (revoked, served.credentials),
        ("nonsense", served.credentials),
    ):
        answer = served.post("/oauth/introspect", {"token": presented}, credentials)
        assert (answer.status_code, answer.json()) == (200, {"active": False})
