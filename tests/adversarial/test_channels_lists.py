"""The known channels of lists: filters, orders, counts, markers of redaction, history, rosters, duplicates.

6, aggregates: nothing is grouped or summed yet; what is counted (`totalCount`, `sources.records`) is under 5.
14, correlation: no record is linked to another yet; a second report of the same event is tested here.
"""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.adversarial.aims import aims_at, known_to
from tests.adversarial.scene import (
    BENEATH,
    CANARY,
    EMPTY,
    FULL,
    HIDDEN,
    OPEN,
    PARTNER,
    RESTRICTED,
    WITH_HIDDEN,
    incident,
    neighbours,
    world,
)
from tests.adversarial.selections import everything, schema
from tests.adversarial.street import Street
from tests.adversarial.worlds import World
from tests.conftest import Gateway

LIST = (
    "query($f: IncidentFilter) { incidents(filter: $f) { totalCount { value } nodes { id } sources { name records } } }"
)
WHOLE = f"{{ incidents(first: 100) {{ totalCount {{ value relation }} nodes {{ {everything('Incident')} }} sources {{ {everything('SourceStatus')} }} }} }}"
PAGE = (
    "query($n: Int, $a: String) { incidents(first: $n, after: $a) { nodes { id } pageInfo { hasNextPage endCursor } } }"
)


def both(houses: Street, left: World, right: World, query: str, variables: dict[str, Any] | None = None) -> list[bytes]:
    """What the partner in the area receives of each of the worlds."""
    token = houses.token(houses.client(PARTNER))
    answers = []
    for house, held in ((houses.left, left), (houses.right, right)):
        house.fill(held)
        answer = house.post(token, {"query": query, "variables": variables or {}})
        assert answer.status == 200
        assert b'"errors"' not in answer.body, answer.body
        answers.append(answer.body)
    return answers


def test_01_no_filter_on_a_withheld_value_gains_a_bit(houses: Street) -> None:
    """1: a filter on a redacted field. Each operator, plain and negated, finds what it finds where nothing is."""
    fields: Any = schema().get_type("IncidentFilter")
    aims = list(filter(known_to(fields.fields), aims_at((FULL, EMPTY))["IncidentFilter"]))
    assert {name for aim in aims for name in aim} >= {"category", "impact", "occurred", "area", "text", "attributes"}
    for aim in aims:
        for asked in (aim, {"not": aim}, {"or": [aim, {"not": aim}]}):
            full, empty = both(houses, FULL, EMPTY, LIST, {"f": asked})
            assert full == empty, asked
    found, _ = both(houses, FULL, EMPTY, LIST, {"f": {"category": ["ATTACK"]}})
    assert msgspec.json.decode(found)["data"]["incidents"]["totalCount"] == {"value": 0}


@pytest.mark.parametrize(
    "filter_",
    [
        {"persons": {"name": "x"}},
        {"category": {"startsWith": "A"}},
        {"originator": {"name": "x"}},
        {"title": "x"},
        {"_or": [{"text": "x"}]},
        {"text": {"$gt": ""}},
        {"impact": {"equals": "MINOR"}},
    ],
)
def test_02_an_unknown_field_operator_or_relation_is_refused(gateway: Gateway, filter_: dict[str, Any]) -> None:
    """2: unknown or nested parameters bypass the sanitiser. There is none: what the schema does not name is refused."""
    answer = gateway.post("ingo-in-area", LIST, {"f": filter_}).json()
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"BAD_USER_INPUT"}
    assert answer.get("data") is None


@pytest.mark.parametrize("field", ["SHARED", "OCCURRED", "REPORTED", "IMPACT"])
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
def test_03_order_does_not_move_with_a_withheld_value(houses: Street, field: str, direction: str) -> None:
    """3: sort. Whatever a withheld value is, the record stands where one without it stands."""
    query = (
        f"{{ incidents(orderBy: {{field: {field}, direction: {direction}}}) {{ edges {{ cursor node {{ id }} }} }} }}"
    )
    full, empty = both(houses, FULL, EMPTY, query)
    assert full == empty


@pytest.mark.parametrize("label", ["dss-analyst", "ingo-in-area", "ingo-elsewhere", "ingo-suspended", "ingo-applicant"])
def test_05_counts_are_of_what_is_listed_and_no_page_is_short(gateway: Gateway, label: str) -> None:
    """5: counts, totals, hasNextPage. Totals equal the rows that can be read, and only the last page is not full."""
    counted = gateway.ask(label, "{ incidents { totalCount { value } sources { records } } }")["incidents"]
    sizes, after, seen = [], None, []
    while True:
        page = gateway.ask(label, PAGE, {"n": 17, "a": after})["incidents"]
        sizes.append(len(page["nodes"]))
        seen += [node["id"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert set(sizes[:-1]) <= {17}
    assert len(set(seen)) == len(seen) == counted["totalCount"]["value"]
    assert sum(source["records"] for source in counted["sources"]) == len(seen)


def test_05_hidden_records_change_no_count(houses: Street) -> None:
    """5: with hidden records around, totals and counts a source are the same."""
    full, hidden = both(houses, FULL, WITH_HIDDEN, LIST)
    assert full == hidden


def test_09_withheld_looks_the_same_with_and_without_a_value(houses: Street) -> None:
    """9: null, absent, redacted. Everything of the record is equal where there was a value and where there was none."""
    full, empty = both(houses, FULL, EMPTY, WHOLE)
    assert full == empty
    restricted = [node for node in msgspec.json.decode(full)["data"]["incidents"]["nodes"] if node["redactions"]]
    assert {item["group"] for node in restricted for item in node["redactions"]} >= {
        "WHAT",
        "WHERE",
        "PERSONS",
        "PLANS",
    }


def test_12_a_change_beneath_the_view_leaves_no_trace(houses: Street) -> None:
    """12: history, changelog, version. A new version of withheld values shows nowhere."""
    changed = incident("restricted", RESTRICTED, **{**BENEATH, "title": "Another"})
    later = world(*neighbours(), msgspec.structs.replace(changed, version="2"))
    before, after = both(houses, FULL, later, WHOLE)
    assert before == after


def test_13_nobody_else_of_a_marking_is_told(houses: Street) -> None:
    """13: lists and vocabularies. Whom a marking names, and for whom a restriction is lifted, is in no answer."""
    restrictions = {msgspec.structs.replace(item, lifted_for=frozenset({CANARY})) for item in RESTRICTED.restrictions}
    telling = msgspec.structs.replace(OPEN, named=frozenset({CANARY}), restrictions=frozenset(restrictions))
    plain, named = both(
        houses, world(incident("restricted", RESTRICTED)), world(incident("restricted", telling)), WHOLE
    )
    assert CANARY.encode() not in named
    assert plain == named


def test_14_a_hidden_duplicate_is_not_hinted_at(houses: Street) -> None:
    """14: correlation. A second, unlisted report of the same event in another source changes nothing."""
    shown = incident("open-2", OPEN, **BENEATH)
    duplicate = incident("same-event", HIDDEN, platform="bravo", **BENEATH)
    alone, beside = both(houses, world(shown), world(shown, duplicate), WHOLE)
    assert alone == beside
