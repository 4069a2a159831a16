"""`slt-gateway policy`: the rules and their cases as tables, and what a change of rules would change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.table import Table

from policies.cases import NOW, Case, faults, read_cases
from policies.catalogue import catalogue
from policies.decision import CedarPolicy
from policies.difference import Difference, differences
from policies.mutation import EQUIVALENT, Score, scored
from policies.rulebook import InvalidRules, Language, read_rules, rule_files

WIDTH = 160


def tested(rule: str | None) -> tuple[str, bool]:
    """The cases as a table, of the rule files whose names begin with `rule`, and whether all hold.

    Raises `InvalidRules`, also where no file begins so.
    """
    book, policy = read_cases(), CedarPolicy(read_rules(rule_files()))
    cases = _chosen(book.cases, rule)
    table = Table("rule", "what it says", "who", "expected", "", box=None, pad_edge=False)
    failures = 0
    for case in cases:
        found = faults(book, case, policy, NOW)
        failures += bool(found)
        who = case.who if case.on_behalf_of is None else f"{case.who}, for {case.on_behalf_of}"
        table.add_row(case.rule, case.says, who, "; ".join(_expected(case)), f"✗ {'; '.join(found)}" if found else "ok")
    refusals = sum(case.refuses for case in cases)
    summary = f"{len(cases)} cases, {refusals} of them refusals; {failures or 'none'} failed"
    return _printed(table) + summary + "\n", not failures


def mutated(rule: str | None) -> tuple[str, bool]:
    """How many mutants of the rules a case catches, and whether all are caught; `rule` chooses as in `tested`."""
    book = read_cases()
    numbers = {str(int(case.rule.partition("_")[0])) for case in _chosen(book.cases, rule)}
    score = scored(rule_files(), book, NOW, only=lambda name: name.partition("-")[0] in numbers)
    return _score(score), not score.survivors


def differing(folder: Path) -> tuple[str, bool]:
    """What the rules in `folder` would change from the installed ones, and whether anything.

    Raises `InvalidRules` where they can't be read.
    """
    proposed = {item.name: item.read_text("utf-8") for item in sorted(folder.glob("*.cedar*"))}
    if not proposed:
        raise InvalidRules(f"`{folder}`: no rules there: give a whole copy of policies/rules with your changes")
    installed = {name: text for name, text in rule_files().items() if ".cedar" in name}
    if not any(name.endswith(".cedarschema") for name in proposed):
        proposed |= {name: text for name, text in installed.items() if name.endswith(".cedarschema")}
    found = differences(installed, proposed, read_cases(), NOW)
    missing = sorted(installed.keys() - proposed.keys())
    notes = f"not in `{folder}`: {', '.join(missing)}\n" if missing else ""
    return notes + (_differences(found) if found else "no requester class gains or loses anything\n"), bool(found)


def listed(language: Language) -> str:
    """Every rule with its reason, as the Markdown table of docs/policy.md."""
    return catalogue(read_rules(rule_files()), language)


def _chosen(cases: Sequence[Case], rule: str | None) -> Sequence[Case]:
    chosen = [case for case in cases if rule is None or case.rule.startswith(rule)]
    if not chosen:
        raise InvalidRules(f"`{rule}`: no rule file begins so: say 01 to 13")
    return chosen


def _expected(case: Case) -> Iterator[str]:
    """What a case expects, in words."""
    if case.operation is not None:
        yield f"{case.operation} {'allowed' if case.allowed else 'refused'}"
        return
    yield "listed" if case.listed else "not listed"
    parts: Mapping[str, Sequence[str]] = {
        "shows": case.show,
        "coarser": case.generalize,
        "withholds": case.withhold,
        "to": case.precision or (),
    }
    yield from (f"{verb} {', '.join(names)}" for verb, names in parts.items() if names)
    if case.free_text is not None:
        yield "other text shown" if case.free_text else "other text withheld"
    if case.advice is not None:
        yield f"advice “{case.advice}”"
    if case.carried is not None:
        yield "may be exported" if case.carried else "no export"


def _score(score: Score) -> str:
    lines = [f"survives: {mutant.rule}: {mutant.change}" for mutant in score.survivors]
    lines += [
        f"equivalent: {mutant.rule}: {mutant.change}: {EQUIVALENT[mutant.rule, mutant.change]}"
        for mutant in score.equivalent
    ]
    total = score.caught + len(score.survivors)
    return "".join(f"{line}\n" for line in (*lines, f"{score.caught} of {total} mutants are caught by a case"))


def _differences(found: Sequence[Difference]) -> str:
    table = Table("who", "", "what", "on records", box=None, pad_edge=False)
    for item in found:
        verb = "gain" if item.gains else "lose"
        table.add_row(*("; ".join(item.requesters), verb, ", ".join(item.what), "; ".join(item.records)))
        table.add_row()
    return _printed(table)


def _printed(table: Table) -> str:
    text = StringIO()
    Console(file=text, width=WIDTH, markup=False, highlight=False).print(table)
    return "".join(f"{line.rstrip()}\n" for line in text.getvalue().splitlines())
