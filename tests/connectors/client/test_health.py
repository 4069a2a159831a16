"""What the operator sees of a source, and what nobody does."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import msgspec
import pytest

from connectors.client import Bounds, BreakerState
from connectors.errors import SourceError
from tests.connectors.client.opened import opened, soon
from tests.connectors.client.platform import Told, always, platform

SECRET = "canary-7f3a"


async def test_health_tells_state_times_error_and_counts() -> None:
    async with platform(always(Told())) as running, opened(running.url, bounds=Bounds(attempts=2)) as client:
        fresh = client.health
        assert (fresh.breaker, fresh.requests, fresh.in_flight) == (BreakerState.CLOSED, 0, 0)
        assert fresh.last_success is fresh.last_failure is fresh.last_error is None
        start = datetime.now(UTC)
        await client.get("/", deadline=soon())
        running.tell = always(Told(503))
        with pytest.raises(SourceError):
            await client.get("/", deadline=soon())
        now = client.health
        assert now.last_success is not None
        assert now.last_failure is not None
        assert start <= now.last_success <= now.last_failure <= datetime.now(UTC)
        assert (now.last_error, now.requests, now.retries) == ("SOURCE_UNREACHABLE", 3, 1)
        assert fresh.requests == 0, "a snapshot does not change"


async def test_no_credential_is_in_a_representation_an_error_a_log_or_the_health(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    async with platform(always(Told())) as running, opened(running.url, bounds=Bounds(attempts=1)) as client:
        said = []
        for status in (200, 401, 404, 429, 500, 302):
            running.tell = always(Told(status))
            for form in (None, {"password": SECRET}):
                try:
                    await client.send(
                        "GET" if form is None else "POST",
                        "/",
                        deadline=soon(),
                        headers={"authorization": f"Bearer {SECRET}"},
                        form=form,
                    )
                except SourceError as error:
                    said.append(f"{error} {error!r} {error.__cause__!r}")
        said += [repr(client), msgspec.json.encode(client.health).decode()]
        assert len(running.asked) == 12
        assert SECRET in running.asked[0].headers["authorization"]
    assert SECRET not in caplog.text
    assert SECRET not in " ".join(said)
