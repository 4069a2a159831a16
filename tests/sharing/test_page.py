"""The documents of docs/sharing.md, run one after the other by those they are for."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.sharing.conftest import Shared, hidden

PAGE = Path(__file__).parents[2] / "docs" / "sharing.md"


def documents() -> dict[str, str]:
    """The page's documents by their operation's name."""
    found = re.findall(r"^```graphql\n(.*?)^```", PAGE.read_text("utf-8"), re.S | re.M)
    return {re.findall(r"^\w+ (\w+)", text)[0]: text for text in found}


def test_every_document_does_what_the_page_says(shared: Shared) -> None:
    page = documents()
    done = set()

    def run(label: str, name: str, **variables: object) -> dict[str, Any]:
        done.add(name)
        (payload,) = shared.ask(label, page[name], variables).values()
        if isinstance(payload, dict) and "userErrors" in payload:
            assert payload["userErrors"] == [], name
        found: dict[str, Any] = payload
        return found

    shared_here = run("originator", "Share", key="1")["receipt"]
    assert run("originator", "Share", key="1")["receipt"] == shared_here
    assert shared.seen("ingo-in-area", shared_here["id"]) is not None
    assert [item["userErrors"] for item in run("originator", "ShareSeveral")["outcomes"]] == [[], []]
    countries = "query($id: ID!) { incident(id: $id) { country { iso3 } } }"
    ids = [
        node["id"]
        for node in shared.mine()
        if node["handling"]["tlp"] == "AMBER"
        and (shared.ask("originator", countries, {"id": node["id"]})["incident"]["country"] or {}).get("iso3") == "SSD"
        and "AFFECTED" in hidden(shared.seen("ingo-elsewhere", node["id"]) or {"redactions": []})
    ]
    id_, other = ids[0], ids[1]
    run("originator", "Restrict", id=id_)
    request = run("ingo-elsewhere", "Ask", id=id_)["request"]["id"]
    assert request in {item["id"] for item in run("ingo-elsewhere", "Asked")["nodes"]}
    assert run("originator", "Grant", request=request)["request"]["state"] == "GRANTED"
    grant = run("originator", "Open")["grant"]["id"]
    assert run("originator", "Close", grant=grant)["grant"]["withdrawnAt"]
    until = (datetime.now(UTC) + timedelta(hours=6)).isoformat()
    declaration = run("originator", "Declare", id=id_, until=until)["declaration"]["id"]
    assert run("originator", "EndIt", declaration=declaration)["declaration"]["endedAt"]
    opening = run("ingo-officer", "AskToOpen", id=id_)["opening"]["id"]
    waiting: Any = run("ingo-second-officer", "Waiting")
    assert opening in {item["id"] for item in waiting}
    assert run("ingo-second-officer", "Approve", opening=opening)["opening"]["state"] == "OPEN"
    assert run("originator", "Why", id=id_, organization="meridian-health")
    run("originator", "TakeBack", id=other)
    assert shared.seen("ingo-elsewhere", other) is None
    assert done == set(page)
