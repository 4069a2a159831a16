"""How soon a withdrawal bites: from the durable word of a third process to the first answers that follow it.

Two server processes on one store are asked side by side; the slower counts.
"""

from __future__ import annotations

import base64
import json
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final

import httpx
import msgspec
from rich.table import Table

from benchmarks.run import process, processors
from gateway.demo.cast import DemoClient, enter, read_cast
from gateway.demo.platforms import platforms
from gateway.identity.keys import new_signing_key, to_pem
from gateway.partnership.admission import set_partnership
from gateway.partnership.watch import POLL_SECONDS
from gateway.sharing.consent import Consents, RecordClass, Terms
from gateway.sharing.identifiers import Identifiers
from gateway.sharing.subject import Actor
from gateway.store.engine import Store, open_store
from gateway.store.migrate import migrate
from gateway.store.tables import RevokedToken
from policies.groups import FieldGroup
from policies.vocabulary import PartnershipStatus

# What policy promises, on every replica.
PROMISED_SECONDS: Final = 1.0
GIVING_UP_SECONDS: Final = 10.0
# From here on there is a hundredth of them; of fewer the longest counts.
HUNDREDTHS: Final = 100
QUERY: Final = "{ incidents(first: 200) { nodes { redactions { group } } } }"


def seconds(suspensions: int, others: int) -> Mapping[str, list[float]]:
    """Seconds until both servers followed each kind of withdrawal: so many suspensions, so many of the other kinds.

    Not counted is a first suspension: the answer after it is a requester's first under its new standing, and late
    because nothing of it is remembered, not because it shows what it should not.
    """
    with _served() as (urls, store, client), _Servers(urls, client) as servers:
        _suspended(store, servers, 0)
        return {
            "a suspension": [_suspended(store, servers, number / suspensions) for number in range(suspensions)],
            "a withdrawn consent": [_consent(store, servers) for _ in range(others)],
            "a revoked token": [_revoked(store, servers) for _ in range(others)],
        }


def compare(found: Mapping[str, list[float]], table: Table) -> list[dict[str, object]]:
    """The times, shown, and the 99th percentile or the longest of each kind to the second that is promised, as rows."""
    rows: list[dict[str, object]] = []
    for name, each in found.items():
        enough = len(each) >= HUNDREDTHS
        worst = quantiles(each, n=HUNDREDTHS)[-1] if enough else max(each)
        shown = f"{worst:.3f}" if enough else "-"
        table.add_row(name, str(len(each)), f"{median(each):.3f}", shown, f"{max(each):.3f}")
        ratio = worst / PROMISED_SECONDS
        which = f"{'p99' if enough else 'longest'} of {len(each)}"
        followed = f"seconds until {name} is followed by both of two server processes, {which}"
        rows.append(
            {
                "name": f"{followed}, to the one that is promised",
                "ratio": round(ratio, 4),
                "goal": 1.0,
                "met": ratio <= 1.0,
            }
        )
    return rows


@contextmanager
def _served() -> Iterator[tuple[Sequence[str], Store, DemoClient]]:
    """Two server processes over the demo's platforms: their addresses, the store they share, the client that asks."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        running = stack.enter_context(platforms(folder, seed=7, records=60, now=datetime.now(UTC)))
        url = f"sqlite:///{folder}/gateway.sqlite3"
        store = open_store(url)
        stack.callback(store.close)
        migrate(store)
        client = next(item for item in enter(read_cast(), store) if item.label == "ingo-elsewhere")
        (folder / "master").write_text(secrets.token_urlsafe(48))
        (folder / "signing.pem").write_bytes(to_pem(new_signing_key()))
        document = {
            # The one address of both, as if a proxy stood before them.
            "gateway": {"url": "http://127.0.0.1:8700"},
            "store": {"url": url},
            "keys": {"master": {"file": "master"}, "token_signing": {"file": "signing.pem"}},
            "sources": [platform.source for platform in running],
        }
        config = folder / "gateway.toml"
        config.write_bytes(msgspec.toml.encode(document))
        environ = {name: value for platform in running for name, value in platform.secrets.items()}
        ready = [
            stack.enter_context(process("replica", str(config), processor=processor, environ=environ))
            for processor in processors()
        ]
        yield [address for (address,), _ in ready], store, client


class _Servers:
    """Both servers, each asked again and again by one client."""

    def __init__(self, urls: Sequence[str], client: DemoClient) -> None:
        self.client = client
        self._each = [httpx.Client(base_url=url, trust_env=False, timeout=30.0) for url in urls]
        self._at_once = ThreadPoolExecutor(len(urls))
        self.token = self.fresh()

    def __enter__(self) -> _Servers:
        return self

    def __exit__(self, *_: object) -> None:
        self._at_once.shutdown()
        for http in self._each:
            http.close()

    def fresh(self) -> str:
        form = {"grant_type": "client_credentials"}
        auth = (self.client.client_id, self.client.client_secret)
        self.token = str(self._each[0].post("/oauth/token", data=form, auth=auth).json()["access_token"])
        return self.token

    def counted(self, of: Callable[[list[dict[str, Any]]], int]) -> int:
        """What `of` counts in the records of an answer, which is the same at both."""
        (count,) = {of(_nodes(self._answer(http))) for http in self._each}
        return count

    def until(self, holds: Callable[[httpx.Response], bool]) -> float:
        """Seconds from now until an answer of each holds."""
        start = time.monotonic()

        def follow(http: httpx.Client) -> float:
            while not holds(self._answer(http)):
                if time.monotonic() - start > GIVING_UP_SECONDS:
                    raise TimeoutError("the withdrawal was not followed")
            return time.monotonic() - start

        return max(self._at_once.map(follow, self._each))

    def _answer(self, http: httpx.Client) -> httpx.Response:
        return http.post("/graphql", json={"query": QUERY}, headers={"Authorization": f"Bearer {self.token}"})


def _nodes(answer: httpx.Response) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = answer.json()["data"]["incidents"]["nodes"]
    return nodes


def _suspended(store: Store, servers: _Servers, phase: float) -> float:
    """`phase`, 0 to 1: where in the servers' pause between two looks it falls, so that they are met at all moments."""
    # Issued while in force, and with minutes to live however long the run takes.
    servers.fresh()
    whole = servers.counted(len)
    time.sleep(phase * POLL_SECONDS)  # the phase is what is varied
    set_partnership(store, servers.client.organization, PartnershipStatus.SUSPENDED)
    taken = servers.until(lambda answer: len(_nodes(answer)) < whole)
    set_partnership(store, servers.client.organization, PartnershipStatus.IN_FORCE)
    servers.until(lambda answer: len(_nodes(answer)) == whole)
    return taken


def _hidden(nodes: list[dict[str, Any]]) -> int:
    return sum(item["group"] == "ACTOR" for node in nodes for item in node["redactions"])


def _consent(store: Store, servers: _Servers) -> float:
    consents = Consents(store, Identifiers(bytes(32)))
    before = servers.counted(_hidden)
    by = Actor(organization="harbour-relief", officer="benchmark", at=datetime.now(UTC))
    terms = Terms(groups=frozenset({FieldGroup.ACTOR}), exact=True)
    grant = consents.grant_class("harbour-relief", servers.client.organization, RecordClass(), terms, by)
    servers.until(lambda answer: _hidden(_nodes(answer)) < before)
    consents.withdraw_grant("harbour-relief", grant.id, by)
    return servers.until(lambda answer: _hidden(_nodes(answer)) == before)


def _revoked(store: Store, servers: _Servers) -> float:
    payload = servers.token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    store.write(lambda session: session.add(RevokedToken(jti=claims["jti"], expires=claims["exp"])))
    taken = servers.until(lambda answer: answer.status_code == httpx.codes.UNAUTHORIZED)
    servers.fresh()
    return taken
