"""What stands before every page, asked over HTTP without a browser's help."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response

from gateway.console.once import COOKIE, SECONDS, Once, Told
from gateway.console.routes import ASSETS, PAGES
from gateway.identity.client_owners import owners
from gateway.partnership.admission import add_organization
from gateway.partnership.applications import Applications, Commitments
from gateway.partnership.clients import clients
from gateway.partnership.mandates import mandates
from gateway.sharing.identifiers import Identifiers
from gateway.sharing.subject import Actor
from gateway.store.tables import Client
from policies.vocabulary import OrganizationCategory
from tests.conftest import Gateway

PATHS = [re.sub(r"\{.*?\}", "northwind-aid.0123", page.path) for page in PAGES]
FORM = {"label": "by hand", "scope": "information:read", "second": "zawadi-it@northwind-aid.example", "proof": "secret"}


@contextmanager
def signed_in(house: Gateway, person: str) -> Iterator[httpx.Client]:
    """A client over HTTP that holds the session of a person, as a browser would."""
    with httpx.Client(base_url=house.url, trust_env=False, follow_redirects=True, timeout=30.0) as http:
        issuer = http.get("/console")
        assert http.post(issuer.url, data={"person": person}).url.path == "/console"
        http.follow_redirects = False
        yield http


@pytest.fixture(scope="module")
def amina(house: Gateway) -> Iterator[httpx.Client]:
    with signed_in(house, "amina-it") as http:
        yield http


@pytest.fixture(scope="module")
def joao(house: Gateway) -> Iterator[httpx.Client]:
    with signed_in(house, "joao-it") as http:
        yield http


def csrf(http: httpx.Client) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', http.get("/console").text)
    assert found is not None
    return found[1]


def registered(house: Gateway) -> int:
    return len(of(house, "northwind-aid"))


def of(house: Gateway, organization: str) -> Sequence[Client]:
    with closing(house.store()) as store:
        return clients(store, organization)


@pytest.mark.parametrize("path", PATHS)
def test_whoever_is_not_signed_in_is_sent_to_sign_in_and_back(house: Gateway, path: str) -> None:
    answer = house.http.get(f"{house.url}/console{path}?a=b")
    assert answer.status_code == 303
    assert urlsplit(answer.headers["Location"]).path == "/sign-in"
    assert parse_qs(urlsplit(answer.headers["Location"]).query)["back"] == [f"/console{path}?a=b"]
    if path:
        posted = house.http.post(f"{house.url}/console{path}", data=FORM)
        assert posted.status_code == 403
        assert "Location" not in posted.headers


@pytest.mark.parametrize("path", PATHS)
def test_no_page_is_kept_or_runs_what_is_not_its_own(amina: httpx.Client, path: str) -> None:
    page = amina.get(f"/console{path}")
    assert page.headers["Cache-Control"] == "no-store"
    directives = dict(part.split(" ", 1) for part in page.headers["Content-Security-Policy"].split("; "))
    assert directives["default-src"] == directives["base-uri"] == directives["frame-ancestors"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == directives["form-action"] == "'self'"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert re.findall(r"<script(?![^>]* src=)|<style|\son\w+=|\sstyle=|(?:src|href|action)=\"https?:", page.text) == []


def test_every_part_is_served_and_nothing_else(house: Gateway, amina: httpx.Client) -> None:
    page = amina.get("/console").text
    named = set(re.findall(r'(?:src|href)="/console/static/([^"]+)"', page))
    assert named == set(ASSETS)
    for name in ASSETS:
        assert house.http.get(f"{house.url}/console/static/{name}").status_code == 200
    for name in ("..%2Froutes.py", "%2e%2e%2ftexts%2fen.toml", "console.html"):
        assert house.http.get(f"{house.url}/console/static/{name}").status_code in (303, 404)


def test_the_sessions_cookie_is_out_of_reach_of_scripts_and_other_sites(house: Gateway) -> None:
    with httpx.Client(base_url=house.url, trust_env=False, follow_redirects=True) as http:
        issuer = http.get("/console")
        answer = http.post(issuer.url, data={"person": "amina-it"})
    given = [
        line
        for step in answer.history
        for line in step.headers.get_list("Set-Cookie")
        if line.startswith("slt-session=") and not line.startswith('slt-session=""')
    ]
    assert given
    assert all("httponly" in line.lower() and "samesite=lax" in line.lower() for line in given)


@pytest.mark.parametrize("path", [page.path for page in PAGES if page.take is not None])
def test_a_form_without_the_sessions_token_does_nothing(
    house: Gateway, amina: httpx.Client, joao: httpx.Client, path: str
) -> None:
    before = registered(house)
    address = "/console" + re.sub(r"\{.*?\}", "northwind-aid.0123", path)
    for token in ({}, {"csrf": ""}, {"csrf": csrf(joao)}):
        assert amina.post(address, data={**FORM, **token}).status_code in (403, 404)
    assert registered(house) == before


def test_a_form_from_another_site_does_nothing(house: Gateway, amina: httpx.Client) -> None:
    before = registered(house)
    form = {**FORM, "csrf": csrf(amina)}
    for site in ("cross-site", "same-site"):
        answer = amina.post("/console/clients/new", data=form, headers={"Sec-Fetch-Site": site})
        assert answer.status_code == 403
    assert registered(house) == before
    assert amina.post("/console/clients/new", data=form, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 303


def test_what_is_no_form_or_too_large_is_refused(amina: httpx.Client) -> None:
    assert amina.post("/console/clients/new", json=FORM).status_code == 400
    assert amina.post("/console/clients/new", data={**FORM, "jwks": "x" * 200_000}).status_code == 413
    assert amina.post("/console/clients/new", data={f"f{number}": "" for number in range(70)}).status_code == 400
    assert amina.post("/console/clients/new", files={"jwks_file": ("j", b"\xff\xfe")}).status_code == 400


def test_a_new_secret_crosses_sealed_and_is_shown_once_to_whom_it_was_made_for(
    house: Gateway, amina: httpx.Client, joao: httpx.Client
) -> None:
    answer = amina.post("/console/clients/new", data={**FORM, "csrf": csrf(amina)})
    assert answer.status_code == 303
    location, sealed = answer.headers["Location"], answer.cookies[COOKIE]
    page = amina.get(location)
    found = re.search(r'id="shown-secret"[^>]*>([^<]+)<', page.text)
    assert found is not None
    secret = found[1]
    assert all(secret not in part for part in (location, sealed, str(answer.headers)))
    assert secret not in amina.get(location).text
    for other in (amina, joao):
        assert secret not in other.get("/console/clients", headers={"Cookie": f"{COOKIE}={sealed}"}).text
    granted = house.http.post(
        f"{house.url}/oauth/token",
        data={"grant_type": "client_credentials"},
        auth=(location.rpartition("/")[2], secret),
    )
    assert granted.status_code == 200


def test_what_is_told_once_is_bound_to_session_page_and_time() -> None:
    once, told = Once(secrets.token_bytes(64), secure=True), Told(done="rotated", secret="a.secret")
    response = Response()
    once.put(response, "mine", "/console/clients/a", told, 1_000.0)
    cookie = response.headers["Set-Cookie"]
    assert all(part in cookie.lower() for part in ("httponly", "secure", "samesite=strict", "path=/console"))

    def taken(session: str, path: str, at: float, sealed: str = cookie.partition(";")[0]) -> Told | None:
        scope = {"type": "http", "path": path, "headers": [(b"cookie", sealed.encode())], "server": ("a", 1)}
        return once.take(Request({**scope, "scheme": "https", "query_string": b"", "method": "GET"}), session, at)

    kept = taken("mine", "/console/clients/a", 1_000.0)
    assert kept is not None
    assert kept.secret == "a.secret"
    assert taken("another", "/console/clients/a", 1_000.0) is None
    assert taken("mine", "/console/clients/b", 1_000.0) is None
    assert taken("mine", "/console/clients/a", 1_000.0 + SECONDS) is None
    assert taken("mine", "/console/clients/a", 1_000.0, f"{COOKIE}=AAAA") is None


def owned(house: Gateway, organization: str) -> Mapping[str, Sequence[str]]:
    with closing(house.store()) as store:
        return owners(store, organization)


def test_another_organizations_client_is_as_none(house: Gateway, amina: httpx.Client) -> None:
    theirs = of(house, "meridian-health")[0].client_id
    form = {"csrf": csrf(amina), "overlap": "0"}
    for part in ("", "/test", "/disable"):
        assert amina.get(f"/console/clients/{theirs}{part}").status_code == 404
    for act in ("rotate", "disable", "owners", "take-over", "keys", "end-secret", "test"):
        assert amina.post(f"/console/clients/{theirs}/{act}", data=form).status_code == 404
    assert of(house, "meridian-health")[0].disabled_at is None


def test_who_is_no_owner_changes_nothing(house: Gateway, amina: httpx.Client) -> None:
    made = amina.post("/console/clients/new", data={**FORM, "csrf": csrf(amina)}).headers["Location"]
    with signed_in(house, "zawadi-it") as second:
        third = {"csrf": csrf(second), "owner": "third@northwind-aid.example"}
        assert second.post(f"{made}/owners", data=third).status_code == 303
    with signed_in(house, "amina-it") as again:
        handed = {
            "csrf": csrf(again),
            "leaver": "amina-it@northwind-aid.example",
            "successor": "b@northwind-aid.example",
        }
        assert again.post("/console/clients/hand-over", data=handed).status_code == 303
        for act, form in {"rotate": {"overlap": "0"}, "owners": {"owner": "c@d.example"}, "take-over": {}}.items():
            assert again.post(f"{made}/{act}", data={"csrf": csrf(again), **form}).status_code == 404


def test_a_client_with_a_seat_is_taken_over_by_nobody(house: Gateway, amina: httpx.Client) -> None:
    seat = next(item for item in of(house, "northwind-aid") if item.label == "ingo-second-officer")
    assert amina.post(f"/console/clients/{seat.client_id}/take-over", data={"csrf": csrf(amina)}).status_code == 404
    assert seat.client_id not in owned(house, "northwind-aid")


def test_nobody_hands_over_what_others_own(house: Gateway, amina: httpx.Client) -> None:
    # With one client of her own, so that she may hand over at all.
    assert amina.post("/console/clients/new", data={**FORM, "csrf": csrf(amina)}).status_code == 303
    pair = ["zawadi-it@northwind-aid.example", "stranger@northwind-aid.example"]
    with signed_in(house, "zawadi-it") as zawadi:
        form = {**FORM, "csrf": csrf(zawadi), "second": pair[1]}
        made = zawadi.post("/console/clients/new", data=form).headers["Location"].rpartition("/")[2]
    handed = {"csrf": csrf(amina), "leaver": pair[1], "successor": "amina-it@northwind-aid.example"}
    assert amina.post("/console/clients/hand-over", data=handed).status_code == 422
    assert owned(house, "northwind-aid")[made] == pair


def test_a_country_is_disabled_for_ones_own_organization_only(house: Gateway, amina: httpx.Client) -> None:
    with signed_in(house, "joao-it") as theirs, signed_in(house, "amina-it") as ours:
        for http, second in ((theirs, "ines-it@harbour-relief.example"), (ours, FORM["second"])):
            form = {**FORM, "csrf": csrf(http), "second": second, "country": "MMR"}
            assert http.post("/console/clients/new", data=form).status_code == 303
    assert amina.post("/console/clients/country", data={"csrf": csrf(amina), "country": "MMR"}).status_code == 303
    ended = {
        organization: [item.disabled_at is not None for item in of(house, organization) if item.country == "MMR"]
        for organization in ("northwind-aid", "harbour-relief")
    }
    assert ended == {"northwind-aid": [True], "harbour-relief": [False]}


def test_an_application_is_read_by_who_applied_and_the_committee_alone(house: Gateway, amina: httpx.Client) -> None:
    by = Actor(organization="quiet-water", officer="somebody", at=datetime.now(UTC))
    words = Commitments(
        security_risk_management="a register",
        contingency_planning="a plan",
        emergency_arrangements="a duty line",
        purpose=True,
        confidentiality=True,
    )
    with closing(house.store()) as store:
        add_organization(store, by.organization, "Quiet Water", OrganizationCategory.INGO)
        made = Applications(store, Identifiers(secrets.token_bytes(32))).submit(words, None, by, ())
    house.token("ingo-in-area")  # so that the gateway has looked at its directory since
    address = f"/console/applications/{made.row.id}"
    assert "Quiet Water" not in amina.get("/console/applications").text
    assert amina.get(address).status_code == 404
    assert amina.post(address, data={"csrf": csrf(amina), "decision": "APPROVE"}).status_code == 404
    with signed_in(house, "sana-secretariat") as secretariat:
        assert "Quiet Water" in secretariat.get(address).text
        # It reads all of them, and reviews none.
        assert secretariat.post(address, data={"csrf": csrf(secretariat), "decision": "APPROVE"}).status_code == 404


def test_a_co_chair_approves_no_area_and_ends_none(house: Gateway) -> None:
    with signed_in(house, "lucia-chair") as chair:
        form = {"csrf": csrf(chair), "area": "SDN", "ended": "SSD"}
        assert "SSD" in chair.get("/console/partners/northwind-aid").text
        for act in ("areas", "end-area"):
            assert chair.post(f"/console/partners/northwind-aid/{act}", data=form).status_code == 404


def test_only_what_is_a_platform_is_authorised(house: Gateway, amina: httpx.Client) -> None:
    form = {"csrf": csrf(amina), "platform": "meridian-health", "reach": "global"}
    assert amina.post("/console/mandates", data=form).status_code == 422
    with closing(house.store()) as store:
        assert "meridian-health" not in {item.platform_id for item in mandates(store, "northwind-aid")}


@pytest.mark.parametrize(
    "to", ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example", "/sign-out"]
)
def test_the_choice_of_a_language_leads_nowhere_else(amina: httpx.Client, to: str) -> None:
    answer = amina.post("/console/language", data={"csrf": csrf(amina), "language": "fr", "to": to})
    assert answer.headers["Location"] == "/console"


@pytest.mark.parametrize(
    ("accepted", "language"), [("fr-CA,fr;q=0.9,en;q=0.5", "fr"), ("de, en;q=0.3", "en"), ("", "en")]
)
def test_the_browsers_language_is_taken(house: Gateway, accepted: str, language: str) -> None:
    with signed_in(house, "noor-officer") as http:
        page = http.get("/console", headers={"Accept-Language": accepted})
    assert page.headers["Content-Language"] == language
    assert f'<html lang="{language}">' in page.text
