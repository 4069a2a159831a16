"""What stands in docs/register-a-client.md for partner IT, typed into a shell as it stands, over the demo.

The first section, for test clients, is typed in `tests/sharing/test_share_page.py`; the operator's in `test_examples.py`.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.demo.run import started
from gateway.identity.invitations import invite
from gateway.identity.scopes import Scope
from gateway.partnership.mandates import authorize_platform
from gateway.sharing.subject import Actor
from policies.vocabulary import Purpose
from tests.conftest import Gateway

PAGE = Path(__file__).parents[2] / "docs" / "register-a-client.md"
COMMANDS = Path(sys.executable).parent


@pytest.fixture(scope="module")
def house() -> Iterator[Gateway]:
    with started(port=0, seed=7, records=60) as demo:
        running = Gateway(demo)
        try:
            yield running
        finally:
            running.http.close()


def section(heading: str) -> str:
    return re.split(r"^#", PAGE.read_text("utf-8").partition(f"# {heading}\n")[2], maxsplit=1, flags=re.M)[0]


def blocks(heading: str, language: str = "sh") -> Sequence[str]:
    found = re.findall(rf"^```{language}\n(.*?)^```", section(heading), re.S | re.M)
    assert found, heading
    return found


def typed(house: Gateway, label: str, folder: Path, script: Sequence[str], **more: str) -> Sequence[str]:
    """What a shell prints for each of the blocks; what the page has one export is there."""
    client = house.client(label)
    environ = {"SLT_URL": house.url, "SLT_CLIENT_ID": client.client_id, "SLT_CLIENT_SECRET": client.client_secret}
    told = "\nprintf '\\0'\n".join(re.sub(r"^export .*$", "", block, flags=re.M) for block in script)
    done = subprocess.run(
        ["/bin/sh", "-euc", told],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={"PATH": f"{COMMANDS}:/usr/bin:/bin", **environ, **more},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\0")


def test_an_admitted_client_gets_a_token_and_asks(house: Gateway, tmp_path: Path) -> None:
    script = [*blocks("Get a token"), *blocks("Ask")]
    _, granted, viewer, records, table = typed(house, "ingo-in-area", tmp_path, script)
    (documented,) = map(json.loads, blocks("Get a token", "json"))
    told = json.loads(granted)
    assert told.keys() == documented.keys()
    assert told["expires_in"] == documented["expires_in"]
    assert json.loads(viewer)["data"]["viewer"]["partnership"] == "IN_FORCE"
    nodes = json.loads(records)["data"]["incidents"]["nodes"]
    assert len(nodes) == 3
    assert all(node["id"] for node in nodes)
    assert "northwind-aid" in table
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0


def test_a_program_registers_itself_and_changes_what_it_registered(house: Gateway, tmp_path: Path) -> None:
    scopes = [Scope.INFORMATION_READ, Scope.ALERTS_READ]
    with closing(house.store()) as store:
        initial = invite(
            store, "northwind-aid", scopes, Purpose.SAFETY_AND_SECURITY, timedelta(hours=1), by="the operator"
        )
    register, change = blocks("Register by a program")
    made: dict[str, Any] = json.loads(*typed(house, "ingo-in-area", tmp_path, [register], INITIAL=initial))
    assert made["scope"] == "alerts:read information:read"
    assert {"client_secret", "client_secret_expires_at"} <= made.keys()
    documented = re.findall(r'"client_id": "([^"]+)"', change)
    assert len(documented) == 1
    changed = json.loads(
        *typed(
            house,
            "ingo-in-area",
            tmp_path,
            [change.replace(documented[0], made["client_id"])],
            REGISTRATION_URI=made["registration_client_uri"],
            REGISTRATION_TOKEN=made["registration_access_token"],
        )
    )
    assert (changed["client_name"], changed["scope"]) == ("reporting", "alerts:read")


def test_a_platform_asks_on_behalf_of_a_member(house: Gateway, tmp_path: Path) -> None:
    by = Actor(organization="northwind-aid", officer="somebody", at=datetime.now(UTC))
    with closing(house.store()) as store:
        authorize_platform(store, "common-ground-platform", None, None, by)
    # A token is asked for so that the gateway has looked at its directory since.
    house.token("platform")
    (told,) = typed(house, "platform", tmp_path, blocks("Ask on behalf of a member"))
    assert json.loads(told)["scope"] == "alerts:read information:read"
