"""An originator with a running gateway: it reads who saw what of its records, keeps heads, verifies with the page's lines."""

from __future__ import annotations

import json
import re
import tempfile
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.exceptions import InvalidSignature
from graphql import build_schema, parse, validate

from connectors.simulation.server import listen, url_of
from gateway.commands.ledger import read_heads
from gateway.demo.cast import enter, read_cast
from gateway.demo.platforms import platforms
from gateway.demo.run import Demo, configure, serving_gateway
from gateway.identity.clients import register_client
from gateway.identity.scopes import Scope
from gateway.keys import KeyPurpose, derive
from gateway.ledger.heads import TreeSigner
from gateway.ledger.verify import verify
from gateway.service import build_service
from gateway.settings import LedgerSection
from gateway.store.engine import open_store
from gateway.store.migrate import migrate
from policies.vocabulary import Purpose
from tests.conftest import Gateway

PAGE = (Path(__file__).parents[2] / "docs" / "ledger.md").read_text("utf-8")
QUERIES = re.findall(r"```graphql\n(.*?)```", PAGE, re.S)
DISCLOSURES, PROOFS = QUERIES
WHOLE = """query ($of: ID, $first: Int, $after: String) { disclosures(of: $of, first: $first, after: $after) {
  nodes { id leafIndex at organization onBehalfOf purpose policyVersion commitment salt payload
    shown { groups rules records count } }
  edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
HEADS = """query ($first: Int, $after: String) { treeHeads(first: $first, after: $after) {
  nodes { originator size root time signature } pageInfo { hasNextPage endCursor } } }"""
SHOWN = "{ incidents(first: 200) { nodes { id title narrative } } }"


class Originator:
    """The running gateway, and an originator's client that may read the ledger."""

    def __init__(self, running: Gateway, organization: str, client: tuple[str, str]) -> None:
        self.running = running
        self.organization = organization
        granted = running.http.post(
            f"{running.url}/oauth/token", data={"grant_type": "client_credentials"}, auth=client
        )
        self._headers = {"Authorization": f"Bearer {granted.json()['access_token']}"}

    def post(self, query: str, **variables: Any) -> dict[str, Any]:
        body = {"query": query, "variables": variables}
        answer: dict[str, Any] = self.running.http.post(self.running.graphql, json=body, headers=self._headers).json()
        return answer

    def ask(self, query: str, **variables: Any) -> Any:
        answer = self.post(query, **variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def until(self, query: str, good: Callable[[Any], bool], **variables: Any) -> Any:
        """The first answer that is good, within five seconds."""
        end = time.monotonic() + 5
        while not good(answer := self.ask(query, **variables)) and time.monotonic() < end:
            pass
        assert good(answer), answer
        return answer

    def read(self, **variables: Any) -> list[dict[str, Any]]:
        nodes: list[dict[str, Any]] = self.ask(WHOLE, **variables)["disclosures"]["nodes"]
        return nodes


@pytest.fixture(scope="module")
def undss() -> Iterator[Originator]:
    """UNDSS at a gateway of its own that signs heads every second; another's answer already showed its records."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        simulated = stack.enter_context(platforms(folder, seed=7, records=60, now=datetime.now(UTC)))
        bound = listen()
        stack.callback(bound.close)
        store = open_store(f"sqlite:///{folder / 'store.sqlite3'}")
        stack.callback(store.close)
        migrate(store)
        clients = enter(read_cast(), store)
        read = [Scope.LEDGER_READ]
        own = register_client(store, "undss", "ledger", read, Purpose.SAFETY_AND_SECURITY)
        settings = configure(simulated, url_of(bound), folder / "store.sqlite3", folder)
        settings = settings.model_copy(update={"ledger": LedgerSection(head_seconds=1)})
        stack.enter_context(serving_gateway(build_service(settings, store), bound))
        demo = Demo(url=url_of(bound), clients=clients, platforms=simulated, database=folder / "store.sqlite3")
        running = Gateway(demo)
        stack.callback(running.http.close)
        originator = Originator(running, "undss", own)
        running.ask("ingo-in-area", SHOWN)
        originator.until(WHOLE, lambda data: data["disclosures"]["nodes"])
        yield originator


def shown_to(label: str, undss: Originator) -> tuple[dict[str, Any], set[str]]:
    """The disclosure of an answer to `label`, and the ids in that answer."""
    before = undss.read(first=1)[0]["leafIndex"]
    answer = undss.running.ask(label, SHOWN)
    found = undss.until(WHOLE, lambda data: data["disclosures"]["nodes"][0]["leafIndex"] > before)["disclosures"]
    return found["nodes"][0], {node["id"] for node in answer["incidents"]["nodes"]}


def test_it_reads_who_saw_what_of_its_own_and_nothing_else(undss: Originator) -> None:
    newest, ids = shown_to("ingo-in-area", undss)
    assert newest["organization"] == undss.running.client("ingo-in-area").organization
    assert newest["onBehalfOf"] is None
    assert newest["purpose"] == "SAFETY_AND_SECURITY"
    records = {record for shown in newest["shown"] for record in shown["records"]}
    # Some of the answer's records, those of the other originators not among them.
    assert records < ids
    assert {shown["count"] for shown in newest["shown"]} == {len(shown["records"]) for shown in newest["shown"]}
    assert all(shown["rules"] and "ENVELOPE" in shown["groups"] for shown in newest["shown"])


def test_of_one_record_and_by_pages(undss: Originator) -> None:
    undss.running.ask("ingo-in-area", SHOWN)
    undss.until(WHOLE, lambda data: len(data["disclosures"]["nodes"]) >= 2)
    everything = undss.ask(WHOLE, first=1000)["disclosures"]
    assert everything["pageInfo"]["hasNextPage"] is False
    record = everything["nodes"][-1]["shown"][0]["records"][0]
    assert record in json.dumps(undss.read(of=record))
    walked, after = [], None
    while True:
        page = undss.ask(WHOLE, of=record, first=1, after=after)["disclosures"]
        walked += [node["id"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert walked == [node["id"] for node in everything["nodes"] if record in json.dumps(node)]


def test_ids_that_are_not_its_own_or_none_answer_alike(undss: Originator) -> None:
    newest, ids = shown_to("dss-analyst", undss)
    foreign = min(ids - {record for shown in newest["shown"] for record in shown["records"]})
    answers = [undss.post(WHOLE, of=public) for public in (foreign, "x", "", foreign[:-2], "AAAA")]
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["data"]["disclosures"]["nodes"] == []
    proofs = [undss.post(PROOF, disclosure=public) for public in ("x", "", "0" * 32)]
    assert proofs[0]["data"] == {"inclusionProof": None}
    assert all(proof == proofs[0] for proof in proofs)


PROOF = "query ($disclosure: ID!, $size: Int) { inclusionProof(disclosure: $disclosure, size: $size) { root } }"


@pytest.mark.parametrize(
    "query",
    [
        "{ disclosures { nodes { id } } }",
        "{ treeHeads { nodes { size } } }",
        "{ treeHead { size } }",
        "{ treeKey { x } }",
        '{ inclusionProof(disclosure: "x") { root } }',
        "{ consistencyProof(first: 1, second: 1) { path } }",
    ],
)
def test_each_needs_its_scope(undss: Originator, query: str) -> None:
    client = undss.running.client("ingo-in-area")
    form = {"grant_type": "client_credentials", "scope": "information:read"}
    auth = (client.client_id, client.client_secret)
    token = undss.running.http.post(f"{undss.running.url}/oauth/token", data=form, auth=auth).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    answer = undss.running.http.post(undss.running.graphql, json={"query": query}, headers=headers).json()
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]
    assert "`ledger:read`" in answer["errors"][0]["message"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("{ disclosures(first: 1001) { nodes { id } } }", "`first`"),
        ('{ disclosures(after: "x") { nodes { id } } }', "cursor"),
        ('{ treeHeads(after: "x") { nodes { size } } }', "cursor"),
        ("{ consistencyProof(first: 2, second: 1) { path } }", "`first`"),
        ("{ consistencyProof(first: 1, second: 100000) { path } }", "`second`"),
    ],
)
def test_bad_arguments_are_told(undss: Originator, query: str, words: str) -> None:
    (error,) = undss.post(query)["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert words in error["message"]


def kept(undss: Originator) -> dict[str, Any]:
    """What the page's script works on: two heads, a disclosure and the proofs between them."""
    older = undss.until("{ treeHead { originator size root time signature } }", lambda data: data["treeHead"])[
        "treeHead"
    ]
    undss.running.ask("ingo-in-area", SHOWN)
    undss.until(HEADS, lambda data: data["treeHeads"]["nodes"][0]["size"] > older["size"])
    head = undss.ask(HEADS, first=1)["treeHeads"]["nodes"][0]
    disclosure = next(item for item in undss.read(first=1000) if item["leafIndex"] == head["size"] - 1)
    variables = {"disclosure": disclosure["id"], "size": head["size"], "older": older["size"]}
    proofs = undss.ask(PROOFS, **variables)
    return {
        "key": undss.ask("{ treeKey { kty crv x kid } }")["treeKey"],
        "older": older,
        "head": head,
        "disclosure": disclosure,
        "inclusion": proofs["inclusionProof"],
        "consistency": proofs["consistencyProof"],
    }


def test_the_pages_lines_verify_what_it_kept_and_nothing_else(
    undss: Originator, capsys: pytest.CaptureFixture[str]
) -> None:
    (script,) = re.findall(r"```python\n(.*?)```", PAGE, re.S)
    code = compile(script, "docs/ledger.md", "exec")
    names = kept(undss)
    exec(code, dict(names))
    assert capsys.readouterr().out == "whole\n"
    for name, change in (
        ("head", {"size": names["head"]["size"] + 1}),
        ("head", {"root": names["older"]["root"]}),
        ("older", {"time": names["head"]["time"]}),
        ("disclosure", {"salt": names["disclosure"]["commitment"]}),
        ("disclosure", {"commitment": names["head"]["root"], "payload": None}),
        ("inclusion", {"leafIndex": 0}),
        ("consistency", {"path": names["consistency"]["path"][:-1]}),
    ):
        with pytest.raises((AssertionError, InvalidSignature, IndexError)):
            exec(code, {**names, name: {**names[name], **change}})


def test_the_payload_says_what_the_query_says(undss: Originator) -> None:
    item = undss.read(first=1)[0]
    payload = msgspec.msgpack.decode(b64decode(item["payload"]))
    assert payload[1:2] + payload[3:7] == [
        item["id"],
        item["organization"],
        item["onBehalfOf"],
        item["purpose"],
        item["policyVersion"],
    ]
    assert datetime.fromisoformat(payload[2]) == datetime.fromisoformat(item["at"])
    assert [[groups, rules, len(references) // 16] for groups, rules, references in payload[7]] == [
        [shown["groups"], shown["rules"], shown["count"]] for shown in item["shown"]
    ]


def test_the_heads_that_it_kept_verify_the_operators_ledger(undss: Originator, tmp_path: Path) -> None:
    undss.until("{ treeHead { size } }", lambda data: data["treeHead"])
    (tmp_path / "kept.json").write_text(json.dumps([{"data": undss.ask(HEADS)}, {"data": {"treeHead": None}}]))
    heads = list(read_heads(tmp_path / "kept.json"))
    assert heads
    store = undss.running.store()
    # With another's key every signature is wrong; with it, what the trees say of the kept heads is no fault.
    found = verify(store, TreeSigner(derive(b"x" * 32, KeyPurpose.TREE_HEADS)).public, heads, overdue=datetime.now(UTC))
    store.close()
    assert len([fault for fault in found.faults if "kept head" in fault]) == len(heads)


def test_the_pages_queries_are_valid() -> None:
    schema = build_schema((Path(__file__).parents[2] / "schema.graphql").read_text("utf-8"))
    assert len(QUERIES) == 2
    assert not [error for query in QUERIES for error in validate(schema, parse(query))]
    for command in re.findall(r'slt-gateway query "(.*?)"', PAGE):
        assert not validate(schema, parse(command))
