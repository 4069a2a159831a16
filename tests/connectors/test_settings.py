"""What a connector is handed shows no secret, and a marking that can't be read is one sentence."""

from __future__ import annotations

import pytest

from connectors.contract import SourceSettings
from connectors.errors import Unconfigured
from connectors.markings import read_marking
from policies.marking import Marking


def test_no_credential_shows_in_a_representation() -> None:
    settings = SourceSettings(
        name="a", url="https://a.example", marking=Marking(originator="x"), credentials={"t": "hush"}
    )
    assert "hush" not in repr(settings)
    assert "hush" not in f"{settings}"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"tl": "RED"}, "tl"),
        ({"tlp": "PINK"}, "tlp"),
        ({"text_free_of": ["EVERYTHING"]}, "PERSONS"),
        ({"text_free_of": [[1]]}, "text_free_of"),
        ({"floor": {"where": 3}}, "POSITION"),
        ({"restrictions": [{"groups": ["WHO"]}]}, "ACTOR"),
    ],
)
def test_a_marking_that_can_not_be_read_is_one_sentence(change: dict[str, object], says: str) -> None:
    with pytest.raises(Unconfigured, match=says):
        read_marking({"originator": "harbour-relief", **change})
