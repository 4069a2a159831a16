"""Access tokens of trusted issuers: whose they are here, what they give, and every way to forge one."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import time
from typing import Any, NamedTuple

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import ValidationError

from gateway.identity.clients import disable_client, register_client
from gateway.identity.leaving import end_person, readmit_person
from gateway.identity.remote_keys import LIFE_SECONDS, PAUSE_SECONDS
from gateway.identity.scopes import Scope
from gateway.partnership.admission import end_partnership, set_partnership, suspend_partnership
from gateway.partnership.focal_points import Contact, name_focal_point
from gateway.settings import IssuerRole
from gateway.sharing.identifiers import Identifiers
from gateway.sharing.subject import Actor
from gateway.store.tables import FocalRole
from policies.vocabulary import Capacity, PartnershipStatus, Purpose
from tests.identity.conftest import PARTNER
from tests.identity.headquarters import (
    AUDIENCE,
    CLIENT,
    OTHER_PARTNER,
    Headquarters,
    Trusting,
    headquarters,
    trusting,
    trusting_gateway,
)
from tests.identity.signing import new_key, public
from tests.identity.test_authentication import eventually


class World(NamedTuple):
    """Two providers, one for PARTNER and one that says for whom, and the gateway that trusts both."""

    hq: Headquarters
    many: Headquarters
    gateway: Trusting

    def whoami(self, token: str) -> httpx.Response:
        return self.gateway.whoami(token)

    def told(self, token: str) -> dict[str, Any]:
        answer = self.whoami(token)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def refused(self, token: str) -> bool:
        answer = self.whoami(token)
        return answer.status_code == 401 and 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


@pytest.fixture(scope="module")
def providers() -> Iterator[tuple[Headquarters, Headquarters]]:
    with headquarters() as hq, headquarters() as many:
        yield hq, many


def world_of(folder: Path, hq: Headquarters, many: Headquarters) -> Iterator[World]:
    hq.reset()
    many.reset()
    by_claim = {
        "name": "federation",
        "organization": None,
        "organization_claim": "org",
        "organizations": {"PLAIN": PARTNER, "SALT": OTHER_PARTNER, "LOST": "nobody-knows"},
    }
    with trusting_gateway(folder, [trusting(hq.url), trusting(many.url, **by_claim)]) as gateway:
        yield World(hq, many, gateway)


@pytest.fixture(scope="module")
def unchanged_world(
    tmp_path_factory: pytest.TempPathFactory, providers: tuple[Headquarters, Headquarters]
) -> Iterator[World]:
    yield from world_of(tmp_path_factory.mktemp("trust"), *providers)


@pytest.fixture
def world(tmp_path: Path, providers: tuple[Headquarters, Headquarters]) -> Iterator[World]:
    yield from world_of(tmp_path, *providers)


def test_a_person_of_a_trusted_issuer_asks_for_the_organization(unchanged_world: World) -> None:
    told = unchanged_world.told(unchanged_world.hq.access_token())
    assert told["organization"] == PARTNER
    assert (told["person"], told["client"]) == ("hq:amina", "hq:desk")
    assert (told["partnership"], told["areas"]) == ("IN_FORCE", ["SSD"])
    assert (told["capacities"], told["scopes"]) == (["ANALYST"], ["alerts:read", "information:read"])
    assert told["purpose"] == "SAFETY_AND_SECURITY"


@pytest.mark.parametrize("type_", ["at+jwt", "application/at+jwt", "JWT", None])
def test_providers_own_ways_to_write_a_token_are_taken(unchanged_world: World, type_: str | None) -> None:
    header = {"alg": "ES256", "kid": "hq-1", **({} if type_ is None else {"typ": type_})}
    token = unchanged_world.hq.access_token(header, azp="desk", client_id=None, aud=[AUDIENCE], roles="slt-analyst")
    assert unchanged_world.told(token)["capacities"] == ["ANALYST"]


def test_a_role_gives_scopes_and_the_tokens_own_scope_narrows_them(unchanged_world: World) -> None:
    hq = unchanged_world.hq
    assert "clients:manage" in unchanged_world.told(hq.access_token(roles=["slt-it"]))["scopes"]
    narrowed = unchanged_world.told(hq.access_token(roles=["slt-it"], scope="openid alerts:read ledger:read"))
    assert narrowed["scopes"] == ["alerts:read"]
    assert unchanged_world.told(hq.access_token(scope="openid"))["scopes"] == []


def test_one_issuer_speaks_for_those_organizations_alone_that_are_mapped(unchanged_world: World) -> None:
    many = unchanged_world.many
    for said, organization in (("PLAIN", PARTNER), ("SALT", OTHER_PARTNER)):
        assert unchanged_world.told(many.access_token(org=said))["organization"] == organization
    for unsaid in (PARTNER, "undss", "LOST", ["PLAIN"], None, 5):
        assert unchanged_world.refused(many.access_token(org=unsaid))


def test_the_same_subject_of_two_issuers_is_two_persons(unchanged_world: World) -> None:
    first = unchanged_world.told(unchanged_world.hq.access_token())
    second = unchanged_world.told(unchanged_world.many.access_token(org="PLAIN"))
    assert (first["person"], second["person"]) == ("hq:amina", "federation:amina")


def test_a_capacity_needs_the_organization_to_be_on_record_with_it(world: World) -> None:
    # The issuer says co-chair; the organization has no such client, and no analyst at the other one.
    token = world.hq.access_token(roles=["slt-chair", "slt-analyst"])
    assert world.told(token)["capacities"] == ["ANALYST"]
    assert world.told(world.many.access_token(org="SALT"))["capacities"] == []
    chair, _ = register_client(
        world.gateway.store,
        PARTNER,
        "chair",
        [Scope.INFORMATION_READ],
        Purpose.SAFETY_AND_SECURITY,
        [Capacity.CO_CHAIR],
    )
    assert eventually(1, lambda: world.told(token)["capacities"] == ["ANALYST", "CO_CHAIR"])
    # With the client the organization's word for it ends.
    disable_client(world.gateway.store, chair)
    assert eventually(1, lambda: world.told(token)["capacities"] == ["ANALYST"])


def test_whom_the_directory_names_may_hold_the_capacity(
    tmp_path: Path, providers: tuple[Headquarters, Headquarters]
) -> None:
    hq = providers[0]
    hq.reset()
    roles = {"officer": IssuerRole(capacities=(Capacity.FOCAL_POINT,))}
    with trusting_gateway(tmp_path, [trusting(hq.url, roles=roles)]) as gateway:
        token = hq.access_token(roles=["officer"])
        assert gateway.whoami(token).json()["capacities"] == []
        contact = Contact(role=FocalRole.FOCAL_POINT, area=None, name="Amina", mail="a@p.example", telephone=None)
        by = Actor(organization=PARTNER, officer="somebody", at=datetime.now(UTC))
        name_focal_point(gateway.store, Identifiers(b"m" * 32), contact, by)
        assert eventually(1, lambda: gateway.whoami(token).json()["capacities"] == ["FOCAL_POINT"])


def part(content: Any) -> str:
    return urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def by_public_key(hq: Headquarters, secret: bytes) -> str:
    """Algorithm confusion: the public key, which everybody knows, as the secret of an HMAC."""
    content = f"{part({'alg': 'HS256', 'typ': 'at+jwt', 'kid': 'hq-1'})}.{part(hq.claims(aud=AUDIENCE, client_id='d'))}"
    signature = hmac.new(secret, content.encode(), hashlib.sha256).digest()
    return f"{content}.{urlsafe_b64encode(signature).decode().rstrip('=')}"


def pem(key: Any) -> bytes:
    return bytes(key.raw_value.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def own(hq: Headquarters, **header: Any) -> str:
    """Signed by an attacker's key, with `header` beside."""
    return hq.access_token({"alg": "ES256", "typ": "at+jwt", "kid": "hq-1", **header}, ATTACKER)


ATTACKER = new_key(kid="hq-1")
FORGED: dict[str, Callable[[World], str]] = {
    "alg none": lambda w: f"{part({'alg': 'none', 'typ': 'at+jwt'})}.{part(w.hq.claims(aud=AUDIENCE, client_id='d'))}.",
    "hmac with the public key": lambda w: by_public_key(w.hq, pem(w.hq.key)),
    "hmac with the public key as published": lambda w: by_public_key(
        w.hq, json.dumps(public(w.hq.key)["keys"][0]).encode()
    ),
    "another key under the name": lambda w: own(w.hq),
    "a key that comes along": lambda w: own(w.hq, jwk=public(ATTACKER)["keys"][0]),
    "an address of keys that comes along": lambda w: own(w.hq, jku=f"{w.many.url}/keys"),
    "a good signature and a key that comes along": lambda w: w.hq.access_token(
        {"alg": "ES256", "typ": "at+jwt", "kid": "hq-1", "jwk": public(w.hq.key)["keys"][0]}
    ),
    "an extension that must be understood": lambda w: (
        f"{part({'alg': 'ES256', 'kid': 'hq-1', 'crit': ['b64'], 'b64': False})}.{part(w.hq.claims(aud=AUDIENCE))}.a"
    ),
    "another algorithm than the key's": lambda w: ".".join(
        [part({"alg": "RS256", "typ": "at+jwt", "kid": "hq-1"}), *w.hq.access_token().split(".")[1:]]
    ),
    "of the other issuer's key": lambda w: w.hq.access_token(key=new_key(kid="hq-1"), iss=w.many.url, org="SALT"),
    "the one issuer in the name of the other": lambda w: w.hq.access_token(iss=w.many.url, org="SALT", sub="ben"),
    "another audience": lambda w: w.hq.access_token(aud="https://elsewhere.example"),
    "several audiences": lambda w: w.hq.access_token(aud=[AUDIENCE, "https://elsewhere.example"]),
    "no audience": lambda w: w.hq.access_token(aud=None),
    "an ID token": lambda w: w.hq.access_token({"alg": "ES256", "typ": "JWT", "kid": "hq-1"}, aud=CLIENT),
    "a logout token": lambda w: w.hq.access_token({"alg": "ES256", "typ": "logout+jwt", "kid": "hq-1"}),
    "an issuer nobody trusts": lambda w: w.hq.access_token(iss="https://elsewhere.example"),
    "the issuer with a slash": lambda w: w.hq.access_token(iss=f"{w.hq.url}/"),
    "expired": lambda w: w.hq.access_token(exp=int(time()) - 1),
    "issued a minute from now": lambda w: w.hq.access_token(iat=int(time()) + 60),
    "not before a minute from now": lambda w: w.hq.access_token(nbf=int(time()) + 60),
    "never expires": lambda w: w.hq.access_token(exp=None),
    "lasts a year": lambda w: w.hq.access_token(exp=int(time()) + 31_536_000),
    "not told when it was issued": lambda w: w.hq.access_token(iat=None),
    "no subject": lambda w: w.hq.access_token(sub=None),
    "an empty subject": lambda w: w.hq.access_token(sub=""),
    "a subject of two lines": lambda w: w.hq.access_token(sub="amina\nben"),
    "a subject without end": lambda w: w.hq.access_token(sub="a" * 256),
    "a program": lambda w: w.hq.access_token(sub="desk"),
    "a program of Entra's": lambda w: w.hq.access_token(idtyp="app"),
    "nobody knows which program": lambda w: w.hq.access_token(client_id=None),
    "bound to a key": lambda w: w.hq.access_token(cnf={"jkt": "a"}),
    "on behalf of somebody": lambda w: w.hq.access_token(act={"sub": "somebody"}),
    "signature left out": lambda w: w.hq.access_token().rpartition(".")[0] + ".",
    "claims changed after signing": lambda w: ".".join(
        [(pieces := w.hq.access_token().split("."))[0], part(w.hq.claims(aud=AUDIENCE, sub="ben")), pieces[2]]
    ),
    "headers nested beyond reason": lambda w: ".".join(
        [urlsafe_b64encode(b"[" * 2000).decode().rstrip("="), *w.hq.access_token().split(".")[1:]]
    ),
    "a list for a key's name": lambda w: (
        f"{part({'alg': 'ES256', 'kid': []})}.{part(w.hq.claims(aud=AUDIENCE, client_id='d'))}.a"
    ),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
def test_a_token_that_is_not_the_issuers_for_us_and_of_now_is_refused(
    unchanged_world: World, forge: Callable[[World], str]
) -> None:
    assert unchanged_world.refused(forge(unchanged_world))


def test_the_attackers_addresses_are_never_asked(unchanged_world: World) -> None:
    unchanged_world.told(unchanged_world.many.access_token(org="PLAIN"))
    before = unchanged_world.many.asked
    assert unchanged_world.refused(own(unchanged_world.hq, jku=f"{unchanged_world.many.url}/keys"))
    assert unchanged_world.many.asked == before


def test_a_good_token_under_another_scheme_is_refused(unchanged_world: World) -> None:
    headers = {"Authorization": f"DPoP {unchanged_world.hq.access_token()}", "DPoP": "a.b.c"}
    assert httpx.get(f"{unchanged_world.gateway.url}/whoami", headers=headers).status_code == 401


def test_our_key_can_not_speak_for_an_issuer_and_own_tokens_are_as_before(unchanged_world: World) -> None:
    served = unchanged_world.gateway.served
    header = {"alg": "ES256", "typ": "at+jwt", "kid": served.key.thumbprint()}
    assert unchanged_world.refused(unchanged_world.hq.access_token(header, served.key))
    assert unchanged_world.told(served.token())["client"] == served.client_id


@pytest.mark.parametrize("claim", ["iat", "nbf"])
def test_an_issuer_ten_seconds_ahead_is_accepted(unchanged_world: World, claim: str) -> None:
    ahead: dict[str, Any] = {claim: int(time()) + 9}
    assert unchanged_world.told(unchanged_world.hq.access_token(**ahead))


def test_a_token_is_over_at_its_end_however_often_it_was_good(world: World) -> None:
    token = world.hq.access_token()
    assert world.told(token)
    world.gateway.served.clock.ahead = 301
    assert world.refused(token)


def test_a_change_of_partnership_reaches_a_live_token_within_a_second_and_gives_no_401(world: World) -> None:
    token = world.hq.access_token()
    assert world.told(token)["partnership"] == "IN_FORCE"
    suspend_partnership(world.gateway.store, PARTNER, "the memorandum is under dispute")
    assert eventually(1, lambda: world.told(token)["partnership"] == "SUSPENDED")
    end_partnership(world.gateway.store, PARTNER, PartnershipStatus.WITHDRAWN, "it left")
    assert eventually(1, lambda: world.told(token)["partnership"] == "WITHDRAWN")
    set_partnership(world.gateway.store, PARTNER, PartnershipStatus.APPLICANT)
    assert eventually(1, lambda: world.told(token)["partnership"] == "APPLICANT")


def test_a_person_who_left_is_refused_within_a_second_whatever_the_issuer_says(world: World) -> None:
    by = Actor(organization=PARTNER, officer="hq:it", at=datetime.now(UTC))
    amina, ben = world.hq.access_token(), world.hq.access_token(sub="ben")
    assert world.told(amina)
    end_person(world.gateway.store, "hq:amina", OTHER_PARTNER, by)
    end_person(world.gateway.store, "hq:ben", PARTNER, by)
    assert eventually(1, lambda: world.refused(ben))
    assert world.refused(world.hq.access_token(sub="ben"))
    assert world.told(amina)["person"] == "hq:amina"
    assert readmit_person(world.gateway.store, "hq:ben", PARTNER, by)
    assert not readmit_person(world.gateway.store, "hq:ben", PARTNER, by)
    assert eventually(1, lambda: world.whoami(ben).status_code == 200)


def test_a_new_key_is_fetched_and_a_key_taken_back_is_no_longer_trusted(world: World) -> None:
    former = world.hq.access_token()
    assert world.told(former)
    world.hq.key = new_key(kid="hq-2")
    world.hq.published = public(world.hq.key)
    current = world.hq.access_token()
    assert world.refused(current)  # asked a moment ago
    world.gateway.later.ahead = PAUSE_SECONDS + 1
    assert world.told(current)
    assert world.refused(former)


def test_names_of_keys_that_nobody_has_do_not_make_us_ask_again_and_again(world: World) -> None:
    assert world.told(world.hq.access_token())
    before = world.hq.asked
    for number in range(20):
        assert world.refused(world.hq.access_token({"alg": "ES256", "typ": "at+jwt", "kid": f"x{number}"}))
    assert world.hq.asked == before
    world.gateway.later.ahead = PAUSE_SECONDS + 1
    for number in range(20):
        assert world.refused(world.hq.access_token({"alg": "ES256", "typ": "at+jwt", "kid": f"x{number}"}))
    assert world.hq.asked == before + 1


def test_an_outage_is_survived_with_the_keys_at_hand_and_not_beyond_their_life(world: World) -> None:
    assert world.told(world.hq.access_token())
    world.hq.down = True
    world.gateway.later.ahead = LIFE_SECONDS - 60
    assert world.told(world.hq.access_token())
    expired = world.hq.access_token(exp=int(time()) - 1)
    assert world.refused(expired)
    world.gateway.later.ahead = LIFE_SECONDS + 60
    assert world.refused(world.hq.access_token())
    world.hq.down = False
    world.gateway.later.ahead += PAUSE_SECONDS + 1
    assert world.told(world.hq.access_token())


def test_nothing_is_taken_from_an_issuer_whose_document_names_another(world: World) -> None:
    world.hq.discovery = {"issuer": world.many.url}
    assert world.refused(world.hq.access_token())


@pytest.mark.parametrize("where", ["http://169.254.169.254/keys", "https://10.0.0.1/keys", "file:///etc/passwd"])
def test_a_document_can_not_send_us_to_our_neighbours(world: World, where: str) -> None:
    world.hq.discovery = {"jwks_uri": where}
    assert world.refused(world.hq.access_token())


def test_an_issuer_on_a_network_that_is_not_listed_is_never_called(
    tmp_path: Path, providers: tuple[Headquarters, Headquarters]
) -> None:
    hq = providers[0]
    hq.reset()
    with trusting_gateway(tmp_path, [trusting(hq.url, networks=())]) as gateway:
        assert gateway.whoami(hq.access_token()).status_code == 401
    assert hq.asked == 0


def test_with_an_address_of_keys_no_document_is_needed(
    tmp_path: Path, providers: tuple[Headquarters, Headquarters]
) -> None:
    hq = providers[0]
    hq.reset()
    hq.discovery = {"issuer": "https://elsewhere.example"}
    with trusting_gateway(tmp_path, [trusting(hq.url, jwks_uri=f"{hq.url}/keys")]) as gateway:
        assert gateway.whoami(hq.access_token()).status_code == 200
    assert hq.asked == 1


def test_an_issuer_for_sign_in_alone_gives_no_access(
    tmp_path: Path, providers: tuple[Headquarters, Headquarters]
) -> None:
    hq = providers[0]
    hq.reset()
    with trusting_gateway(tmp_path, [trusting(hq.url, audience=None)]) as gateway:
        assert gateway.whoami(hq.access_token()).status_code == 401
        assert gateway.whoami(hq.access_token(aud=CLIENT)).status_code == 401


def test_the_signature_is_looked_at_each_time(world: World) -> None:
    token = world.hq.access_token()
    assert world.told(token)
    world.hq.published = public(new_key(kid="hq-3"))
    world.gateway.later.ahead = 301
    assert world.refused(token)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"audience": CLIENT}, "ID token"),
        ({"audience": None, "client_id": None}, "`audience` or `client_id`"),
        ({"organization": None}, "exactly one"),
        ({"organization_claim": "org"}, "exactly one"),
        ({"organizations": {"A": PARTNER}}, "go together"),
        ({"organization": None, "organization_claim": "org"}, "go together"),
        ({"issuer": "http://login.example"}, "https"),
        ({"issuer": "https://login.example?x=1"}, "https"),
        ({"issuer": "https://user@login.example"}, "https"),
        ({"name": "With Space"}, "pattern"),
        ({"scopes": ("everything",)}, "information:read"),
        ({"roles": {"x": {"capacities": ["PLATFORM"]}}}, "never a person's"),
        ({"roles": {"x": {"capacities": ["KING"]}}}, "SECRETARIAT"),
    ],
)
def test_a_configuration_that_can_not_be_meant_is_refused(changed: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        trusting(**{"issuer": "https://login.example/tenant", **changed})


def test_the_scopes_of_the_configuration_are_those_there_are() -> None:
    every = tuple(scope.value for scope in Scope)
    assert trusting("https://login.example", scopes=every).scopes == every
