"""The known channels of traces: what an answer, a cursor, a log line or a span carries beside the data. 4, 7, 18.

Metrics: the gateway keeps none yet.
"""

from __future__ import annotations

import logging
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator

import msgspec
import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from gateway.settings.sections import OWN_SOURCE
from tests.adversarial.platform import Fault
from tests.adversarial.scene import (
    BENEATH,
    CANARY,
    ELSEWHERE,
    HIDDEN,
    PARTNER,
    RESTRICTED,
    WITH_HIDDEN,
    incident,
    world,
)
from tests.adversarial.selections import everything
from tests.adversarial.street import Street, street
from tests.adversarial.worlds import World

ORDERS = ("SHARED", "OCCURRED", "REPORTED", "IMPACT")
WHOLE = (
    f"query($o: IncidentOrder) {{ incidents(first: 3, orderBy: $o) {{ edges {{ cursor node {{ {everything('Incident')} }} }} "
    f"pageInfo {{ startCursor endCursor }} sources {{ {everything('SourceStatus')} }} }} "
    f"securityAlerts {{ nodes {{ {everything('SecurityAlert')} }} }} }}"
)
QUESTIONS = (
    "{ incidents(first: -1) { nodes { id } } }",
    '{ incidents(after: "x") { nodes { id } } }',
    '{ node(id: "x") { id } }',
    "{ incidents { nodes { narrative",
)
# Withheld numbers and times, which carry no canary of their own.
BENEATH_NUMBERS = ("31.123456", "9.654321", "777", "778", "T15:00")


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Street, InMemorySpanExporter]]:
    exporter = InMemorySpanExporter()
    with street(tmp_path_factory.mktemp("traced"), exporter) as built:
        yield built, exporter


def with_faults(held: World, fault: Fault) -> World:
    """The same world on platforms whose error messages quote what they hold."""
    return World(tuple(msgspec.structs.replace(platform, fault=fault, whispers=CANARY) for platform in held.platforms))


@pytest.mark.parametrize("label", [PARTNER, ELSEWHERE, "DSS headquarters"])
def test_04_cursors_are_opaque_of_one_length(houses: Street, label: str) -> None:
    """4: cursor contents. Whatever a list is ordered by, a cursor is as many bytes, and its bytes look like chance."""
    houses.left.fill(WITH_HIDDEN)
    token = houses.token(houses.client(label))
    cursors = []
    for order in ORDERS:
        answer = houses.left.post(token, {"query": WHOLE, "variables": {"o": {"field": order}}}).json()
        cursors += [edge["cursor"] for edge in answer["data"]["incidents"]["edges"]]
    assert len(cursors) == 3 * len(ORDERS)
    sealed = [urlsafe_b64decode(cursor) for cursor in cursors]
    assert len({len(item) for item in sealed}) == 1
    assert len(set(sealed)) == len(sealed)
    # Two ciphertexts of similar plain texts agree in about one byte of 256.
    agreeing = [sum(a == b for a, b in zip(sealed[0], other, strict=True)) for other in sealed[1:]]
    assert max(agreeing) < len(sealed[0]) // 8
    assert not [item for item in sealed if CANARY.encode() in item]


def test_04_a_cursor_is_good_for_its_requester_query_and_order_only(houses: Street) -> None:
    """4: a cursor that was changed, or is another's or another list's, is one refusal."""
    houses.left.fill(WITH_HIDDEN)
    query = "query($a: String, $o: IncidentOrder) { incidents(first: 1, after: $a, orderBy: $o) { pageInfo { endCursor } } }"
    mine, other = (houses.token(houses.client(label)) for label in (PARTNER, ELSEWHERE))
    cursor = houses.left.post(mine, {"query": query}).json()["data"]["incidents"]["pageInfo"]["endCursor"]
    changed = ("B" if cursor[0] != "B" else "C") + cursor[1:]
    answers = {
        houses.left.post(other, {"query": query, "variables": {"a": cursor}}),
        houses.left.post(mine, {"query": query, "variables": {"a": changed}}),
        houses.left.post(mine, {"query": query, "variables": {"a": cursor[4:]}}),
        houses.left.post(mine, {"query": query, "variables": {"a": cursor, "o": {"field": "IMPACT"}}}),
    }
    assert len(answers) == 1
    assert b"cursor is not valid here" in answers.pop().body


@pytest.mark.parametrize("fault", Fault, ids=lambda fault: fault.name)
def test_07_a_platforms_fault_is_told_by_a_fixed_word(houses: Street, fault: Fault) -> None:
    """7: error text. What a platform says when it fails stays here; a requester reads one word of a fixed list."""
    token = houses.token(houses.client(PARTNER))
    answers = []
    for house, held in ((houses.left, WITH_HIDDEN), (houses.right, world())):
        house.fill(with_faults(held, fault))
        answers.append(house.post(token, {"query": WHOLE}))
    assert answers[0] == answers[1]
    assert CANARY.encode() not in answers[0].body
    lists = answers[0].json()["data"].values()
    states = {source["name"]: source["state"] for each in lists for source in each.get("sources", ())}
    # What is shared with the gateway itself is there whatever platforms do.
    assert states.pop(OWN_SOURCE) == "OK"
    assert states
    assert "OK" not in states.values()


def test_18_canaries_are_in_no_log_span_header_or_body(
    traced: tuple[Street, InMemorySpanExporter], caplog: pytest.LogCaptureFixture
) -> None:
    """18: logs and traces. Withheld values are searched for in all that a request leaves behind, whoever asks what."""
    houses, exporter = traced
    houses.left.fill(world(incident("restricted", RESTRICTED, **BENEATH), incident("hidden", HIDDEN, **BENEATH)))
    received = []
    with caplog.at_level(logging.DEBUG):
        for label in (PARTNER, ELSEWHERE, "an applicant", "DSS headquarters", "a suspended organization"):
            token = houses.token(houses.client(label))
            asked = [{"query": WHOLE, "variables": {"o": {"field": order}}} for order in ORDERS]
            asked += [{"query": query, "variables": {}} for query in QUESTIONS]
            received += [houses.left.post(token, body) for body in asked]
        token = houses.token(houses.client("the originator"))
        whole = houses.left.post(token, {"query": WHOLE})
        houses.left.fill(with_faults(world(), Fault.DEFECT))
        received.append(houses.left.post(token, {"query": WHOLE}))
    assert CANARY.encode() in whole.body
    bodies = b"".join(answer.body for answer in received).decode()
    headers = str([answer.headers for answer in received])
    logs = "".join(f"{record.getMessage()}{record.exc_text or ''}" for record in caplog.records)
    spans = "".join(span.to_json() for span in exporter.get_finished_spans())
    assert "decide" in spans
    for place in (bodies, headers, logs, spans):
        assert CANARY not in place
    for number in BENEATH_NUMBERS:
        assert number not in bodies, number
        assert not re.search(rf"[^0-9]{re.escape(number)}[^0-9]", logs), number
    assert "eyJ" not in logs + spans
