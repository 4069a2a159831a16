"""`slt-gateway policy`: the cases as a table, mutants, differences, the rules themselves."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.cli import app
from policies.cases import read_cases
from policies.rulebook import InvalidRules, rule_files


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["policy", *words])


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name, text in rule_files().items():
        if ".cedar" in name:
            (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def test_test_prints_every_case_with_what_is_expected() -> None:
    result = run("test")
    cases = read_cases().cases
    assert result.exit_code == 0
    assert f"{len(cases)} cases, {sum(case.refuses for case in cases)} of them refusals; none failed" in result.output
    assert sum(line.startswith(f"{cases[0].rule} ") for line in result.output.splitlines()) == sum(
        case.rule == cases[0].rule for case in cases
    )


def test_test_prints_the_cases_of_one_file() -> None:
    result = run("test", "--rule", "12")
    assert result.exit_code == 0
    assert {line.split()[0] for line in result.output.splitlines()[1:-1]} == {"12_statistics"}
    assert "tally refused" in result.output


def test_a_case_that_fails_is_marked_and_ends_with_one(monkeypatch: pytest.MonkeyPatch) -> None:
    files = dict(rule_files())
    files["12_statistics.cedar"] = files["12_statistics.cedar"].replace("|| resource.withdrawn", "")
    monkeypatch.setattr("gateway.commands.policy.rule_files", lambda: files)
    result = run("test", "--rule", "12")
    assert result.exit_code == 1
    assert "✗ `tally` is True" in result.output
    assert "1 failed" in result.output


def test_a_rule_file_that_is_not_there_is_said() -> None:
    result = run("test", "--rule", "77")
    assert isinstance(result.exception, InvalidRules)
    assert "`77`" in str(result.exception)


def test_mutants_are_scored() -> None:
    result = run("test", "--mutants", "--rule", "12")
    assert result.exit_code == 0
    assert result.output == "6 of 6 mutants are caught by a case\n"


def test_diff_against_the_same_rules_is_nothing(copy: Path) -> None:
    result = run("diff", "--against", str(copy))
    assert result.exit_code == 0
    assert result.output == "no requester class gains or loses anything\n"


def test_diff_says_who_gains_what(copy: Path) -> None:
    change(copy / "12_statistics.cedar", "|| resource.withdrawn", "")
    result = run("diff", "--against", str(copy))
    assert result.exit_code == 1
    assert "gain" in result.output
    assert "its count in fixed tables" in result.output


def test_diff_names_the_files_that_a_folder_lacks(copy: Path) -> None:
    (copy / "12_statistics.cedar").unlink()
    result = run("diff", "--against", str(copy))
    assert result.exit_code == 1
    assert "12_statistics.cedar" in result.output
    assert "lose" in result.output


def test_diff_against_a_folder_without_rules_is_refused(tmp_path: Path) -> None:
    result = run("diff", "--against", str(tmp_path))
    assert isinstance(result.exception, InvalidRules)


def test_diff_refuses_rules_that_cannot_be_read(copy: Path) -> None:
    change(copy / "13_special_categories.cedar", "resource.special", "resource.speciall")
    result = run("diff", "--against", str(copy))
    assert isinstance(result.exception, InvalidRules)


@pytest.mark.parametrize(("language", "words"), [("en", "| rule | effect |"), ("fr", "| règle | effet |")])
def test_rules_are_printed_in_either_language(language: str, words: str) -> None:
    result = run("rules", "--language", language)
    assert result.exit_code == 0
    assert result.output.startswith(words)
