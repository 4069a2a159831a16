"""The known channel of the sources' health (7): when a platform failed, at what, and what it has in quarantine tells of its rows."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from gateway.quarantine.rows import Quarantines, Row
from policies.vocabulary import InformationKind
from tests.adversarial.house import NOW, Answer, House
from tests.adversarial.platform import Fault
from tests.adversarial.scene import CANARY, FULL, ORIGINATOR, PARTNER, WITH_HIDDEN
from tests.adversarial.selections import everything
from tests.adversarial.street import Street, street
from tests.adversarial.worlds import SOURCES, World

SOURCES_WHOLE = {"query": f"{{ sources {{ {everything('ConfiguredSource')} }} }}"}
READ = {"query": "{ incidents(first: 100) { nodes { id } } securityAlerts(first: 100) { nodes { id } } }"}


@pytest.fixture(scope="module")
def operated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    """Two gateways over platforms that the originator operates: those of one are well, those of the other are not."""
    with street(tmp_path_factory.mktemp("operated"), operator=ORIGINATOR) as built:
        built.left.fill(FULL)
        built.right.fill(
            World(tuple(msgspec.structs.replace(item, fault=Fault.DOWN) for item in WITH_HIDDEN.platforms))
        )
        rows = [Row(name, InformationKind.INCIDENT_REPORT, CANARY, CANARY) for name in SOURCES]
        Quarantines(built.right.store).write(NOW.timestamp(), rows)
        for house in (built.left, built.right):
            house.post(built.token(built.client("the originator")), READ)
        yield built


def told(houses: Street, house: House, label: str) -> Answer:
    return house.post(houses.token(houses.client(label)), SOURCES_WHOLE)


def test_07_the_health_of_a_source_is_its_operators_alone(operated: Street) -> None:
    """7: errors and existence. Everyone but the operator gets the same bytes, whatever failed and whatever is in quarantine."""
    others = [client for client in operated.clients if client.organization != ORIGINATOR or client.test]
    assert {PARTNER, "a test client of the originator"} <= {client.label for client in others}
    for client in others:
        left, right = (told(operated, house, client.label) for house in (operated.left, operated.right))
        assert left == right, client.label
        assert CANARY.encode() not in right.body
        answered = left.json()
        sources = answered["data"]["sources"] if "data" in answered else []
        assert sources or client.test, "only test clients are refused"
        assert [source["health"] for source in sources] == [None] * len(sources)


def test_the_two_gateways_really_differ_for_the_operator(operated: Street) -> None:
    """What the test above rests on: there is something to be told."""
    sources = [
        told(operated, house, "the originator").json()["data"]["sources"] for house in (operated.left, operated.right)
    ]
    left, right = ({item["name"]: item["health"] for item in found if item["name"] in SOURCES} for found in sources)
    assert {item["state"] for item in left.values()} == {None}
    assert {item["state"] for item in right.values()} == {"BROKEN"}
    assert [item["quarantined"] for item in left.values()] == [0] * len(SOURCES)
    assert [item["quarantinedRows"][0]["reason"] for item in right.values()] == [CANARY] * len(SOURCES)
