"""Tokens for persons: pushed requests, codes with PKCE, refresh; each spent once, and misuse ends what came of it."""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from secrets import token_urlsafe
from sqlite3 import connect
from time import time
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlmodel import col, select, update
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from gateway.errors import BadInput
from gateway.identity.clients import disable_client, register_client, register_persons_client
from gateway.identity.consent import Asked
from gateway.identity.exchange import ACCESS_TOKEN
from gateway.identity.grants import CODE_SECONDS, GRANT_SECONDS, REQUEST_SECONDS, Person
from gateway.identity.leaving import end_person
from gateway.identity.scopes import Scope
from gateway.sharing.subject import Actor
from gateway.store.tables import AuthorizationCode, PersonGrant, PushedRequest
from policies.vocabulary import Capacity, Purpose
from tests.identity.conftest import PARTNER, Served, serving
from tests.identity.test_authentication import eventually
from tests.identity.test_exchange import PLATFORM, World, with_platform

BACK = "https://desk.example/back?tab=1"
SCOPES = [Scope.INFORMATION_READ, Scope.ALERTS_READ]


class AnyPerson:
    """Whoever the browser says, who allows everything; without that, the way to where persons sign in."""

    async def person(self, request: Request, back: str) -> Person | Response:
        who = request.headers.get("x-person")
        if who is None:
            return RedirectResponse("https://sign-in.example/", 303)
        organization, _, person = who.partition(":")
        return Person(id=person, organization=organization, capacities=frozenset({Capacity.ANALYST, Capacity.SIOC}))

    def refused(self, request: Request) -> Response:
        return PlainTextResponse("refused", 400)

    async def decision(self, request: Request, form: Mapping[str, str] | None, asked: Asked) -> bool | Response:
        return True


class Desk(NamedTuple):
    """The server, and a client of the partner that its persons use."""

    served: Served
    client_id: str
    credentials: tuple[str, str] | None

    def post(self, path: str, form: dict[str, str]) -> httpx.Response:
        own = {"client_id": self.client_id} if self.credentials is None else {}
        return httpx.post(f"{self.served.url}{path}", data={**own, **form}, auth=self.credentials)

    def push(self, verifier: str, **changed: str) -> httpx.Response:
        challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
        form = {
            "response_type": "code",
            "redirect_uri": BACK,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "state": "a state",
            **changed,
        }
        return self.post("/oauth/par", {name: value for name, value in form.items() if value})

    def authorize(self, request_uri: str, person: str | None = f"{PARTNER}:amina", **changed: str) -> httpx.Response:
        query = {"client_id": self.client_id, "request_uri": request_uri, **changed}
        headers = {} if person is None else {"X-Person": person}
        return httpx.get(f"{self.served.url}/oauth/authorize", params=query, headers=headers)

    def code(self, verifier: str, **pushed: str) -> str:
        went = self.authorize(self.push(verifier, **pushed).json()["request_uri"])
        assert went.status_code == 303, went.text
        return parse_qs(urlsplit(went.headers["Location"]).query)["code"][0]

    def redeem(self, code: str, verifier: str, **changed: str) -> httpx.Response:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": verifier}
        return self.post("/oauth/token", {**form, **changed})

    def signed_in(self, **pushed: str) -> dict[str, Any]:
        verifier = token_urlsafe(40)
        answer = self.redeem(self.code(verifier, **pushed), verifier)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def refresh(self, token: str, **form: str) -> httpx.Response:
        return self.post("/oauth/token", {"grant_type": "refresh_token", "refresh_token": token, **form})

    def refused_within_a_second(self, token: str) -> bool:
        return eventually(1, lambda: self.served.whoami(token).status_code == 401)


def desk_of(served: Served, *, public: bool) -> Desk:
    capacities, purpose = [Capacity.ANALYST], Purpose.SAFETY_AND_SECURITY
    if public:
        client = register_persons_client(
            served.store, PARTNER, "device", SCOPES, purpose, capacities, redirect_uris=[BACK]
        )
        return Desk(served, client, None)
    registered = register_client(served.store, PARTNER, "desk", SCOPES, purpose, capacities, redirect_uris=[BACK])
    served.token(registered)  # so that the server has looked at its directory since
    return Desk(served, registered[0], registered)


@pytest.fixture
def serving_persons(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path, AnyPerson()) as served:
        yield served


@pytest.fixture(params=[False, True], ids=["confidential", "public"])
def either(serving_persons: Served, request: pytest.FixtureRequest) -> Desk:
    desk = desk_of(serving_persons, public=request.param)
    serving_persons.token()
    return desk


@pytest.fixture
def desk(serving_persons: Served) -> Desk:
    return desk_of(serving_persons, public=False)


def test_a_person_signs_in_and_the_token_is_the_persons(either: Desk) -> None:
    answer = either.signed_in(scope="alerts:read")
    assert (answer["token_type"], answer["expires_in"], answer["scope"]) == ("Bearer", 300, "alerts:read")
    told = either.served.whoami(answer["access_token"]).json()
    assert (told["person"], told["organization"], told["client"]) == ("amina", PARTNER, either.client_id)
    # What both the person and the client are for.
    assert (told["capacities"], told["scopes"]) == (["ANALYST"], ["alerts:read"])


def test_the_browser_comes_back_with_code_state_and_issuer(desk: Desk) -> None:
    pushed = desk.push(token_urlsafe(40))
    assert (pushed.status_code, pushed.json()["expires_in"]) == (201, REQUEST_SECONDS)
    went = desk.authorize(pushed.json()["request_uri"])
    assert (went.status_code, went.headers["Cache-Control"]) == (303, "no-store")
    where = urlsplit(went.headers["Location"])
    assert f"{where.scheme}://{where.netloc}{where.path}" == "https://desk.example/back"
    query = parse_qs(where.query)
    assert (query["tab"], query["state"], query["iss"]) == (["1"], ["a state"], [desk.served.url])
    assert set(query) == {"tab", "state", "iss", "code"}


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": ""}, "unsupported_response_type"),
        ({"redirect_uri": "https://attacker.example/"}, "invalid_request"),
        ({"redirect_uri": "https://desk.example/back"}, "invalid_request"),
        ({"redirect_uri": BACK + "&more=1"}, "invalid_request"),
        ({"redirect_uri": "https://desk.example@attacker.example/back?tab=1"}, "invalid_request"),
        ({"redirect_uri": "HTTPS://desk.example/back?tab=1"}, "invalid_request"),
        ({"redirect_uri": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"state": "s" * 501}, "invalid_request"),
        ({"scope": "ledger:read"}, "invalid_scope"),
        ({"request_uri": "urn:ietf:params:oauth:request_uri:a"}, "invalid_request"),
        ({"request": "a.b.c"}, "invalid_request"),
        ({"client_id": "somebody"}, "invalid_request"),
    ],
)
def test_a_request_that_can_not_be_is_refused_when_it_is_pushed(
    desk: Desk, changed: dict[str, str], error: str
) -> None:
    answer = desk.push(token_urlsafe(40), **changed)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_a_request_is_pushed_by_a_proven_client_only(desk: Desk) -> None:
    assert Desk(desk.served, desk.client_id, None).push(token_urlsafe(40)).status_code == 401
    assert Desk(desk.served, desk.client_id, (desk.client_id, "wrong")).push(token_urlsafe(40)).status_code == 401


def test_the_browser_is_sent_nowhere_for_a_request_that_was_not_pushed(desk: Desk) -> None:
    used = desk.push(token_urlsafe(40)).json()["request_uri"]
    assert desk.authorize(used).status_code == 303
    fresh = desk.push(token_urlsafe(40)).json()["request_uri"]
    answers = [
        desk.authorize("urn:ietf:params:oauth:request_uri:nonsense"),
        desk.authorize(used),
        desk.authorize(fresh, client_id=desk.served.client_id),
        desk.authorize("", redirect_uri="https://attacker.example/", response_type="code"),
    ]
    with desk.served.store.transaction() as session:
        session.exec(update(PushedRequest).values(expires=int(time())))
    answers.append(desk.authorize(fresh))
    assert {answer.status_code for answer in answers} == {400}
    assert not [answer for answer in answers if "Location" in answer.headers]


def test_who_is_not_signed_in_is_sent_to_do_so_and_the_request_is_kept(desk: Desk) -> None:
    request_uri = desk.push(token_urlsafe(40)).json()["request_uri"]
    assert desk.authorize(request_uri, None).headers["Location"] == "https://sign-in.example/"
    assert "code=" in desk.authorize(request_uri).headers["Location"]


def test_a_person_of_another_organization_gets_no_code(desk: Desk) -> None:
    went = desk.authorize(desk.push(token_urlsafe(40)).json()["request_uri"], "undss:amina")
    query = parse_qs(urlsplit(went.headers["Location"]).query)
    assert (query["error"], query["iss"], "code" in query) == (["access_denied"], [desk.served.url], False)


MISFITS: dict[str, Callable[[Desk, str], httpx.Response]] = {
    "another verifier": lambda d, c: d.redeem(c, token_urlsafe(40)),
    "the challenge itself": lambda d, c: d.redeem(c, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
    "another redirect_uri": lambda d, c: d.redeem(c, VERIFIER, redirect_uri="https://desk.example/"),
    "no redirect_uri": lambda d, c: d.redeem(c, VERIFIER, redirect_uri=""),
    "another client": lambda d, c: desk_of(d.served, public=False).redeem(c, VERIFIER),
}
# RFC 7636 appendix B.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"


@pytest.mark.parametrize("name", MISFITS)
def test_a_code_is_for_its_client_address_and_verifier_and_lost_otherwise(desk: Desk, name: str) -> None:
    code = desk.code(VERIFIER)
    answer = MISFITS[name](desk, code)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert desk.redeem(code, VERIFIER).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("verifier", ["", "short", "v" * 129, "v" * 42 + "!"])
def test_without_a_good_verifier_nothing_is_looked_at(desk: Desk, verifier: str) -> None:
    code = desk.code(VERIFIER)
    assert desk.redeem(code, verifier).json()["error"] == "invalid_request"
    assert desk.redeem(code, VERIFIER).status_code == 200


def test_a_code_lasts_a_minute(desk: Desk) -> None:
    code = desk.code(VERIFIER)
    with desk.served.store.transaction() as session:
        row = session.exec(select(AuthorizationCode)).one()
        assert abs(row.expires - time() - CODE_SECONDS) < 10
        row.expires = int(time())
        session.add(row)
    assert desk.redeem(code, VERIFIER).json()["error"] == "invalid_grant"


def test_ten_exchanges_of_one_code_at_once_give_one_token_and_the_replay_ends_it(desk: Desk) -> None:
    code = desk.code(VERIFIER)
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: desk.redeem(code, VERIFIER), range(10)))
    assert sorted(answer.status_code for answer in answers) == [200, *[400] * 9]
    (given,) = [answer.json() for answer in answers if answer.status_code == 200]
    assert desk.refused_within_a_second(given["access_token"])
    assert desk.refresh(given["refresh_token"]).json()["error"] == "invalid_grant"


def test_a_refresh_token_is_spent_for_the_next(either: Desk) -> None:
    first = either.signed_in()
    second = either.refresh(first["refresh_token"], scope="alerts:read")
    assert second.status_code == 200
    assert second.json()["scope"] == "alerts:read"
    assert second.json()["refresh_token"] != first["refresh_token"]
    third = either.refresh(second.json()["refresh_token"]).json()
    assert third["scope"] == "alerts:read information:read"
    assert either.served.whoami(third["access_token"]).json()["person"] == "amina"


def test_a_refresh_token_used_again_ends_its_family(either: Desk) -> None:
    first = either.signed_in()
    second = either.refresh(first["refresh_token"]).json()
    assert either.refresh(first["refresh_token"]).json()["error"] == "invalid_grant"
    assert either.refresh(second["refresh_token"]).json()["error"] == "invalid_grant"
    for token in (first["access_token"], second["access_token"]):
        assert either.refused_within_a_second(token)


def test_ten_uses_of_one_refresh_token_at_once_give_one_token(desk: Desk) -> None:
    token = desk.signed_in()["refresh_token"]
    with ThreadPoolExecutor(10) as pool:
        statuses = sorted(pool.map(lambda _: desk.refresh(token).status_code, range(10)))
    assert statuses == [200, *[400] * 9]


def test_another_client_can_not_use_a_refresh_token_and_a_wider_scope_spends_none(desk: Desk) -> None:
    token = desk.signed_in(scope="alerts:read")["refresh_token"]
    for scope in ("information:read", "alerts:read information:read"):
        assert desk.refresh(token, scope=scope).json()["error"] == "invalid_scope"
    token = desk.refresh(token).json()["refresh_token"]
    assert desk_of(desk.served, public=False).refresh(token).json()["error"] == "invalid_grant"
    assert desk.refresh(token).json()["error"] == "invalid_grant"


def test_a_grant_ends_after_a_working_day_whatever_is_refreshed(desk: Desk) -> None:
    token = desk.signed_in()["refresh_token"]
    with desk.served.store.transaction() as session:
        grant = session.exec(select(PersonGrant)).one()
        assert abs(grant.expires - time() - GRANT_SECONDS) < 10
        grant.expires = int(time())
        session.add(grant)
    assert desk.refresh(token).json()["error"] == "invalid_grant"


def test_revoking_the_refresh_token_ends_the_access_tokens_with_it(either: Desk) -> None:
    given = either.signed_in()
    other = Desk(either.served, either.served.client_id, either.served.credentials)
    assert other.post("/oauth/revoke", {"token": given["refresh_token"]}).json()["error"] == "invalid_grant"
    assert either.served.whoami(given["access_token"]).status_code == 200
    assert either.post("/oauth/revoke", {"token": given["refresh_token"]}).status_code == 200
    assert either.served.whoami(given["access_token"]).status_code == 401
    assert either.refresh(given["refresh_token"]).json()["error"] == "invalid_grant"


def test_a_person_who_leaves_and_a_client_that_is_disabled_end_all(desk: Desk) -> None:
    amina = desk.signed_in()
    by = Actor(organization=PARTNER, officer="somebody", at=datetime.now(UTC))
    end_person(desk.served.store, "nobody", PARTNER, by)
    assert desk.served.whoami(amina["access_token"]).status_code == 200
    end_person(desk.served.store, "amina", PARTNER, by)
    assert desk.refused_within_a_second(amina["access_token"])
    again = desk.signed_in()
    disable_client(desk.served.store, desk.client_id)
    assert desk.refused_within_a_second(again["access_token"])
    assert desk.refresh(again["refresh_token"]).status_code == 401


def test_a_persons_token_can_be_exchanged_by_a_platform_and_ends_with_the_persons_grant(desk: Desk) -> None:
    world = World(desk.served, with_platform(desk.served))
    world.mandate()
    given = desk.signed_in()
    exchanged = world.exchanged(subject_token=given["access_token"], subject_token_type=ACCESS_TOKEN)
    told = world.whoami(exchanged)
    assert (told["organization"], told["member"], told["member_capacities"]) == (PLATFORM, PARTNER, [])
    assert "person" not in told
    end_person(desk.served.store, "amina", PARTNER, Actor(organization=PARTNER, officer="it", at=datetime.now(UTC)))
    assert desk.refused_within_a_second(exchanged)


def test_clients_of_persons_devices_get_nothing_else_and_others_no_code(serving_persons: Served) -> None:
    device = desk_of(serving_persons, public=True)
    for form in (
        {"grant_type": "client_credentials"},
        {"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange"},
    ):
        assert device.post("/oauth/token", form).status_code == 401
    assert device.post("/oauth/introspect", {"token": "a"}).status_code == 401
    # A client with a secret is not taken at its word.
    assert Desk(serving_persons, serving_persons.client_id, None).refresh("a").status_code == 401
    without = Desk(serving_persons, serving_persons.client_id, serving_persons.credentials)
    assert without.redeem("a", VERIFIER).json()["error"] == "unauthorized_client"
    assert without.push(VERIFIER).json()["error"] == "invalid_request"


@pytest.mark.parametrize(
    "url",
    [
        "http://desk.example/back",
        "https://desk.example/*",
        "https://client@attacker.example/",
        "https://desk.example/#fragment",
        "https://desk.example/#",
        "http://localhost/back",
        "javascript:alert(1)",
        "desk:/back",
        "",
    ],
)
def test_an_address_that_persons_must_not_be_sent_to_is_refused_at_registration(unchanged: Served, url: str) -> None:
    with pytest.raises(BadInput, match="redirect_uris"):
        register_persons_client(unchanged.store, PARTNER, "device", SCOPES, Purpose.OTHER, redirect_uris=[url])


def test_a_client_for_persons_needs_an_address_and_a_device_may_have_its_own(unchanged: Served) -> None:
    with pytest.raises(BadInput, match="redirect_uris"):
        register_persons_client(unchanged.store, PARTNER, "device", SCOPES, Purpose.OTHER, redirect_uris=[])
    native = ["http://127.0.0.1:51004/back", "http://[::1]/back"]
    assert register_persons_client(unchanged.store, PARTNER, "device", SCOPES, Purpose.OTHER, redirect_uris=native)


def test_codes_refresh_tokens_and_names_of_requests_are_kept_as_hashes(desk: Desk, tmp_path: Path) -> None:
    request_uri = desk.push(VERIFIER).json()["request_uri"]
    code = parse_qs(urlsplit(desk.authorize(request_uri).headers["Location"]).query)["code"][0]
    refresh = desk.redeem(code, VERIFIER).json()["refresh_token"]
    with closing(connect(tmp_path / "store.sqlite3")) as database:
        kept = "\n".join(database.iterdump())
    for secret in (request_uri.rpartition(":")[2], code, refresh):
        assert secret not in kept
        assert sha256(secret.encode()).hexdigest() in kept


def test_grants_that_are_over_are_forgotten(desk: Desk) -> None:
    desk.signed_in()
    with desk.served.store.transaction() as session:
        session.exec(update(PersonGrant).values(expires=int(time()) - 10_000))
    desk.signed_in()
    with desk.served.store.session() as session:
        assert len(session.exec(select(PersonGrant)).all()) == 1
        assert len(session.exec(select(col(AuthorizationCode.hash))).all()) == 1


def test_without_a_way_to_sign_in_there_is_nothing_for_persons(unchanged: Served) -> None:
    for path in ("/oauth/authorize", "/oauth/par"):
        assert httpx.get(f"{unchanged.url}{path}").status_code == 404
    for grant_type in ("authorization_code", "refresh_token"):
        answer = unchanged.post("/oauth/token", {"grant_type": grant_type})
        assert answer.json()["error"] == "unsupported_grant_type"
