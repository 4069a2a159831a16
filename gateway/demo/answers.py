"""One query as three requesters get it, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any, Final

import httpx
from rich.console import Console
from rich.table import Table

from gateway.demo.cast import DemoClient

SHOWN: Final = ("dss-analyst", "ingo-in-area", "ingo-elsewhere")
SECONDS: Final = 30.0


class DemoFailed(Exception):
    """A platform or an answer of the demo was not as it must be; the message is for the person who runs it."""


def last_seven_days() -> str:
    """The query of the README's first screen."""
    return (files("gateway.demo") / "last_seven_days.graphql").read_text("utf-8")


def every_kind() -> str:
    """A query that every platform has a part in, whatever it shares."""
    roots = (
        "incidents",
        "securityAlerts",
        "situationReports",
        "securityProcedures",
        "mitigationMeasures",
        "lessonsLearned",
    )
    return "{ " + " ".join(f"{root}(first: 1) {{ sources {{ name state }} }}" for root in roots) + " }"


def platform_states(data: Mapping[str, Any]) -> Mapping[str, str]:
    """How each platform answered `every_kind`: its state, or the one that is not OK."""
    states: dict[str, str] = {}
    for connection in data.values():
        for source in connection["sources"]:
            if states.get(source["name"], "OK") == "OK":
                states[source["name"]] = source["state"]
    return states


def ask(url: str, client: DemoClient, query: str) -> Mapping[str, Any]:
    """The answer's data over HTTP, with a token of the client's own; raises `DemoFailed`."""
    with httpx.Client(base_url=url, trust_env=False, timeout=SECONDS) as http:
        granted = http.post(
            "/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=(client.client_id, client.client_secret),
        )
        if granted.status_code != 200:
            raise DemoFailed(f"`{client.label}` got no token: status {granted.status_code}")
        answered = http.post(
            "/graphql",
            json={"query": query},
            headers={"Authorization": f"Bearer {granted.json()['access_token']}"},
        )
    body: dict[str, Any] = answered.json()
    if answered.status_code != 200 or body.get("errors"):
        raise DemoFailed(f"`{client.label}` got an error: {body.get('errors')}")
    data: Mapping[str, Any] = body["data"]
    return data


def side_by_side(answers: Mapping[str, Mapping[str, Any]], clients: Sequence[DemoClient], console: Console) -> None:
    """Prints a column a requester: what it gets of the same query, and what is withheld from it and why."""
    by_label = {client.label: client for client in clients}
    table = Table(
        title="incidents of the last seven days in South Sudan, as three requesters get them", show_lines=True
    )
    for label in answers:
        client = by_label[label]
        table.add_column(f"{label}\n{client.organization}, {client.partnership}", ratio=1, overflow="fold")
    connections = [answer["incidents"] for answer in answers.values()]
    table.add_row(*(_total(connection) for connection in connections))
    for row in range(max(len(connection["nodes"]) for connection in connections)):
        cells = [connection["nodes"][row : row + 1] for connection in connections]
        table.add_row(*(_record(cell[0]) if cell else "" for cell in cells))
    table.add_row(*(_sources(connection) for connection in connections))
    console.print(table)


def _total(connection: Mapping[str, Any]) -> str:
    total = connection["totalCount"]
    return f"{total['value']} records ({total['relation']}); the first {len(connection['nodes'])}:"


def _record(node: Mapping[str, Any]) -> str:
    location, occurred = node["location"] or {}, node["occurred"] or {}
    point = location.get("point")
    lines = [
        f"[bold]{node['title']}[/bold]",
        f"{node['category']} · TLP:{node['handling']['tlp']}",
        f"when: {occurred.get('start', '—')[:16]} ({occurred.get('precision', '—')})",
        f"where: {(location.get('admin1') or {}).get('name', '—')} {point['coordinates'] if point else ''} "
        f"({location.get('precision', '—')})",
        f"narrative: {_short(node['narrative'])}",
    ]
    lines += [f"[dim]{item['group']} {item['effect']}: {item['reason']}[/dim]" for item in node["redactions"]]
    return "\n".join(lines)


def _short(text: str | None) -> str:
    return "—" if text is None else text if len(text) <= 90 else text[:89] + "…"


def _sources(connection: Mapping[str, Any]) -> str:
    return "\n".join(
        f"{source['name']}: {source['state']}"
        + (f", keeps back what is after {source['embargoedUntil']}" if source["embargoedUntil"] else "")
        for source in connection["sources"]
    )
