"""Published keys over time: fresh, rotated, survived, and never older than their life."""

from ipaddress import ip_network

import pytest

from gateway.identity.remote_keys import FRESH_SECONDS, LIFE_SECONDS, PAUSE_SECONDS, RemoteKeys
from tests.identity.signing import new_key, public, publishing


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


async def test_a_new_key_is_seen_when_it_is_first_used_and_a_withdrawn_one_when_the_set_is_old() -> None:
    clock = Clock()
    first, second = new_key(), new_key(kid="second")
    with publishing() as publisher:
        url, keys = f"{publisher.url}/jwks.json", RemoteKeys([ip_network("127.0.0.1")], clock)
        publisher.document = public(first)

        async def names(kid: str | None) -> list[str | None]:
            return [key.kid for key in await keys.keys(url, kid)]

        assert await names("first") == ["first"]
        publisher.document = public(second)
        assert await names("second") == ["first"]  # asked just now: an attacker's names call nobody
        assert publisher.asked == 1
        clock.now += PAUSE_SECONDS
        assert await names("first") == ["first"]
        assert await names("second") == ["second"]
        publisher.document = public(first)
        clock.now += FRESH_SECONDS
        assert await names("second") == ["first"]
        assert publisher.asked == 3


@pytest.mark.parametrize("document", [{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}, [], "x" * 70_000])
async def test_an_outage_is_survived_and_nothing_older_than_its_life_is_accepted(document: object) -> None:
    clock = Clock()
    with publishing() as publisher:
        url, keys = f"{publisher.url}/jwks.json", RemoteKeys([ip_network("127.0.0.1")], clock)
        publisher.document = public(new_key())
        assert len(await keys.keys(url, None)) == 1
        publisher.document = document
        clock.now += FRESH_SECONDS
        assert len(await keys.keys(url, None)) == 1
        publisher.status = 503
        clock.now += LIFE_SECONDS - FRESH_SECONDS - 1
        assert len(await keys.keys(url, None)) == 1
        clock.now += 1
        assert await keys.keys(url, None) == ()
        publisher.document, publisher.status = public(new_key()), 200
        clock.now += PAUSE_SECONDS
        assert len(await keys.keys(url, None)) == 1
