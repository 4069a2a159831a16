"""Dynamic registration (RFC 7591): who may, and what an organization's agreement makes of what is asked for."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import time
from typing import Any

import httpx
import pytest
from sqlmodel import select, update

from gateway.errors import BadInput
from gateway.identity.client_history import history
from gateway.identity.clients import register_test_client
from gateway.identity.invitations import invitations, invite
from gateway.identity.scopes import Scope
from gateway.partnership.admission import add_organization, set_partnership, suspend_partnership
from gateway.store.tables import Client, ClientRegistration, ClientSecret, InitialAccessToken
from policies.vocabulary import Capacity, OrganizationCategory, PartnershipStatus, Purpose
from tests.identity.conftest import PARTNER, Served, serving
from tests.identity.registering import READ, invited, manager, named, register, registered
from tests.identity.signing import ask, assertion, new_key, proof, public, publishing
from tests.identity.test_exchange import World, with_platform
from tests.identity.test_persons import AnyPerson

BACK = "https://desk.example/back"


@pytest.fixture(scope="module")
def served(unchanged: Served) -> Served:
    """One server for all tests that change no organization."""
    return unchanged


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Served]:
    """A server for one that does."""
    with serving(tmp_path) as server:
        yield server


@pytest.fixture(scope="module")
def for_persons(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("persons"), AnyPerson()) as served:
        yield served


def refused(answer: httpx.Response) -> tuple[int, str]:
    assert set('"\\').isdisjoint(answer.json().get("error_description", ""))
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.status_code, answer.json()["error"]


def test_an_invited_organization_registers_a_client_and_uses_it(served: Served) -> None:
    answer = register(served, invited(served), client_name="reporting", scope="alerts:read")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (201, "no-store")
    told = answer.json()
    assert told["registration_client_uri"] == f"{served.url}/oauth/register/{told['client_id']}"
    assert abs(told["client_id_issued_at"] - time()) < 30
    assert {
        name: told[name]
        for name in (
            "client_name",
            "token_endpoint_auth_method",
            "grant_types",
            "response_types",
            "redirect_uris",
            "scope",
            "organization",
            "purpose",
            "dpop_bound_access_tokens",
        )
    } == {
        "client_name": "reporting",
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["client_credentials"],
        "response_types": [],
        "redirect_uris": [],
        "scope": "alerts:read",
        "organization": PARTNER,
        "purpose": "SAFETY_AND_SECURITY",
        "dpop_bound_access_tokens": False,
    }
    who = served.whoami(served.token((told["client_id"], told["client_secret"]))).json()
    assert (who["organization"], who["scopes"], who["capacities"]) == (PARTNER, ["alerts:read"], [])


def test_a_token_that_may_manage_clients_registers_one_of_its_own_organization(served: Served) -> None:
    token = served.token(manager(served))
    told = registered(served, token, scope="information:read ledger:read")
    assert (told["organization"], told["scope"]) == (PARTNER, "information:read ledger:read")
    # As often as is needed: it is no invitation.
    assert registered(served, token)["client_id"] != told["client_id"]


def test_a_bound_token_registers_with_its_proof_only(served: Served) -> None:
    key, url, credentials = new_key(), f"{served.url}/oauth/register", manager(served)
    at = f"{served.url}/oauth/token"
    form = {"grant_type": "client_credentials"}
    token = httpx.post(at, data=form, auth=credentials, headers={"DPoP": proof(key, "POST", at)}).json()["access_token"]
    headers = {"Authorization": f"DPoP {token}", "DPoP": proof(key, "POST", url, token)}
    assert httpx.post(url, json={}, headers=headers).status_code == 201
    assert httpx.post(url, json={}, headers=headers).status_code == 401
    assert register(served, token).status_code == 401


def test_nobody_else_registers_anything(served: Served) -> None:
    world = World(served, with_platform(served))
    world.mandate()
    tested = register_test_client(served.store, PARTNER, "test")
    spent = invited(served)
    registered(served, spent)
    over = invited(served)
    with served.store.transaction() as session:
        session.exec(update(InitialAccessToken).values(expires=datetime.now(UTC) - timedelta(seconds=1)))
    strangers = [None, "nonsense", "a.b", "a.b.c", spent, over, over.partition(".")[0] + ".x"]
    answers = [register(served, token) for token in strangers]
    assert {refused(answer) for answer in answers} == {(401, "invalid_token")}
    assert not [answer for answer in answers if 'error="invalid_token"' not in answer.headers["WWW-Authenticate"]][1:]
    known = [served.token(), world.exchanged(), served.token(tested)]
    answers = [register(served, token) for token in known]
    assert {refused(answer) for answer in answers} == {(403, "insufficient_scope")}


def test_an_invitation_is_good_for_one_client_however_many_come_at_once(served: Served) -> None:
    token = invited(served)
    with ThreadPoolExecutor(5) as pool:
        statuses = sorted(pool.map(lambda _: register(served, token).status_code, range(5)))
    assert statuses == [201, 401, 401, 401, 401]


def test_what_fails_does_not_spend_the_invitation(served: Served) -> None:
    token = invited(served)
    assert register(served, token, scope="everything").status_code == 400
    assert register(served, token).status_code == 201


def test_scopes_beyond_the_invitation_and_the_agreement_are_left_out_and_the_answer_says_so(served: Served) -> None:
    told = registered(served, scope="alerts:read ledger:read clients:manage")
    assert told["scope"] == "alerts:read"
    assert refused(register(served, invited(served), scope="ledger:read")) == (400, "invalid_client_metadata")
    assert refused(register(served, invited(served), scope="everything")) == (400, "invalid_client_metadata")


@pytest.mark.parametrize("status", [PartnershipStatus.APPLICANT, PartnershipStatus.SUSPENDED])
def test_whoever_is_not_in_force_registers_what_its_status_allows(alone: Served, status: PartnershipStatus) -> None:
    credentials = manager(alone, PARTNER, *Scope)
    if status is PartnershipStatus.SUSPENDED:
        suspend_partnership(alone.store, PARTNER, "under dispute")
    else:
        set_partnership(alone.store, PARTNER, status)
    # At once: the standing is read anew before a client is registered.
    for token in (invited(alone, scopes=tuple(Scope)), alone.token(credentials)):
        told = registered(alone, token, scope=" ".join(Scope))
        assert set(told["scope"].split()) == {"information:read", "alerts:read", "ledger:read", "clients:manage"}
        assert alone.whoami(alone.token((told["client_id"], told["client_secret"]))).json()["partnership"] == (
            status.value
        )


def test_an_organization_that_has_left_registers_nothing(alone: Served) -> None:
    credentials = manager(alone)
    set_partnership(alone.store, PARTNER, PartnershipStatus.WITHDRAWN)
    for token in (invited(alone), alone.token(credentials)):
        assert refused(register(alone, token)) == (403, "access_denied")


@pytest.mark.parametrize(
    "metadata",
    [
        {"organization": "undss"},
        {"purpose": "REPORTING"},
        {"purpose": "CURIOSITY"},
        {"scope": "everything"},
        {"scope": ""},
        {"scope": 1},
        {"client_name": ["a"]},
        {"client_name": "a\nb"},
        {"client_name": "n" * 300},
        {"contacts": ["c"] * 11},
        {"contacts": "c"},
        {"country": "Ruritania"},
        {"token_endpoint_auth_method": "client_secret_post"},
        {"token_endpoint_auth_method": "none"},
        {"token_endpoint_auth_method": "tls_client_auth"},
        {"grant_types": []},
        {"grant_types": ["implicit"]},
        {"grant_types": ["password"]},
        {"grant_types": ["client_credentials", "implicit"]},
        {"grant_types": ["authorization_code"], "redirect_uris": [BACK]},
        {"grant_types": ["urn:ietf:params:oauth:grant-type:token-exchange"]},
        {"response_types": ["token"]},
        {"response_types": ["code"]},
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": []}},
        {
            "token_endpoint_auth_method": "private_key_jwt",
            "jwks": public(new_key()),
            "jwks_uri": "https://keys.example/jwks.json",
        },
        {"jwks": public(new_key())},
        {"jwks_uri": "https://keys.example/jwks.json"},
        {"dpop_bound_access_tokens": "yes"},
    ],
    ids=named,
)
def test_what_can_not_be_is_refused_by_name(unchanged: Served, metadata: dict[str, Any]) -> None:
    answer = register(unchanged, invited(unchanged), **metadata)
    assert refused(answer) == (400, "invalid_client_metadata")


@pytest.mark.parametrize(
    "url",
    [
        "http://desk.example/back",
        "https://client@attacker.example/",
        "https://client:secret@attacker.example/",
        "https://desk.example/*",
        "https://desk.example/#fragment",
        "https://desk.example/#",
        "http://localhost/back",
        "javascript:alert(1)",
        "desk:/back",
        "",
    ],
)
def test_a_redirect_uri_that_persons_must_not_be_sent_to_is_refused(for_persons: Served, url: str) -> None:
    answer = register(for_persons, invited(for_persons), redirect_uris=[BACK, url])
    assert refused(answer) == (400, "invalid_redirect_uri")


def test_a_client_for_persons_has_addresses_and_one_on_their_devices_has_no_secret(for_persons: Served) -> None:
    told = registered(for_persons, redirect_uris=[BACK])
    assert (told["grant_types"], told["response_types"]) == (["authorization_code", "refresh_token"], ["code"])
    device = registered(for_persons, redirect_uris=["http://127.0.0.1:51004/back"], token_endpoint_auth_method="none")
    assert "client_secret" not in device
    for metadata in (
        {"token_endpoint_auth_method": "none"},
        {"grant_types": ["authorization_code"]},
        {"grant_types": ["client_credentials"], "redirect_uris": [BACK]},
        {"redirect_uris": [f"{BACK}/{number}" for number in range(11)]},
    ):
        assert register(for_persons, invited(for_persons), **metadata).status_code == 400
    answer = register(
        for_persons,
        invited(for_persons),
        token_endpoint_auth_method="none",
        grant_types=["authorization_code", "client_credentials"],
        redirect_uris=[BACK],
    )
    assert refused(answer) == (400, "invalid_client_metadata")


def test_a_client_is_kept_to_the_grants_it_registered(for_persons: Served) -> None:
    told = registered(for_persons, redirect_uris=[BACK])
    answer = for_persons.post(
        "/oauth/token", {"grant_type": "client_credentials"}, (told["client_id"], told["client_secret"])
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")


def test_a_client_with_keys_gets_no_secret(served: Served) -> None:
    key = new_key()
    told = registered(served, token_endpoint_auth_method="private_key_jwt", jwks=public(key))
    assert not {"client_secret", "client_secret_expires_at"} & told.keys()
    with served.store.session() as session:
        assert session.exec(select(ClientSecret).where(ClientSecret.client_id == told["client_id"])).all() == []
    assert ask(served, assertion(served, told["client_id"], key)).status_code == 200


def test_a_secret_ends_and_is_kept_as_a_hash_like_every_token(served: Served) -> None:
    invitation = invited(served)
    told = registered(served, invitation)
    assert abs(told["client_secret_expires_at"] - time() - 365 * 86_400) < 60
    with served.store.session() as session:
        secret = session.exec(select(ClientSecret).where(ClientSecret.client_id == told["client_id"])).one()
        registration = session.get_one(ClientRegistration, told["client_id"])
        row = session.get_one(InitialAccessToken, invitation.partition(".")[0])
    assert secret.hash.startswith("$argon2id$")
    kept = str([secret, registration, row])
    for shown in (told["client_secret"], told["registration_access_token"], invitation):
        assert shown not in kept


def test_a_client_can_register_that_its_tokens_are_bound(served: Served) -> None:
    told = registered(served, dpop_bound_access_tokens=True)
    assert told["dpop_bound_access_tokens"] is True
    credentials = (told["client_id"], told["client_secret"])
    answer = served.post("/oauth/token", {"grant_type": "client_credentials"}, credentials)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_a_platform_is_one_by_the_operators_invitation_alone(served: Served) -> None:
    exchange = "urn:ietf:params:oauth:grant-type:token-exchange"
    token = invited(served, capacities=(Capacity.PLATFORM,), country="SSD")
    told = registered(served, token, grant_types=["client_credentials", exchange])
    assert told["country"] == "SSD"
    # The one act that ends an office's clients reaches it, whatever it says.
    moved = register(served, invited(served, country="SSD"), country="SOM")
    assert refused(moved) == (400, "invalid_client_metadata")
    who = served.whoami(served.token((told["client_id"], told["client_secret"]))).json()
    assert who["capacities"] == ["PLATFORM"]
    # A client that is registered by another of its organization never has a capacity.
    answer = register(served, served.token(manager(served)), grant_types=[exchange], capacities=["PLATFORM"])
    assert refused(answer) == (400, "invalid_client_metadata")
    told = registered(served, served.token(manager(served)), capacities=["SECRETARIAT"])
    assert served.whoami(served.token((told["client_id"], told["client_secret"]))).json()["capacities"] == []


def test_the_purpose_is_the_agreements(served: Served) -> None:
    told = registered(served, invited(served, purpose=Purpose.REPORTING))
    assert told["purpose"] == "REPORTING"
    assert served.whoami(served.token((told["client_id"], told["client_secret"]))).json()["purpose"] == "REPORTING"


LOGOS = ("client_uri", "logo_uri", "tos_uri", "policy_uri")


def test_no_address_in_a_registration_is_called(served: Served) -> None:
    with publishing() as publisher:
        inside = f"{publisher.url}/jwks.json"
        for name in LOGOS:
            assert refused(register(served, invited(served), **{name: inside})) == (400, "invalid_client_metadata")
        port = publisher.url.rpartition(":")[2]
        named = f"https://localhost:{port}/jwks.json"
        told = registered(served, **dict.fromkeys(LOGOS, named), sector_identifier_uri=inside, contacts=["it@example"])
        assert {told[name] for name in LOGOS} == {named}
        assert "sector_identifier_uri" not in told
        # That of keys is, when they are needed; its name leads inside, so there it ends.
        told = registered(served, token_endpoint_auth_method="private_key_jwt", jwks_uri=named)
        assert ask(served, assertion(served, told["client_id"], new_key())).status_code == 401
        assert publisher.asked == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://keys.example/jwks.json",
        "https://127.0.0.2/jwks.json",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/jwks.json",
        "https://[::1]/jwks.json",
        "https://[::ffff:10.0.0.1]/jwks.json",
        "https://keys.example@10.0.0.1/jwks.json",
        "file:///etc/passwd",
    ],
)
def test_an_address_of_keys_that_leads_inside_is_refused(unchanged: Served, url: str) -> None:
    answer = register(unchanged, invited(unchanged), token_endpoint_auth_method="private_key_jwt", jwks_uri=url)
    assert refused(answer) == (400, "invalid_client_metadata")


@pytest.mark.parametrize("body", [b"", b"[]", b"nonsense", b"\xff", b"[" * 60_000, b'{"a": "' + b"b" * 70_000 + b'"}'])
def test_a_body_that_is_no_metadata_is_refused(unchanged: Served, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {invited(unchanged)}", "Content-Type": "application/json"}
    answer = httpx.post(f"{unchanged.url}/oauth/register", content=body, headers=headers)
    assert refused(answer) == (400, "invalid_request")
    form = httpx.post(f"{unchanged.url}/oauth/register", data={"scope": "alerts:read"}, headers=headers | FORM)
    assert refused(form) == (400, "invalid_request")


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def test_one_organization_can_not_fill_the_register(alone: Served) -> None:
    token = alone.token(manager(alone))
    registered(alone, token)
    with alone.store.transaction() as session:
        for number in range(100):
            client_id = f"{PARTNER}.filler-{number}"
            session.add(
                Client(
                    client_id=client_id,
                    organization_id=PARTNER,
                    label="filler",
                    scopes=["alerts:read"],
                    purpose=Purpose.OTHER,
                    capacities=[],
                )
            )
            session.flush()
            session.add(ClientRegistration(client_id=client_id, scopes=[], about={}, registered_by="test"))
    assert refused(register(alone, token)) == (403, "access_denied")


def test_who_let_a_client_in_stands_in_its_history(served: Served) -> None:
    credentials = manager(served)
    told = [registered(served, invited(served)), registered(served, served.token(credentials))]
    acts = [history(served.store, item["client_id"]) for item in told]
    assert [[act.act.value for act in item] for item in acts] == [["REGISTERED"], ["REGISTERED"]]
    assert acts[0][0].by.startswith("invitation ")
    assert acts[0][0].by.endswith(" of operator")
    assert acts[1][0].by == credentials[0]
    assert acts[0][0].facts["scope"] == "alerts:read information:read"


def test_an_invitation_needs_an_organization_a_scope_and_an_end(alone: Served) -> None:
    hour, purpose = timedelta(hours=1), Purpose.SAFETY_AND_SECURITY
    with pytest.raises(BadInput, match="no known organization"):
        invite(alone.store, "nobody", READ, purpose, hour, by="test")
    with pytest.raises(BadInput, match="scopes"):
        invite(alone.store, PARTNER, [], purpose, hour, by="test")
    for life in (timedelta(), timedelta(days=31)):
        with pytest.raises(BadInput, match="life"):
            invite(alone.store, PARTNER, READ, purpose, life, by="test")
    assert invitations(alone.store, PARTNER) == []
    token = invited(alone)
    assert [item.id for item in invitations(alone.store)] == [token.partition(".")[0]]
    assert invitations(alone.store, "nobody") == []


def test_an_organization_that_was_just_added_can_be_invited_at_once(served: Served) -> None:
    add_organization(served.store, "hillside-aid", "Hillside Aid", OrganizationCategory.INGO)
    assert registered(served, invited(served, "hillside-aid"))["organization"] == "hillside-aid"
