"""Which addresses a source may be reached at, however they are written and whatever the name service says."""

from __future__ import annotations

import asyncio
import socket
from ipaddress import ip_address
from typing import Any

import pytest

from connectors.client import PrivateHosts
from connectors.errors import AddressRefused, Unconfigured
from tests.connectors.client.opened import opened, soon
from tests.connectors.client.platform import Told, always, platform

# Nobody's: what it is listed for is to have something listed.
ELSEWHERE = "192.0.2.0/24"
LOOPBACK = ["127.0.0.1", "2130706433", "0x7f000001", "0x7f.1", "127.1", "[::ffff:127.0.0.1]", "localhost"]
PRIVATE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:10.0.0.1", "2002:7f00:1::",
    "64:ff9b::a01:203",
]  # fmt: skip


@pytest.mark.parametrize("written", LOOPBACK)
async def test_loopback_is_refused_unless_listed_however_it_is_written(written: str) -> None:
    async with platform(always(Told())) as running:
        url = running.url.replace("127.0.0.1", written)
        async with opened(url, ELSEWHERE) as client:
            with pytest.raises(AddressRefused, match="private_hosts"):
                await client.get("/", deadline=soon())
        assert not running.asked


@pytest.mark.parametrize("written", ["127.0.0.1", "2130706433", "0x7f000001", "127.1"])
async def test_a_listed_address_is_reached_however_it_is_written(written: str) -> None:
    async with (
        platform(always(Told())) as running,
        opened(running.url.replace("127.0.0.1", written), "127.0.0.1") as client,
    ):
        assert await client.get("/", deadline=soon()) == b"{}"


async def test_an_octal_address_is_refused_at_the_start() -> None:
    with pytest.raises(Unconfigured, match="Invalid IPv4"):
        async with opened("http://0177.0.0.1", "127.0.0.1"):
            pass


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_public_is_refused(address: str) -> None:
    assert not PrivateHosts().permits("platform.example", ip_address(address))


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:4700::1111", "::ffff:93.184.215.14"])
def test_what_is_public_needs_no_listing(address: str) -> None:
    assert PrivateHosts().permits("platform.example", ip_address(address))


def test_a_listed_name_leads_to_private_addresses_and_not_to_link_local_ones() -> None:
    listed = PrivateHosts(["Kobo.Intranet", "10.9.0.0/16"])
    assert listed.permits("kobo.intranet", ip_address("10.1.2.3"))
    assert listed.permits("kobo.intranet", ip_address("127.0.0.1"))
    assert listed.permits("other.intranet", ip_address("10.9.2.3"))
    assert not listed.permits("other.intranet", ip_address("10.1.2.3"))
    for address in ("169.254.169.254", "fe80::1", "::ffff:169.254.169.254", "0.0.0.0", "224.0.0.1"):
        assert not listed.permits("kobo.intranet", ip_address(address))
    assert PrivateHosts(["169.254.0.0/16"]).permits("kobo.intranet", ip_address("169.254.169.254"))


@pytest.mark.parametrize("written", ["", "10.0.0.1/8", "2130706433", "a host", "http://kobo.intranet", "-x.example"])
def test_what_is_no_host_is_refused_at_the_start(written: str) -> None:
    with pytest.raises(ValueError, match="is no host"):
        PrivateHosts([written])


class Names:
    """A name service whose answer changes from one question to the next."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)

    async def getaddrinfo(self, host: str, port: int, **_asked: Any) -> list[Any]:
        address = self.answers.pop(0)
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (address, port))]


async def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    names = Names("127.0.0.1", "169.254.169.254", "10.0.0.1")
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", names.getaddrinfo)
    async with platform(always(Told())) as running:
        url = running.url.replace("127.0.0.1", "rebinding.example")
        async with opened(url, "127.0.0.1") as client:
            assert await client.get("/", deadline=soon()) == b"{}"
            assert running.asked[0].headers["host"] == url.removeprefix("http://")
        for _ in range(2):
            async with opened(url, "127.0.0.1") as client:
                with pytest.raises(AddressRefused):
                    await client.get("/", deadline=soon())
    assert not names.answers, "each connection asked once, before it was checked"


async def test_a_host_is_refused_for_any_one_of_its_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    async def getaddrinfo(host: str, port: int, **_asked: Any) -> list[Any]:
        return [(socket.AF_INET, 1, 6, "", (address, port)) for address in ("127.0.0.1", "10.0.0.1")]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    async with platform(always(Told())) as running:
        async with opened(running.url.replace("127.0.0.1", "two.example"), "127.0.0.1") as client:
            with pytest.raises(AddressRefused):
                await client.get("/", deadline=soon())
        assert not running.asked


async def test_where_one_address_takes_no_connection_the_next_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    async def getaddrinfo(host: str, port: int, **_asked: Any) -> list[Any]:
        return [(socket.AF_INET, 1, 6, "", (address, port)) for address in ("127.0.0.2", "127.0.0.1")]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    async with platform(always(Told())) as running:
        async with opened(running.url.replace("127.0.0.1", "two.example"), "127.0.0.0/8") as client:
            assert await client.send("POST", "/", deadline=soon(), content=b"once") == b"{}"
        assert [asked.body for asked in running.asked] == [b"once"]
