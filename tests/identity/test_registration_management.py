"""A client that registered itself reads, changes and ends itself (RFC 7592), and never becomes another's."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from gateway.identity.client_history import history
from gateway.identity.clients import disable_client
from gateway.partnership.admission import add_organization, set_partnership, suspend_partnership
from gateway.store.tables import Client, ClientSecret
from policies.vocabulary import OrganizationCategory, PartnershipStatus, Purpose
from tests.identity.conftest import PARTNER, Served, serving
from tests.identity.registering import invited, managed, manager, named, registered, replacing
from tests.identity.signing import ask, assertion, new_key, public
from tests.identity.test_authentication import eventually


@pytest.fixture(scope="module")
def served(unchanged: Served) -> Served:
    """One server for all tests that change no organization."""
    return unchanged


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Served]:
    """A server for one that does."""
    with serving(tmp_path) as server:
        yield server


def test_a_client_reads_what_it_is_and_no_secret(served: Served) -> None:
    told = registered(served, client_name="reporting", software_id="reporter", contacts=["it@plainfield.example"])
    answer = managed(told, "GET")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert answer.json() == {name: value for name, value in told.items() if name != "client_secret"}


def test_a_client_changes_itself_and_what_it_does_not_repeat_is_gone(served: Served) -> None:
    told = registered(served, client_name="reporting", scope="alerts:read", logo_uri="https://plainfield.example/logo")
    token = served.token((told["client_id"], told["client_secret"]))
    answer = managed(told, "PUT", {"client_id": told["client_id"], "scope": "information:read", "logo_uri": None})
    assert answer.status_code == 200
    changed = answer.json()
    assert (changed["scope"], changed["client_name"]) == ("information:read", "registered by itself")
    assert "logo_uri" not in changed
    assert "client_secret" not in changed
    assert changed["registration_access_token"] == told["registration_access_token"]
    assert served.whoami(served.token((told["client_id"], told["client_secret"]))).json()["scopes"] == [
        "information:read"
    ]
    # What was taken from it is taken from its live tokens.
    assert served.whoami(token).json()["scopes"] == []
    acts = history(served.store, told["client_id"])
    assert [(act.act.value, act.by) for act in acts][1:] == [("UPDATED", told["client_id"])]
    assert acts[1].facts == {"changed": ["client_name", "logo_uri", "scope"]}


def test_keys_are_rotated_by_an_update(served: Served) -> None:
    first, second = new_key(), new_key(kid="second")
    told = registered(served, token_endpoint_auth_method="private_key_jwt", jwks=public(first))
    assert ask(served, assertion(served, told["client_id"], second)).status_code == 401
    assert managed(told, "PUT", replacing(told, jwks=public(second))).status_code == 200
    assert ask(served, assertion(served, told["client_id"], second)).status_code == 200
    assert ask(served, assertion(served, told["client_id"], first)).status_code == 401


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"organization": "undss"}, "invalid_client_metadata"),
        ({"purpose": "REPORTING"}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "private_key_jwt", "jwks": public(new_key())}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "none"}, "invalid_client_metadata"),
        ({"grant_types": ["implicit"]}, "invalid_client_metadata"),
        ({"scope": "ledger:read"}, "invalid_client_metadata"),
        ({"logo_uri": "http://169.254.169.254/"}, "invalid_client_metadata"),
        ({"client_id": "undss.somebody"}, "invalid_request"),
        ({"client_id": None}, "invalid_request"),
        ({"client_secret": "chosen"}, "invalid_request"),
        ({"client_secret": "a.b"}, "invalid_request"),
        ({"client_secret": 1}, "invalid_request"),
        ({"registration_access_token": "chosen"}, "invalid_request"),
        ({"registration_client_uri": "https://elsewhere.example/"}, "invalid_request"),
        ({"client_secret_expires_at": 0}, "invalid_request"),
        ({"client_id_issued_at": 0}, "invalid_request"),
    ],
    ids=named,
)
def test_an_update_that_can_not_be_changes_nothing(unchanged: Served, changed: dict[str, object], error: str) -> None:
    told = registered(unchanged)
    answer = managed(told, "PUT", {**replacing(told), **changed})
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert managed(told, "GET").json()["scope"] == told["scope"]
    with unchanged.store.session() as session:
        assert session.get_one(Client, told["client_id"]).organization_id == PARTNER


def test_the_secret_may_be_repeated_in_an_update(served: Served) -> None:
    told = registered(served)
    document = {**replacing(told, client_name="office"), "client_secret": told["client_secret"]}
    assert managed(told, "PUT", document).json()["client_name"] == "office"


def test_an_update_reaches_no_further_than_the_invitation_did(served: Served) -> None:
    told = registered(served, scope="alerts:read")
    answer = managed(told, "PUT", replacing(told, scope="alerts:read information:read ledger:read clients:manage"))
    assert answer.json()["scope"] == "alerts:read information:read"


def test_an_update_follows_the_agreement_as_it_stands(alone: Served) -> None:
    told = registered(alone, alone.token(manager(alone)), scope="alerts:read information:share")
    assert told["scope"] == "alerts:read information:share"
    suspend_partnership(alone.store, PARTNER, "under dispute")
    assert managed(told, "PUT", replacing(told)).json()["scope"] == "alerts:read"
    set_partnership(alone.store, PARTNER, PartnershipStatus.WITHDRAWN)
    answer = managed(told, "PUT", replacing(told))
    assert (answer.status_code, answer.json()["error"]) == (403, "access_denied")


def test_a_deleted_client_is_over_at_once_and_stays_on_record(served: Served) -> None:
    told = registered(served)
    credentials = (told["client_id"], told["client_secret"])
    token = served.token(credentials)
    assert served.whoami(token).status_code == 200
    answer = managed(told, "DELETE")
    assert (answer.status_code, answer.content, answer.headers["Cache-Control"]) == (204, b"", "no-store")
    assert eventually(1, lambda: served.whoami(token).status_code == 401)
    assert served.post("/oauth/token", {"grant_type": "client_credentials"}, credentials).status_code == 401
    for method in ("GET", "DELETE"):
        assert managed(told, method).status_code == 401
    assert managed(told, "PUT", replacing(told)).status_code == 401
    assert [act.act.value for act in history(served.store, told["client_id"])] == ["REGISTERED", "DELETED"]
    with served.store.session() as session:
        (secret,) = session.exec(select(ClientSecret).where(ClientSecret.client_id == told["client_id"])).all()
    assert secret.ended_at is not None


def test_an_update_to_no_grants_at_all_ends_the_client(served: Served) -> None:
    told = registered(served)
    answer = managed(told, "PUT", replacing(told, grant_types=[]))
    assert (answer.status_code, answer.json()["grant_types"]) == (200, [])
    credentials = (told["client_id"], told["client_secret"])
    assert served.post("/oauth/token", {"grant_type": "client_credentials"}, credentials).status_code == 401
    assert managed(told, "GET").status_code == 401


def test_a_registration_access_token_is_good_for_its_client_only(served: Served) -> None:
    add_organization(served.store, "hillside-aid", "Hillside Aid", OrganizationCategory.INGO)
    told, other = registered(served), registered(served, invited(served, "hillside-aid"))
    operators = {**told, "registration_client_uri": f"{served.url}/oauth/register/{served.client_id}"}
    unknown = {**told, "registration_client_uri": f"{served.url}/oauth/register/nobody"}
    answers = [
        managed(told, "GET", token=other["registration_access_token"]),
        managed(told, "DELETE", token=other["registration_access_token"]),
        managed(told, "PUT", replacing(told), token=other["registration_access_token"]),
        managed(told, "GET", token=invited(served)),
        managed(told, "GET", token=served.token(manager(served))),
        managed(told, "GET", token="nonsense"),
        # One that the operator registered has none, and one that does not exist looks alike.
        managed(operators, "GET"),
        managed(unknown, "GET"),
    ]
    assert {(answer.status_code, answer.json()["error"]) for answer in answers} == {(401, "invalid_token")}
    assert len({answer.text for answer in answers}) == 1
    assert {'error="invalid_token"' in answer.headers["WWW-Authenticate"] for answer in answers} == {True}
    assert managed(told, "GET").status_code == 200


def test_a_client_that_the_operator_disabled_can_not_come_back_by_itself(served: Served) -> None:
    told = registered(served)
    disable_client(served.store, told["client_id"])
    assert managed(told, "GET").status_code == 401
    assert managed(told, "PUT", replacing(told)).status_code == 401


def test_other_methods_are_not_taken(unchanged: Served) -> None:
    told = registered(unchanged)
    assert managed(told, "POST", {}).status_code == 405
    assert managed(told, "PATCH", {}).status_code == 405
    assert told["purpose"] == Purpose.SAFETY_AND_SECURITY.value
