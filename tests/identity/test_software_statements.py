"""Software statements (RFC 7591 section 2.3): proven to the last claim or refused, never left aside."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from secrets import token_urlsafe
from time import time
from typing import Any

import pytest
from joserfc import jws

from gateway.errors import ConfigurationFault
from gateway.identity.client_keys import read_keys
from gateway.identity.software_statements import configured_statements
from gateway.settings import parse
from gateway.store.tables import UsedAssertion
from tests.identity.conftest import Served, serving
from tests.identity.registering import invited, managed, register, registered, replacing
from tests.identity.signing import ANY, by_hand, new_key, public

ISSUER, ELSEWHERE = "https://software.example", "https://elsewhere.example"
KEY, OTHER = new_key(kid="publisher"), new_key(kid="elsewhere")


@pytest.fixture(scope="module")
def vouching(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    keys = {ISSUER: read_keys(public(KEY)), ELSEWHERE: read_keys(public(OTHER))}
    with serving(tmp_path_factory.mktemp("vouching"), statement_keys=keys) as served:
        yield served


def claims(served: Served, **changed: object) -> dict[str, Any]:
    now = int(time())
    good: dict[str, Any] = {
        "iss": ISSUER,
        "aud": f"{served.url}/oauth/register",
        "exp": now + 300,
        "iat": now,
        "jti": token_urlsafe(16),
        "software_id": "reporter",
        "client_name": "Reporter",
    }
    return {name: value for name, value in {**good, **changed}.items() if value is not None}


def statement(served: Served, header: dict[str, Any] | None = None, key: Any = KEY, **changed: object) -> str:
    whole = {"alg": "ES256", "kid": KEY.kid} if header is None else header
    return jws.serialize_compact(whole, json.dumps(claims(served, **changed)), key, ANY)


def test_what_a_statement_says_stands_in_front_of_what_the_client_says(vouching: Served) -> None:
    text = statement(vouching)
    told = registered(vouching, software_statement=text, client_name="Something else", scope="alerts:read")
    assert (told["client_name"], told["software_id"], told["scope"]) == ("Reporter", "reporter", "alerts:read")
    assert told["software_statement"] == text


WRONG: dict[str, Callable[[Served], str]] = {
    "no JWT": lambda s: "nonsense",
    "empty": lambda s: "",
    "alg none": lambda s: by_hand({"alg": "none"}, claims(s), lambda _: b""),
    "another's key": lambda s: statement(s, key=OTHER),
    "jwk brought along": lambda s: statement(s, {"alg": "ES256", "jwk": dict(OTHER.as_dict(private=False))}, OTHER),
    "own jwk brought along": lambda s: statement(s, {"alg": "ES256", "jwk": dict(KEY.as_dict(private=False))}),
    "another kid": lambda s: statement(s, {"alg": "ES256", "kid": "elsewhere"}),
    "no end": lambda s: statement(s, exp=None),
    "over": lambda s: statement(s, exp=int(time()) - 1),
    "lasts a week": lambda s: statement(s, exp=int(time()) + 7 * 86_400),
    "not yet": lambda s: statement(s, nbf=int(time()) + 60),
    "made a minute from now": lambda s: statement(s, iat=int(time()) + 60),
    "for another server": lambda s: statement(s, aud="https://elsewhere.example"),
    "for nobody": lambda s: statement(s, aud=None),
    "no jti": lambda s: statement(s, jti=None),
    "empty jti": lambda s: statement(s, jti=""),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_statement_that_is_not_good_refuses_the_registration(vouching: Served, name: str) -> None:
    token = invited(vouching)
    answer = register(vouching, token, software_statement=WRONG[name](vouching))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_software_statement")
    assert register(vouching, token).status_code == 201


def test_whoever_is_not_known_vouches_for_nothing(vouching: Served, unchanged: Served) -> None:
    for server, issuer in ((vouching, "https://stranger.example"), (unchanged, ISSUER)):
        answer = register(server, invited(server), software_statement=statement(server, iss=issuer))
        assert (answer.status_code, answer.json()["error"]) == (400, "unapproved_software_statement")


def test_a_statement_is_taken_once(vouching: Served) -> None:
    text = statement(vouching)
    registered(vouching, software_statement=text)
    answer = register(vouching, invited(vouching), software_statement=text)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_software_statement")
    with vouching.store.session() as session:
        assert session.get(UsedAssertion, (ISSUER, json.loads(by_text(text))["jti"])) is not None


def by_text(text: str) -> bytes:
    return bytes(jws.extract_compact(text.encode()).payload)


def test_a_statement_gives_no_more_than_the_agreement(vouching: Served) -> None:
    text = statement(vouching, scope="ledger:read alerts:read", organization=None)
    assert registered(vouching, software_statement=text)["scope"] == "alerts:read"
    for changed in ({"organization": "undss"}, {"purpose": "OTHER"}):
        answer = register(vouching, invited(vouching), software_statement=statement(vouching, **changed))
        assert answer.json()["error"] == "invalid_client_metadata"


def test_only_who_vouched_at_registration_vouches_for_a_change(vouching: Served) -> None:
    told = registered(vouching, software_statement=statement(vouching))
    document = {name: value for name, value in replacing(told).items() if name != "software_statement"}
    for text in (None, statement(vouching, iss=ELSEWHERE, key=OTHER, header={"alg": "ES256", "kid": OTHER.kid})):
        answer = managed(told, "PUT", {**document, "software_statement": text})
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_software_statement")
    renewed = statement(vouching, client_name="Reporter 2")
    answer = managed(told, "PUT", {**document, "software_statement": renewed})
    assert (answer.status_code, answer.json()["client_name"]) == (200, "Reporter 2")
    plain = registered(vouching)
    answer = managed(plain, "PUT", {**replacing(plain), "software_statement": statement(vouching)})
    assert answer.json()["error"] == "invalid_software_statement"


CONFIGURATION = """
[gateway]
url = "https://gateway.example"
[keys]
master = { env = "MASTER" }
token_signing = { env = "SIGNING" }
[[identity.statement_issuers]]
issuer = "https://software.example"
jwks = { file = "publisher.json" }
"""


def test_who_vouches_is_configured_with_public_keys(tmp_path: Path) -> None:
    environ = {"MASTER": "m" * 32, "SIGNING": "s"}
    file = tmp_path / "publisher.json"
    file.write_text(json.dumps(public(KEY)))
    keys = configured_statements(parse(CONFIGURATION, environ, tmp_path))
    assert [key.kid for key in keys[ISSUER]] == ["publisher"]
    for content in ("nonsense", json.dumps({"keys": [KEY.as_dict(private=True)]})):
        file.write_text(content)
        with pytest.raises(ConfigurationFault, match="statement_issuers"):
            configured_statements(parse(CONFIGURATION, environ, tmp_path))
