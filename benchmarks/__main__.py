"""`make bench`: the gateway beside the floor and its peers, interleaved; prints tables, writes `results.json`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks import ledger, policy, sources, withdrawal
from benchmarks.peers import report
from benchmarks.peers import rounds as peer_rounds
from benchmarks.run import Compared, compared, profile

RECORDS = (100, 1_000)
# Requests a round by records, and counted rounds.
FULL, SHORT = ({100: 80, 1_000: 16}, 5), ({100: 32, 1_000: 8}, 2)
# The same of the ledger's comparison: many short rounds, since the difference is small.
LEDGER_FULL, LEDGER_SHORT = (48, 15), (32, 3)
# Suspensions, of which the 99th percentile counts, and other withdrawals.
FOLLOWED_FULL, FOLLOWED_SHORT = (100, 8), (4, 2)
FOLLOWED = "seconds until both of two server processes follow what a third one wrote"
# Of CPU time a request against the floor's, from the issue on speed; there is no goal yet for requests a second.
PROCESSOR_GOAL = 1.5
RESULTS = Path(__file__).with_name("results.json")
SHOWN_SHARE = 0.01


def row(name: str, ratio: float, goal: float | None) -> dict[str, object]:
    """A row of the results; a ratio meets its goal from below."""
    return {"name": name, "ratio": round(ratio, 4), "goal": goal, "met": None if goal is None else ratio <= goal}


def compare(records: int, found: Compared, table: Table) -> list[dict[str, object]]:
    """The medians of `found`, shown, and the ratios as rows."""
    speed = [median(item.requests_per_second for item in rounds) for rounds in (found.gateway, found.floor)]
    cost = [median(item.processor_milliseconds for item in rounds) for rounds in (found.gateway, found.floor)]
    each = [
        ours.processor_milliseconds / theirs.processor_milliseconds
        for ours, theirs in zip(found.gateway, found.floor, strict=True)
    ]
    for place, name in enumerate(("gateway", "floor")):
        size = f"{found.sizes[place] / 1_000:.1f}"
        table.add_row(str(records), name, f"{speed[place]:.1f}", f"{cost[place]:.2f}", size)
    spread = f"{cost[0] / cost[1]:.2f} ({min(each):.2f} to {max(each):.2f})"
    table.add_row("", "ratio", f"{speed[0] / speed[1]:.3f}", spread, f"{found.sizes[0] / found.sizes[1]:.2f}")
    return [
        row(f"requests a second to the floor's, {records} records", speed[0] / speed[1], None),
        row(f"processor time a request to the floor's, {records} records", cost[0] / cost[1], PROCESSOR_GOAL),
    ]


def shown(parts: Mapping[str, float]) -> Table:
    """The profile's table, without the parts too small to read."""
    table = Table("part", "own time %", title=f"the gateway under cProfile, {RECORDS[-1]:,} records a request")
    for name, share in parts.items():
        if share >= SHOWN_SHARE:
            table.add_row(name, f"{share:.1%}")
    return table


def main() -> None:
    """Runs everything: some ten minutes, under five with `--short`, which writes neither results nor picture."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--short", action="store_true", help="fewer and shorter rounds; nothing is written")
    short = parser.parse_args().short
    requests, rounds = SHORT if short else FULL
    table = Table("records", "", "requests/s", "CPU ms a request", "answer kB", title="medians of interleaved rounds")
    rows = []
    for records in RECORDS:
        rows += compare(records, compared(records, requests[records], rounds), table)
    parts = profile(RECORDS[-1], requests[RECORDS[-1]])
    own = sum(share for name, share in parts.items() if name in {"policies", "cedarpy"})
    rows.append(row(f"share of own time in policies and Cedar under cProfile, {RECORDS[-1]} records", own, None))
    judged = Table("policy", "", title=f"{policy.RECORDS:,} records of {policy.MARKINGS} markings")
    rows += policy.compare(policy.share(requests[policy.RECORDS]), policy.cold(1 if short else 3), judged)
    entered = Table(
        "ledger", "requests/s", "CPU ms a request", "ms alone", title=f"{ledger.IN_FLIGHT} requests in flight"
    )
    rows += ledger.compare(ledger.cost(*(LEDGER_SHORT if short else LEDGER_FULL)), entered)
    followed = Table("withdrawal", "times", "median s", "p99 s", "longest s", title=FOLLOWED)
    rows += withdrawal.compare(withdrawal.seconds(*(FOLLOWED_SHORT if short else FOLLOWED_FULL)), followed)
    read = Table("platform", "records", "kB", "records/s", "bare records/s", "ratio", title="decoded, one core")
    beside = Table("sources", "median ms", "p99 ms", title="two healthy sources, with one that hangs and without")
    rows += sources.compare(sources.normalised(2 if short else 7), sources.waited(40 if short else 300), (read, beside))
    peers = {
        records: peer_rounds.compared(records, peer_rounds.SHORT if short else peer_rounds.FULL) for records in RECORDS
    }
    figures = report.tables()
    for records, measured in peers.items():
        rows += report.compare(records, measured, figures)
    console = Console(width=100)
    console.print(*figures, table, shown(parts), judged, entered, followed, read, beside)
    if not short:
        report.draw(peers)
        RESULTS.write_text(json.dumps({"rows": rows}, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
