"""`explain` tells why oneself, or, to the originator, another receives what it receives; handling goes with answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from gateway.cli import app
from tests.sharing.conftest import Shared

EXPLAIN = "query($id: ID!, $as: ID) { explain(id: $id, as: $as) { group effect rules reasons remedy } }"


def explained(shared: Shared, label: str, id_: str, as_: str | None = None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shared.ask(label, EXPLAIN, {"id": id_, "as": as_})["explain"]
    return found


def test_the_originator_is_told_what_another_in_fact_receives(shared: Shared) -> None:
    organizations = {"ingo-in-area": "northwind-aid", "ingo-elsewhere": "meridian-health", "dss-analyst": "undss"}
    checked = 0
    for node in shared.mine()[:12]:
        for label, organization in organizations.items():
            told = explained(shared, "originator", node["id"], organization)
            seen = shared.seen(label, node["id"])
            if seen is None:
                assert [(item["group"], item["effect"]) for item in told] == [(None, "WITHHOLD")]
                assert told[0]["rules"]
                continue
            checked += 1
            received = {item["group"]: (item["effect"], item["rules"]) for item in seen["redactions"]}
            effects = {"WITHHELD": "WITHHOLD", "GENERALIZED": "GENERALIZE"}
            for item in told:
                effect, rules = received.get(item["group"], ("SHOW", None))
                assert item["effect"] == effects.get(effect, effect)
                assert rules in (None, item["rules"])
            assert told == explained(shared, label, node["id"]), "the same as it is told itself"
    assert checked > 5


def test_it_is_told_in_english_or_in_french(shared: Shared) -> None:
    id_ = next(node["id"] for node in shared.mine() if shared.seen("ingo-in-area", node["id"]))
    token = shared.token("ingo-in-area")

    def reasons(language: str | None) -> list[str]:
        headers = {"Authorization": f"Bearer {token}", **({} if language is None else {"Accept-Language": language})}
        body = {"query": EXPLAIN, "variables": {"id": id_}}
        answer = shared.http.post(shared.graphql, json=body, headers=headers)
        assert "Accept-Language" in answer.headers["vary"]
        return [reason for item in answer.json()["data"]["explain"] for reason in item["reasons"]]

    english = reasons(None)
    assert any("originator restricts" in reason for reason in english)
    french = reasons("fr-CA, en;q=0.5")
    assert any("émetteur restreint" in reason for reason in french)
    assert reasons("de, en;q=0.7, fr;q=0.3") == english
    assert reasons("fr;q=0") == english
    assert len(english) == len(french)


def test_nobody_else_is_told_what_others_receive(shared: Shared) -> None:
    mine = next(node["id"] for node in shared.mine() if shared.seen("ingo-in-area", node["id"]))
    for id_ in (mine, "no id", ""):
        assert explained(shared, "ingo-in-area", id_, "meridian-health") == []
    assert explained(shared, "ingo-applicant", "no id") == []


def test_an_organization_that_is_not_known_receives_what_anyone_receives(shared: Shared) -> None:
    for node in shared.mine()[:5]:
        unknown = explained(shared, "originator", node["id"], "nobody-at-all")
        assert unknown == explained(shared, "originator", node["id"], "larkspur-relief")


def test_every_answer_says_how_it_is_to_be_handled(shared: Shared) -> None:
    body = shared.post("dss-analyst", "{ incidents(first: 200) { nodes { handling { tlp } source { name } } } }").json()
    terms = body["extensions"]["handling"]
    assert {item["tlp"] for item in terms} == {node["handling"]["tlp"] for node in body["data"]["incidents"]["nodes"]}
    licences = {item["dataLicence"] for item in terms}
    assert any(licence and "Plainfield" in licence for licence in licences)
    assert any(item["notifyOnUse"] for item in terms)
    assert terms == sorted(terms, key=repr)
    nothing = shared.post("dss-analyst", "{ viewer { organization } }").json()
    assert nothing["extensions"] == {"handling": []}


def test_an_originator_that_wants_it_is_told_of_every_use(shared: Shared) -> None:
    id_ = next(node["id"] for node in shared.mine() if shared.seen("dss-analyst", node["id"]))
    before = {item["id"] for item in shared.notices("originator")}
    shared.seen("dss-analyst", id_)
    used = [item for item in shared.notices("originator") if item["kind"] == "RECORD_USED"]
    assert used[0]["id"] not in before
    facts = {fact["name"]: fact["values"] for fact in used[0]["facts"]}
    assert facts["organization"] == ["undss"]
    assert facts["records"] == [id_]
    assert facts["purpose"] == ["SAFETY_AND_SECURITY"]
    shared.seen("originator", id_)
    after = [item for item in shared.notices("originator") if item["kind"] == "RECORD_USED"]
    assert after[0]["id"] == used[0]["id"], "its own use is none"


def test_the_command_prints_why_another_organization_receives_what_it_receives(shared: Shared, tmp_path: Path) -> None:
    id_ = next(node["id"] for node in shared.mine() if shared.seen("ingo-in-area", node["id"]))
    client = shared.client("originator")
    secret = tmp_path / "secret"
    secret.write_text(client.client_secret)
    words = [
        "policy",
        "explain",
        "--url",
        shared.url,
        "--client-id",
        client.client_id,
        "--client-secret-file",
        str(secret),
    ]
    told = CliRunner().invoke(app, [*words, "--as", "northwind-aid", "--language", "fr", "--", id_])
    assert told.exit_code == 0, told.output
    assert "4-restricted" in told.output
    assert "émetteur" in told.output
    unknown = CliRunner().invoke(app, [*words, "--", "no-such-id"])
    assert unknown.exit_code != 0
    assert "`no-such-id`" in str(unknown.exception)
