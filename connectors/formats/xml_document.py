"""XML from outside, read without DTDs, entities or anything that it points to (defusedxml)."""

from __future__ import annotations

from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring


class NotXml(ValueError):
    """What was read is no XML that we read; the text names the kind of fault and quotes no value."""


def parse(body: bytes) -> Element:
    """The root element; raises `NotXml`. A DTD is refused, so no entity is expanded or fetched."""
    try:
        return fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        # LookupError: a declared encoding that is none.
        raise NotXml(f"no XML that can be read: {type(error).__name__}") from error


def text_of(element: Element, name: str) -> str | None:
    """The text of the first child `name` (with its namespace in braces); None where it is absent or blank."""
    return (element.findtext(name) or "").strip() or None
