"""Atom (RFC 4287) and RSS 2.0 as indexes of CAP messages: what each entry links to or holds, and when it changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

import msgspec

from connectors.errors import Unusable
from connectors.formats import cap
from connectors.formats.xml_document import NotXml, parse, text_of

_ATOM: Final = "{http://www.w3.org/2005/Atom}"
_BASE: Final = "{http://www.w3.org/XML/1998/namespace}base"
_RSS_CHANNEL: Final = "channel"
# An entry may link to several documents; a page for people is none of them.
_XML_TYPES: Final = (cap.MEDIA_TYPE, "application/xml", "text/xml", None)


class Entry(msgspec.Struct, frozen=True):
    """One entry. `href` is absolute, None where there is no link; `updated` as written, None where the index has none.

    A document is the same while both are. `inline` is the CAP message itself, where the entry holds it.
    """

    id: str
    updated: str | None
    href: str | None
    inline: Element | None = None


def entries(body: bytes, base: str) -> list[Entry]:
    """The entries of a feed read from `base`, in its order; raises `Unusable` where `body` is no feed or has a DTD."""
    root = read_feed(body)
    if root.tag == f"{_ATOM}feed":
        base = urljoin(base, root.get(_BASE, ""))
        return list(dict.fromkeys(_atom(entry, base) for entry in root.iterfind(f"{_ATOM}entry")))
    return list(dict.fromkeys(_rss(item, base) for item in items(root)))


def read_feed(body: bytes) -> Element:
    """The root of an Atom feed or of RSS 2.0; raises `Unusable`."""
    try:
        root = parse(body)
    except NotXml as error:
        raise Unusable(f"the index is {error}") from error
    if root.tag != f"{_ATOM}feed" and (root.tag != "rss" or root.find(_RSS_CHANNEL) is None):
        raise Unusable("the index is neither an Atom feed nor RSS 2.0: its root is another element")
    return root


def items(root: Element) -> Iterator[Element]:
    """The items of RSS 2.0."""
    return root.iterfind(f"{_RSS_CHANNEL}/item")


def _atom(entry: Element, base: str) -> Entry:
    base = _joined(base, entry.get(_BASE, "")) or base
    links = [
        (link.get("type"), link.get("href"))
        for link in entry.iterfind(f"{_ATOM}link")
        # `self` is the entry and `related` another matter.
        if link.get("rel", "alternate") in ("alternate", "enclosure", "via")
    ]
    source = entry.find(f"{_ATOM}content")
    if source is not None and source.get("src"):
        links.insert(0, (source.get("type"), source.get("src")))
    name = text_of(entry, f"{_ATOM}id")
    if name is None:
        raise Unusable("an Atom entry without `id`: the index is no Atom feed")
    return _entry(entry, name, text_of(entry, f"{_ATOM}updated"), _joined(base, _chosen(links)))


def _rss(item: Element, base: str) -> Entry:
    links = [(enclosure.get("type"), enclosure.get("url")) for enclosure in item.iterfind("enclosure")]
    links.append((None, text_of(item, "link")))
    return _entry(item, text_of(item, "guid"), text_of(item, "pubDate"), _joined(base, _chosen(links)))


def _entry(element: Element, name: str | None, updated: str | None, href: str | None) -> Entry:
    inline = next((child for child in element.iter() if cap.is_alert(child)), None)
    return Entry(name or href or "", updated, href, inline)


def _chosen(links: list[tuple[str | None, str | None]]) -> str | None:
    """The first link of the best type."""
    for wanted in _XML_TYPES:
        for media_type, href in links:
            if href and media_type == wanted:
                return href.strip()
    return None


def _joined(base: str, href: str | None) -> str | None:
    """`href` from `base`; None where it is no address."""
    try:
        return None if href is None else urljoin(base, href)
    except ValueError:
        return None
