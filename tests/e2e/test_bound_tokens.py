"""A token that is bound to a key (DPoP, RFC 9449) at /graphql: of use with that key only, a proof a request."""

from __future__ import annotations

import httpx
from joserfc.jwk import ECKey

from tests.conftest import Gateway
from tests.identity.signing import proof

KEY = ECKey.generate_key("P-256")
QUERY = {"query": "{ viewer { organization } }"}


def bound_token(gateway: Gateway) -> str:
    client, url = gateway.client("dss-analyst"), f"{gateway.url}/oauth/token"
    granted = gateway.http.post(
        url,
        data={"grant_type": "client_credentials"},
        auth=(client.client_id, client.client_secret),
        headers={"DPoP": proof(KEY, "POST", url)},
    )
    assert granted.json()["token_type"] == "DPoP"
    return str(granted.json()["access_token"])


def asked(gateway: Gateway, token: str, written: str, scheme: str = "DPoP") -> httpx.Response:
    headers = {"Authorization": f"{scheme} {token}", "DPoP": written}
    return gateway.http.post(gateway.graphql, json=QUERY, headers=headers)


def test_a_bound_token_asks_with_a_proof_for_each_request(gateway: Gateway) -> None:
    token = bound_token(gateway)
    organization = gateway.client("dss-analyst").organization
    for _ in range(2):
        answer = asked(gateway, token, proof(KEY, "POST", gateway.graphql, token))
        assert answer.json()["data"] == {"viewer": {"organization": organization}}
    written = proof(KEY, "GET", gateway.graphql, token)
    by_get = gateway.http.get(
        gateway.graphql, params=QUERY, headers={"Authorization": f"DPoP {token}", "DPoP": written}
    )
    assert by_get.json() == answer.json()


def test_what_was_stolen_on_its_way_is_of_no_use(gateway: Gateway) -> None:
    token = bound_token(gateway)
    used = proof(KEY, "POST", gateway.graphql, token)
    assert asked(gateway, token, used).status_code == 200
    thief = ECKey.generate_key("P-256")
    answers = {
        "the same request again": asked(gateway, token, used),
        "the token alone": gateway.http.post(gateway.graphql, json=QUERY, headers={"Authorization": f"Bearer {token}"}),
        "the token as Bearer": asked(gateway, token, proof(KEY, "POST", gateway.graphql, token), "Bearer"),
        "another key": asked(gateway, token, proof(thief, "POST", gateway.graphql, token)),
        "the proof of another method": asked(gateway, token, proof(KEY, "GET", gateway.graphql, token)),
        "the proof of another address": asked(gateway, token, proof(KEY, "POST", f"{gateway.url}/oauth/token", token)),
    }
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 401)
    for answer in answers.values():
        assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert 'algs="ES256 PS256 RS256 EdDSA Ed25519"' in answer.headers["WWW-Authenticate"]
