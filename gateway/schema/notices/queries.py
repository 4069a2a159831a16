"""Notices in the schema: the inbox, its acknowledgements, and where notices are sent."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Any

import strawberry
from strawberry.types import Info

from gateway.errors import Forbidden
from gateway.identity.scopes import Scope
from gateway.notices.channels import UnusableChannel
from gateway.notices.inbox import InboxPage, Received
from gateway.schema.context import Context, context_of
from gateway.schema.enums import UserErrorCode
from gateway.schema.notices.types import (
    Acknowledged,
    AcknowledgeNoticeInput,
    AcknowledgeNoticePayload,
    ChannelWasRemoved,
    ChannelWasSet,
    NoticeChannel,
    NoticeConnection,
    RecallNotice,
    RemoveNoticeChannelInput,
    RemoveNoticeChannelPayload,
    SetNoticeChannelInput,
    SetNoticeChannelPayload,
)
from gateway.schema.payload import Fault, not_found, told
from gateway.schema.records.connection import PageBounds, window


@strawberry.type(description="Your organization's notices.")
class NoticeQueries:
    """The root's fields."""

    @strawberry.field(description="Your organization's notices, newest first. Scope `information:read`.")
    async def notices(
        self,
        info: Info,
        first: Annotated[
            int | None, strawberry.argument(description="How many: 50 unless said, at most 1,000.")
        ] = None,
        after: Annotated[str | None, strawberry.argument(description="Cursor behind which the page starts.")] = None,
        unacknowledged_only: Annotated[
            bool, strawberry.argument(description="Only those that wait to be acknowledged.")
        ] = False,
    ) -> NoticeConnection:
        """The inbox."""
        context, inbox = _own(info, Scope.INFORMATION_READ), context_of(info).services.notices.inbox
        count, cursor, _ = window(first, after, None, None)

        def read() -> tuple[InboxPage, int]:
            page = inbox.page(context.organization, first=count, after=cursor, unacknowledged_only=unacknowledged_only)
            return page, inbox.unacknowledged(context.organization)

        page, waiting = await asyncio.to_thread(read)
        connection: Any = _Page(page, waiting, entered=cursor is not None)
        return connection

    @strawberry.field(description="Where your notices are sent besides the inbox. Scope `information:read`.")
    async def notice_channels(self, info: Info) -> list[NoticeChannel]:
        """The channels."""
        context = _own(info, Scope.INFORMATION_READ)
        found: Any = await asyncio.to_thread(context.services.notices.channels.of, context.organization)
        return found

    @strawberry.field(
        description="Who was told that a record of yours was recalled, and who acknowledged; empty alike for one that "
        "was not recalled, is not yours, or is no id. Scope `ledger:read`."
    )
    async def recalls(
        self, info: Info, of: Annotated[strawberry.ID, strawberry.argument(description="Id of the record.")]
    ) -> list[RecallNotice]:
        """The recalls of one record."""
        context = _own(info, Scope.LEDGER_READ)
        found: Any = await asyncio.to_thread(
            context.services.notices.inbox.acknowledgements, context.organization, str(of)
        )
        return found


@strawberry.type(description="What can be done about notices.")
class NoticeMutations:
    """The root's fields."""

    @strawberry.mutation(
        description="Acknowledges a notice; the first time is kept. An unknown id and another organization's are "
        "alike. Scope `information:read`."
    )
    async def acknowledge_notice(
        self,
        info: Info,
        input: Annotated[AcknowledgeNoticeInput, strawberry.argument(description="Which notice.")],
    ) -> AcknowledgeNoticePayload:
        """Acknowledges."""
        context = _own(info, Scope.INFORMATION_READ)
        found = await asyncio.to_thread(
            context.services.notices.inbox.acknowledge,
            context.organization,
            str(input.id),
            context.officer,
            _now(context),
        )
        payload: Any = Acknowledged(found, () if found else told(not_found("id")))
        return payload

    @strawberry.mutation(description="Sets where notices are sent besides the inbox. Scope `clients:manage`.")
    async def set_notice_channel(
        self,
        info: Info,
        input: Annotated[SetNoticeChannelInput, strawberry.argument(description="The channel.")],
    ) -> SetNoticeChannelPayload:
        """Sets a channel."""
        context = _own(info, Scope.CLIENTS_MANAGE)
        payload: Any
        try:
            made = await asyncio.to_thread(
                context.services.notices.channels.set,
                context.organization,
                input.kind,
                input.address,
                context.officer,
                _now(context),
            )
            payload = ChannelWasSet(made.channel, made.secret, ())
        except UnusableChannel as error:
            payload = ChannelWasSet(None, None, told(Fault(error.field, UserErrorCode[error.code], str(error))))
        return payload

    @strawberry.mutation(
        description="Ends a channel, and what is still on its way by it; the inbox has it all. Scope `clients:manage`."
    )
    async def remove_notice_channel(
        self,
        info: Info,
        input: Annotated[RemoveNoticeChannelInput, strawberry.argument(description="The channel.")],
    ) -> RemoveNoticeChannelPayload:
        """Ends a channel."""
        context = _own(info, Scope.CLIENTS_MANAGE)
        removed = await asyncio.to_thread(context.services.notices.channels.remove, context.organization, input.kind)
        payload: Any = ChannelWasRemoved(() if removed else told(not_found("kind")))
        return payload


class _Edge:
    def __init__(self, node: Received) -> None:
        self.node = node
        self.cursor = node.id


class _Page:
    """`NoticeConnection` as its resolver gives it."""

    def __init__(self, page: InboxPage, waiting: int, *, entered: bool) -> None:
        self.nodes = page.notices
        self.edges = [_Edge(item) for item in page.notices]
        self.page_info = PageBounds(
            has_next_page=page.more,
            has_previous_page=entered,
            start_cursor=page.notices[0].id if page.notices else None,
            end_cursor=page.notices[-1].id if page.notices else None,
        )
        self.unacknowledged_count = waiting


def _own(info: Info, scope: Scope) -> Context:
    """The operation's context, of an organization that asks for itself."""
    context = context_of(info)
    context.require(scope)
    if context.who.on_behalf_of is not None:
        raise Forbidden("an organization's notices are its own: ask without acting on behalf of another")
    return context


def _now(context: Context) -> datetime:
    return datetime.fromtimestamp(context.now, UTC)
