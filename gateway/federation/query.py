"""The way of a query: plan → fetch → decide and redact → match → order, merge → page. One span a step."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing

import msgspec
from opentelemetry.trace import Tracer

from connectors.records import Record, RecordRef
from gateway.federation.answer.cursor import Cursors
from gateway.federation.answer.match import matching
from gateway.federation.answer.merge import merged, runs
from gateway.federation.answer.order import mirrored, order_key
from gateway.federation.answer.page import pages
from gateway.federation.operation import Answer, ListOperation
from gateway.federation.sources.acts import Subject, received, subject
from gateway.federation.sources.decide import Decider
from gateway.federation.sources.gather import Stream, gathered
from gateway.federation.sources.health import health
from gateway.federation.sources.ids import RecordIds
from gateway.federation.sources.lookup import found, looked_up
from gateway.federation.sources.plan import plan
from gateway.federation.sources.share import Shared, Sharer
from gateway.federation.sources.source import Source
from gateway.federation.sources.views import Views
from gateway.federation.viewed import SourceHealth, Viewed
from gateway.partnership.directory import Directory
from gateway.sharing.records.draft import Given
from gateway.sharing.records.shelf import Shelf
from gateway.sharing.subject import Actor, Spoken
from gateway.telemetry import step
from policies.clearance import Clearance
from policies.condition import Condition
from policies.decision import Act, Policy
from policies.requester import Requester


class Federation(msgspec.Struct, frozen=True, kw_only=True):
    """What a query needs: the sources, what decides, what makes views and cursors, and the bounds.

    `shelf` takes in what is shared with the gateway itself; one of `sources` reads it. `refuted` is told of each record
    that was read and that its source has refuted. `seconds` bounds the whole fan-out,
    `records_per_source` what one source may contribute to one query.
    """

    sources: Sequence[Source]
    shelf: Shelf
    policy: Policy
    views: Views
    cursors: Cursors
    tracer: Tracer
    refuted: Callable[[Spoken], None]
    seconds: float
    records_per_source: int

    @property
    def ids(self) -> RecordIds:
        """What makes and opens ids."""
        return self.views.ids

    async def answer(
        self, operation: ListOperation, who: Requester, directory: Directory, now: float
    ) -> AsyncGenerator[Answer, None]:
        """The pages of a list, the first one asked for first; closing it ends the fetching.

        Raises `CursorInvalid` or `CursorExpired`. A source that fails shows in the answer's reports only.
        """
        position, at = None, now
        if operation.cursor is not None:
            position, at = self.cursors.decode(operation.cursor, operation, who, self.policy.version)
        condition = operation.condition(at)
        backward = operation.backward
        after = position if position is None or not backward else mirrored(position)
        key = order_key(operation.order, descending=operation.descending, backward=backward)
        cursor_of = self._cursor_of(operation, who, at)

        with step(self.tracer, "plan"):
            asked = plan(operation, condition, self.sources, after)
        decider = self._decider(directory, who, now)
        deadline = asyncio.get_running_loop().time() + self.seconds
        async with gathered(
            asked, decider, deadline=deadline, budget=self.records_per_source, tracer=self.tracer
        ) as streams:
            listed = merged([runs(_matching(stream, condition), key, by_rank=stream.ordered) for stream in streams])
            paged = pages(
                listed,
                count=operation.count,
                after=after,
                backward=backward,
                exhaustive=operation.exhaustive,
            )
            async with aclosing(paged):
                while True:
                    with step(self.tracer, "page"):
                        chunk = await anext(paged, None)
                    if chunk is None:
                        return
                    yield Answer(
                        chunk=chunk,
                        cursor_of=cursor_of,
                        reports=[stream.report for stream in streams],
                    )

    async def find(
        self, ids: Sequence[str], who: Requester, directory: Directory, now: float
    ) -> Sequence[Viewed | None]:
        """The views of `ids`, in their order; None alike for what is unlisted, absent or no id at all."""
        decider = self._decider(directory, who, now)
        deadline = asyncio.get_running_loop().time() + self.seconds
        with step(self.tracer, "lookup"):
            return await looked_up(ids, self.ids, self.sources, decider, deadline=deadline, tracer=self.tracer)

    def health(self) -> Sequence[SourceHealth]:
        """How each configured source is doing."""
        return health(self.sources)

    async def subject(
        self,
        public: str,
        act: Act,
        who: Requester,
        directory: Directory,
        now: float,
        facts: Callable[[frozenset[str]], dict[str, object]] = lambda _areas: {},
        others: Sequence[Requester] = (),
    ) -> Subject | None:
        """The record of an id, if it is listed for `who`, and whether `who` may do `act`; None alike for anything else.

        `facts` gives the act's context (`policies/rules/schema.cedarschema`) from the record's release areas; `others`
        are those of whom it is asked whether the record is listed for them.
        """
        decider = self._decider(directory, who, now)
        return subject(await self._record(public), act, who, decider, self.policy, now, facts, others)

    async def received(
        self, public: str, who: Requester, other: Requester, directory: Directory, now: float
    ) -> Clearance | None:
        """What `other` receives of a record whose originator is `who`; None where it is not `who`'s, or no id."""
        decider = self._decider(directory, who, now)
        return received(await self._record(public), who, other, decider, self.policy, now)

    async def share(
        self, given: Sequence[Given], who: Requester, directory: Directory, now: float, by: Actor
    ) -> Sequence[Shared]:
        """Takes in what `who` shares with the gateway itself; an outcome each. Raises `StoreFault`."""
        decider = self._decider(directory, who, now)
        sharer = Sharer(who=who, decider=decider, policy=self.policy, directory=directory, now=now)
        with step(self.tracer, "share"):
            return await sharer.share(given, self.shelf, by)

    def public_id(self, ref: RecordRef) -> str:
        """The public id of a record."""
        return self.ids.encode(ref)[0]

    def _decider(self, directory: Directory, who: Requester, now: float) -> Decider:
        return Decider(self.policy, self.views, directory, who, now, self.refuted)

    async def _record(self, public: str) -> Record | None:
        deadline = asyncio.get_running_loop().time() + self.seconds
        with step(self.tracer, "lookup"):
            return (await found([public], self.ids, self.sources, deadline=deadline, tracer=self.tracer))[0]

    def _cursor_of(self, operation: ListOperation, who: Requester, at: float) -> Callable[[Viewed], str]:
        key = order_key(operation.order, descending=operation.descending)
        encode = self.cursors.encoder(at, operation, who, self.policy.version)
        return lambda viewed: encode(key(viewed))


async def _matching(stream: Stream, condition: Condition | None) -> AsyncIterator[Sequence[Viewed]]:
    """A source's views that match, counted: the count is of what the requester may know."""
    known = matching(condition)
    async for batch in stream.batches:
        found = [viewed for viewed in batch if known(viewed) is True]
        stream.report.records += len(found)
        yield found
