"""The documents by which a client finds its way, and the keys."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from gateway.errors import BadInput, ConfigurationFault, KeyFault
from gateway.identity.clients import Secrets, disable_client, register_client
from gateway.identity.endpoints import Identity
from gateway.identity.keys import SigningKeys, new_signing_key, signing_key, to_pem
from gateway.identity.scopes import Scope
from gateway.partnership.watch import Watched
from policies.vocabulary import Purpose
from tests.identity.conftest import PARTNER, Served, serving
from tests.identity.test_persons import AnyPerson

WELL_KNOWN = ("oauth-authorization-server", "oauth-protected-resource", "jwks.json")


def test_the_authorization_servers_metadata_is_valid_and_its_addresses_answer(unchanged: Served) -> None:
    document = httpx.get(f"{unchanged.url}/.well-known/oauth-authorization-server").json()
    AuthorizationServerMetadata(document).validate_issuer()
    for name in ("validate_jwks_uri", "validate_scopes_supported", "validate_grant_types_supported"):
        getattr(AuthorizationServerMetadata(document), name)()
    assert document["issuer"] == unchanged.url
    for name in ("token_endpoint", "revocation_endpoint", "introspection_endpoint"):
        assert httpx.post(document[name]).status_code == 400
    assert httpx.get(document["jwks_uri"]).status_code == 200


WITHOUT_PERSONS: dict[str, Any] = {
    "grant_types_supported": ["client_credentials", "urn:ietf:params:oauth:grant-type:token-exchange"],
    "response_types_supported": [],
    "token_endpoint_auth_methods_supported": ["client_secret_basic", "private_key_jwt"],
    "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "private_key_jwt"],
    "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "private_key_jwt"],
    "token_endpoint_auth_signing_alg_values_supported": ["ES256", "PS256", "RS256", "EdDSA", "Ed25519"],
    "dpop_signing_alg_values_supported": ["ES256", "PS256", "RS256", "EdDSA", "Ed25519"],
}
WITH_PERSONS = WITHOUT_PERSONS | {
    "grant_types_supported": [*WITHOUT_PERSONS["grant_types_supported"], "authorization_code", "refresh_token"],
    "response_types_supported": ["code"],
    "response_modes_supported": ["query"],
    "code_challenge_methods_supported": ["S256"],
    "require_pushed_authorization_requests": True,
    "authorization_response_iss_parameter_supported": True,
    "token_endpoint_auth_methods_supported": ["client_secret_basic", "private_key_jwt", "none"],
    "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "private_key_jwt", "none"],
}


def test_the_metadata_tells_exactly_what_is_there(unchanged: Served, tmp_path: Path) -> None:
    def told(served: Served) -> dict[str, object]:
        return dict(httpx.get(f"{served.url}/.well-known/oauth-authorization-server").json())

    def is_there(address: object) -> bool:
        return httpx.get(str(address)).status_code != 404

    document = told(unchanged)
    assert {name: document[name] for name in WITHOUT_PERSONS} == WITHOUT_PERSONS
    assert not {"authorization_endpoint", "code_challenge_methods_supported"} & set(document)
    assert document["protected_resources"] == [unchanged.url]
    with serving(tmp_path, AnyPerson()) as served:
        whole = told(served)
        assert {name: whole[name] for name in WITH_PERSONS} == WITH_PERSONS
        addresses = {name for name in whole if name.endswith("_endpoint")}
        assert addresses - {name for name in document if name.endswith("_endpoint")} == {
            "authorization_endpoint",
            "pushed_authorization_request_endpoint",
        }
        assert [name for name in addresses if not is_there(whole[name])] == []


def test_every_scope_is_told(unchanged: Served) -> None:
    for name in WELL_KNOWN[:2]:
        document = httpx.get(f"{unchanged.url}/.well-known/{name}").json()
        assert set(document["scopes_supported"]) == {
            "information:read",
            "information:share",
            "alerts:read",
            "consent:decide",
            "ledger:read",
            "clients:manage",
        }


def test_the_published_keys_are_public_and_both_are_there(unchanged: Served) -> None:
    keys = httpx.get(f"{unchanged.url}/.well-known/jwks.json").json()["keys"]
    assert [key["kid"] for key in keys] == [unchanged.key.thumbprint(), unchanged.former_key.thumbprint()]
    for key in keys:
        assert set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
        assert (key["crv"], key["use"], key["alg"]) == ("P-256", "sig", "ES256")


def test_a_key_comes_back_from_its_pem_with_its_name() -> None:
    key = new_signing_key()
    assert signing_key(to_pem(key)).thumbprint() == key.thumbprint() == signing_key(to_pem(key)).kid


def pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"nonsense",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        pem(rsa.generate_private_key(65537, 2048)),
        pem(ec.generate_private_key(ec.SECP384R1())),
        ec.generate_private_key(ec.SECP256R1())
        .public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    ],
    ids=["empty", "nonsense", "damaged", "RSA", "P-384", "public"],
)
def test_any_other_key_is_refused_with_the_command_that_makes_one(content: bytes) -> None:
    with pytest.raises(KeyFault, match="openssl genpkey"):
        signing_key(content)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "gateway.example",
        "http://gateway.example",
        "https://gateway.example/slt",
        "https://gateway.example?tenant=1",
        "https://user@gateway.example",
        "ftp://gateway.example",
    ],
)
def test_a_url_that_can_be_no_issuer_is_refused(unchanged: Served, url: str) -> None:
    with pytest.raises(ConfigurationFault, match=r"gateway\.url"):
        Identity(url, SigningKeys(unchanged.key), unchanged.store, Watched(unchanged.store))


@pytest.mark.parametrize("url", ["https://gateway.example", "https://gateway.example:8443/", "http://[::1]:8700"])
def test_https_or_loopback_is_an_issuer_without_its_last_slash(unchanged: Served, url: str) -> None:
    assert Identity(url, SigningKeys(unchanged.key), unchanged.store, Watched(unchanged.store)).url == url.rstrip("/")


def test_a_client_needs_a_known_organization_and_a_scope(unchanged: Served) -> None:
    with pytest.raises(BadInput, match="add it first"):
        register_client(unchanged.store, "nobody", "", [Scope.ALERTS_READ], Purpose.OTHER)
    with pytest.raises(BadInput, match="at least one"):
        register_client(unchanged.store, PARTNER, "", [], Purpose.OTHER)
    with pytest.raises(BadInput, match="no known client"):
        disable_client(unchanged.store, "nobody")


def test_a_secret_matches_itself_and_nothing_matches_nobody() -> None:
    secrets = Secrets()
    stored = secrets.hash("a secret")
    assert secrets.matches("a secret", stored)
    assert not secrets.matches("another", stored)
    assert not secrets.matches("a secret", None)
    assert not secrets.matches("a secret", "no hash at all")
