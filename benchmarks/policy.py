"""What the policy costs: its share of an answer's processor time, and a profile that nothing is remembered of."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import NamedTuple

from rich.table import Table

from benchmarks.load import measured
from benchmarks.run import BODY, answer, asked, pinned, process, processors
from policies.cases import NOW, Asker, decision_key, read_cases, requester
from policies.decision import CedarPolicy
from policies.rulebook import read_rules, rule_files

RECORDS, MARKINGS = 1_000, 50
# Both from the issue on the policy layer.
SHARE_GOAL, COLD_GOAL = 0.1, 100.0
CLASSES = 12
PATIENCE = 30.0


class Share(NamedTuple):
    """Policy's share of processor time: of the first answer, nothing remembered, and of those after it."""

    first: float
    later: float


def share(requests: int) -> Share:
    """One gateway, one requester, records of as many distinct markings; requests one after another."""
    served_on, others = processors()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        file = Path(folder) / "policy"
        stack.enter_context(pinned(others))
        (port,), _ = stack.enter_context(process("upstream", str(RECORDS), str(MARKINGS), processor=others))
        arguments = (f"http://127.0.0.1:{port}", str(file))
        with process("judged", *arguments, processor=served_on) as ((url, client, secret), gateway):
            token = asked(url, client, secret)
            _lines(file, gateway, 1)
            _, nodes = answer(url, token)
            if len(nodes) < RECORDS / 2:
                raise RuntimeError(f"only {len(nodes)} of {RECORDS} records are listed")
            _lines(file, gateway, 2)
            asyncio.run(measured(f"{url}/graphql", gateway, BODY, token, requests, 1))
        lines = [[float(word) for word in line.split()] for line in file.read_text("utf-8").splitlines()]
        _, (first, first_whole), (later, later_whole) = lines
        return Share(first / first_whole, later / later_whole)


def _lines(file: Path, gateway: int, lines: int) -> None:
    """Has the meter write its next line, and waits for it: only then is the next request the next line's."""
    os.kill(gateway, signal.SIGUSR1)
    give_up = time.monotonic() + PATIENCE
    while not file.exists() or file.read_text("utf-8").count("\n") < lines:
        if time.monotonic() > give_up:
            raise RuntimeError("the gateway does not write what its policy cost")


def cold(rounds: int) -> Sequence[float]:
    """Milliseconds a requester of the cast for its dearest marking classes, openings among them, and all groups."""
    book, rulebook = read_cases(), read_rules(rule_files())
    keys = [decision_key(book, record) for record in book.cast.records.values()]
    found = []
    for name in book.cast.requesters:
        who = requester(book, Asker(who=name))
        sums = []
        for _ in range(rounds):
            policy, times = CedarPolicy(rulebook), []
            for key in keys:
                began = time.perf_counter()
                policy.decide(who, key, NOW)
                times.append((time.perf_counter() - began) * 1_000)
            sums.append(sum(sorted(times)[-CLASSES:]))
        found.append(median(sums))
    return found


def compare(found: Share, profiles: Sequence[float], table: Table) -> list[dict[str, object]]:
    """The figures, shown, and the rows of the results."""
    profile = median(profiles)
    table.add_row("share of an answer's processor time", f"{found.later:.1%}")
    table.add_row("share of the first answer's", f"{found.first:.1%}")
    table.add_row(
        f"cold profile, {CLASSES} marking classes, ms", f"{profile:.1f} ({min(profiles):.1f} to {max(profiles):.1f})"
    )
    of = f"{RECORDS} records, {MARKINGS} markings"
    return [
        _row(f"policy's share of processor time, {of}", found.later, SHARE_GOAL),
        _row(f"policy's share of processor time in a requester's first answer, {of}", found.first, None),
        _row(f"milliseconds of a cold profile over {CLASSES} marking classes, all groups", profile, COLD_GOAL),
    ]


def _row(name: str, figure: float, goal: float | None) -> dict[str, object]:
    return {"name": name, "ratio": round(figure, 4), "goal": goal, "met": None if goal is None else figure < goal}
