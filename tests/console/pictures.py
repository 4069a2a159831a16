"""`python -m tests.console.pictures`: the documentation's pictures, by a browser on the demo's console."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from gateway.demo.run import started
from tests.console.browser import Person, chromium
from tests.console.palette import small

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
SIZE = {"width": 960, "height": 900}


def main() -> None:
    """Takes them all; the clock and the ids in them are those of the run."""
    PICTURES.mkdir(exist_ok=True)
    with started(port=0, seed=7, records=60) as demo, chromium() as browser:
        amina = Person(browser, demo.url, "amina-it", viewport=SIZE)
        take(amina.page, "overview")
        page = amina.open("/clients/new")
        page.get_by_label("What it is for").fill("reporting back end")
        page.get_by_label("Country where it is used").fill("SSD")
        page.get_by_label("Second owner").fill("zawadi-it@northwind-aid.example")
        take(page, "register")
        page.get_by_role("button", name="Register").click()
        page.locator("#shown-secret").wait_for()
        # The picture shows where the secret stands, and none.
        secret = page.locator("#shown-secret").inner_text()
        page.locator("#shown-secret").evaluate("shown => { shown.textContent = '1a2b3c4d.' + '•'.repeat(43) }")
        take(page, "secret", whole=False)
        page.get_by_role("link", name="Test this client").click()
        page.get_by_label("Client secret").fill(secret[:-3])
        page.get_by_role("button", name="Test", exact=True).click()
        page.locator(".steps .failed").wait_for()
        take(page, "test")
        tomas = Person(browser, demo.url, "tomas-it", viewport=SIZE)
        page = tomas.open("/applications/new")
        for field in ("Security risk management", "Contingency planning", "Emergency arrangements"):
            page.get_by_label(field).fill(f"{field}: a plan for each office, tried out twice a year.")
        for commitment in ("serves the safety and security", "kept confidential"):
            page.get_by_label(commitment).check()
        page.get_by_role("button", name="Submit the application").click()
        page.get_by_role("status").first.wait_for()
        lucia = Person(browser, demo.url, "lucia-chair", viewport=SIZE)
        page = lucia.open("/applications")
        page.get_by_role("link", name="Larkspur Relief").click()
        expect(page.get_by_label("Approve")).to_be_visible()
        take(page, "review")
        sana = Person(browser, demo.url, "sana-secretariat", "fr", viewport=SIZE)
        take(sana.open("/areas"), "areas-fr")


def take(page: Page, name: str, *, whole: bool = True) -> None:
    """A picture of the page, or of what a window of `SIZE` shows of it."""
    taken = page.screenshot(full_page=whole, animations="disabled")
    (PICTURES / f"{name}.png").write_bytes(small(taken))


if __name__ == "__main__":
    main()
