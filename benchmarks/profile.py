"""Where the gateway's time goes: own time of its functions under cProfile, summed by part of the code."""

from __future__ import annotations

import cProfile
import pstats
import signal
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("policies", "connectors", "gateway")


@contextmanager
def profiled(into: str | None) -> Iterator[None]:
    """Profiles this thread from the first SIGUSR1 until the block ends, then writes the file; None does nothing."""
    if into is None:
        yield
        return
    profile = cProfile.Profile()
    signal.signal(signal.SIGUSR1, lambda *_: profile.enable())
    try:
        yield
    finally:
        profile.disable()
        profile.dump_stats(into)


def shares(file: Path) -> Mapping[str, float]:
    """Share of all own time by part, the largest first; a built-in function counts for those who called it.

    The event loop is uvloop's: neither its own work nor its waiting is seen.
    """
    stats: dict[Any, Any] = pstats.Stats(str(file)).stats  # type: ignore[attr-defined] # typeshed leaves it out
    own: Counter[str] = Counter()
    for function, (_calls, _primitive, seconds, _cumulative, callers) in stats.items():
        if function[0] == "~" and callers:
            for caller, figures in callers.items():
                own[part(caller[0])] += figures[2]
        else:
            own[part(function[0])] += seconds
    total = sum(own.values())
    return {name: seconds / total for name, seconds in own.most_common()}


def part(file: str) -> str:
    """The part of the code a file is of: two levels of the project's own, the package of another's."""
    path = Path(file)
    if "site-packages" in path.parts:
        return path.parts[path.parts.index("site-packages") + 1].removesuffix(".py")
    if path.is_relative_to(ROOT) and (inside := path.relative_to(ROOT).parts)[0] in ROOMS:
        return inside[0] if inside[0] == "policies" else "/".join(inside[:2]).removesuffix(".py")
    if path.is_relative_to(sys.base_prefix):
        return f"Python: {path.parent.name if path.parent.name == 'asyncio' else 'the rest'}"
    return "generated code and built-in functions"
