"""One demo for the console's tests, and a browser for each of their modules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from gateway.demo.run import started
from tests.conftest import Gateway
from tests.console.browser import Person, chromium

Enter = Callable[..., Person]


@pytest.fixture(scope="session")
def house() -> Iterator[Gateway]:
    """A gateway of their own: they suspend partners and register clients."""
    with started(port=0, seed=7, records=60) as demo:
        running = Gateway(demo)
        try:
            yield running
        finally:
            running.http.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def enter(house: Gateway, browser: Browser) -> Iterator[Enter]:
    """Signs persons in; whatever the browser complained of in the test, be it of the policy for content, fails it."""
    persons: list[Person] = []

    def make(person: str, language: str = "en", **options: Any) -> Person:
        persons.append(Person(browser, house.url, person, language, **options))
        return persons[-1]

    yield make
    complaints = [complaint for person in persons for complaint in person.complaints]
    for person in persons:
        person.context.close()
    assert complaints == []
