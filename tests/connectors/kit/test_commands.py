"""`slt-gateway connectors`: what a person sees, and that nothing is stored."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from connectors.errors import Unconfigured
from connectors.kit import conformance, sdk, suite
from connectors.kit.agreement import agreement
from connectors.kit.bench import Subject, example_settings
from connectors.kit.new import create
from connectors.kit.suite import CHECKS
from connectors.kobo.simulator import simulate
from connectors.registry import installed
from connectors.simulation.server import HOST, serving
from gateway.cli import app
from gateway.errors import ConfigurationFault
from gateway.identity.keys import new_signing_key, to_pem
from tests.connectors.kit.broken import GuessesTotals

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)


def printed(*words: str, status: int = 0) -> str:
    result = CliRunner().invoke(app, ["connectors", *words])
    assert result.exit_code == status, result.output
    return result.output


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A configured source whose first row says of handling what nobody agreed; the words that name it."""
    monkeypatch.setenv("KOBO_TOKEN", "a-token")
    monkeypatch.setenv("MASTER", "m" * 48)
    (tmp_path / "signing.pem").write_bytes(to_pem(new_signing_key()))
    platform = simulate(64, 1, NOW, {"token": "a-token"})
    platform.state.kobo.rows.sort(key=lambda row: row["_submission_time"], reverse=True)
    platform.state.kobo.rows[0]["handling/share_with"] = "the_village"
    with serving(platform) as url:
        source = {**Subject.of("kobo").example(), "url": url, "private_hosts": [HOST]}
        document = {
            "gateway": {"url": "https://gateway.example"},
            "store": {"url": f"sqlite:///{tmp_path}/gateway.sqlite3"},
            "keys": {"master": {"env": "MASTER"}, "token_signing": {"file": "signing.pem"}},
            "sources": [source],
        }
        (tmp_path / "gateway.toml").write_bytes(msgspec.toml.encode(document))
        yield ["--config", str(tmp_path / "gateway.toml"), "--source", source["name"]]


def test_a_dry_run_shows_rows_unmapped_fields_defaults_and_quarantine(configured: list[str], tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    shown = printed("test", "kobo", "--rows", "3", *configured)
    assert "INCIDENT_REPORT: 2 rows mapped, 1 quarantined" in shown
    assert re.search(r"marking +un_marking +UNCLASSIFIED \(default\)", shown)
    assert re.search(r"marking +audience +\w+ \((by the row|default)\)", shown)
    assert re.search(r"WHERE +place\.country\.iso3 +[A-Z]{3}", shown)
    unmapped = re.sub(r"\s+", " ", shown).split("fields that reach no record: ")[1]
    assert "_submitted_by" in unmapped
    assert "__version__" in unmapped
    assert "account/story" not in unmapped
    assert "the word about handling is none that `options.audiences` knows" in re.sub(r"\s+", " ", shown)
    assert "the_village" not in shown
    assert "a-token" not in shown
    assert shown.rstrip().endswith("nothing was stored")
    assert sorted(tmp_path.iterdir()) == before


def test_the_pages_own_commands_for_onboarding_work_as_they_stand(
    configured: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (ROOT / "docs" / "connectors.md").read_text("utf-8").split("## Onboard a source")[1]
    lines = [line for line in re.findall(r"^ +slt-gateway connectors (.+)$", page, re.M) if configured[-1] in line]
    assert len(lines) == 2
    monkeypatch.chdir(tmp_path)
    rows, agreed = (printed(*shlex.split(line)) for line in lines)
    assert "nothing was stored" in rows
    assert "For `harbour-relief`: ____" in agreed


def test_a_failing_check_is_told_with_its_counterexample_and_ends_with_status_1(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    few = [check for check in CHECKS if check.id in ("totals", "groups")]
    monkeypatch.setattr(suite, "CHECKS", few)
    monkeypatch.setattr("gateway.commands.connectors.CHECKS", few)
    monkeypatch.setattr(Subject, "of", lambda _: Subject(GuessesTotals, "connectors.kobo"))
    shown = re.sub(r"\s+", " ", printed("test", "kobo", status=1))
    assert "totals NO a claimed total is the number of rows INCIDENT_REPORT: `total` is" in shown
    assert "groups yes" in shown
    assert "1 of 2 checks hold" in shown


def test_the_one_line_of_a_connectors_tests_has_a_case_a_check_and_tells_what_broke(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    test = conformance("kobo")
    (cases,) = test.pytestmark
    assert list(cases.args[1]) == list(CHECKS)
    by_id = {check.id: check for check in CHECKS}
    test(by_id["totals"])
    monkeypatch.setattr(Subject, "of", lambda _: Subject(GuessesTotals, "connectors.kobo"))
    with pytest.raises(pytest.fail.Exception, match=r"`kobo`: a claimed total is the number of rows: .*`total` is"):
        test(by_id["totals"])


def test_the_agreement_is_the_configured_marking_in_words(configured: list[str]) -> None:
    words = printed("test", "kobo", "--agreement", *configured)
    for said in (
        "Default marking of the source `harbour-field-reports`",
        "- The records are for all SLT partners.",
        "- Held back: ACTOR, because of CREDIBILITY_AND_INTEGRITY, though not from undss.",
        "Otherwise, of rows that ask for options.audiences.public:\n- The records are for everyone.",
        "For `harbour-relief`: ____",
    ):
        assert said in words


@pytest.mark.parametrize("kind", list(installed()))
def test_every_example_can_be_signed_for(kind: str) -> None:
    words = printed("test", kind, "--agreement")
    example = Subject.of(kind).example()
    assert f"source `{example['name']}`" in words
    assert f"For `{example['marking']['originator']}`: ____" in words
    assert "Fingerprint" in words


@pytest.mark.parametrize("kind", list(installed()))
def test_every_connector_shows_what_its_rows_become(kind: str) -> None:
    shown = re.sub(r"\s+", " ", printed("test", kind, "--rows", "5"))
    example = Subject.of(kind).example()
    kinds = re.findall(r"([A-Z_]+): (\d+) rows mapped, (\d+) quarantined", shown)
    assert kinds
    assert all(0 < int(mapped) + int(quarantined) <= 5 for _, mapped, quarantined in kinds)
    assert shown.count("fields that reach no record: ") == len(kinds)
    assert "not known" not in shown
    for key, word in (("audience", example["marking"]["audience"]), ("tlp", example["marking"]["tlp"])):
        assert re.search(rf"marking {key} (?:{word} \(default\)|\S+ \(by the row\))", shown), key
    assert "(default)" in shown
    assert shown.rstrip().endswith("nothing was stored")


def test_the_fingerprint_changes_with_what_was_signed_and_only_then() -> None:
    subject = Subject.of("kobo")
    settings = example_settings(subject, "https://kobo.example", {})
    again = example_settings(subject, "https://elsewhere.example", {"token": "another"})
    looser = msgspec.structs.replace(settings, marking=msgspec.structs.replace(settings.marking, emergency=False))
    more = msgspec.structs.replace(settings, originators={"Somebody": "somebody"})
    assert agreement(settings).fingerprint == agreement(again).fingerprint
    assert len({agreement(one).fingerprint for one in (settings, looser, more)}) == 3


def test_the_list_tells_what_each_kind_claims() -> None:
    shown = re.sub(r"\s+", " ", printed("list"))
    assert "lookup, changes" in shown
    assert "SECURITY_ALERT" in shown


def test_a_source_that_is_not_there_is_one_sentence(configured: list[str]) -> None:
    with pytest.raises(ConfigurationFault, match=r"`nowhere` is no source of .*`harbour-field-reports`"):
        CliRunner().invoke(
            app, ["connectors", "test", "kobo", "--rows", "1", *configured[:3], "nowhere"], catch_exceptions=False
        )
    with pytest.raises(ConfigurationFault, match="is read by `kobo`"):
        CliRunner().invoke(app, ["connectors", "test", "acled", "--rows", "1", *configured], catch_exceptions=False)
    assert "simulators only" in printed("test", "kobo", *configured, status=2)


@pytest.mark.parametrize("name", ["Field", "field_notes", "-a", "a--b", "1a", "", "../out"])
def test_a_name_that_is_none_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(Unconfigured, match="small letters"):
        create(name, tmp_path)
    assert not list(tmp_path.iterdir())


def test_nothing_that_is_there_is_written_over(tmp_path: Path) -> None:
    create("field-notes", tmp_path)
    with pytest.raises(Unconfigured, match="exists already"):
        create("field-notes", tmp_path)
    with pytest.raises(Unconfigured, match="is installed already"):
        create("kobo", tmp_path)


def test_the_page_lists_every_check_with_its_promise() -> None:
    page = (ROOT / "docs" / "connectors.md").read_text("utf-8")
    section = page.split("## The checks")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `([\w-]+)` \| (.+) \|$", section, re.M)
    assert rows == [(check.id, check.holds) for check in CHECKS]


def test_the_door_for_third_parties_gives_every_name_it_lists() -> None:
    assert sorted(set(sdk.__all__)) == sorted(sdk.__all__)
    assert all(hasattr(sdk, name) for name in sdk.__all__)
