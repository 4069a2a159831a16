"""What the ledger costs: the same gateway with it and without, in turn, one core each time."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Sequence
from contextlib import ExitStack
from typing import NamedTuple

from rich.table import Table

from benchmarks.load import Round, measured
from benchmarks.run import BODY, asked, pinned, process, processors

IN_FLIGHT = 16
# Of throughput with requests in flight, from the issue on the policy layer.
GOAL = 0.05
RECORDS = 100


class Cost(NamedTuple):
    """Rounds with the ledger and without, each with the other's at the same place: in flight together, and alone."""

    on: Sequence[Round]
    off: Sequence[Round]
    alone_on: Sequence[Round]
    alone_off: Sequence[Round]

    @property
    def lost(self) -> list[float]:
        """Shares of throughput that the ledger took, by rounds."""
        return [1 - on.requests_per_second / off.requests_per_second for on, off in zip(self.on, self.off, strict=True)]

    @property
    def processor(self) -> list[float]:
        """Processor time a request that the ledger added, as a share, by rounds; steadier than throughput."""
        return [
            on.processor_milliseconds / off.processor_milliseconds - 1
            for on, off in zip(self.on, self.off, strict=True)
        ]

    @property
    def alone_milliseconds(self) -> list[float]:
        """What the ledger added to a request that was alone, by rounds."""
        return [
            1_000 / on.requests_per_second - 1_000 / off.requests_per_second
            for on, off in zip(self.alone_on, self.alone_off, strict=True)
        ]


def cost(requests: int, rounds: int) -> Cost:
    """Rounds in turn, after one that warms up; which goes first changes every time."""
    served_on, others = processors()
    with ExitStack() as stack:
        (port,), _ = stack.enter_context(process("upstream", str(RECORDS), processor=others))
        upstream = f"http://127.0.0.1:{port}"
        gateways = {}
        for module in ("served", "unrecorded"):
            (url, client, secret), number = stack.enter_context(process(module, upstream, processor=served_on))
            gateways[module] = (f"{url}/graphql", number, asked(url, client, secret))
        stack.enter_context(pinned(others))
        found: dict[tuple[str, int], list[Round]] = {
            (module, count): [] for module in gateways for count in (IN_FLIGHT, 1)
        }
        for turn in range(rounds + 1):
            order = list(gateways) if turn % 2 else list(gateways)[::-1]
            for count in (IN_FLIGHT, 1):
                for module in order:
                    url, number, header = gateways[module]
                    size = requests if count > 1 else requests // 4
                    found[module, count].append(asyncio.run(measured(url, number, BODY, header, size, count)))
    return Cost(
        found["served", IN_FLIGHT][1:],
        found["unrecorded", IN_FLIGHT][1:],
        found["served", 1][1:],
        found["unrecorded", 1][1:],
    )


def compare(found: Cost, table: Table) -> list[dict[str, object]]:
    """The medians, shown, and the rows of the results."""
    lost, alone = statistics.median(found.lost), statistics.median(found.alone_milliseconds)
    for name, together, single in (("on", found.on, found.alone_on), ("off", found.off, found.alone_off)):
        speed = statistics.median(item.requests_per_second for item in together)
        processor = statistics.median(item.processor_milliseconds for item in together)
        milliseconds = statistics.median(1_000 / item.requests_per_second for item in single)
        table.add_row(name, f"{speed:.1f}", f"{processor:.2f}", f"{milliseconds:.1f}")
    spread = f"{lost:.1%} ({min(found.lost):.1%} to {max(found.lost):.1%})"
    added = statistics.median(found.processor)
    table.add_row("cost", spread, f"{added:.1%}", f"{alone:.2f}")
    return [
        {
            "name": f"share of throughput lost to the ledger, {IN_FLIGHT} requests in flight, {RECORDS} records",
            "ratio": round(lost, 4),
            "goal": GOAL,
            "met": lost <= GOAL,
        },
        {
            "name": f"share of processor time that the ledger adds, {IN_FLIGHT} requests in flight, {RECORDS} records",
            "ratio": round(added, 4),
            "goal": None,
            "met": None,
        },
        {
            "name": f"milliseconds that the ledger adds to a request alone, {RECORDS} records",
            "ratio": round(alone, 4),
            "goal": None,
            "met": None,
        },
    ]
