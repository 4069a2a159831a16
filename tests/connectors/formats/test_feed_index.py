"""Atom and RSS as indexes: which link of an entry is its message, and what makes an entry the same as before."""

from __future__ import annotations

import pytest

from connectors.errors import Unusable
from connectors.formats.cap import NAMESPACE
from connectors.formats.feed_index import Entry, entries

BASE = "https://alerts.example/feeds/index.xml"


def atom(content: str, root: str = "") -> list[Entry]:
    return entries(f'<feed xmlns="http://www.w3.org/2005/Atom"{root}>{content}</feed>'.encode(), BASE)


def rss(content: str) -> list[Entry]:
    return entries(f'<rss version="2.0"><channel><title>x</title>{content}</channel></rss>'.encode(), BASE)


def href(links: str, entry: str = "", root: str = "") -> str | None:
    (found,) = atom(f"<entry{entry}><id>urn:1</id><updated>u</updated>{links}</entry>", root)
    return found.href


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ('<link type="application/cap+xml" href="a.xml"/>', "https://alerts.example/feeds/a.xml"),
        ('<link href="/a.xml"/>', "https://alerts.example/a.xml"),
        ('<link type="text/html" href="a.html"/><link type="application/cap+xml" href="a.xml"/>', "a.xml"),
        ('<link href="a"/><link type="text/xml" href="b"/><link type="application/cap+xml" href="c"/>', "c"),
        ('<link href="a"/><link type="application/xml" href="b"/>', "b"),
        ('<link rel="self" href="self.xml"/><link rel="related" href="other.xml"/><link href="a.xml"/>', "a.xml"),
        ('<link rel="enclosure" type="application/cap+xml" href="a.xml"/>', "a.xml"),
        ('<content type="application/cap+xml" src="a.xml"/><link href="page"/>', "a.xml"),
        ('<link type="text/html" href="a.html"/>', None),
        ('<link rel="self" href="self.xml"/>', None),
        ('<link href="http://["/>', None),
        ("", None),
    ],
)
def test_of_an_entrys_links_the_one_to_a_cap_file_is_taken(links: str, expected: str | None) -> None:
    whole = expected if expected is None or "://" in expected else f"https://alerts.example/feeds/{expected}"
    assert href(links) == whole


def test_links_are_relative_to_the_index_or_to_what_xml_base_says() -> None:
    link = '<link href="a.xml"/>'
    assert href(link, root=' xml:base="/other/"') == "https://alerts.example/other/a.xml"
    assert (
        href(link, entry=' xml:base="deep/"', root=' xml:base="/other/"') == "https://alerts.example/other/deep/a.xml"
    )


def test_an_rss_item_links_by_its_enclosure_or_else_its_link() -> None:
    page = "<link>page.html</link>"
    (one,) = rss(f'<item>{page}<enclosure type="application/cap+xml" url="a.xml"/><guid>1</guid></item>')
    assert one == Entry("1", None, "https://alerts.example/feeds/a.xml")
    (two,) = rss("<item><link> /b.xml </link><guid>2</guid><pubDate>Mon</pubDate></item>")
    assert two == Entry("2", "Mon", "https://alerts.example/b.xml")


def test_an_entry_without_a_name_is_called_by_its_link() -> None:
    (found,) = rss("<item><link>a.xml</link></item>")
    assert found.id == found.href == "https://alerts.example/feeds/a.xml"


def test_an_entry_told_twice_is_one() -> None:
    entry = '<entry><id>urn:1</id><updated>u</updated><link href="a.xml"/></entry>'
    assert len(atom(entry + entry)) == 1


@pytest.mark.parametrize(
    "version", [NAMESPACE, "urn:oasis:names:tc:emergency:cap:1.1", "http://www.incident.com/cap/1.0"]
)
def test_a_message_within_an_entry_is_found_whatever_its_version(version: str) -> None:
    content = f'<content type="text/xml"><alert xmlns="{version}"/></content>'
    (found,) = atom(f"<entry><id>urn:1</id>{content}</entry>")
    assert found.inline is not None
    (found,) = rss(f'<item><c:alert xmlns:c="{version}"/></item>')
    assert found.inline is not None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>Sign in</body></html>",
        b'{"error": "x"}',
        b'<feed xmlns="http://purl.org/atom/ns#"/>',
        b"<feed/>",
        b'<rss version="2.0"/>',
        f'<alert xmlns="{NAMESPACE}"/>'.encode(),
        b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="a"/></entry></feed>',
        b'<!DOCTYPE feed [<!ENTITY a "x">]><feed xmlns="http://www.w3.org/2005/Atom"/>',
    ],
)
def test_what_is_no_index_is_refused(body: bytes) -> None:
    with pytest.raises(Unusable):
        entries(body, BASE)
