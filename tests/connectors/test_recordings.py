"""No recorded payload is forgotten: each is read by a test, or says here why none could read it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.samples import SAMPLES

TESTS = Path(__file__).parents[1]
# Neither payloads nor vocabularies of a platform that a connector reads.
OF_NO_CONNECTOR = {
    "SOURCES.md": "where the others came from",
    "hapi/conflict_event_parameters.yaml": "prose about the columns of the recorded rows",
    "hapi/conflict_event_seed.sql": "statements for a database",
    "pcodes/global_pcode_lengths.csv": "lengths of codes",
    "pcodes/world-atlas_countries-110m.topojson": "shapes of countries",
}


def patterns() -> Iterator[str]:
    """The glob patterns that tests ask the samples for."""
    for path in TESTS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(func=ast.Name("found"), args=[ast.Constant(str() as pattern)]):
                    yield pattern


if SAMPLES is not None:

    def test_every_recording_is_read_by_a_test() -> None:
        assert SAMPLES is not None
        read = {path for pattern in patterns() for path in SAMPLES.glob(pattern)}
        there = {path for path in SAMPLES.rglob("*") if path.is_file()}
        assert {path.relative_to(SAMPLES).as_posix() for path in there - read} <= set(OF_NO_CONNECTOR)
