"""A migrated store with a secretariat, so that areas can be approved and levels set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from gateway.demo.cast import DemoClient
from gateway.demo.run import Demo, started
from gateway.identity.clients import register_client
from gateway.identity.scopes import Scope
from gateway.partnership.admission import add_organization, approve_area, set_partnership
from gateway.store.engine import Store, open_store
from gateway.store.migrate import migrate
from policies.vocabulary import Capacity, OrganizationCategory, PartnershipStatus, Purpose
from tests.conftest import Gateway

PARTNER_FIELDS = (
    "id name category status agreement { areas since until } approvedAreas { area since until } "
    "history { status areas since until reason recordedBy }"
)


class Committee(Gateway):
    """A gateway in which everybody of the framework has a client, and newcomers can be let in."""

    def __init__(self, demo: Demo) -> None:
        super().__init__(demo)
        self._newcomers = 0

    def newcomer(
        self,
        status: PartnershipStatus | None = None,
        *,
        category: OrganizationCategory = OrganizationCategory.INGO,
        capacities: Sequence[Capacity] = (),
        areas: Sequence[str] = (),
    ) -> str:
        """A new organization with one client; its id is the client's label."""
        self._newcomers += 1
        id_ = f"newcomer-{self._newcomers}"
        store = self.store()
        try:
            add_organization(store, id_, f"Newcomer {self._newcomers}", category)
            if status is not None:
                set_partnership(store, id_, status)
            for area in areas:
                approve_area(store, id_, area, approved_by="undss")
            self.let_in(id_, id_, capacities)
        finally:
            store.close()
        return id_

    def let_in(self, label: str, organization: str, capacities: Sequence[Capacity] = ()) -> DemoClient:
        """One more client of an organization."""
        store = self.store()
        try:
            client_id, secret = register_client(
                store, organization, label, list(Scope), Purpose.SAFETY_AND_SECURITY, capacities
            )
        finally:
            store.close()
        client = DemoClient(
            label=label,
            organization=organization,
            category="",
            partnership="",
            capacities=(),
            areas=(),
            client_id=client_id,
            client_secret=secret,
        )
        self._clients[label] = client
        return client

    def act(self, label: str, mutation: str, input_: Mapping[str, object], selection: str = "") -> dict[str, Any]:
        """The payload of a mutation; `faults` are the fields of its user errors with their codes."""
        name = mutation[0].upper() + mutation[1:]
        document = f"mutation($input: {name}Input!) {{ {mutation}(input: $input) {{ {selection} userErrors {{ field code message }} }} }}"
        payload: dict[str, Any] = self.ask(label, document, {"input": dict(input_)})[mutation]
        payload["faults"] = [(error["field"], error["code"]) for error in payload["userErrors"]]
        return payload

    def partner(self, label: str, organization: str) -> dict[str, Any] | None:
        """One organization as `label` sees it in the list."""
        nodes = self.ask(label, f"{{ partners(first: 1000) {{ nodes {{ {PARTNER_FIELDS} }} }} }}")["partners"]["nodes"]
        return next((node for node in nodes if node["id"] == organization), None)

    def status(self, label: str) -> str:
        """Where the label's organization stands, as its own next request says."""
        status: str = self.ask(label, "{ viewer { partnership } }")["viewer"]["partnership"]
        return status

    def notices(self, label: str) -> list[dict[str, Any]]:
        """The newest notices of the label's organization, their facts by name."""
        nodes = self.ask(label, "{ notices(first: 100) { nodes { kind record facts { name values } } } }")["notices"]
        return [{**node, "facts": {item["name"]: item["values"] for item in node["facts"]}} for node in nodes["nodes"]]


@pytest.fixture(scope="package")
def committee() -> Iterator[Committee]:
    with started(port=0, seed=5, records=120) as demo:
        running = Committee(demo)
        try:
            yield running
        finally:
            running.http.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/store.sqlite3")
    migrate(store)
    add_organization(store, "undss", "UNDSS", OrganizationCategory.UNSMS_ENTITY)
    add_organization(store, "plainfield-relief", "Plainfield Relief", OrganizationCategory.INGO)
    yield store
    store.close()
