"""The places of invented events, held against the published P-codes. Collected only where the samples are."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from connectors.simulation.places import places
from tests.samples import found


@pytest.mark.parametrize("table", found("pcodes/global_pcodes_adm1_2_*.csv"), ids=lambda path: path.name)
def test_pcodes_and_names_are_true(table: Path) -> None:
    with table.open(encoding="utf-8") as rows:
        true = {(row["Location"], row["P-Code"], row["Name"], row["Parent P-Code"]) for row in csv.DictReader(rows)}
    for iso3, areas in places().items():
        for place in areas:
            assert (iso3, place.admin1.pcode, place.admin1.name, iso3) in true
            assert (iso3, place.admin2.pcode, place.admin2.name, place.admin1.pcode) in true
