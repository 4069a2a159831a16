"""The rounds: every server in turn, under load and then alone, as many times as the profile says."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Final, NamedTuple

from benchmarks.load import Round, measured
from benchmarks.peers.servers import Server, servers

IN_FLIGHT: Final = 16
# No round is shorter, in requests for each that is in flight.
FEWEST: Final = 2


class Length(NamedTuple):
    """How long is measured: seconds of warming up and of a round, and counted rounds."""

    warm: float
    round: float
    rounds: int


FULL, SHORT = Length(warm=4, round=2, rounds=5), Length(warm=1.5, round=0.8, rounds=2)


class Measured(NamedTuple):
    """One server's rounds under load and with one request at a time, its peak of resident memory, an answer's bytes."""

    loaded: Sequence[Round]
    alone: Sequence[Round]
    peak_mebibytes: float
    bytes: int

    @property
    def requests_per_second(self) -> float:
        """Under load, the median of the rounds."""
        return median(item.requests_per_second for item in self.loaded)

    @property
    def processor_milliseconds(self) -> float:
        """Of a request under load, the median of the rounds."""
        return median(item.processor_milliseconds for item in self.loaded)

    @property
    def percentiles(self) -> tuple[float, float]:
        """The 50th and 99th of milliseconds with one request at a time, of all rounds."""
        cuts = quantiles([each for item in self.alone for each in item.milliseconds], n=100, method="inclusive")
        return cuts[49], cuts[98]


def compared(records: int, length: Length) -> Mapping[str, Measured]:
    """Every server's figures by name; each round takes the servers in the other direction than the one before."""
    with servers(records) as found:
        rates = {name: (_warm(server, IN_FLIGHT, length), _warm(server, 1, length)) for name, server in found.items()}
        rounds: dict[str, tuple[list[Round], list[Round]]] = {name: ([], []) for name in found}
        for turn in range(length.rounds):
            for name in list(found)[:: 1 if turn % 2 else -1]:
                for place, flying in enumerate((IN_FLIGHT, 1)):
                    wanted = round(rates[name][place] * length.round)
                    rounds[name][place].append(_round(found[name], max(wanted, FEWEST * flying), flying))
        return {
            name: Measured(*rounds[name], peak_mebibytes(server.pid), server.answer()[0])
            for name, server in found.items()
        }


def _warm(server: Server, flying: int, length: Length) -> float:
    """Requests a second once it is warm: a first look at its pace says how many take the time."""
    pace = _round(server, FEWEST * flying, flying).requests_per_second
    return _round(server, max(round(pace * length.warm), FEWEST * flying), flying).requests_per_second


def _round(server: Server, requests: int, flying: int) -> Round:
    return asyncio.run(measured(server.url, server.pid, server.body, server.headers, requests, flying))


def peak_mebibytes(pid: int) -> float:
    """The most that was resident of the process since its start."""
    lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) / 1_024
