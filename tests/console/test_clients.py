"""Partner IT: registering a client, using it, rotating it, and what a suspension does to it; all in a browser."""

from __future__ import annotations

import json
import re
from contextlib import closing
from datetime import UTC, datetime

import httpx
import pytest
from joserfc.jwk import ECKey
from playwright.sync_api import FilePayload, expect

from gateway.partnership.clients import clients
from tests.conftest import Gateway
from tests.console.browser import Person
from tests.console.conftest import Enter

VIEWER = {"query": "{ viewer { organization partnership client } }"}
INCIDENTS = {"query": "{ incidents(first: 1) { totalCount { value } nodes { id } } }"}


def token(house: Gateway, client: tuple[str, str]) -> httpx.Response:
    return house.http.post(f"{house.url}/oauth/token", data={"grant_type": "client_credentials"}, auth=client)


def asked(house: Gateway, access_token: str, query: dict[str, str]) -> httpx.Response:
    return house.http.post(house.graphql, json=query, headers={"Authorization": f"Bearer {access_token}"})


def suspend(secretariat: Person, organization: str) -> None:
    page = secretariat.open(f"/partners/{organization}")
    page.get_by_label("suspended").check()
    page.get_by_label("Reason").fill("what was shared was passed on")
    assert secretariat.axe() == []
    page.get_by_role("button", name="Record this step").click()
    expect(page.get_by_role("status").first).to_contain_text("The step is recorded")


def test_a_client_is_registered_used_rotated_and_reduced_by_a_suspension(house: Gateway, enter: Enter) -> None:
    person = enter("joao-it")
    page = person.page
    person.register("reporting back end", country="SSD", second="ines-it@harbour-relief.example")
    expect(page.get_by_role("status").first).to_contain_text("is registered")
    assert person.axe() == []
    first = person.credentials()
    address = page.url
    assert first[1] not in address
    granted = token(house, first)
    assert granted.status_code == 200, granted.text
    viewer = asked(house, granted.json()["access_token"], VIEWER).json()["data"]["viewer"]
    assert viewer == {"organization": "harbour-relief", "partnership": "IN_FORCE", "client": first[0]}

    page.reload()
    assert first[1] not in page.content()
    expect(page.get_by_text("never", exact=True)).to_have_count(0)  # last use is told

    page.get_by_label("The secret in use still works for").select_option("24")
    page.get_by_role("button", name="Make a new secret").click()
    page.locator("#shown-secret").wait_for()
    second = person.credentials()
    assert second != first
    assert [token(house, each).status_code for each in (first, second)] == [200, 200]
    page.get_by_role("button", name=f"End now: secret {first[1].partition('.')[0]}").click()
    expect(page.get_by_role("status").first).to_contain_text("has ended")
    assert [token(house, each).status_code for each in (first, second)] == [401, 200]

    live = token(house, second).json()["access_token"]
    suspend(enter("sana-secretariat"), "harbour-relief")
    page.goto("/console")
    expect(page.get_by_text("suspended", exact=True)).to_be_visible()
    page.goto(f"{address}/test")
    page.get_by_label("Client secret").fill(second[1])
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.get_by_role("heading", name="Something stands in the way")).to_be_visible()
    expect(page.locator(".steps .failed")).to_contain_text("The partnership is suspended")
    assert asked(house, live, VIEWER).json()["data"]["viewer"]["partnership"] == "SUSPENDED"

    page.goto(f"{address}/disable")
    assert person.axe() == []
    page.get_by_role("button", name="Disable it now").click()
    expect(page.get_by_role("status").first).to_contain_text("is disabled")
    assert token(house, second).status_code == 401
    assert asked(house, live, VIEWER).status_code == 401


def test_the_keyboard_alone_registers_a_client(enter: Enter) -> None:
    page = enter("amina-it").page
    page.goto("/console/clients/new")

    def tab_to(name: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()") == name:
                return
        raise AssertionError(f"{name} can't be reached with Tab")

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the link that skips to the content
    tab_to("label")
    page.keyboard.type("night script")
    tab_to("scope-2")
    page.keyboard.press("Space")
    tab_to("country")
    page.keyboard.type("ssd")
    tab_to("second")
    page.keyboard.type("zawadi-it@northwind-aid.example")
    tab_to("proof")
    tab_to("Register")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="night script", level=1).wait_for()
    # What was done is where the focus is, so that it is the first thing a screen reader says.
    assert "is registered" in page.evaluate("document.activeElement.textContent")
    expect(page.locator("dd code", has_text="information:share")).to_be_visible()
    expect(page.locator("dd", has_text="SSD")).to_be_visible()


def test_what_is_wrong_stands_beside_its_field_and_nothing_written_is_lost(enter: Enter) -> None:
    person = enter("amina-it")
    page = person.open("/clients/new")
    page.get_by_label("What it is for").fill("half a form")
    page.get_by_label("Country where it is used").fill("South Sudan")
    page.get_by_label("Second owner").fill("amina-it@northwind-aid.example")
    page.get_by_role("checkbox", name="ledger:read").check()
    page.get_by_role("button", name="Register").click()
    alert = page.get_by_role("alert")
    expect(alert).to_be_focused()
    expect(page).to_have_title("Error: Register a client · Console")
    assert person.axe() == []
    expect(page.get_by_label("What it is for")).to_have_value("half a form")
    expect(page.get_by_role("checkbox", name="ledger:read")).to_be_checked()
    country = page.get_by_label("Country where it is used")
    expect(country).to_have_attribute("aria-invalid", "true")
    expect(country).to_have_accessible_description(re.compile("three-letter codes"))
    alert.get_by_role("link", name="You are the first owner").click()
    expect(page.get_by_label("Second owner")).to_be_focused()


def test_public_keys_take_the_place_of_a_secret(enter: Enter) -> None:
    person = enter("amina-it")
    page = person.open("/clients/new")
    page.get_by_label("What it is for").fill("signing script")
    page.get_by_label("Second owner").fill("zawadi-it@northwind-aid.example")
    page.get_by_label("With a signature").check()
    page.get_by_label("JSON Web Key Set").fill("not a key set")
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_label("JSON Web Key Set")).to_have_accessible_description(re.compile("no JSON object"))
    keys = [ECKey.generate_key("P-256", {"kid": f"key-{number}"}).as_dict(private=False) for number in (1, 2)]
    page.get_by_label("JSON Web Key Set").fill("")
    uploaded: FilePayload = {
        "name": "jwks.json",
        "mimeType": "application/json",
        "buffer": json.dumps({"keys": keys[:1]}).encode(),
    }
    page.get_by_label("… or a file with it").set_input_files(uploaded)
    page.get_by_role("button", name="Register").click()
    page.get_by_role("heading", name="signing script", level=1).wait_for()
    expect(page.locator("#shown-secret")).to_have_count(0)
    page.get_by_label("JSON Web Key Set").fill(json.dumps({"keys": keys}))
    page.get_by_role("button", name="Replace the keys").click()
    expect(page.get_by_role("listitem").filter(has_text="key-2")).to_be_visible()
    page.get_by_role("link", name="Test this client").click()
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.locator(".steps")).to_contain_text("Public keys on record: 2")
    assert person.axe() == []


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda secret: secret, "The gateway answers, and knows the client as northwind-aid"),
        (lambda secret: secret[:-4], "the rest is not. Look whether all of it was copied"),
        (lambda secret: f"zzzzzzzz{secret[8:]}", "never had a secret named"),
        (lambda secret: secret.replace(".", ""), "is no secret of this gateway"),
        (lambda secret: f"x{secret}", "is no secret of this gateway"),
    ],
    ids=["right", "cut short", "another name", "without a dot", "another form"],
)
def test_the_test_says_why_a_secret_is_not_taken(enter: Enter, spoil: object, told: str) -> None:
    assert callable(spoil)
    person = enter("amina-it")
    person.register(f"tried {datetime.now(UTC).timestamp()}")
    page, secret = person.page, spoil(person.credentials()[1])
    page.get_by_role("link", name="Test this client").click()
    page.get_by_label("Client secret").fill(secret)
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.locator(".steps")).to_contain_text(told)
    assert secret not in page.content()
    assert secret not in page.url


def test_owners_are_at_least_two_and_hand_over(enter: Enter) -> None:
    other = enter("zawadi-it")
    other.register("not shared", second="stranger@northwind-aid.example")
    person = enter("amina-it")
    person.register("shared duty")
    page = person.page
    expect(page.get_by_role("button", name="Take out")).to_have_count(0)
    page.get_by_label("One more owner").fill("third@northwind-aid.example")
    page.get_by_role("button", name="Name as owner").click()
    page.get_by_role("button", name="Take out zawadi-it@northwind-aid.example").click()
    expect(page.get_by_role("status").first).to_contain_text("is no owner any more")
    page.goto("/console/clients")
    # Those with whom one shares a client, and nobody else's.
    expect(page.get_by_label("Who leaves").locator("option", has_text="stranger@")).to_have_count(0)
    page.get_by_label("Who leaves").select_option("third@northwind-aid.example")
    page.get_by_label("Who takes over").fill("zawadi-it@northwind-aid.example")
    page.get_by_role("button", name="Hand over").click()
    row = page.get_by_role("row").filter(has_text="shared duty")
    expect(row).to_contain_text("amina-it@northwind-aid.example, zawadi-it@northwind-aid.example")
    # Somebody else of the organization looks on, and can't make a secret.
    page = other.open("/clients")
    page.get_by_role("link", name="ingo-in-area").click()
    expect(page.get_by_role("button", name="Make a new secret")).to_have_count(0)
    page.get_by_role("button", name="Become its owner").click()
    expect(page.get_by_role("button", name="Make a new secret")).to_be_visible()
    # A client with a capacity has a seat: only the operator says who owns it.
    page.goto("/console/clients")
    page.get_by_role("link", name="ingo-officer").click()
    expect(page.get_by_text("The gateway's operator names its owners")).to_be_visible()
    expect(page.get_by_role("button", name="Become its owner")).to_have_count(0)


def test_one_act_disables_all_clients_of_a_country(house: Gateway, enter: Enter) -> None:
    person = enter("amina-it")
    page = person.page
    held = []
    for label, country in (("laptop one", "MLI"), ("laptop two", "MLI"), ("elsewhere", "SDN")):
        person.register(label, country=country)
        held.append(person.credentials())
    page.goto("/console/clients/country")
    page.get_by_label("Country").select_option("MLI")
    page.get_by_role("button", name="Show its clients").click()
    for label in ("laptop one", "laptop two"):
        expect(page.get_by_role("listitem").filter(has_text=label)).to_be_visible()
    expect(page.get_by_text("elsewhere")).to_have_count(0)
    assert person.axe() == []
    page.get_by_role("button", name="Disable all 2 now").click()
    expect(page.get_by_role("status").first).to_contain_text("MLI: 2")
    assert [token(house, client).status_code for client in held] == [401, 401, 200]


def test_a_test_client_needs_no_admission(house: Gateway, enter: Enter) -> None:
    person = enter("tomas-it")  # of an applicant
    page = person.open("/clients/new")
    page.get_by_label("What it is for").fill("first try")
    page.get_by_label("A test client").check()
    expect(page.get_by_role("checkbox", name="information:read")).to_be_hidden()
    expect(page.get_by_label("With a signature")).to_be_hidden()
    page.get_by_label("Second owner").fill("olga-it@larkspur-relief.example")
    page.get_by_role("button", name="Register").click()
    page.locator("#shown-secret").wait_for()
    client_id, _ = person.credentials()
    with closing(house.store()) as store:
        assert next(item for item in clients(store, "larkspur-relief") if item.client_id == client_id).test
    page.get_by_role("link", name="Test this client").click()
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.get_by_role("heading", name="Nothing stands in the way")).to_be_visible()


def test_a_suspended_organizations_clients_are_offered_no_more_than_fits(enter: Enter) -> None:
    page = enter("petra-it").open("/clients/new")
    expect(page.get_by_role("checkbox", name="information:read")).to_be_visible()
    expect(page.get_by_role("checkbox", name="consent:decide")).to_have_count(0)


def test_a_secret_is_not_in_the_page_that_the_browser_goes_back_to(enter: Enter) -> None:
    person = enter("amina-it")
    person.register("shown once")
    _, secret = person.credentials()
    person.page.goto("/console/clients")
    person.page.go_back()
    person.page.get_by_role("heading", name="shown once", level=1).wait_for()
    assert secret not in person.page.content()


def test_the_secret_is_copied_with_one_press(enter: Enter) -> None:
    person = enter("amina-it")
    person.context.grant_permissions(["clipboard-read", "clipboard-write"])
    person.register("copied")
    person.page.get_by_role("button", name="Copy the secret").click()
    expect(person.page.get_by_text("Copied.")).to_be_visible()
    assert person.page.evaluate("navigator.clipboard.readText()") == person.credentials()[1]


def test_all_of_it_works_without_scripts(house: Gateway, enter: Enter) -> None:
    person = enter("amina-it", java_script_enabled=False)
    page = person.open("/clients/new")
    expect(page.get_by_label("JSON Web Key Set")).to_be_visible()
    person.register("plain")
    assert token(house, person.credentials()).status_code == 200
    expect(page.get_by_role("button", name="Copy the secret")).to_have_count(0)
