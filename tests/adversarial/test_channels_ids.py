"""The known channels of ids, errors and cost: 7, 19, 20, 23."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from connectors.records import RecordRef
from policies.vocabulary import InformationKind
from tests.adversarial.house import public_id
from tests.adversarial.scene import PARTNER, WITH_HIDDEN
from tests.adversarial.selections import everything
from tests.adversarial.street import Street, street
from tests.conftest import Gateway

KIND = InformationKind.INCIDENT_REPORT
LISTED, HIDDEN, ABSENT = (public_id(RecordRef("alpha", KIND, key)) for key in ("restricted", "hidden-1", "absent"))
ELSEWHERE = public_id(RecordRef("delta", KIND, "absent"))
NO_IDS = ["", "x", HIDDEN[:-1], HIDDEN[:-1] + ("A" if HIDDEN[-1] != "A" else "B"), "é" * 40, ELSEWHERE]
BY_ID = [
    f"query($id: ID!) {{ node(id: $id) {{ {everything('Node')} }} }}",
    f"query($id: ID!) {{ nodes(ids: [$id]) {{ {everything('Node')} }} }}",
    f"query($id: ID!) {{ incident(id: $id) {{ {everything('Incident')} }} }}",
    "query($id: ID!) { explain(id: $id) { group effect rules } }",
]
ENTITIES = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Incident { id title } } }"


@pytest.mark.parametrize("query", BY_ID)
@pytest.mark.parametrize("label", [PARTNER, "an applicant"])
def test_07_unlisted_absent_and_malformed_ids_are_alike(houses: Street, query: str, label: str) -> None:
    """7: 403 against 404. Every id that leads to nothing listed gives one answer, headers and bytes."""
    houses.left.fill(WITH_HIDDEN)
    token = houses.token(houses.client(label))
    answers = {houses.left.post(token, {"query": query, "variables": {"id": id_}}) for id_ in (HIDDEN, ABSENT, *NO_IDS)}
    assert len(answers) == 1
    assert answers.pop().status == 200


def test_07_entities_go_through_the_same_door(houses: Street) -> None:
    """7, 11: `_entities` gives for unlisted, absent and malformed ids what it gives for each other."""
    houses.left.fill(WITH_HIDDEN)
    token = houses.token(houses.client(PARTNER))

    def ask(id_: str) -> Any:
        sent = [{"__typename": "Incident", "id": id_}]
        return houses.left.post(token, {"query": ENTITIES, "variables": {"r": sent}})

    assert len({ask(id_) for id_ in (HIDDEN, ABSENT, *NO_IDS)}) == 1
    assert ask(LISTED).json()["data"]["_entities"][0]["id"] == LISTED


def test_19_ids_are_opaque_of_one_length_and_the_same_for_all(gateway: Gateway) -> None:
    """19: guessing ids. They follow nothing: not the order of sharing, not each other, not who asks."""
    query = "{ incidents(first: 200, orderBy: {field: SHARED, direction: ASC}) { nodes { id } } }"
    lists = {
        label: [node["id"] for node in gateway.ask(label, query)["incidents"]["nodes"]]
        for label in ("dss-analyst", "ingo-in-area")
    }
    ids = lists["dss-analyst"]
    assert len(ids) > 50
    assert len({len(id_) for id_ in ids}) == 1
    assert ids != sorted(ids)
    assert set(lists["ingo-in-area"]) & set(ids)
    prefixes = [id_[2:8] for id_ in ids]  # the first byte is the number of the key
    assert len(set(prefixes)) == len(prefixes)


def test_19_no_answer_has_a_validator(gateway: Gateway) -> None:
    """19: ETag as an oracle. There is none, and a condition in the request changes nothing."""
    headers = {"Authorization": f"Bearer {gateway.token('ingo-in-area')}", "If-None-Match": "*"}
    answer = gateway.http.post(gateway.graphql, json={"query": "{ viewer { client } }"}, headers=headers)
    assert answer.status_code == 200
    assert not {"etag", "last-modified", "age", "expires"} & {name.lower() for name in answer.headers}
    assert answer.headers["cache-control"] == "no-store"


def test_20_a_hidden_id_costs_the_steps_of_an_absent_one(tmp_path_factory: pytest.TempPathFactory) -> None:
    """20: timing. Equal work, counted: what is asked of platforms, and every span of the request, are the same."""
    exporter = InMemorySpanExporter()
    steps = []
    with street(tmp_path_factory.mktemp("steps"), exporter) as built:
        built.left.fill(WITH_HIDDEN)
        token = built.token(built.client(PARTNER))
        for id_ in (HIDDEN, ABSENT):
            asked = built.left.connectors["alpha"].asked
            exporter.clear()
            built.left.post(token, {"query": BY_ID[0], "variables": {"id": id_}})
            spans = [(span.name, dict(span.attributes or {})) for span in exporter.get_finished_spans()]
            steps.append((built.left.connectors["alpha"].asked - asked, spans))
    assert steps[0] == steps[1]
    assert steps[0][0] == 1


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (
            {"query": "{ " + " ".join(f"a{n}: incidents(first: 1) {{ nodes {{ id }} }}" for n in range(51)) + " }"},
            "aliases",
        ),
        (
            {
                "query": "query($i: [ID!]!) { nodes(ids: $i) { id } }",
                "variables": {"i": ["x"] * 101},
            },
            "at most 100",
        ),
    ],
)
def test_23_questions_in_one_request_are_bounded(houses: Street, body: dict[str, Any], says: str) -> None:
    """23: alias amplification. Beyond the bound nothing is asked of any platform."""
    houses.left.fill(WITH_HIDDEN)
    before = {name: connector.asked for name, connector in houses.left.connectors.items()}
    answer = houses.left.post(houses.token(houses.client(PARTNER)), body).json()
    assert says in answer["errors"][0]["message"]
    assert before == {name: connector.asked for name, connector in houses.left.connectors.items()}


def test_23_requests_can_not_be_batched(gateway: Gateway) -> None:
    """23: one request carries one document."""
    headers = {"Authorization": f"Bearer {gateway.token('ingo-in-area')}"}
    answer = gateway.http.post(gateway.graphql, json=[{"query": "{ viewer { client } }"}] * 2, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
