"""Connectors that break one promise each: the kit has to find every one of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from connectors.client import SourceClient
from connectors.contract import Call, Capabilities, ChangePage, FetchRequest, Page, Quarantine, SourceSettings
from connectors.errors import AuthenticationRefused, SourceError, Unclaimed, Unusable
from connectors.kobo import KoboConnector
from connectors.records import Incident, Record
from connectors.unsms import UnsmsConnector
from policies.condition import All, Interval, Test, conjuncts
from policies.groups import FieldGroup
from policies.values import Moment, TimePrecision
from policies.vocabulary import Audience, InformationKind

_WEEK = timedelta(days=7)
replace = msgspec.structs.replace


def changed(page: Page, change: Callable[[Any], Any]) -> Page:
    return replace(page, records=[change(record) for record in page.records])


class LosesTheLastOfAPage(UnsmsConnector):
    async def fetch(self, request: FetchRequest, call: Call) -> AsyncIterator[Page]:
        async for page in super().fetch(request, call):
            yield replace(page, records=page.records[:-1]) if page.resume else page


class ForgetsWhereItWas(UnsmsConnector):
    async def fetch(self, request: FetchRequest, call: Call) -> AsyncIterator[Page]:
        async for page in super().fetch(replace(request, resume=None), call):
            yield page


class NarrowsByADay(UnsmsConnector):
    async def fetch(self, request: FetchRequest, call: Call) -> AsyncIterator[Page]:
        parts = tuple(self._narrow(part) for part in conjuncts(request.condition))
        async for page in super().fetch(replace(request, condition=All(parts) if parts else None), call):
            yield page

    def _narrow(self, part: Any) -> Any:
        match part:
            case Test(field, operator, Interval(start, datetime() as end)):
                return Test(field, operator, Interval(start, end - timedelta(days=1)))
        return part


class NarrowsLongSpans(NarrowsByADay):
    """Right for days, wrong for the weeks and months that only a generalised view shows."""

    def _narrow(self, part: Any) -> Any:
        match part:
            case Test(field, operator, Interval(datetime() as start, datetime() as end)) if end - start >= _WEEK:
                return Test(field, operator, Interval(start, start + (end - start) / 2))
        return part


class ShufflesAPage(UnsmsConnector):
    async def fetch(self, request: FetchRequest, call: Call) -> AsyncIterator[Page]:
        async for page in super().fetch(request, call):
            yield replace(page, records=[*page.records[2:], *page.records[:2]])


class SkipsChanges(UnsmsConnector):
    async def changes(self, since: str | None, call: Call) -> AsyncIterator[ChangePage]:
        async for page in super().changes(since, call):
            yield replace(page, records=page.records[1:])


class KeepsTheGone(UnsmsConnector):
    async def changes(self, since: str | None, call: Call) -> AsyncIterator[ChangePage]:
        async for page in super().changes(since, call):
            yield replace(page, removed=[*page.removed, *(record.ref.native for record in page.records[:1])])


class SortsWhatItLooksUp(UnsmsConnector):
    async def lookup(self, kind: InformationKind, keys: Sequence[str], call: Call) -> Sequence[Record | None]:
        return await super().lookup(kind, sorted(keys), call)


class TellsNoZone(UnsmsConnector):
    async def fetch(self, request: FetchRequest, call: Call) -> AsyncIterator[Page]:
        async for page in super().fetch(request, call):
            yield changed(page, lambda record: replace(record, shared_at=record.shared_at.replace(tzinfo=None)))


class MakesInstantsOfDays(KoboConnector):
    async def fetch(self, request: FetchRequest, call: Call) -> AsyncIterator[Page]:
        async for page in super().fetch(request, call):
            yield changed(page, self._sharpened)

    def _sharpened(self, record: Any) -> Any:
        occurred = record.occurred
        if occurred is None or occurred.precision is TimePrecision.INSTANT:
            return record
        return replace(record, occurred=Moment.instant(occurred.start))


class OpensEverything(UnsmsConnector):
    async def fetch(self, request: FetchRequest, call: Call) -> AsyncIterator[Page]:
        async for page in super().fetch(request, call):
            yield changed(page, self._opened)

    def _opened(self, record: Any) -> Any:
        return replace(record, marking=replace(record.marking, audience=Audience.PUBLIC))


class OpensWhatItCanNotRead(KoboConnector):
    """A record with a fault anywhere is taken for public."""

    async def fetch(self, request: FetchRequest, call: Call) -> AsyncIterator[Page]:
        async for page in super().fetch(request, call):
            yield changed(page, self._opened)

    def _opened(self, record: Any) -> Any:
        return replace(record, marking=replace(record.marking, audience=Audience.PUBLIC)) if record.faults else record


class HidesFaults(KoboConnector):
    async def fetch(self, request: FetchRequest, call: Call) -> AsyncIterator[Page]:
        async for page in super().fetch(request, call):
            yield changed(page, lambda record: replace(record, faults=frozenset()))


class QuarantinesFaults(KoboConnector):
    async def fetch(self, request: FetchRequest, call: Call) -> AsyncIterator[Page]:
        async for page in super().fetch(request, call):
            bad = [Quarantine("something is wrong", record.ref.native) for record in page.records if record.faults]
            kept = [record for record in page.records if not record.faults]
            yield replace(page, records=kept, quarantined=[*page.quarantined, *bad])


class TakesItsTime(UnsmsConnector):
    async def fetch(self, request: FetchRequest, call: Call) -> AsyncIterator[Page]:
        async for page in super().fetch(request, replace(call, deadline=call.deadline + 1.5)):
            yield page


class ReadsOn(UnsmsConnector):
    async def fetch(self, request: FetchRequest, call: Call) -> AsyncIterator[Page]:
        pages = super().fetch(request, call)
        reading = asyncio.ensure_future(_all(pages))
        for page in await asyncio.shield(reading):
            yield page


async def _all(pages: AsyncIterator[Page]) -> list[Page]:
    return [page async for page in pages]


class TakesAnySize(UnsmsConnector):
    async def fetch(self, request: FetchRequest, call: Call) -> AsyncIterator[Page]:
        unbounded = SourceClient(call.client.base, call.client._http)
        async for page in super().fetch(request, replace(call, client=unbounded)):
            yield page


class TakesErrorsForNothing(UnsmsConnector):
    async def fetch(self, request: FetchRequest, call: Call) -> AsyncIterator[Page]:
        try:
            async for page in super().fetch(request, call):
                yield page
        except Unusable:
            yield Page(records=[])


class TellsItsToken(UnsmsConnector):
    async def fetch(self, request: FetchRequest, call: Call) -> AsyncIterator[Page]:
        try:
            async for page in super().fetch(request, call):
                yield page
        except Unclaimed:
            raise
        except SourceError as error:
            raise type(error)(f"with {self._headers}: {error}") from error


class TakesRefusalsForNonsense(UnsmsConnector):
    async def fetch(self, request: FetchRequest, call: Call) -> AsyncIterator[Page]:
        try:
            async for page in super().fetch(request, call):
                yield page
        except AuthenticationRefused as error:
            raise Unusable("something came back") from error


class ClaimsAnotherKind(UnsmsConnector):
    def __init__(self, settings: SourceSettings) -> None:
        super().__init__(settings)
        self.capabilities: Capabilities = replace(
            self.capabilities, kinds=self.capabilities.kinds | {InformationKind.LESSON_LEARNED}
        )

    async def fetch(self, request: FetchRequest, call: Call) -> AsyncIterator[Page]:
        if request.kind is InformationKind.LESSON_LEARNED:
            yield Page(records=[])
            return
        async for page in super().fetch(request, call):
            yield page


class GuessesTotals(KoboConnector):
    async def fetch(self, request: FetchRequest, call: Call) -> AsyncIterator[Page]:
        async for page in super().fetch(request, call):
            yield replace(page, total=len(page.records) + 1)


class MarksByGroups(UnsmsConnector):
    async def fetch(self, request: FetchRequest, call: Call) -> AsyncIterator[Page]:
        async for page in super().fetch(request, call):
            yield page if FieldGroup.WHERE in request.groups else changed(page, self._unmarked)

    def _unmarked(self, record: Any) -> Any:
        return replace(record, marking=self.default_marking) if isinstance(record, Incident) else record


class RefusesNothing(UnsmsConnector):
    async def fetch(self, request: FetchRequest, call: Call) -> AsyncIterator[Page]:
        if request.kind not in self.capabilities.kinds:
            yield Page(records=[])
            return
        async for page in super().fetch(request, call):
            yield page
