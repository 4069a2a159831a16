"""A platform pushes what is new: proved by its secret, told like any other fault, and read as a poll would read it."""

from __future__ import annotations

import json
import logging
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.kobo.simulated_service import basic, pushed_json, pushed_xml
from connectors.kobo.simulator import SimulatedKobo, simulate
from connectors.simulation.server import listen, serving, url_of
from gateway.demo.cast import enter, read_cast
from gateway.demo.platforms import Platform
from gateway.demo.run import Demo, configure, serving_gateway
from gateway.service import build_service
from gateway.store.engine import open_store
from gateway.store.migrate import migrate
from tests.conftest import Gateway

SECRET = "an invented secret of the push"
HEADERS = {"x-push-secret": SECRET}
SOURCE = "harbour-field-reports"
READ = "{ incidents(first: 1000) { nodes { id narrative } } }"
HEALTH = "{ sources { name health { quarantined quarantinedRows { native reason } } } }"
JSON_TYPE = {"content-type": "application/json"}


class Pushing:
    """A gateway over two forms, one of which takes pushes, and their platform."""

    def __init__(self, gateway: Gateway, kobo: SimulatedKobo) -> None:
        self.gateway = gateway
        self.kobo = kobo

    def push(self, headers: Mapping[str, str], body: bytes, source: str = SOURCE, **how: Any) -> httpx.Response:
        return self.gateway.http.post(f"{self.gateway.url}/webhooks/{source}", headers=headers, content=body, **how)

    def submit(self, uuid: str, **answers: str) -> dict[str, Any]:
        """A new submission: a copy of one with another identity."""
        number = max(row["_id"] for row in self.kobo.rows) + 1
        told = {"_submission_time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")}
        own = {"_id": number, "_uuid": uuid, "meta/rootUuid": f"uuid:{uuid}", "meta/instanceID": f"uuid:{uuid}"}
        kept = {path: answer for path, answer in self.kobo.rows[0].items() if path != "handling/share_with"}
        self.kobo.rows.append({**kept, **own, **told, **answers})
        return self.kobo.rows[-1]

    def told(self, story: str) -> list[str]:
        """The ids of the originator's own reports with this story."""
        nodes = self.gateway.ask("originator", READ)["incidents"]["nodes"]
        return [node["id"] for node in nodes if node["narrative"] == story]


@contextmanager
def gateway_over(folder: Path, push: Mapping[str, Any]) -> Iterator[Pushing]:
    platform = simulate(60, 3, datetime.now(UTC), {"token": "a-token"})
    example = tomllib.loads((files("connectors.kobo") / "example.toml").read_text("utf-8"))
    with serving(platform) as url:
        reached = {**example, "url": url, "private_hosts": ["127.0.0.1"], "operator": "harbour-relief"}
        credentials = {**example["credentials"], "push_secret": {"env": "PUSH_SECRET"}}
        options = {**example["options"], "push": dict(push)}
        variables = {example["credentials"]["token"]["env"]: "a-token", "PUSH_SECRET": SECRET}
        sources = [{**reached, "credentials": credentials, "options": options}, {**reached, "name": "deaf"}]
        told = [Platform(source=source, secrets=variables, url=url, pid=0) for source in sources]
        database = folder / "gateway.sqlite3"
        store = open_store(f"sqlite:///{database}")
        migrate(store)
        clients = enter(read_cast(), store)
        bound = listen()
        settings = configure(told, url_of(bound), database, folder)
        with serving_gateway(build_service(settings, store), bound):
            gateway = Gateway(Demo(url=url_of(bound), clients=clients, platforms=told, database=database))
            yield Pushing(gateway, platform.state.kobo)
            gateway.http.close()
        bound.close()
        store.close()


@pytest.fixture(scope="module")
def pushing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pushing]:
    with gateway_over(tmp_path_factory.mktemp("pushes"), {}) as running:
        yield running


def test_what_is_pushed_is_read_by_the_next_query_once_however_often_it_is_pushed_and_edited(pushing: Pushing) -> None:
    row = pushing.submit("pushed-1", **{"account/story": "a first account"})
    for push in (pushed_json(row, HEADERS), pushed_json(row, HEADERS), pushed_xml(row, HEADERS)):
        answer = pushing.push(push.headers, push.body)
        assert (answer.status_code, answer.content, answer.headers["cache-control"]) == (204, b"", "no-store")
    once = pushing.told("a first account")
    # Both sources read the same form; the second takes no pushes, and knows no less.
    assert len(once) == 2
    pushing.kobo.edit(row, "pushed-1-edited", **{"account/story": "a second account"})
    again = pushed_json(row, HEADERS)
    assert pushing.push(again.headers, again.body).status_code == 204
    assert pushing.told("a first account") == []
    assert pushing.told("a second account") == once


def test_an_unknown_source_a_deaf_one_and_a_wrong_secret_are_answered_alike(pushing: Pushing) -> None:
    push = pushed_json(pushing.kobo.rows[0], HEADERS)
    wrong = {**push.headers, "x-push-secret": SECRET[:-1]}
    bare = {name: value for name, value in push.headers.items() if name != "x-push-secret"}
    answers = [
        pushing.push(wrong, push.body),
        pushing.push(bare, push.body),
        pushing.push(push.headers, push.body, "deaf"),
        pushing.push(push.headers, push.body, "nobody"),
        pushing.push({**wrong, "authorization": f"Bearer {pushing.gateway.token('originator')}"}, push.body),
        pushing.push({**JSON_TYPE, **bare}, b"no submission"),
    ]
    told = {
        (answer.status_code, answer.content, *sorted((k, v) for k, v in answer.headers.items() if k != "date"))
        for answer in answers
    }
    assert len(told) == 1
    assert answers[0].status_code == 401
    assert answers[0].json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert answers[0].headers["www-authenticate"].startswith("Basic ")


def pieces(count: int) -> Iterator[bytes]:
    for _ in range(count):
        yield b" " * 65_536


@pytest.mark.parametrize("source", [SOURCE, "nobody"])
def test_what_is_no_push_at_all_is_refused_in_the_form_of_every_refusal(pushing: Pushing, source: str) -> None:
    url = f"{pushing.gateway.url}/webhooks/{source}"
    http = pushing.gateway.http
    whole = {**HEADERS, **JSON_TYPE}
    refused = {
        "METHOD_NOT_ALLOWED": (405, http.get(url)),
        "UNSUPPORTED_MEDIA_TYPE": (415, http.post(url, headers={**HEADERS, "content-type": "text/html"}, content=b"x")),
        "PAYLOAD_TOO_LARGE": (413, http.post(url, headers=whole, content=pieces(17))),
    }
    for code, (status, answer) in refused.items():
        assert answer.status_code == status
        assert answer.json()["errors"][0]["extensions"]["code"] == code
    packed = http.post(url, headers={**whole, "content-encoding": "gzip"}, content=b"x")
    assert packed.status_code == 415
    assert refused["METHOD_NOT_ALLOWED"][1].headers["allow"] == "POST"


def test_what_proves_itself_and_is_no_submission_is_bad_input(pushing: Pushing) -> None:
    other = json.dumps({**pushing.kobo.rows[0], "_xform_id_string": "aAnotherForm"}).encode()
    for body in (b"[]", b"{", b"{}", b"[" * 100_000, other):
        answer = pushing.push({**HEADERS, **JSON_TYPE}, body)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_what_the_platform_does_not_give_yet_is_to_be_pushed_again(pushing: Pushing) -> None:
    row = pushing.submit("pushed-2", **{"account/story": "a late account"})
    push = pushed_json(pushing.kobo.rows.pop(), HEADERS)
    answer = pushing.push(push.headers, push.body)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (503, "SERVICE_UNAVAILABLE")
    pushing.kobo.rows.append(row)
    assert pushing.push(push.headers, push.body).status_code == 204


def test_a_push_that_can_not_be_marked_is_in_quarantine_before_anybody_asks(pushing: Pushing) -> None:
    row = pushing.submit("pushed-3", **{"handling/share_with": "a word nobody knows"})
    try:
        push = pushed_json(row, HEADERS)
        assert pushing.push(push.headers, push.body).status_code == 204
        # A thread of its own writes it; pytest's time limit ends what never comes.
        while not (found := health(pushing, "originator"))["quarantined"]:
            pass
        assert [item["native"] for item in found["quarantinedRows"]] == ["pushed-3"]
        assert "handling" in found["quarantinedRows"][0]["reason"]
    finally:
        pushing.kobo.rows.remove(row)


def health(pushing: Pushing, label: str) -> dict[str, Any]:
    sources = pushing.gateway.ask(label, HEALTH)["sources"]
    told: dict[str, Any] = next(source["health"] for source in sources if source["name"] == SOURCE)
    return told


def test_nothing_of_a_push_is_logged_but_its_source_and_a_code(
    pushing: Pushing, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    row = pushing.submit("pushed-4", **{"account/story": "canary-61c2"})
    pushing.kobo.rows.pop()
    push = pushed_json(row, HEADERS)
    pushing.push(push.headers, push.body)
    pushing.push({**push.headers, "x-push-secret": "canary-61c2"}, push.body)
    pushing.push({**HEADERS, **JSON_TYPE}, b'{"canary-61c2": "canary-61c2"}')
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("slt.")]
    assert [line.partition(":")[0] for line in ours] == ["SOURCE_UNREACHABLE", "PUSH_REFUSED", "PUSH_UNUSABLE"]
    assert all(SOURCE in line for line in ours)
    assert "canary-61c2" not in caplog.text
    assert SECRET not in caplog.text


def test_a_name_and_password_prove_a_push_where_the_service_is_set_up_so(tmp_path: Path) -> None:
    with gateway_over(tmp_path, {"username": "kobo"}) as pushing:
        push = pushed_json(pushing.kobo.rows[0], {})
        assert pushing.push({**push.headers, **basic("kobo", SECRET)}, push.body).status_code == 204
        for headers in (basic("kobo", "another secret of sixteen"), basic("other", SECRET), HEADERS):
            assert pushing.push({**push.headers, **headers}, push.body).status_code == 401
