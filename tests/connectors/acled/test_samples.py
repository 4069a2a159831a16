"""ACLED's own tables of columns, codes and regions, each in invented rows. Collected only where the samples are."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from connectors.errors import Unusable
from policies.vocabulary import OrganizationType
from tests.connectors.acled.conftest import ROW
from tests.connectors.acled.test_mapping import fetched, one
from tests.samples import found

CODEBOOK = found("acled/acled_codebook.csv")
CODES = found("acled/acled_interaction_codes.csv")
REGIONS = found("acled/acled_regions.csv")
# Variables of the codebook that the API does not give.
OLDER = {"data_id", "event_id_no_cnty", "iso3"}
# Civilians are told as attacked, and by no code as who attacked.
PARTIES = {
    "State Forces": [OrganizationType.GOVERNMENT],
    "Rebel Forces": [OrganizationType.ARMED_GROUP],
    "Militia Groups": [OrganizationType.ARMED_GROUP],
    "Communal / Identity Groups": [OrganizationType.ARMED_GROUP],
    "Rioters": [OrganizationType.CIVILIAN],
    "Protesters": [OrganizationType.CIVILIAN],
    "Civilians": [],
    "Foreign / Others": [OrganizationType.OTHER],
}


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


if CODEBOOK:

    @pytest.mark.parametrize("path", CODEBOOK, ids=lambda path: path.name)
    async def test_every_column_of_the_codebook_has_its_place_or_is_refused_by_name(path: Path) -> None:
        columns = [row["Variable"] for row in rows_of(path)]
        assert len(columns) == 31
        assert {*columns} - OLDER <= {*ROW}
        for column in OLDER:
            with pytest.raises(Unusable, match=f"`{column}`"):
                await one(**{column: "1"})

    @pytest.mark.parametrize("path", CODES, ids=lambda path: path.name)
    @pytest.mark.parametrize("number", [False, True])
    async def test_every_interaction_code_is_an_actor_or_who_was_attacked(path: Path, number: bool) -> None:
        codes = [(row["Inter1/Inter2"], str(int(float(row["Numeric Code"])))) for row in rows_of(path)]
        assert len(codes) == 8
        rows = [ROW | {"event_id_cnty": f"SSD{code}", "inter1": code if number else word} for word, code in codes]
        page = await fetched(*rows)
        assert not page.quarantined
        for (word, _), record in zip(codes, page.records, strict=True):
            assert not record.faults, word
            told = [party.type for party in record.actor.parties] if record.actor else []  # type: ignore[attr-defined] # incidents
            assert told == PARTIES[word], word

    @pytest.mark.parametrize("path", REGIONS, ids=lambda path: path.name)
    async def test_every_region_is_kept_as_it_is_written(path: Path) -> None:
        regions = [row["region_name"] for row in rows_of(path)]
        assert len(regions) == 17
        page = await fetched(
            *(ROW | {"event_id_cnty": f"SSD{number}", "region": region} for number, region in enumerate(regions))
        )
        kept = [[item.value for item in record.attributes if item.key == "region"] for record in page.records]
        assert kept == [[region] for region in regions]
