"""DPoP for what a person's sign-in gives: codes and refresh tokens that are of use with one key only."""

from collections.abc import Callable, Iterator
from secrets import token_urlsafe
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey, Key
from sqlmodel import select

from gateway.identity.assertions import ASSERTION_TYPE
from gateway.identity.clients import register_key_client, register_persons_client
from gateway.identity.grants import REQUEST_SECONDS
from gateway.store.tables import PersonGrant
from policies.vocabulary import Capacity, Purpose
from tests.identity.conftest import PARTNER, Served, serving
from tests.identity.signing import assertion, new_key, proof, public
from tests.identity.test_persons import BACK, SCOPES, AnyPerson, Desk, desk_of

KEY, OTHER, SIGNING = ECKey.generate_key("P-256"), ECKey.generate_key("P-256"), new_key()


class Bound(Desk):
    """A desk whose posts carry a proof of `key`."""

    key: Key | None = KEY

    def post(self, path: str, form: dict[str, str]) -> httpx.Response:
        url = f"{self.served.url}{path}"
        own = {"client_id": self.client_id} if self.credentials is None else {}
        headers = {} if self.key is None else {"DPoP": proof(self.key, "POST", url)}
        return httpx.post(url, data={**own, **form}, auth=self.credentials, headers=headers)

    def with_key(self, key: Key | None) -> "Bound":
        other = Bound(*self)
        other.key = key
        return other


class Signing(Bound):
    """A client that proves itself by a signature each time, as FAPI 2.0 has it."""

    def post(self, path: str, form: dict[str, str]) -> httpx.Response:
        signed = assertion(self.served, self.client_id, SIGNING)
        return super().post(path, {"client_assertion_type": ASSERTION_TYPE, "client_assertion": signed, **form})


@pytest.fixture(scope="module")
def serving_persons(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("persons"), AnyPerson()) as served:
        yield served


@pytest.fixture
def confidential(serving_persons: Served) -> Bound:
    return Bound(*desk_of(serving_persons, public=False))


@pytest.fixture
def device(serving_persons: Served) -> Bound:
    desk = Bound(*desk_of(serving_persons, public=True))
    serving_persons.token()
    return desk


def used(desk: Desk, token: str, key: Key = KEY) -> httpx.Response:
    url = f"{desk.served.url}/whoami"
    return httpx.get(url, headers={"Authorization": f"DPoP {token}", "DPoP": proof(key, "GET", url, token)})


@pytest.mark.parametrize("kind", ["confidential", "device"])
def test_a_persons_tokens_are_bound_to_the_key_of_the_client(kind: str, request: pytest.FixtureRequest) -> None:
    desk: Bound = request.getfixturevalue(kind)
    given = desk.signed_in()
    assert given["token_type"] == "DPoP"
    assert used(desk, given["access_token"]).json()["person"] == "amina"
    assert desk.served.whoami(given["access_token"]).status_code == 401
    again = desk.refresh(given["refresh_token"]).json()
    assert again["token_type"] == "DPoP"
    assert used(desk, again["access_token"]).status_code == 200


PUSHED: dict[str, Callable[[Bound, str], Any]] = {
    "named": lambda desk, verifier: desk.with_key(None).push(verifier, dpop_jkt=KEY.thumbprint()),
    "proven": lambda desk, verifier: desk.push(verifier),
    "both": lambda desk, verifier: desk.push(verifier, dpop_jkt=KEY.thumbprint()),
}


@pytest.mark.parametrize("how", PUSHED)
@pytest.mark.parametrize("key", [None, OTHER], ids=["no key", "another key"])
def test_a_code_is_bound_to_the_key_that_its_request_named_and_lost_with_any_other(
    confidential: Bound, how: str, key: Key | None
) -> None:
    verifier = token_urlsafe(40)
    codes = []
    for _ in range(2):
        pushed = PUSHED[how](confidential, verifier)
        assert pushed.status_code == 201, pushed.text
        went = confidential.authorize(pushed.json()["request_uri"])
        codes.append(httpx.URL(went.headers["Location"]).params["code"])
    assert confidential.redeem(codes[0], verifier).json()["token_type"] == "DPoP"
    assert confidential.with_key(key).redeem(codes[1], verifier).json()["error"] == "invalid_grant"
    assert confidential.redeem(codes[1], verifier).json()["error"] == "invalid_grant"


def test_a_request_that_names_one_key_and_proves_another_is_refused(confidential: Bound) -> None:
    answer = confidential.push(token_urlsafe(40), dpop_jkt=OTHER.thumbprint())
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_dpop_proof")
    for name in ("short", "!" * 43):
        answer = confidential.push(token_urlsafe(40), dpop_jkt=name)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("key", [None, OTHER], ids=["no key", "another key"])
def test_a_devices_refresh_token_is_bound_and_ends_in_other_hands(device: Bound, key: Key | None) -> None:
    given = device.signed_in()
    assert device.with_key(key).refresh(given["refresh_token"]).json()["error"] == "invalid_grant"
    assert device.refresh(given["refresh_token"]).json()["error"] == "invalid_grant"


def test_a_device_is_bound_from_its_first_proof_on(device: Bound) -> None:
    plain = device.with_key(None)
    given = plain.signed_in()
    assert given["token_type"] == "Bearer"
    bound = device.refresh(given["refresh_token"]).json()
    assert bound["token_type"] == "DPoP"
    assert plain.refresh(bound["refresh_token"]).json()["error"] == "invalid_grant"


def test_a_client_that_proves_itself_may_change_its_key(confidential: Bound) -> None:
    given = confidential.signed_in()
    again = confidential.with_key(OTHER).refresh(given["refresh_token"]).json()
    assert used(confidential, again["access_token"], OTHER).status_code == 200


def test_a_device_can_be_kept_to_bound_tokens(serving_persons: Served) -> None:
    client = register_persons_client(
        serving_persons.store,
        PARTNER,
        "device",
        SCOPES,
        Purpose.SAFETY_AND_SECURITY,
        redirect_uris=[BACK],
        dpop_bound=True,
    )
    serving_persons.token()
    desk, verifier = Bound(serving_persons, client, None), token_urlsafe(40)
    plain = desk.with_key(None)
    code = plain.code(verifier)
    assert plain.redeem(code, verifier).json()["error"] == "invalid_request"
    # Nothing was spent by that.
    given = desk.redeem(code, verifier).json()
    assert given["token_type"] == "DPoP"
    assert plain.refresh(given["refresh_token"]).json()["error"] == "invalid_request"


def test_a_client_with_keys_keeps_its_refresh_token(serving_persons: Served) -> None:
    purpose, capacities = Purpose.SAFETY_AND_SECURITY, [Capacity.ANALYST]
    client = register_key_client(
        serving_persons.store,
        PARTNER,
        "signs",
        SCOPES,
        purpose,
        capacities,
        jwks=public(SIGNING),
        redirect_uris=[BACK],
    )
    serving_persons.token()
    desk = Signing(serving_persons, client, None)
    given = desk.signed_in()
    for _ in range(3):
        again = desk.refresh(given["refresh_token"]).json()
        assert "refresh_token" not in again
        assert used(desk, again["access_token"]).status_code == 200
    # Others can't use it: it ends where they try.
    other = Bound(*desk_of(serving_persons, public=True))
    serving_persons.token()
    assert other.refresh(given["refresh_token"]).json()["error"] == "invalid_grant"
    assert desk.refresh(given["refresh_token"]).json()["error"] == "invalid_grant"
    with serving_persons.store.session() as session:
        grant = session.exec(select(PersonGrant).where(PersonGrant.client_id == client)).one()
    assert grant.ended_at is not None


def test_a_pushed_request_lasts_less_than_ten_minutes() -> None:
    assert REQUEST_SECONDS < 600
