"""Which addresses a webhook may go to."""

from ipaddress import ip_address, ip_network

import pytest

from gateway.notices.reach import Reach

PRIVATE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "2002:7f00:1::", "64:ff9b::a01:203", "2001:0:4136:e378:8000:63bf:80ff:fffe",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_public_is_refused_however_it_is_written(address: str) -> None:
    assert not Reach().permits(ip_address(address), encrypted=True)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:4700::1111", "::ffff:93.184.215.14", "64:ff9b::5db8:d70e"])
def test_what_is_public_is_reached_encrypted_only(address: str) -> None:
    assert Reach().permits(ip_address(address), encrypted=True)
    assert not Reach([ip_network("0.0.0.0/0"), ip_network("::/0")]).permits(ip_address(address), encrypted=False)


def test_a_listed_network_is_reached_and_no_other() -> None:
    reach = Reach([ip_network("10.1.0.0/16")])
    assert reach.permits(ip_address("10.1.2.3"), encrypted=True)
    assert not reach.permits(ip_address("10.1.2.3"), encrypted=False)
    assert not reach.permits(ip_address("10.2.0.1"), encrypted=True)


@pytest.mark.parametrize(
    ("url", "usable"),
    [
        ("https://receiver.example/hook?from=slt", True),
        ("http://receiver.example/hook", False),
        ("https://127.0.0.1/hook", True),
        ("http://127.0.0.1:8080/hook", True),
        ("http://[::1]/hook", False),
        ("https://10.0.0.1/", False),
        ("https://me:word@receiver.example/", False),
        ("https://receiver.example/#part", False),
        ("https://receiver.example/a b", False),
        ("https://receiver.example/\r\nx: y", False),
        ("https:///hook", False),
        ("https://receiver.example:99999/", False),
        ("ftp://receiver.example/", False),
        ("file:///etc/passwd", False),
        ("https://[::1/", False),
        ("https://receiver.example/" + "x" * 3_000, False),
        ("", False),
    ],
)
def test_which_urls_can_be_set(url: str, usable: bool) -> None:
    assert Reach([ip_network("127.0.0.0/8")]).usable(url) is usable
