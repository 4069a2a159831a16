"""DPoP (RFC 9449): a bound token is of use to who holds its key only, and each proof once."""

import hmac
import socket
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import time
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey, Key
from sqlmodel import select

from gateway.identity.clients import register_client, register_key_client
from gateway.identity.endpoints import Identity
from gateway.identity.exchange import ACCESS_TOKEN
from gateway.identity.keys import SigningKeys
from gateway.identity.scopes import Scope
from gateway.partnership.watch import Watched
from gateway.store.tables import UsedAssertion
from policies.vocabulary import Purpose
from tests.identity.conftest import PARTNER, Served, application, running
from tests.identity.signing import ask, assertion, by_hand, new_key, proof, proof_header, public
from tests.identity.test_authentication import eventually
from tests.identity.test_exchange import World, with_platform

KEY, OTHER = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")
GRANT = {"grant_type": "client_credentials"}


def at_token(
    served: Served, written: str | list[str], form: dict[str, str] = GRANT, credentials: tuple[str, str] | None = None
) -> httpx.Response:
    fields = [("DPoP", item) for item in ([written] if isinstance(written, str) else written)]
    return httpx.post(f"{served.url}/oauth/token", data=form, auth=credentials or served.credentials, headers=fields)


def bound_token(served: Served, key: Key = KEY, credentials: tuple[str, str] | None = None) -> str:
    answer = at_token(served, proof(key, "POST", f"{served.url}/oauth/token"), credentials=credentials)
    assert answer.status_code == 200, answer.text
    assert answer.json()["token_type"] == "DPoP"
    return str(answer.json()["access_token"])


def at_whoami(served: Served, token: str, written: str | None, scheme: str = "DPoP") -> httpx.Response:
    headers = {"Authorization": f"{scheme} {token}", **({} if written is None else {"DPoP": written})}
    return httpx.get(f"{served.url}/whoami", headers=headers)


def fresh(served: Served, token: str, **changed: Any) -> str:
    return proof(KEY, "GET", f"{served.url}/whoami", token, **changed)


@pytest.mark.parametrize(
    ("kind", "algorithm"),
    [("EC", "ES256"), ("RSA", "PS256"), ("RSA", "RS256"), ("OKP", "EdDSA"), ("OKP", "Ed25519")],
)
def test_a_token_is_bound_to_the_key_of_the_proof_it_is_asked_with(
    unchanged: Served, kind: str, algorithm: str
) -> None:
    key = new_key(kind)
    header = proof_header(key, algorithm)
    asked = proof(key, "POST", f"{unchanged.url}/oauth/token", header=header)
    body = at_token(unchanged, asked).json()
    assert (body["token_type"], body["expires_in"]) == ("DPoP", 300)
    used = proof(key, "GET", f"{unchanged.url}/whoami", body["access_token"], header=header)
    answer = at_whoami(unchanged, body["access_token"], used)
    assert (answer.status_code, answer.json()["client"]) == (200, unchanged.client_id)
    told = unchanged.post("/oauth/introspect", {"token": body["access_token"]}).json()
    assert (told["token_type"], told["cnf"]) == ("DPoP", {"jkt": key.thumbprint()})


def test_a_bound_token_is_not_taken_as_bearer_and_no_other_as_bound(unchanged: Served) -> None:
    bound, plain = bound_token(unchanged), unchanged.token()
    for token, written, scheme in (
        (bound, None, "Bearer"),
        (bound, fresh(unchanged, bound), "Bearer"),
        (plain, fresh(unchanged, plain), "DPoP"),
    ):
        answer = at_whoami(unchanged, token, written, scheme)
        assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHENTICATED")
        challenge = answer.headers["WWW-Authenticate"]
        assert challenge.startswith(scheme)
        assert 'error="invalid_token"' in challenge
        assert 'algs="ES256 PS256 RS256 EdDSA Ed25519"' in challenge
    # Where no key is asked for, a proof beside is no harm.
    assert at_whoami(unchanged, plain, "nonsense", "Bearer").status_code == 200


def test_another_key_than_the_tokens_is_refused(unchanged: Served) -> None:
    token = bound_token(unchanged)
    answer = at_whoami(unchanged, token, proof(OTHER, "GET", f"{unchanged.url}/whoami", token))
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def by_shared_secret(url: str, method: str, token: str | None) -> str:
    claims = {"jti": "shared", "htm": method, "htu": url, "iat": int(time())}
    return by_hand(
        proof_header(KEY, "HS256"), claims, lambda content: hmac.digest(KEY.as_pem(private=False), content, "sha256")
    )


Make = Callable[[str, str, str | None], str]
WRONG: dict[str, Make] = {
    "no JWT": lambda url, method, token: "nonsense",
    "empty": lambda url, method, token: "",
    "huge": lambda url, method, token: "a" * 9_000,
    "alg none": lambda url, method, token: by_hand(
        proof_header(KEY, "none"), {"jti": "a", "htm": method, "htu": url, "iat": int(time())}, lambda _: b""
    ),
    "public key as a shared secret": by_shared_secret,
    "shared key in the header": lambda url, method, token: proof(
        KEY, method, url, token, header=proof_header(KEY, jwk={"kty": "oct", "k": "c2VjcmV0"})
    ),
    "private key in the header": lambda url, method, token: proof(
        KEY, method, url, token, header=proof_header(KEY, jwk=dict(KEY.as_dict(private=True)))
    ),
    "key of another kind": lambda url, method, token: proof(
        KEY, method, url, token, header=proof_header(KEY, jwk=dict(new_key("RSA").as_dict(private=False)))
    ),
    "signed by another key": lambda url, method, token: proof(OTHER, method, url, token, header=proof_header(KEY)),
    "no key": lambda url, method, token: proof(KEY, method, url, token, header={"typ": "dpop+jwt", "alg": "ES256"}),
    "address of keys": lambda url, method, token: proof(
        KEY, method, url, token, header=proof_header(KEY, jku="https://keys.example/")
    ),
    "another type": lambda url, method, token: proof(KEY, method, url, token, header=proof_header(KEY, typ="JWT")),
    "another method": lambda url, method, token: proof(KEY, "PUT", url, token),
    "method in small letters": lambda url, method, token: proof(KEY, method.lower(), url, token),
    "another address": lambda url, method, token: proof(KEY, method, url + "/", token),
    "another host": lambda url, method, token: proof(KEY, method, url.replace("127.0.0.1", "localhost"), token),
    "another scheme": lambda url, method, token: proof(KEY, method, url.replace("http:", "https:"), token),
    "no address": lambda url, method, token: proof(KEY, method, "nowhere", token),
    "a minute ahead": lambda url, method, token: proof(KEY, method, url, token, iat=int(time()) + 60),
    "over a minute old": lambda url, method, token: proof(KEY, method, url, token, iat=int(time()) - 61),
    "time as text": lambda url, method, token: proof(KEY, method, url, token, iat="now"),
    "no time": lambda url, method, token: proof(KEY, method, url, token, iat=None),
    "no method": lambda url, method, token: proof(KEY, method, url, token, htm=None),
    "no htu": lambda url, method, token: proof(KEY, method, url, token, htu=None),
    "no jti": lambda url, method, token: proof(KEY, method, url, token, jti=None),
    "empty jti": lambda url, method, token: proof(KEY, method, url, token, jti=""),
    "huge jti": lambda url, method, token: proof(KEY, method, url, token, jti="j" * 300),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_proof_that_is_not_good_is_refused_where_tokens_are_had_and_where_they_are_used(
    unchanged: Served, name: str
) -> None:
    asked = at_token(unchanged, WRONG[name](f"{unchanged.url}/oauth/token", "POST", None))
    assert (asked.status_code, asked.json()["error"]) == (400, "invalid_dpop_proof")
    token = bound_token(unchanged)
    used = at_whoami(unchanged, token, WRONG[name](f"{unchanged.url}/whoami", "GET", token))
    assert (used.status_code, used.json()["code"]) == (401, "UNAUTHENTICATED")
    challenge = used.headers["WWW-Authenticate"]
    assert challenge.startswith("DPoP ")
    assert 'error="invalid_dpop_proof"' in challenge


def test_where_a_token_is_used_the_proof_is_for_that_token(unchanged: Served) -> None:
    token, another = bound_token(unchanged), bound_token(unchanged)
    for written in (fresh(unchanged, another), fresh(unchanged, token, ath=None), fresh(unchanged, token, ath="")):
        answer = at_whoami(unchanged, token, written)
        assert answer.status_code == 401
        assert 'error="invalid_dpop_proof"' in answer.headers["WWW-Authenticate"]


def test_one_proof_a_request(unchanged: Served) -> None:
    url = f"{unchanged.url}/oauth/token"
    answer = at_token(unchanged, [proof(KEY, "POST", url), proof(KEY, "POST", url)])
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_dpop_proof")
    token = bound_token(unchanged)
    headers = [("Authorization", f"DPoP {token}"), ("DPoP", fresh(unchanged, token)), ("DPoP", fresh(unchanged, token))]
    assert httpx.get(f"{unchanged.url}/whoami", headers=headers).status_code == 401
    assert at_whoami(unchanged, token, None).status_code == 401


def test_a_clock_ten_seconds_ahead_is_accepted_and_so_is_a_proof_of_half_a_minute_ago(unchanged: Served) -> None:
    for moved in (9, -30):
        token = bound_token(unchanged)
        assert at_whoami(unchanged, token, fresh(unchanged, token, iat=int(time()) + moved)).status_code == 200


def test_the_address_is_compared_without_query_fragment_and_letters_case_of_the_host(unchanged: Served) -> None:
    token = bound_token(unchanged)
    url = f"{unchanged.url}/whoami"
    for written in (url + "?a=b", url + "#c", url.replace("http:", "HTTP:")):
        assert at_whoami(unchanged, token, fresh(unchanged, token, htu=written)).status_code == 200
    # What `Host` says is not who we are: behind a proxy it may be anything.
    headers = {"Authorization": f"DPoP {token}", "DPoP": fresh(unchanged, token), "Host": "inside.example"}
    assert httpx.get(url, headers=headers).status_code == 200
    aside = {**headers, "DPoP": fresh(unchanged, token, htu="http://inside.example/whoami")}
    assert httpx.get(url, headers=aside).status_code == 401


def test_a_proof_is_taken_once_however_many_come_at_once(unchanged: Served) -> None:
    token = bound_token(unchanged)
    used = fresh(unchanged, token)
    asked = proof(KEY, "POST", f"{unchanged.url}/oauth/token")
    with ThreadPoolExecutor(10) as pool:
        at_door = sorted(pool.map(lambda _: at_whoami(unchanged, token, used).status_code, range(10)))
        granted = sorted(pool.map(lambda _: at_token(unchanged, asked).status_code, range(10)))
    assert at_door == [200, *[401] * 9]
    assert granted == [200, *[400] * 9]
    again = at_whoami(unchanged, token, used)
    assert 'error="invalid_dpop_proof"' in again.headers["WWW-Authenticate"]
    assert at_token(unchanged, asked).json()["error"] == "invalid_dpop_proof"
    # Another key may use the same jti.
    other = proof(OTHER, "POST", f"{unchanged.url}/oauth/token", jti="one")
    mine = proof(KEY, "POST", f"{unchanged.url}/oauth/token", jti="one")
    assert [at_token(unchanged, item).status_code for item in (other, mine)] == [200, 200]


def test_a_proof_that_one_process_took_no_other_takes(served: Served) -> None:
    watched = Watched(served.store)
    another = Identity(served.url, SigningKeys(served.key), served.store, watched)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        beside = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with running(application(another, watched), listening):
            token = bound_token(served)
            used = fresh(served, token)
            assert at_whoami(served, token, used).status_code == 200
            headers = {"Authorization": f"DPoP {token}", "DPoP": used}
            assert httpx.get(f"{beside}/whoami", headers=headers).status_code == 401
            assert httpx.get(f"{beside}/whoami", headers={**headers, "DPoP": fresh(served, token)}).status_code == 200


def test_a_client_can_be_kept_to_bound_tokens(served: Served) -> None:
    kept = register_client(
        served.store, PARTNER, "bound", [Scope.ALERTS_READ], Purpose.SAFETY_AND_SECURITY, dpop_bound=True
    )
    answer = served.post("/oauth/token", GRANT, kept)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    token = bound_token(served, credentials=kept)
    assert at_whoami(served, token, fresh(served, token)).status_code == 200
    # It proves its key where it gets tokens and uses them; elsewhere it is a client like any other.
    assert served.post("/oauth/introspect", {"token": token}, kept).json()["active"] is True
    assert served.post("/oauth/revoke", {"token": token}, kept).status_code == 200
    assert at_whoami(served, token, fresh(served, token)).status_code == 401


def test_with_a_signature_and_a_proof_a_client_has_all_that_fapi_asks(served: Served) -> None:
    client = register_key_client(
        served.store,
        PARTNER,
        "signs",
        [Scope.ALERTS_READ],
        Purpose.SAFETY_AND_SECURITY,
        jwks=public(OTHER_NAMED),
        dpop_bound=True,
    )
    assert ask(served, assertion(served, client, OTHER_NAMED)).json()["error"] == "invalid_request"
    form = {
        **GRANT,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion(served, client, OTHER_NAMED),
    }
    url = f"{served.url}/oauth/token"
    answer = httpx.post(url, data=form, headers={"DPoP": proof(KEY, "POST", url)})
    assert answer.json()["token_type"] == "DPoP"


OTHER_NAMED = new_key(kid="named")


def test_who_is_no_client_leaves_nothing_in_the_store(served: Served) -> None:
    written = proof(KEY, "POST", f"{served.url}/oauth/token")
    assert at_token(served, written, credentials=(served.client_id, "wrong")).status_code == 401
    with served.store.session() as session:
        assert session.exec(select(UsedAssertion)).all() == []
    assert at_token(served, written).status_code == 200


def test_proofs_are_forgotten_once_they_are_too_old(served: Served) -> None:
    bound_token(served)
    with served.store.session() as session:
        (row,) = session.exec(select(UsedAssertion)).all()
    assert row.signer == KEY.thumbprint()
    assert 60 < row.expires - time() < 90
    served.clock.ahead = 100
    url = f"{served.url}/oauth/token"
    assert at_token(served, proof(KEY, "POST", url, iat=int(time()) + 100)).status_code == 200
    with served.store.session() as session:
        assert row.jti not in [kept.jti for kept in session.exec(select(UsedAssertion))]


def test_where_it_can_not_be_told_whether_a_proof_was_used_nobody_is_let_in(served: Served, tmp_path: Path) -> None:
    token = bound_token(served)
    other = sqlite3.connect(tmp_path / "store.sqlite3", isolation_level=None)
    other.execute("ALTER TABLE used_assertion RENAME TO elsewhere")
    assert at_whoami(served, token, fresh(served, token)).status_code == 503
    other.execute("ALTER TABLE elsewhere RENAME TO used_assertion")
    other.close()
    assert eventually(3.0, lambda: at_whoami(served, token, fresh(served, token)).status_code == 200)


def test_a_platform_binds_what_it_gets_for_a_member_and_can_not_take_over_what_is_bound(served: Served) -> None:
    world = World(served, with_platform(served))
    world.mandate()
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token": served.token(),
        "subject_token_type": ACCESS_TOKEN,
    }
    body = at_token(served, proof(KEY, "POST", f"{served.url}/oauth/token"), form, world.platform).json()
    assert body["token_type"] == "DPoP"
    told = at_whoami(served, body["access_token"], fresh(served, body["access_token"])).json()
    assert told["member"] == PARTNER
    answer = world.exchange(subject_token=bound_token(served), subject_token_type=ACCESS_TOKEN)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_both_documents_name_the_algorithms(unchanged: Served) -> None:
    algorithms = ["ES256", "PS256", "RS256", "EdDSA", "Ed25519"]
    for name in ("oauth-authorization-server", "oauth-protected-resource"):
        document = httpx.get(f"{unchanged.url}/.well-known/{name}").json()
        assert document["dpop_signing_alg_values_supported"] == algorithms
