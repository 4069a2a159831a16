"""A gateway of its own: what is said here of records changes what others see of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from gateway.demo.run import started
from tests.conftest import Gateway

RECORD = (
    "id kind title originator { id } category occurred { start precision } location { precision point } "
    "affected { killed { value } } actor { parties { name } } narrative response plans "
    "handling { tlp validUntil } redactions { group effect reason rules }"
)


class Shared(Gateway):
    """Records by what the originator's own view says of them, and what others receive."""

    def mine(self, **wanted: object) -> list[dict[str, Any]]:
        """The originator's own incidents, newest first."""
        query = f'{{ incidents(first: 1000, filter: {{ originator: ["harbour-relief"] }}) {{ nodes {{ {RECORD} }} }} }}'
        nodes: list[dict[str, Any]] = self.ask("originator", query)["incidents"]["nodes"]
        return [node for node in nodes if all(node[key] == value for key, value in wanted.items())]

    def seen(self, label: str, id_: str) -> dict[str, Any] | None:
        """The record as `label` receives it by its id."""
        query = f"query($id: ID!) {{ incident(id: $id) {{ {RECORD} }} }}"
        found: dict[str, Any] | None = self.ask(label, query, {"id": id_})["incident"]
        return found

    def act(self, label: str, mutation: str, input_: dict[str, object], selection: str) -> dict[str, Any]:
        """The payload of a mutation."""
        name = mutation[0].upper() + mutation[1:]
        document = f"mutation($input: {name}Input!) {{ {mutation}(input: $input) {{ {selection} userErrors {{ field code message }} }} }}"
        payload: dict[str, Any] = self.ask(label, document, {"input": input_})[mutation]
        return payload

    def notices(self, label: str) -> list[dict[str, Any]]:
        """The newest notices of the label's organization."""
        query = "{ notices(first: 100) { nodes { id kind record facts { name values } acknowledgedAt } } }"
        nodes: list[dict[str, Any]] = self.ask(label, query)["notices"]["nodes"]
        return nodes


@pytest.fixture(scope="package")
def shared() -> Iterator[Shared]:
    with started(port=0, seed=11, records=200) as demo:
        running = Shared(demo)
        try:
            yield running
        finally:
            running.http.close()


def hidden(record: dict[str, Any]) -> set[str]:
    """The groups that are not shown as they are."""
    return {item["group"] for item in record["redactions"]}
