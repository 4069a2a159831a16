"""ACLED's codes beside ours, read once a connector from the data files of this folder."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from importlib.resources import files

import msgspec

from policies.vocabulary import IncidentCategory, OrganizationType, SpecialCategory


class Tables(msgspec.Struct, frozen=True):
    """`countries`: ISO 3166-1 numeric (three digits) → alpha-3. `categories`: (event type, sub-event type) → category.

    `special`: sub-event type → special category. `actors`: ACLED's `inter` codes and words, case-folded → party type.
    """

    countries: Mapping[str, str]
    categories: Mapping[tuple[str, str], IncidentCategory]
    special: Mapping[str, SpecialCategory]
    actors: Mapping[str, OrganizationType]

    def sub_events(self, categories: frozenset[IncidentCategory]) -> list[str]:
        """The sub-event types that mean one of `categories`."""
        return sorted(sub for (_, sub), category in self.categories.items() if category in categories)


class _Categories(msgspec.Struct, forbid_unknown_fields=True):
    categories: dict[str, dict[str, IncidentCategory]]
    special: dict[str, SpecialCategory]


# `inter1` and `inter2`, as numbers (`inter_num=1`) and as the words of ACLED's codebook and tables.
_ACTORS = {
    OrganizationType.GOVERNMENT: ("1", "state forces"),
    OrganizationType.ARMED_GROUP: (
        "2", "rebel group", "rebel groups", "3", "political militia", "political militias",
        "4", "identity militia", "identity militias", "rebel forces", "militia groups", "communal / identity groups",
    ),
    OrganizationType.CIVILIAN: ("5", "rioters", "6", "protesters", "protestors", "7", "civilians"),
    OrganizationType.OTHER: ("8", "external/other forces", "foreign / others"),
}  # fmt: skip


def read_tables(more_countries: Mapping[str, str]) -> Tables:
    """The tables, with `more_countries` for the numeric codes that ACLED uses beside ISO 3166-1's."""
    here = files(__package__)
    data = msgspec.convert(tomllib.loads(here.joinpath("categories.toml").read_text("utf-8")), _Categories)
    rows = csv.DictReader(here.joinpath("countries.csv").read_text("utf-8").splitlines())
    return Tables(
        countries={row["numeric"]: row["iso3"] for row in rows}
        | {code.zfill(3): iso3 for code, iso3 in more_countries.items()},
        categories={
            (event, sub): category for event, subs in data.categories.items() for sub, category in subs.items()
        },
        special=data.special,
        actors={word: party for party, words in _ACTORS.items() for word in words},
    )
