"""A pushed condition loses nothing that matching on views would keep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

from connectors.kit.bench import SEED, Bench, Fetched
from connectors.kit.check import require
from connectors.kit.conditions import conditions
from connectors.kit.oracle import Seen, holds, seen
from policies.condition import Condition, Field, Operator, Test
from policies.values import PlacePrecision, Precisions, TimePrecision
from policies.vocabulary import InformationKind

Asked: TypeAlias = dict[Condition, Fetched]

_GENERAL: Final = (
    Precisions(where=PlacePrecision.ADMIN2, when=TimePrecision.DAY),
    Precisions(where=PlacePrecision.ADMIN1, when=TimePrecision.WEEK),
    Precisions(where=PlacePrecision.COUNTRY, when=TimePrecision.MONTH),
)
# What no connector could claim for certain: it has to be left to the gateway, not to end in nothing or in an error.
_FOREIGN: Final = Test(Field.LANGUAGE, Operator.IS_NULL, False)


async def conditions_on_records(bench: Bench) -> str:
    """With a condition come all records that it holds on; none that a fetch without it does not give."""
    tried = 0
    for kind in bench.kinds:
        whole = await bench.fetch(kind)
        asked: Asked = {}
        await _ask(bench, kind, asked, whole, [seen(record) for record in whole.records])
        tried += len(asked)
        foreign = await bench.fetch(kind, condition=_FOREIGN)
        _keeps(kind, _FOREIGN, [seen(record) for record in whole.records], foreign)
    return f"{tried} conditions" if tried else "no filters claimed"


async def conditions_on_views(bench: Bench) -> str:
    """With a condition come all records whose generalised view it holds on."""
    tried = 0
    for kind in bench.kinds:
        whole = await bench.fetch(kind)
        asked: Asked = {}
        for precision in _GENERAL:
            await _ask(bench, kind, asked, whole, [seen(record, precision) for record in whole.records])
        tried += len(asked)
    return f"{tried} conditions on {len(_GENERAL)} kinds of view" if tried else "no filters claimed"


async def _ask(bench: Bench, kind: InformationKind, asked: Asked, whole: Fetched, shown: Sequence[Seen]) -> None:
    """Asks each condition once, whichever views it was made of: `asked` keeps what came."""
    known = set(whole.keys)
    for condition in conditions(shown, bench.connector.capabilities.filters, SEED):
        got = asked.get(condition)
        if got is None:
            got = asked[condition] = await bench.fetch(kind, condition=condition)
        _keeps(kind, condition, shown, got)
        strange = [key for key in got.keys if key not in known]
        require(not strange, f"{kind.value}: {condition} gives `{''.join(strange[:1])}`, which no fetch without does")


def _keeps(kind: InformationKind, condition: Condition, shown: Sequence[Seen], got: Fetched) -> None:
    came = set(got.keys)
    for item in shown:
        if holds(condition, item) is True and item.record.ref.native not in came:
            require(False, f"{kind.value}: `{item.record.ref.native}` is lost by {condition}")
