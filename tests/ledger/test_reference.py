"""References: one a record, and no two alike."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.ledger.reference import REFERENCE_BYTES, reference

texts = st.text(max_size=6)


@given(one=st.tuples(texts, texts, texts), other=st.tuples(texts, texts, texts))
def test_two_records_share_a_reference_only_if_they_are_one(
    one: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    assert (reference(*one) == reference(*other)) == (one == other)


@given(text=st.text(min_size=2, max_size=8), first=st.integers(0, 8), second=st.integers(0, 8))
def test_where_one_part_ends_makes_a_difference(text: str, first: int, second: int) -> None:
    if text[:first] != text[:second]:
        assert reference(text[:first], text[first:], "") != reference(text[:second], text[second:], "")


def test_a_reference_stays_what_it_was() -> None:
    # Consents and ledgers of years hold these bytes: SHA-256 of 0x93 and the three strings as MessagePack has them.
    assert reference("unsms-feed", "INCIDENT_REPORT", "4711").hex() == "9eb7414f703a00845e19937d5800e586"
    assert len(reference("", "", "")) == REFERENCE_BYTES
