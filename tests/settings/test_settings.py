"""The configuration: every fault at once, by path, with what to do; secrets by reference and never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.errors import ConfigurationFault
from gateway.settings import load, parse

ENVIRON = {"MASTER": "m" * 40, "SIGNING": "pem", "TOKEN": "a-token-that-must-not-show"}
HEAD = """
[gateway]
url = "https://gateway.example"
[keys]
master = { env = "MASTER" }
token_signing = { env = "SIGNING" }
"""
SOURCE = """
[[sources]]
name = "forms"
connector = "kobo"
url = "https://forms.example"
credentials = { token = { env = "TOKEN" } }
marking = { originator = "harbour-relief", audience = "PARTNERS", tlp = "AMBER" }
"""


def faults(text: str, environ: dict[str, str] = ENVIRON) -> list[str]:
    with pytest.raises(ConfigurationFault) as caught:
        parse(text, environ, Path())
    return str(caught.value).splitlines()


def test_a_whole_configuration_is_read() -> None:
    settings = parse(HEAD + SOURCE, ENVIRON, Path())
    assert settings.gateway.port == 8700
    assert settings.keys.master == b"m" * 40
    assert settings.limits.records_per_source == 10_000
    source = settings.source_settings(settings.sources[0])
    assert source.credentials == {"token": ENVIRON["TOKEN"]}
    assert source.marking.originator == "harbour-relief"


def test_the_environment_stands_above_the_file() -> None:
    text = HEAD + "[limits]\ndepth = 9\n"
    assert parse(text, ENVIRON, Path()).limits.depth == 9
    assert parse(text, {**ENVIRON, "SLT_LIMITS__DEPTH": "7"}, Path()).limits.depth == 7


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (HEAD + SOURCE.replace("marking", "markng"), "`sources[0].markng`: no such setting: did you mean `marking`?"),
        (HEAD + "[limts]\n", "`limts`: no such setting: did you mean `limits`?"),
        (
            HEAD + "[limits]\ndeadline_second = 3\n",
            "`limits.deadline_second`: no such setting: did you mean `deadline_seconds`?",
        ),
        (
            HEAD.replace('url = "https://gateway.example"', ""),
            "`gateway.url`: missing: give it, see docs/configuration.md",
        ),
        (HEAD.replace("MASTER", "ABSENT"), "`keys.master`: the environment variable ABSENT is not set: set it"),
        (HEAD + SOURCE.replace('tlp = "AMBER"', 'tlp = "PINK"'), "`sources[0].marking`: "),
        (HEAD + SOURCE + SOURCE, "`sources[1].name`: `forms` is taken: give every source a name of its own"),
    ],
)
def test_a_fault_is_told_with_its_path_and_what_to_do(text: str, line: str) -> None:
    assert any(found.startswith(line) for found in faults(text)), faults(text)


def test_all_faults_are_told_at_once() -> None:
    text = HEAD.replace("https://", "ftp://") + "[limts]\n[telemetry]\nexporter = 'smoke'\n"
    assert len(faults(text)) == 3


def test_no_secret_shows_in_a_representation_or_a_fault() -> None:
    settings = parse(HEAD + SOURCE, ENVIRON, Path())
    assert ENVIRON["TOKEN"] not in repr(settings)
    assert ENVIRON["MASTER"] not in str(settings)
    text = HEAD + SOURCE.replace('{ env = "TOKEN" }', '"a-token-that-must-not-show"')
    assert all("must-not-show" not in line for line in faults(text))


def test_a_file_reference_is_relative_to_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "master").write_text("f" * 40 + "\n")
    (tmp_path / "gateway.toml").write_text(HEAD.replace('{ env = "MASTER" }', '{ file = "master" }'))
    assert load(tmp_path / "gateway.toml", ENVIRON).keys.master == b"f" * 40


def test_a_missing_file_says_how_to_give_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationFault, match="--config"):
        load(tmp_path / "none.toml", ENVIRON)
