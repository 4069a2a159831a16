"""A dry run: a few rows of a source as they would be shared, and what of them would not. Nothing is stored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import httpx
import msgspec

from connectors.client import PrivateHosts, open_http
from connectors.contract import Quarantine, SourceSettings
from connectors.errors import SourceError
from connectors.kit.bench import Bench, Fetched, Subject
from connectors.kit.checks.rows import named, values_by_group
from connectors.kit.recording import Recording
from connectors.kit.wire import Rows, at_each, instead, rows_of
from connectors.records import Record
from policies.groups import FieldGroup
from policies.vocabulary import InformationKind

_ANYTHING: Final = "\u2047 anything \u2047"


class Mapped(msgspec.Struct, frozen=True):
    """One row as it would be shared. `told`: group, field and value; `own`: what its row says of handling."""

    native: str
    told: Sequence[tuple[FieldGroup, str, str]]
    faults: Sequence[FieldGroup]
    own: Sequence[tuple[str, object]]
    default: Sequence[tuple[str, object]]


class DryRun(msgspec.Struct, frozen=True):
    """What became of the rows of one kind. `unmapped`: fields that reach no record; None where that can't be tried."""

    kind: InformationKind
    mapped: Sequence[Mapped]
    unmapped: Sequence[str] | None
    quarantined: Sequence[Quarantine]


async def dry_run(
    subject: Subject, settings: SourceSettings, rows: int, private_hosts: Sequence[str] = ()
) -> Sequence[DryRun]:
    """At most `rows` rows of each kind; raises a `SourceError`.

    The platform is asked once. Which of its fields reach no record is found by altering its recorded answers.
    """
    async with open_http(PrivateHosts(private_hosts)) as inner:
        recording = Recording(inner)
        http = httpx.AsyncClient(transport=recording, trust_env=False)
        bench = Bench(subject, settings, recording, http, limit=rows)
        found = []
        for kind in bench.kinds:
            fetched = await bench.fetch(kind)
            place = await rows_of(bench, kind)
            found.append(
                DryRun(
                    kind=kind,
                    mapped=[_mapped(record, bench) for record in fetched.records],
                    unmapped=None if place is None else await _unmapped(bench, kind, place, fetched),
                    quarantined=fetched.quarantined,
                )
            )
        return found


def _mapped(record: Record, bench: Bench) -> Mapped:
    default = bench.settings.marking
    keys = default.__struct_fields__
    own = [key for key in keys if getattr(record.marking, key) != getattr(default, key)]
    return Mapped(
        native=record.ref.native,
        told=[
            (group, ".".join(way[:-1]), way[-1])
            for group, values in values_by_group(record).items()
            for way in sorted(values)
        ],
        faults=sorted(record.faults),
        own=[(key, getattr(record.marking, key)) for key in own],
        default=[(key, getattr(default, key)) for key in keys if key not in own],
    )


async def _unmapped(bench: Bench, kind: InformationKind, rows: Rows, fetched: Fetched) -> Sequence[str]:
    """The fields that may hold anything whatever without a record or a quarantine changing."""
    silent = []
    shown = {*fetched.keys, *(row.native for row in fetched.quarantined if row.native)}
    for path in rows.of(shown).leaves():
        bench.tap.spoil = rows.altered(at_each(path, instead(_ANYTHING)))
        try:
            changed = await bench.fetch(kind, bench.another())
        except SourceError:
            continue
        finally:
            bench.tap.reset()
        if changed.by_ref == fetched.by_ref and changed.quarantined == fetched.quarantined:
            silent.append(named(path))
    return silent
