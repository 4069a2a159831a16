"""Records by id: opened, asked of their sources side by side, decided like any other."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from opentelemetry.trace import Tracer

from connectors.contract import Call
from connectors.errors import SourceError, Unusable
from connectors.records import Record, RecordRef
from gateway.federation.sources.decide import Decider
from gateway.federation.sources.ids import RecordIds
from gateway.federation.sources.source import Source
from gateway.federation.viewed import Viewed
from policies.vocabulary import InformationKind

log = logging.getLogger("slt.sources")


async def found(
    public: Sequence[str], ids: RecordIds, sources: Sequence[Source], *, deadline: float, tracer: Tracer
) -> Sequence[Record | None]:
    """The records of `public` ids in their order; None for whatever is not there, or no id."""
    refs = [ids.decode(item) for item in public]
    by_name = {source.name: source for source in sources}
    wanted: dict[tuple[str, InformationKind], list[str]] = {}
    for ref in dict.fromkeys(refs):
        if ref is not None and ref.source in by_name and by_name[ref.source].connector.capabilities.lookup:
            wanted.setdefault((ref.source, ref.kind), []).append(ref.native)
    answers = await asyncio.gather(
        *(
            _ask(by_name[name], kind, keys, Call(client=by_name[name].client, deadline=deadline, tracer=tracer))
            for (name, kind), keys in wanted.items()
        )
    )
    records: dict[RecordRef, Record] = {record.ref: record for answer in answers for record in answer}
    return [None if ref is None else records.get(ref) for ref in refs]


async def looked_up(
    public: Sequence[str],
    ids: RecordIds,
    sources: Sequence[Source],
    decider: Decider,
    *,
    deadline: float,
    tracer: Tracer,
) -> Sequence[Viewed | None]:
    """The views of `public` ids in their order; None for whatever is not listed, not there, or no id."""
    records = await found(public, ids, sources, deadline=deadline, tracer=tracer)
    return [None if record is None else next(iter(decider.views([record])), None) for record in records]


async def _ask(source: Source, kind: InformationKind, keys: Sequence[str], call: Call) -> Sequence[Record]:
    try:
        async with asyncio.timeout_at(call.deadline):
            records = await _records(source, kind, keys, call)
    except TimeoutError:
        log.warning("SOURCE_LATE: source `%s`: no answer to a lookup before the deadline", source.name)
        return []
    except SourceError as error:
        source.client.note(error)
        log.warning("%s: source `%s`: %s", error.code, source.name, error)
        return []
    return [record for record in records if record is not None]


async def _records(source: Source, kind: InformationKind, keys: Sequence[str], call: Call) -> Sequence[Record | None]:
    """The connector's records; what escapes it other than a `SourceError` is its fault and costs its records only."""
    try:
        return await source.connector.lookup(kind, keys, call)
    except (SourceError, TimeoutError):
        raise
    except Exception as error:
        raise Unusable(f"the connector failed: {type(error).__name__}") from error
