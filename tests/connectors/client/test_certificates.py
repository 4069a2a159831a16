"""TLS: a certificate is of a known authority, for the platform's name, and not over."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from connectors.errors import Untrusted
from tests.connectors.client.opened import opened, soon
from tests.connectors.proxy import proxied, telling
from tests.notices.certified import Certified

ANSWER = telling("200 OK\ncontent-length: 2", b"{}")


async def test_a_trusted_certificate_for_the_name_is_taken(tmp_path: Path) -> None:
    server, trusted = Certified(tmp_path)("localhost")
    async with proxied(fault=ANSWER, tls=server) as proxy:
        url = proxy.url.replace("127.0.0.1", "localhost")
        async with opened(url, "localhost", trusted=trusted) as client:
            assert await client.get("/", deadline=soon()) == b"{}"


@pytest.mark.parametrize(
    ("name", "valid", "known", "says"),
    [
        ("localhost", timedelta(minutes=-1), True, "expired"),
        ("elsewhere.test", timedelta(hours=1), True, "mismatch"),
        ("localhost", timedelta(hours=1), False, "self-signed"),
    ],
)
async def test_a_certificate_that_proves_nothing_is_refused(
    tmp_path: Path, name: str, valid: timedelta, known: bool, says: str
) -> None:
    server, trusted = Certified(tmp_path)(name, valid)
    async with proxied(fault=ANSWER, tls=server) as proxy:
        url = proxy.url.replace("127.0.0.1", "localhost")
        async with opened(url, "localhost", trusted=trusted if known else None) as client:
            with pytest.raises(Untrusted, match=says):
                await client.get("/", deadline=soon())
            assert client.health.last_error == "SOURCE_UNTRUSTED"
            assert client.health.requests == 1, "it was tried again"
