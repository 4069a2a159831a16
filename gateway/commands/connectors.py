"""`slt-gateway connectors`: the installed kinds, the conformance kit, dry runs, agreements, and new connectors."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import msgspec
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from connectors.contract import Capabilities, SourceSettings
from connectors.errors import Unconfigured
from connectors.kit.agreement import Agreement, agreement
from connectors.kit.bench import Subject, example_settings, simulated
from connectors.kit.dry_run import DryRun, dry_run
from connectors.kit.new import create
from connectors.kit.suite import CHECKS, run_all
from connectors.registry import installed
from connectors.simulation.server import HOST
from gateway.commands.administration import configured as configured_store
from gateway.commands.administration import table
from gateway.errors import ConfigurationFault
from gateway.federation.sources.status import COLUMNS, status_table
from gateway.settings import load

_WIDTH = 120


def status(config: Path) -> str:
    """How each configured source is doing, and how old that is; raises a fault of the configuration or the store."""
    with configured_store(config) as (settings, store):
        told = status_table(store, ((entry.name, entry.connector) for entry in settings.sources))
    return table(COLUMNS, told.rows, nothing="no source is configured") + f"{told.age(datetime.now(UTC))}\n"


def listed() -> str:
    """The installed connectors, and what each claims when configured as its example is."""
    table = Table("kind", "from", "information", "filters", "also", box=None)
    for kind, point in installed().items():
        try:
            claimed = _claimed(kind)
        except (Unconfigured, ImportError, AttributeError) as error:
            table.add_row(kind, point, Text(f"can't be loaded: {error}"), "", "")
            continue
        filters = ", ".join(sorted(f"{field.name} {operator.name}" for field, operator in claimed.filters))
        table.add_row(
            kind, point, ", ".join(sorted(item.value for item in claimed.kinds)), filters, _abilities(claimed)
        )
    return _printed(table)


def tested(name: str) -> tuple[str, bool]:
    """Every check against the connector's simulator, as a table; and whether all hold."""
    table = Table("check", "holds", "promise", "tried, or the counterexample", box=None)
    held = 0
    for outcome in run_all(Subject.of(name)):
        held += outcome.held
        mark = Text("yes" if outcome.held else "NO", style="" if outcome.held else "bold red")
        table.add_row(outcome.check.id, mark, outcome.check.holds, Text(outcome.told))
    return _printed(table, f"{held} of {len(CHECKS)} checks hold"), held == len(CHECKS)


def tried(name: str, rows: int, configured: tuple[Path, str] | None) -> str:
    """A dry run of at most `rows` rows a kind, of a configured source or of the example's against its simulator."""
    subject = Subject.of(name)
    if configured is None:
        with simulated(subject) as (settings, _):
            return _printed(*_runs(asyncio.run(dry_run(subject, settings, rows, [HOST]))))
    source, private_hosts = _source(name, *configured)
    return _printed(*_runs(asyncio.run(dry_run(subject, source, rows, private_hosts))))


def to_sign(name: str, configured: tuple[Path, str] | None) -> str:
    """The default marking in words, of a configured source or of the example's, with a place to sign."""
    if configured is not None:
        return _signature(agreement(_source(name, *configured)[0]))
    subject = Subject.of(name)
    return _signature(agreement(example_settings(subject, subject.example()["url"], {})))


def made(name: str, folder: Path) -> str:
    """A new connector's folder, written; and what to type next."""
    path = create(name, folder)
    return (
        f"{path} is written. Next:\n"
        f"  pip install --no-deps --no-build-isolation --editable {path}\n"
        f"  slt-gateway connectors test {name}\n"
    )


def _source(name: str, config: Path, source: str) -> tuple[SourceSettings, Sequence[str]]:
    settings = load(config, os.environ)
    entry = next((entry for entry in settings.sources if entry.name == source), None)
    if entry is None:
        known = ", ".join(f"`{entry.name}`" for entry in settings.sources) or "none"
        raise ConfigurationFault(f"`{source}` is no source of `{config}`: it has {known}")
    if entry.connector != name:
        raise ConfigurationFault(f"`{source}` is read by `{entry.connector}`: give that in place of `{name}`")
    return settings.source_settings(entry), entry.private_hosts


def _claimed(kind: str) -> Capabilities:
    subject = Subject.of(kind)
    example = subject.example()
    placeholders = dict.fromkeys(example.get("credentials", {}), "placeholder")
    return subject.connector(example_settings(subject, example["url"], placeholders)).capabilities


def _abilities(claimed: Capabilities) -> str:
    orders = [f"order {key.field.name} {'down' if key.descending else 'up'}" for key in claimed.orders]
    names = [name for name in ("counts", "lookup", "changes", "share") if getattr(claimed, name)]
    return ", ".join([*sorted(orders), *names])


def _runs(runs: Sequence[DryRun]) -> Sequence[RenderableType]:
    shown: list[RenderableType] = []
    for run in runs:
        shown.append(Text(f"\n{run.kind.value}: {len(run.mapped)} rows mapped, {len(run.quarantined)} quarantined\n"))
        for row in run.mapped:
            table = Table("group", "field", "value", box=None, title=row.native, title_justify="left")
            for group, field, value in row.told:
                table.add_row(group.name, field, Text(value))
            for group in row.faults:
                table.add_row(group.name, "", Text("withheld: a value can't be read", style="bold"))
            for key, marking in row.own:
                table.add_row("marking", key, Text(f"{_plain(marking) or 'none'} (by the row)"))
            for key, marking in row.default:
                table.add_row("marking", key, Text(f"{_plain(marking) or 'none'} (default)"))
            shown += [table, Text()]
        if run.unmapped is None:
            shown.append(Text("fields that reach no record: not known, there are no rows in JSON, CSV or XML"))
        else:
            shown.append(Text(f"fields that reach no record: {', '.join(run.unmapped) or 'none'}"))
        shown += [Text(f"quarantined: {row.native or 'a row without a key'}: {row.reason}") for row in run.quarantined]
    return [*shown, Text("\nnothing was stored")]


def _plain(value: object) -> str:
    if isinstance(value, msgspec.Struct):
        told = [(key, getattr(value, key)) for key in value.__struct_fields__]
        return ", ".join(f"{key} {_plain(item)}" for key, item in told if item not in (None, False, frozenset()))
    if isinstance(value, frozenset):
        return "; ".join(sorted(_plain(item) for item in value)) or "none"
    if value is None or isinstance(value, bool):
        return "yes" if value else "no"
    return str(getattr(value, "name", value))


def _signature(agreed: Agreement) -> str:
    lines = [
        f"Default marking of the source `{agreed.source}`",
        "",
        "Of every record that says nothing else of itself:",
    ]
    lines += [f"- {sentence}" for sentence in agreed.default]
    for where, sentences in agreed.others:
        lines += ["", f"Otherwise, of {where}:", *(f"- {sentence}" for sentence in sentences or ("as above",))]
    lines += ["", "What a row's own words about handling change is told by the connector's README."]
    if agreed.originators:
        lines += ["", "Organizations as the platform names them:"]
        lines += [f"- {name}: `{organization}`" for name, organization in sorted(agreed.originators.items())]
    lines += ["", f"Fingerprint of marking, options and originators: {agreed.fingerprint}", ""]
    lines += [f"For `{agreed.originator}`: ____________________  Date: __________", ""]
    lines += ["For the gateway: ____________________  Date: __________", ""]
    return "\n".join(lines)


def _printed(*what: RenderableType) -> str:
    text = StringIO()
    console = Console(file=text, width=_WIDTH)
    for item in what:
        console.print(item, highlight=False)
    return text.getvalue()
