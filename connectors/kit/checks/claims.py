"""What a connector claims is true, and what it does not claim is refused as documented."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from connectors.contract import Draft, FetchRequest, OrderKey
from connectors.errors import Unclaimed
from connectors.kit.bench import Bench
from connectors.kit.check import Broken, require
from connectors.records import RECORD_TYPES
from connectors.records.base import NATIVE_KEY_BYTES
from policies.condition import Field
from policies.groups import FieldGroup
from policies.vocabulary import InformationKind


async def kinds(bench: Bench) -> str:
    """Each claimed kind comes as its record type, with the source's name and a key that an id can hold."""
    require(bench.connector.kind == bench.subject.example()["connector"], "`kind` is another than `example.toml` says")
    require(bench.connector.default_marking == bench.settings.marking, "`default_marking` is not the configured one")
    require(bool(bench.kinds), "`capabilities.kinds` is empty: there is nothing to ask for")
    told = []
    for kind in bench.kinds:
        fetched = await bench.fetch(kind)
        require(bool(fetched.records), f"`{kind.value}` is claimed, and the simulator has no record of it")
        for record in fetched.records:
            ref = record.ref
            where = f"{kind.value} `{ref.native}`"
            require(type(record) is RECORD_TYPES[kind], f"{where} is a {type(record).__name__}")
            require((ref.source, ref.kind) == (bench.settings.name, kind), f"{where} has a `ref` of another source")
            size = len(ref.native.encode())
            require(0 < size <= NATIVE_KEY_BYTES, f"{where}: its key has {size} bytes, 1 to {NATIVE_KEY_BYTES} fit")
            require(bool(record.version), f"{where} has no `version`")
            require(bool(record.marking.originator), f"{where} has no originator in its marking")
        twice = {ref for ref in fetched.by_ref if fetched.keys.count(ref.native) > 1}
        require(not twice, f"{kind.value}: `{min((ref.native for ref in twice), default='')}` comes twice")
        told.append(f"{len(fetched.records)} {kind.value}")
    return ", ".join(told)


async def totals(bench: Bench) -> str:
    """Where `counts` is claimed, each page tells how many rows there are."""
    if not bench.connector.capabilities.counts:
        return "not claimed"
    for kind in bench.kinds:
        fetched = await bench.fetch(kind)
        rows = len(fetched.records) + len(fetched.quarantined)
        for page in fetched.pages:
            require(page.total == rows, f"{kind.value}: `total` is {page.total} where {rows} rows came")
    return f"{len(bench.kinds)} kinds"


async def groups(bench: Bench) -> str:
    """What groups are asked for changes neither which records come nor how they are marked."""
    for kind in bench.kinds:
        whole = await bench.fetch(kind)
        few = await bench.fetch(kind, groups=frozenset({FieldGroup.ENVELOPE}))
        require(sorted(few.keys) == sorted(whole.keys), f"{kind.value}: other records come for the ENVELOPE alone")
        for ref, record in few.by_ref.items():
            same = record.marking == whole.by_ref[ref].marking
            require(same, f"{kind.value} `{ref.native}`: its marking depends on the groups that are asked for")
    return f"{len(bench.kinds)} kinds"


async def unclaimed(bench: Bench) -> str:
    """What is not claimed raises `Unclaimed` with the documented message, and asks nothing of the platform."""
    connector, claimed = bench.connector, bench.connector.capabilities
    some = bench.kinds[0]
    record = (await bench.fetch(some)).records[0]
    bench.tap.reset()
    call = bench.call()

    async def fetch(request: FetchRequest) -> object:
        return await anext(connector.fetch(request, call))

    async def changes() -> object:
        return await anext(connector.changes(None, call))

    refused: list[tuple[str, Callable[[], Awaitable[object]]]] = [
        (kind.value, partial(fetch, FetchRequest(kind=kind))) for kind in InformationKind if kind not in claimed.kinds
    ]
    orders = [OrderKey(field, descending=down) for field in (Field.SHARED, Field.OCCURRED) for down in (True, False)]
    refused += [
        ("orders", partial(fetch, FetchRequest(kind=some, order=order)))
        for order in orders
        if order not in claimed.orders
    ]
    if claimed.lookup:
        refused += [
            (kind.value, partial(connector.lookup, kind, ["key"], call))
            for kind in InformationKind
            if kind not in claimed.kinds
        ]
    else:
        refused.append(("lookup", lambda: connector.lookup(some, ["key"], call)))
    if not claimed.changes:
        refused.append(("changes", changes))
    if not claimed.share:
        refused.append(("share", lambda: connector.share(Draft(record), "key", call)))
    for capability, attempt in refused:
        await _refuses(bench, capability, attempt)
    require(not bench.tap.answers, "the platform was asked for something before it was refused")
    return ", ".join(dict.fromkeys(capability for capability, _ in refused)) or "everything is claimed"


async def _refuses(bench: Bench, capability: str, attempt: Callable[[], Awaitable[object]]) -> None:
    expected = str(Unclaimed.of(bench.connector.kind, capability))
    try:
        await attempt()
    except Unclaimed as error:
        require(str(error) == expected, f"`{capability}` is refused with “{error}” and not with “{expected}”")
    except Exception as error:  # whatever else escapes is what the check looks for
        raise Broken(f"`{capability}` raises {type(error).__name__}: it has to raise `Unclaimed`") from error
    else:
        raise Broken(f"`{capability}` is not claimed, and is not refused")
