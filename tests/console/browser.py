"""A person at a real browser on the console, who notes every complaint of it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.http.test_explorer import FLAGS

AXE = Path(__file__).parents[1] / "node" / "node_modules" / "axe-core" / "axe.min.js"
# The browser says so of every page that is answered with a status of 400 or more, as a faulty form is.
_STATUS = re.compile(r"Failed to load resource: the server responded with a status of (400|403|404|422) ")


class Person:
    """Somebody signed in by the demo's issuer, in a browser of their own."""

    def __init__(self, browser: Browser, url: str, person: str, language: str = "en", **options: Any) -> None:
        self.url = url
        self.context = browser.new_context(locale=language, base_url=url, **options)
        self.complaints: list[str] = []
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda line: self._hear(line.type, line.text))
        self.sign_in(person)

    def sign_in(self, person: str) -> None:
        self.page.goto("/console")
        self.page.locator(f'button[name="person"][value="{person}"]').click()
        self.page.wait_for_url("**/console")
        self.page.get_by_role("heading", level=1).wait_for()

    def open(self, path: str) -> Page:
        self.page.goto(f"/console{path}")
        return self.page

    def register(self, label: str, *, country: str = "", second: str = "zawadi-it@northwind-aid.example") -> None:
        page = self.open("/clients/new")
        page.get_by_label("What it is for").fill(label)
        page.get_by_label("Country where it is used").fill(country)
        page.get_by_label("Second owner").fill(second)
        page.get_by_role("button", name="Register").click()
        page.get_by_role("heading", name=label, level=1).wait_for()

    def credentials(self) -> tuple[str, str]:
        """The id and the secret that the page shows once."""
        return self.page.locator("#shown-id").inner_text(), self.page.locator("#shown-secret").inner_text()

    def axe(self) -> Sequence[str]:
        """What axe finds on the page that is serious or worse, by rule and place."""
        self.page.evaluate(AXE.read_text("utf-8"))
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{item['id']}: {node['target']} {node['failureSummary']}"
            for item in found["violations"]
            if item["impact"] in ("serious", "critical")
            for node in item["nodes"]
        ]

    def _hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and not _STATUS.match(text):
            self.complaints.append(text)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's, without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=[*FLAGS, "--disable-lcd-text"]
        )
        try:
            yield browser
        finally:
            browser.close()
