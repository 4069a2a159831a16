"""Nodes decoded into what the query selects: whatever stands in place of an object costs what lies beneath it."""

from __future__ import annotations

import msgspec
import pytest

from connectors.field_map.readers import UNREADABLE
from connectors.graphql.node import Selection

LEAVES = ("ref", "spot.nation.code", "spot.site", "suspects.called", "headline")


def told(text: str, leaves: tuple[str, ...] = LEAVES, optional: frozenset[str] = frozenset()) -> dict[str, object]:
    selection = Selection(leaves, optional)
    row = selection.row(msgspec.json.decode(text, type=selection.type))
    return dict(zip(selection.paths, row, strict=True))


def test_leaves_come_by_their_paths_and_nothing_else_does() -> None:
    node = '{"ref": "1", "more": 2, "spot": {"site": "s", "nation": {"code": "SSD"}}, "suspects": {"called": []}, '
    assert told(node + '"headline": 5}') == {
        "ref": "1",
        "headline": 5,
        "spot.site": "s",
        "spot.nation.code": "SSD",
        "suspects.called": [],
    }


@pytest.mark.parametrize(
    ("spot", "site", "code"),
    [
        ("null", None, None),
        ('{"site": "s", "nation": null}', "s", None),
        ('{"site": "s"}', "s", UNREADABLE),
        ('{"nation": {}}', UNREADABLE, UNREADABLE),
        ('{"site": "s", "nation": "South Sudan"}', "s", UNREADABLE),
        ('{"site": "s", "nation": [{"code": "SSD"}, {"code": "SOM"}, null]}', "s", ["SSD", "SOM"]),
        ('[{"site": "s", "nation": {"code": "SSD"}}, {"site": "t"}]', ["s", "t"], ["SSD"]),
        ("7", UNREADABLE, UNREADABLE),
        ("true", UNREADABLE, UNREADABLE),
    ],
    ids=str,
)
def test_an_object_that_is_none_costs_what_lies_beneath_it(spot: str, site: object, code: object) -> None:
    row = told(f'{{"ref": "1", "headline": "h", "suspects": null, "spot": {spot}}}')
    assert (row["spot.site"], row["spot.nation.code"]) == (site, code)
    assert (row["ref"], row["headline"], row["suspects.called"]) == ("1", "h", None)


def test_what_is_left_out_is_unreadable_unless_it_may_be_left_out() -> None:
    row = told('{"ref": "1"}', optional=frozenset({"headline", "spot.site"}))
    assert (row["headline"], row["spot.site"]) == (None, None)
    assert (row["spot.nation.code"], row["suspects.called"]) == (UNREADABLE, UNREADABLE)


def test_one_leaf_alone_is_a_row_too() -> None:
    assert told('{"a": {"b": {"c": 1}}}', ("a.b.c",)) == {"a.b.c": 1}
    assert told('{"a": {"b": null}}', ("a.b.c",)) == {"a.b.c": None}
