"""What an adversary would ask about: every raw value of both worlds, and the times right beside each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from connectors.records import Record, RecordRef
from policies.values import Moment
from policies.vocabulary import InformationKind
from tests.adversarial.aims import aims_at
from tests.adversarial.values import AREAS, FIRST_DAY, SENTENCES
from tests.adversarial.worlds import SOURCES, World

ODD_IDS: Final = ("", "x", "AA", "1", "a-native-key", "AQ" + "A" * 210, "é", "AQ==")
TICK: Final = timedelta(microseconds=1)


class Pool(msgspec.Struct, frozen=True):
    """Values to ask with, by what they are."""

    times: Sequence[str]
    words: Sequence[str]
    countries: Sequence[str]
    areas: Sequence[str]
    organizations: Sequence[str]
    sources: Sequence[str]
    ids: Sequence[str]
    listed: Sequence[str]
    acts: Sequence[str]
    aims: Mapping[str, Sequence[dict[str, Any]]]


def pool_of(
    worlds: Sequence[World],
    listed: Sequence[RecordRef],
    organizations: Sequence[str],
    public_id: Callable[[RecordRef], str],
) -> Pool:
    """The pool of `worlds`: its ids are of listed and unlisted records, of none, of another source, and no ids at all."""
    rows = [row for world in worlds for row in world.rows]
    times = {stamp for row in rows for stamp in _times(row)} or {FIRST_DAY}
    words = {word for row in rows for word in _words(row)} | {SENTENCES[0]}
    refs = dict.fromkeys(row.ref for row in rows)
    absent = [RecordRef(name, kind, "absent") for name in (SOURCES[0], "delta") for kind in InformationKind]
    ids = [public_id(ref) for ref in (*refs, *absent)]
    damaged = [ids[0][:-1] + ("A" if ids[0][-1] != "A" else "B"), ids[0] + "A", ids[0][:20]]
    return Pool(
        times=[stamp.isoformat() for stamp in sorted(times)],
        words=sorted(words),
        countries=[*AREAS, "ssd", "XXX"],
        areas=[*(f"{area}{end}" for areas in AREAS.values() for area in areas for end in ("", "01", "02"))],
        organizations=[*organizations, "nobody"],
        sources=[*SOURCES, "delta"],
        ids=[*ids, *damaged, *ODD_IDS],
        listed=[public_id(ref) for ref in listed],
        acts=["absent", *(item.id for world in worlds for item in world.said)],
        aims=aims_at(worlds),
    )


def _times(row: Record) -> Iterator[datetime]:
    for value in _values(row):
        if isinstance(value, Moment):
            yield from (value.start, value.end, value.start + TICK)
        elif isinstance(value, datetime):
            yield from (value, value + TICK)


def _words(row: Record) -> Iterator[str]:
    for value in _values(row):
        if isinstance(value, str) and value.strip():
            yield from (value, value.split()[0].upper())


def _values(row: Record) -> Iterator[Any]:
    return (getattr(row, name) for name in row.__struct_fields__)
