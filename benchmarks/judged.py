"""The gateway of `served` with a meter on its policy: processor time in decisions and views, beside the whole's.

At each SIGUSR1, and at the end, a line goes to the file of the last argument: policy's seconds, the process's, since
the line before.
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar
from unittest.mock import patch

from benchmarks.served import main
from gateway.federation.sources.decide import Decider
from policies.view import view

Arguments = ParamSpec("Arguments")
Given = TypeVar("Given")


class Meter:
    """Sums processor time of functions that run on one thread and don't call each other."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._policy = 0.0
        self._since = time.process_time()

    def on(self, function: Callable[Arguments, Given]) -> Callable[Arguments, Given]:
        """`function`, measured; the meter's own cost counts as policy's."""

        def metered(*arguments: Arguments.args, **named: Arguments.kwargs) -> Given:
            began = time.thread_time()
            try:
                return function(*arguments, **named)
            finally:
                self._policy += time.thread_time() - began

        return metered

    def write(self) -> None:
        """A line for the time since the last one."""
        now = time.process_time()
        with self._file.open("a", encoding="utf-8") as file:
            file.write(f"{self._policy} {now - self._since}\n")
        self._policy, self._since = 0.0, now


if __name__ == "__main__":
    meter = Meter(Path(sys.argv[2]))
    signal.signal(signal.SIGUSR1, lambda *_: meter.write())
    with (
        patch("gateway.federation.sources.decide.view", meter.on(view)),
        patch.object(Decider, "_clearance", meter.on(Decider._clearance)),
        patch.object(Decider, "_marked", meter.on(Decider._marked)),
    ):
        try:
            main(sys.argv[1])
        finally:
            meter.write()
