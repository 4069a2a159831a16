"""What was measured beside the peers: tables, rows of the results, the picture."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import jinja2
from rich.table import Table

from benchmarks.peers.rounds import IN_FLIGHT, Measured
from benchmarks.peers.servers import APOLLO, FLOOR, GATEWAY, HIVE, HIVE_RUST, NAIVE, YOGA

PICTURE: Final = Path(__file__).parents[2] / "docs" / "pictures" / "performance.svg"
ORDER: Final = (FLOOR, GATEWAY, YOGA, HIVE_RUST, HIVE, APOLLO, NAIVE)
# All from the issue on speed. Requests a second to a peer's are to be at least so many times as many, by records.
SPEED_GOALS: Final[Mapping[str, Mapping[int, float]]] = {
    HIVE_RUST: {100: 3.0, 1_000: 2.5},
    APOLLO: {100: 5.0, 1_000: 4.0},
    NAIVE: {100: 15.0, 1_000: 15.0},
}
# The rest at most.
PROCESSOR_GOAL, SPREAD_GOAL, MEBIBYTES_GOAL, HIVE_MEMORY_GOAL = 1.5, 3.0, 200.0, 1 / 3


def tables() -> tuple[Table, Table]:
    """The figures', and their ratios'."""
    title = f"beside the peers, {IN_FLIGHT} requests in flight; p50 and p99 with one"
    figures = Table("records", "", "requests/s", "CPU ms", "p50 ms", "p99 ms", "peak MiB", "answer kB", title=title)
    ratios = Table(
        "records", "", "requests/s", "CPU", "p50", "p99", "peak", title="ratio to this gateway / ratio to the floor"
    )
    return figures, ratios


def compare(records: int, found: Mapping[str, Measured], shown: tuple[Table, Table]) -> list[dict[str, object]]:
    """The medians, shown, and the rows of the results; a speed meets its goal from above, all else from below."""
    figures, ratios = shown
    ours, floor = found[GATEWAY], found[FLOOR]
    for name in ORDER:
        each = found[name]
        speed, *rest = _figures(each)
        told = (f"{speed:.1f}", *(f"{figure:.2f}" for figure in rest[:-1]), f"{rest[-1]:.0f}")
        figures.add_row(f"{records:,}", name, *told, f"{each.bytes / 1_000:.1f}")
        pairs = zip(_figures(each), _figures(ours), _figures(floor), strict=True)
        ratios.add_row(f"{records:,}", name, *(f"{one / mine:.2f} / {one / least:.2f}" for one, mine, least in pairs))
    rows = []
    for name in (HIVE_RUST, HIVE, APOLLO, YOGA, NAIVE):
        ratio, goal = ours.requests_per_second / found[name].requests_per_second, SPEED_GOALS.get(name, {}).get(records)
        met, least = (None, "") if goal is None else (ratio >= goal, "at least, ")
        rows.append(_row(f"requests a second to those of {name}, {least}{records} records", ratio, goal, met))
    p50, p99 = ours.percentiles
    lean = min(found[HIVE].peak_mebibytes, found[HIVE_RUST].peak_mebibytes)
    for said, ratio, goal in (
        (
            "processor time a request to the floor's, a third of the groups withheld",
            ours.processor_milliseconds / floor.processor_milliseconds,
            PROCESSOR_GOAL,
        ),
        ("p99 to p50 with one request at a time", p99 / p50, SPREAD_GOAL),
        ("peak memory to 200 MiB", ours.peak_mebibytes / MEBIBYTES_GOAL, 1.0),
        ("peak memory to that of the leaner Hive Gateway", ours.peak_mebibytes / lean, HIVE_MEMORY_GOAL),
    ):
        rows.append(_row(f"{said}, {records} records", ratio, goal, ratio <= goal))
    return rows


def draw(found: Mapping[int, Mapping[str, Measured]]) -> None:
    """Writes the picture of requests a second, a panel of bars for each number of records."""
    panels = [
        {
            "records": f"{records:,}",
            "most": max(each.requests_per_second for each in measured.values()),
            "bars": [(name, measured[name].requests_per_second) for name in ORDER],
        }
        for records, measured in found.items()
    ]
    template = Path(__file__).with_name("picture.svg.jinja").read_text("utf-8")
    drawn = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(template)
    PICTURE.write_text(drawn.render(panels=panels, ours=GATEWAY, in_flight=IN_FLIGHT) + "\n", "utf-8")


def _figures(each: Measured) -> tuple[float, ...]:
    return (each.requests_per_second, each.processor_milliseconds, *each.percentiles, each.peak_mebibytes)


def _row(name: str, ratio: float, goal: float | None, met: bool | None) -> dict[str, object]:
    return {"name": name, "ratio": round(ratio, 4), "goal": None if goal is None else round(goal, 4), "met": met}
