"""Others' tests and drafts change nothing for anyone else: two gateways, one of which holds them, answer alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import pytest

from tests.adversarial.house import Answer, House
from tests.adversarial.street import Street, street
from tests.sharing.people import FULL, RECEIPT, SEEN, WITH_PARTNERS

WRITERS: Final = ("an applicant", "a test client of an applicant", "the originator", "a test client of the originator")
PUBLIC: Final = {"audience": "PUBLIC", "tlp": "CLEAR"}
EVERY_STATUS: Final = ["ACTUAL", "EXERCISE", "SYSTEM", "TEST", "DRAFT"]
RECORD: Final = {**FULL, "occurred": {"start": "2026-11-15T14:30:00Z"}}
SHARE: Final = (
    f"mutation($input: ShareIncidentInput!) {{ shareIncident(input: $input) {{ {RECEIPT} record {{ {SEEN} }} }} }}"
)
LIST: Final = (
    "query($f: IncidentFilter, $first: Int) { incidents(first: $first, filter: $f) { totalCount { value relation } "
    f"nodes {{ {SEEN} }} edges {{ cursor }} pageInfo {{ hasNextPage endCursor }} "
    "sources { name state asOf embargoedUntil records } } }"
)
BY_ID: Final = (
    "query($id: ID!) { node(id: $id) { id } incident(id: $id) { id } explain(id: $id) { group effect rules } "
    "disclosures(of: $id, first: 5) { nodes { organization } } recalls(of: $id) { organization } }"
)


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    with street(tmp_path_factory.mktemp("shared")) as built:
        yield built


def empty(houses: Street) -> None:
    """Nothing was shared, and nothing said of it."""
    houses.left.forget()
    houses.right.forget()


def share(houses: Street, house: House, label: str, external_id: str, **fields: Any) -> str:
    """The id of what is taken in by one of the gateways."""
    input_ = {**RECORD, "externalId": external_id, "idempotencyKey": f"{label} {external_id}", **fields}
    token = houses.token(houses.client(label))
    payload = house.post(token, {"query": SHARE, "variables": {"input": input_}}).json()["data"]["shareIncident"]
    assert payload["userErrors"] == []
    id_: str = payload["receipt"]["id"]
    return id_


def operations(ids: Sequence[str]) -> Iterator[dict[str, Any]]:
    """What anyone asks: lists in every way, everything by the ids of what is hidden, and writes of its own."""
    for filter_ in (
        {},
        {"status": EVERY_STATUS},
        {"status": ["TEST", "DRAFT"]},
        {"originator": ["larkspur-relief", "harbour-relief"], "status": None},
        {"text": "shots", "status": EVERY_STATUS},
        {"source": ["gateway"], "status": EVERY_STATUS},
        {"not": {"category": ["THEFT"]}, "status": EVERY_STATUS},
    ):
        for first in (1, 50):
            yield {"query": LIST, "variables": {"f": filter_, "first": first}}
    yield {"query": "{ sources { name connector kinds } viewer { organization test } }"}
    for id_ in ids:
        yield {"query": BY_ID, "variables": {"id": id_}}
        for document in (
            'mutation($id: ID!) { withdraw(input: {id: $id, reason: "?"}) { record { id } userErrors { field code message } } }',
            "mutation($id: ID!) { setRestrictions(input: {id: $id, restrictions: []}) { userErrors { field code message } } }",
            'mutation($id: ID!) { requestConsent(input: {id: $id, groups: [WHAT], justification: "?"}) { userErrors { field code } } }',
        ):
            yield {"query": document, "variables": {"id": id_}}
    own = {**RECORD, "externalId": "a-hidden-one", "idempotencyKey": "an applicant a-hidden-one", "status": "TEST"}
    yield {"query": SHARE, "variables": {"input": own}}
    yield {"query": LIST, "variables": {"f": {"status": ["TEST"]}, "first": 50}}


def answers(houses: Street, house: House, label: str, ids: Sequence[str]) -> list[Answer]:
    token = houses.token(houses.client(label))
    return [house.post(token, body) for body in operations(ids)]


def test_others_tests_and_drafts_change_nothing_for_anyone_else(houses: Street) -> None:
    empty(houses)
    for house in (houses.left, houses.right):
        share(houses, house, "a partner in both areas", "seen-by-all", handling=WITH_PARTNERS)
    hidden = [share(houses, houses.left, label, "a-hidden-one", status="TEST", handling=PUBLIC) for label in WRITERS]
    hidden.append(share(houses, houses.left, "the originator", "a-draft", status="DRAFT", handling=WITH_PARTNERS))
    writing = {houses.client(label).organization for label in WRITERS}
    others = [client.label for client in houses.clients if client.organization not in writing]
    assert len(others) > 10
    shown = 0
    for label in others:
        left, right = (answers(houses, house, label, hidden) for house in (houses.left, houses.right))
        assert left == right, label
        shown += sum(b"seen-by-all" not in answer.body and b"Shots near" in answer.body for answer in left)
    assert shown, "something of what is shared is seen by some of them"


def test_what_its_organization_means_changes_nothing_for_a_test_client(houses: Street) -> None:
    label = "a test client of the originator"
    empty(houses)
    ids = [
        share(houses, houses.left, "the originator", f"meant {status}", status=status, handling=PUBLIC)
        for status in ("ACTUAL", "EXERCISE", "DRAFT")
    ]
    # Neither does an id that both have.
    share(houses, houses.left, "the originator", "a-hidden-one", handling=PUBLIC)
    assert answers(houses, houses.left, label, ids) == answers(houses, houses.right, label, ids)


def test_what_is_meant_makes_the_difference_that_a_test_does_not(houses: Street) -> None:
    # The test of the test: the same record with status ACTUAL tells the two gateways apart.
    label = "a partner in both areas"
    empty(houses)
    assert answers(houses, houses.left, label, []) == answers(houses, houses.right, label, [])
    share(houses, houses.left, "the originator", "meant", handling=WITH_PARTNERS)
    assert answers(houses, houses.left, label, []) != answers(houses, houses.right, label, [])
