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
        (
            HEAD + SOURCE.replace("env", "evn"),
            "`sources[0].credentials.token.evn`: no such setting: did you mean `env`?",
        ),
        (
            HEAD + SOURCE.replace("originator", "orignator"),
            "`sources[0].marking`: no such key `orignator`: did you mean",
        ),
        (HEAD + SOURCE.replace('"forms"', '"Forms"'), "`sources[0].name`: "),
        (HEAD + SOURCE.replace('"forms"', '"gateway"'), "`sources[0].name`: `gateway` is the source of what is shared"),
        (HEAD + SOURCE.replace('forms.example"', 'forms.example/"'), "`sources[0].url`: no platform's address: give"),
        (HEAD + SOURCE.replace("forms.example", "me:word@forms.example"), "`sources[0].url`: no platform's address"),
        (HEAD.replace("https:", "http:"), "`gateway.url`: can't be an issuer: give https://HOST[:PORT]"),
        (HEAD.replace("gateway.example", "gateway.example/slt"), "`gateway.url`: can't be an issuer"),
        (HEAD.replace("gateway.example", "[gateway"), "`gateway.url`: can't be an issuer"),
        (HEAD.replace('{ env = "MASTER" }', '{ env = "MASTER", file = "m" }'), "`keys.master`: give exactly one of"),
        (
            HEAD.replace('{ env = "MASTER" }', '{ file = "no-such-file" }'),
            "`keys.master`: the file no-such-file can't be",
        ),
        (HEAD.replace("MASTER", "TOKEN"), "`keys.master`: the master secret has 26 bytes: give at least 32"),
        (HEAD + "[limits]\ndepth = 0\n", "`limits.depth`: "),
        (HEAD + "[limits]\ndeadline_seconds = inf\n", "`limits.deadline_seconds`: "),
    ],
)
def test_a_fault_is_told_with_its_path_and_what_to_do(text: str, line: str) -> None:
    assert any(found.startswith(line) for found in faults(text)), faults(text)


def test_all_faults_are_told_at_once() -> None:
    text = HEAD.replace("https://", "ftp://").replace("MASTER", "ABSENT") + "[limts]\n[telemetry]\nexporter = 'smoke'\n"
    sources = SOURCE.replace("AMBER", "PINK") + SOURCE.replace("TOKEN", "ABSENT").replace("url", "address")
    told = faults(text + sources, {**ENVIRON, "SLT_LIMTS__DEPTH": "3", "SLT_LIMITS__DEPHT": "3"})
    assert sorted(line.split("`")[1] for line in told) == [
        "SLT_LIMTS__DEPTH",
        "gateway.url",
        "keys.master",
        "limits.depht",
        "limts",
        "sources[0].marking",
        "sources[1].address",
        "sources[1].credentials.token",
        "sources[1].name",
        "sources[1].url",
        "telemetry.exporter",
    ]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("SLT_LIMTS__DEPTH", "no such section: did you mean `SLT_LIMITS`?"),
        ("SLT_LIMITS", "a whole section: set one variable a setting"),
        ("SLT_SOURCES", "sources stand in the file only"),
        ("SLT_SOURCES__0__URL", "sources stand in the file only"),
    ],
)
def test_a_variable_that_would_be_a_setting_and_is_none_is_refused(name: str, says: str) -> None:
    told = faults(HEAD, {**ENVIRON, name: "3"})
    assert len(told) == 1
    assert told[0].startswith(f"`{name}`: {says}")


def test_other_variables_with_the_prefix_are_left_alone() -> None:
    assert parse(HEAD, {**ENVIRON, "SLT_SAMPLES": "x"}, Path()) == parse(HEAD, ENVIRON, Path())


def test_a_variable_replaces_a_reference() -> None:
    text = HEAD.replace('{ env = "MASTER" }', '{ env = "ABSENT" }')
    assert parse(text, {**ENVIRON, "SLT_KEYS__MASTER__ENV": "MASTER"}, Path()).keys.master == b"m" * 40


def test_a_credential_that_is_no_text_is_refused_without_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(b"\xff\xfe" * 20)
    with pytest.raises(ConfigurationFault, match="no text in UTF-8") as caught:
        parse(HEAD + SOURCE.replace('{ env = "TOKEN" }', '{ file = "token" }'), ENVIRON, tmp_path)
    assert "xff" not in str(caught.value)


def test_an_empty_file_holds_no_secret(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("\n")
    with pytest.raises(ConfigurationFault, match="is empty"):
        parse(HEAD + SOURCE.replace('{ env = "TOKEN" }', '{ file = "token" }'), ENVIRON, tmp_path)


def test_no_secret_shows_in_a_representation_or_a_fault() -> None:
    settings = parse(HEAD + SOURCE, ENVIRON, Path())
    assert ENVIRON["TOKEN"] not in repr(settings)
    assert ENVIRON["MASTER"] not in str(settings)
    assert ENVIRON["SIGNING"] not in repr(settings.keys)
    text = HEAD + SOURCE.replace('{ env = "TOKEN" }', '"a-token-that-must-not-show"')
    assert all("must-not-show" not in line for line in faults(text))


def test_a_file_reference_is_relative_to_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "master").write_text("f" * 40 + "\n")
    (tmp_path / "gateway.toml").write_text(HEAD.replace('{ env = "MASTER" }', '{ file = "master" }'))
    assert load(tmp_path / "gateway.toml", ENVIRON).keys.master == b"f" * 40


def test_a_missing_file_says_how_to_give_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationFault, match="--config"):
        load(tmp_path / "none.toml", ENVIRON)


@pytest.mark.parametrize(
    "source",
    [
        SOURCE.replace('{ env = "TOKEN" }', '"a-token-that-must-not-show"'),
        SOURCE.replace("https://", "https://user:a-token-that-must-not-show@"),
        SOURCE.replace("https://", "https://:a-token-that-must-not-show@"),
    ],
)
def test_a_fault_keeps_no_error_that_holds_what_was_given(source: str) -> None:
    with pytest.raises(ConfigurationFault) as caught:
        parse(HEAD + source, ENVIRON, Path())
    assert "must-not-show" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_no_secret_shows_in_a_dump() -> None:
    settings = parse(HEAD + SOURCE, ENVIRON, Path())
    for dump in (str(settings.model_dump()), settings.model_dump_json()):
        assert "forms.example" in dump
        assert not [value for value in ENVIRON.values() if len(value) > 3 and value in dump]
