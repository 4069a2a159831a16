"""Co-chairs, secretariat and members: review with four eyes, levels, areas, mandates; and what is not there for one."""

from __future__ import annotations

import json
from contextlib import closing
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from gateway.identity.clients import register_client
from gateway.identity.scopes import Scope
from gateway.partnership.mandates import mandates
from policies.vocabulary import Purpose
from tests.conftest import Gateway
from tests.console.conftest import Enter

WORDS = "A register of risks for each office, reviewed each quarter."


def done(page: Page, told: str) -> None:
    expect(page.get_by_role("status").first).to_contain_text(told)


def approve(page: Page) -> None:
    page.get_by_label("Approve").check()
    page.get_by_role("button", name="Record the review").click()
    done(page, "Your review is recorded")


def test_both_co_chairs_admit_an_applicant_each_in_a_browser_of_their_own(enter: Enter) -> None:
    applicant = enter("tomas-it")
    # There is no memorandum yet of which anything could be said.
    expect(applicant.page.get_by_text("Memorandum")).to_have_count(0)
    page = applicant.open("/applications/new")
    page.get_by_role("button", name="Submit the application").click()
    expect(page.get_by_role("alert")).to_contain_text("Partnership depends on this commitment")
    assert applicant.axe() == []
    for field in ("Security risk management", "Contingency planning", "Emergency arrangements"):
        page.get_by_label(field).fill(WORDS)
    page.get_by_label("In certain countries").check()
    page.get_by_label("Countries", exact=True).fill("SSD som")
    for commitment in ("serves the safety and security", "kept confidential"):
        page.get_by_label(commitment).check()
    page.get_by_role("button", name="Submit the application").click()
    done(page, "Your application is submitted")
    address = page.url
    expect(page.get_by_role("button", name="Record the review")).to_have_count(0)

    dss, ingo = enter("lucia-chair"), enter("mikael-chair")
    first, second = (chair.open("/applications") for chair in (dss, ingo))
    for chair in (first, second):
        chair.get_by_role("link", name="Larkspur Relief").first.click()
        expect(chair.get_by_text("SOM, SSD")).to_be_visible()
    assert dss.axe() == []
    first.get_by_label("Refuse").check()
    first.get_by_role("button", name="Record the review").click()
    expect(first.get_by_label("Reason")).to_have_attribute("aria-invalid", "true")
    approve(first)
    expect(first.get_by_role("button", name="Record the review")).to_have_count(0)
    expect(first.get_by_text("Your side has reviewed it")).to_be_visible()
    approve(second)
    expect(second.locator("#past")).to_be_visible()
    page.goto(address)
    expect(page.locator("dd .status")).to_have_text("approved")

    first.goto("/console/partners/larkspur-relief")
    first.get_by_label("First day").first.fill("2020-01-01")
    first.get_by_label("Last day").first.fill("2019-12-31")
    first.get_by_role("button", name="Put in force").click()
    expect(first.get_by_role("alert")).to_contain_text("lies before the first")
    expect(first.get_by_label("First day").first).to_have_value("2020-01-01")
    first.get_by_label("Last day").first.fill("2099-12-31")
    first.get_by_role("button", name="Put in force").click()
    done(first, "The agreement of Larkspur Relief is recorded")
    page.goto("/console")
    expect(page.get_by_text("in force", exact=True)).to_be_visible()
    expect(page.get_by_text("1 January 2020 to 31 December 2099")).to_be_visible()


def test_the_secretariat_sets_a_level_and_approves_an_area_with_dates(enter: Enter) -> None:
    secretariat = enter("sana-secretariat")
    page = secretariat.open("/areas")
    page.get_by_label("Country").fill("MLI")
    page.get_by_label("Very high").check()
    page.get_by_label("Regular").check()
    page.get_by_role("button", name="Set the level").click()
    done(page, "MLI is set to regular")
    expect(page.get_by_text("Level and risk disagree in MLI")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="MLI")).to_contain_text("the risk asks for enhanced")
    assert secretariat.axe() == []
    page.goto("/console/partners/cedarbridge")
    page.get_by_label("Country", exact=True).fill("TCD")
    page.get_by_label("Last day").last.fill("2099-06-30")
    page.get_by_role("button", name="Approve", exact=True).click()
    done(page, "TCD is approved for Cedarbridge")
    expect(page.get_by_role("row").filter(has_text="TCD").first).to_contain_text("30 June 2099")
    page.get_by_role("button", name="End: approval for TCD").click()
    done(page, "The approval of TCD has ended")
    expect(page.get_by_role("button", name="End: approval for TCD")).to_have_count(0)


def test_a_member_gives_a_platform_a_mandate_and_ends_it(house: Gateway, enter: Enter) -> None:
    person = enter("amina-it")
    page = person.open("/mandates")
    page.get_by_label("Platform", exact=True).select_option("common-ground-platform")
    page.get_by_label("Countries", exact=True).fill("SSD")
    page.get_by_role("button", name="Authorise").click()
    done(page, "Common Ground may ask on your behalf")
    with closing(house.store()) as store:
        (row,) = mandates(store, "northwind-aid")
    assert row.areas == ["SSD"]
    assert person.axe() == []
    page.get_by_role("button", name="End now: mandate of Common Ground").click()
    done(page, "may no longer ask")
    with closing(house.store()) as store:
        (row,) = mandates(store, "northwind-aid")
    assert row.ended_at is not None


def test_what_was_given_is_told_and_the_ledger_is_taken_away(house: Gateway, enter: Enter) -> None:
    assert house.ask("dss-analyst", "{ incidents(first: 100) { nodes { id title } } }")
    person = enter("joao-it")
    page = person.open("/contributions")
    expect(page.get_by_role("row").filter(has_text="UNDSS")).to_be_visible()
    assert person.axe() == []
    page.goto("/console/ledger")
    # A disclosure is in its tree within seconds of the answer.
    for _ in range(500):
        if page.get_by_role("row").filter(has_text="UNDSS").count():
            break
        page.reload()
    expect(page.get_by_role("row").filter(has_text="UNDSS").first).to_contain_text("safety and security")
    assert person.axe() == []
    with page.expect_download() as download:
        page.get_by_role("link", name="Export all of it").click()
    lines = [json.loads(line) for line in download.value.path().read_text("utf-8").splitlines()]
    assert lines
    assert {line["organization"] for line in lines} >= {"undss"}
    assert [line["leafIndex"] for line in lines] == list(range(len(lines)))


@pytest.mark.parametrize(
    ("person", "menu"),
    [
        ("amina-it", ["Overview", "Clients", "Platforms", "Given and received", "Ledger", "Applications", "Areas"]),
        ("noor-officer", ["Overview", "Given and received", "Ledger", "Applications", "Areas"]),
        ("lucia-chair", ["Overview", "Applications", "Partners", "Areas"]),
        ("sana-secretariat", ["Overview", "Applications", "Partners", "Areas"]),
        ("idris-analyst", ["Overview", "Areas"]),
        ("petra-it", ["Overview", "Clients", "Platforms", "Given and received", "Ledger", "Applications"]),
    ],
)
def test_a_page_that_is_not_for_a_person_is_as_none(enter: Enter, person: str, menu: list[str]) -> None:
    there = enter(person)
    page = there.page
    assert page.get_by_role("navigation").get_by_role("link").all_inner_texts() == menu
    page.goto("/console/nowhere")
    nothing = page.locator("main").inner_html()
    hidden = {
        "Clients": "/clients/new",
        "Platforms": "/mandates",
        "Ledger": "/ledger/extract",
        "Applications": "/applications/abc",
        "Partners": "/partners/northwind-aid",
        "Areas": "/areas",
    }
    for name, path in hidden.items():
        if name not in menu:
            page.goto(f"/console{path}")
            assert page.locator("main").inner_html() == nothing, path


def test_french_throughout_and_kept(enter: Enter) -> None:
    person = enter("amina-it", "fr-FR")
    page = person.page
    expect(page).to_have_title("Bienvenue, Amina Hallow · Console")
    page.goto("/console/clients/new")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("alert")).to_contain_text("Dites à quoi sert le client.")
    assert person.axe() == []
    page.get_by_role("button", name="English").click()
    expect(page).to_have_title("Register a client · Console")
    page.goto("/console")
    expect(page).to_have_title("Welcome, Amina Hallow · Console")
    page.get_by_role("button", name="Français").click()
    expect(page.get_by_text("en vigueur", exact=True)).to_be_visible()


def test_every_page_passes_axe_also_on_a_telephone(enter: Enter) -> None:
    paths = {
        "amina-it": ["", "/clients", "/clients/new", "/clients/country", "/mandates", "/contributions", "/ledger"],
        "sana-secretariat": ["", "/applications", "/partners", "/partners/northwind-aid", "/areas", "/nowhere"],
    }
    for person, pages in paths.items():
        there = enter(person, viewport={"width": 360, "height": 740})
        for path in pages:
            there.open(path)
            assert there.axe() == [], path
            too_wide = there.page.evaluate("document.documentElement.scrollWidth > innerWidth")
            assert not too_wide, path


def test_the_pages_around_sign_in_pass_axe_and_are_in_the_persons_language(house: Gateway, enter: Enter) -> None:
    with closing(house.store()) as store:
        client = register_client(
            store,
            "northwind-aid",
            "field map",
            [Scope.ALERTS_READ],
            Purpose.SAFETY_AND_SECURITY,
            redirect_uris=[f"{house.url}/explorer"],
        )
    house.token("ingo-in-area")  # so that the gateway has looked at its directory since
    request = {
        "response_type": "code",
        "redirect_uri": f"{house.url}/explorer",
        "code_challenge": "c" * 43,
        "code_challenge_method": "S256",
    }
    pushed = house.http.post(f"{house.url}/oauth/par", data=request, auth=client).json()["request_uri"]
    person = enter("noor-officer", "fr", viewport={"width": 360, "height": 740})
    pages = {
        f"/oauth/authorize?{urlencode({'client_id': client[0], 'request_uri': pushed})}": "Autoriser l'accès",
        "/oauth/authorize?client_id=nobody&request_uri=unknown": "recommencez là d'où vous venez",
        "/sign-in/return/demo?state=unknown": "La connexion n'a pas abouti",
    }
    for path, told in pages.items():
        person.page.goto(path)
        expect(person.page.locator("main")).to_contain_text(told)
        expect(person.page.locator("header")).to_contain_text("Passerelle SLT")
        assert person.axe() == [], path
        assert not person.page.evaluate("document.documentElement.scrollWidth > innerWidth"), path


def test_signing_out_ends_it(enter: Enter) -> None:
    person = enter("amina-it")
    page = person.page
    page.get_by_role("button", name="Sign out").click()
    page.get_by_text("signed out").first.wait_for()
    assert person.axe() == []
    page.goto("/console/clients")
    page.locator('button[name="person"]').first.wait_for()
