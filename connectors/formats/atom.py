"""Atom feeds (RFC 4287) as indexes of documents: what each entry links to, and when it changed."""

from __future__ import annotations

from typing import Final
from urllib.parse import urljoin
from xml.etree.ElementTree import Element, ParseError

import msgspec
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from connectors.errors import Unusable

_ATOM: Final = "{http://www.w3.org/2005/Atom}"


class Entry(msgspec.Struct, frozen=True):
    """One entry: `href` is absolute, `updated` as written; the document is the same while both are."""

    id: str
    updated: str
    href: str


def entries(body: bytes, base: str, media_type: str) -> list[Entry]:
    """The entries of a feed read from `base`, each with its link of `media_type`, or its alternate link without one.

    Raises `Unusable` where `body` is no Atom feed, carries a DTD, or an entry lacks an id, a date or a link.
    """
    try:
        feed = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise Unusable(f"not an Atom feed: {type(error).__name__}") from error
    if feed.tag != f"{_ATOM}feed":
        raise Unusable("not an Atom feed: its root is another element")
    return [_entry(element, base, media_type) for element in feed.iterfind(f"{_ATOM}entry")]


def _entry(element: Element, base: str, media_type: str) -> Entry:
    links = element.findall(f"{_ATOM}link")
    typed = [link for link in links if link.get("type") == media_type]
    untyped = [link for link in links if link.get("type") is None and link.get("rel", "alternate") == "alternate"]
    href = next((link.get("href") for link in [*typed, *untyped]), None)
    entry_id = element.findtext(f"{_ATOM}id", "").strip()
    updated = element.findtext(f"{_ATOM}updated", "").strip()
    if not href or not entry_id or not updated:
        raise Unusable(f"an Atom entry without `id`, `updated` or a link to `{media_type}`")
    return Entry(entry_id, updated, urljoin(base, href))
