"""XML from outside: what could harm the reader is refused, whatever it is wrapped in."""

from __future__ import annotations

import encodings.aliases
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.formats.xml_document import NotXml, parse, text_of

LAUGHS = b"<!DOCTYPE a [<!ENTITY x0 'ha'>" + b"".join(
    b"<!ENTITY x%d '%s'>" % (number, b"&x%d;" % (number - 1) * 10) for number in range(1, 12)
)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (LAUGHS + b"]><a>&x11;</a>", "DTDForbidden"),
        (b'<!DOCTYPE a [<!ENTITY x "' + b"x" * 50_000 + b'">]><a>' + b"&x;" * 1000 + b"</a>", "DTDForbidden"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "DTDForbidden"),
        (b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd"><a/>', "DTDForbidden"),
        (b'<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:1/">%x;]><a/>', "DTDForbidden"),
        (b"<a>&x;</a>", "ParseError"),
        (b"", "ParseError"),
        (b"<a>", "ParseError"),
        (b"<a>\x00</a>", "ParseError"),
        (b'<?xml version="1.0" encoding="no-such-encoding"?><a/>', "LookupError"),
        (b'<?xml version="1.0" encoding="hex"?><a/>', "LookupError"),
        (b'<?xml version="1.0" encoding="shift_jis"?><a/>', "ValueError"),
    ],
)
def test_what_could_harm_is_refused_by_the_name_of_its_fault(body: bytes, reason: str) -> None:
    with pytest.raises(NotXml, match=reason):
        parse(body)


@pytest.mark.parametrize("start", [b"\xef\xbb\xbf", b'\xef\xbb\xbf<?xml version="1.0" encoding="utf-8"?>'])
def test_a_byte_order_mark_does_not_matter(start: bytes) -> None:
    assert text_of(parse(start + "<a><b> Ä </b></a>".encode()), "b") == "Ä"


def test_utf_16_is_read_by_its_byte_order_mark() -> None:
    assert text_of(parse("<a><b>Ä</b></a>".encode("utf-16")), "b") == "Ä"


def test_a_blank_element_has_no_text() -> None:
    assert text_of(parse(b"<a><b> \n </b></a>"), "b") is None
    assert text_of(parse(b"<a/>"), "b") is None


def test_two_hundred_thousand_nested_elements_cost_no_stack() -> None:
    assert parse(b"<a>" * 200_000 + b"</a>" * 200_000).tag == "a"


@pytest.mark.parametrize("name", sorted({*encodings.aliases.aliases.values(), "idna", "punycode", "undefined"}))
def test_every_declared_encoding_is_read_or_refused(name: str) -> None:
    with suppress(NotXml):
        parse(f'<?xml version="1.0" encoding="{name}"?><a>x</a>'.encode())


@given(st.binary(max_size=200))
def test_bytes_of_nothing_are_refused_and_no_more(body: bytes) -> None:
    with suppress(NotXml):
        parse(body)
