"""Notices in the schema: the inbox, its acknowledgements, and where notices are sent."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import strawberry
from strawberry.types import Info

from gateway.identity.scopes import Scope
from gateway.notices.channels import UnusableChannel
from gateway.notices.inbox import InboxPage
from gateway.schema.context import own_context
from gateway.schema.enums import UserErrorCode
from gateway.schema.notices.types import (
    AcknowledgeNoticeInput,
    AcknowledgeNoticePayload,
    NoticeChannel,
    NoticeConnection,
    RecallNotice,
    RemoveNoticeChannelInput,
    RemoveNoticeChannelPayload,
    SetNoticeChannelInput,
    SetNoticeChannelPayload,
)
from gateway.schema.paging import After, First, Page, forward
from gateway.schema.payload import Fault, actor, done, not_found, refused


@strawberry.type(description="Your organization's notices.")
class NoticeQueries:
    """The root's fields."""

    @strawberry.field(description="Your organization's notices, newest first. Scope `information:read`.")
    async def notices(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        unacknowledged_only: Annotated[
            bool, strawberry.argument(description="Only those that wait to be acknowledged.")
        ] = False,
    ) -> NoticeConnection:
        """The inbox."""
        context = own_context(info, Scope.INFORMATION_READ)
        inbox = context.services.notices.inbox
        count, cursor = forward(first, after)

        def read() -> tuple[InboxPage, int]:
            page = inbox.page(context.organization, first=count, after=cursor, unacknowledged_only=unacknowledged_only)
            return page, inbox.unacknowledged(context.organization)

        page, waiting = await asyncio.to_thread(read)
        connection: Any = _Inbox(page, waiting, entered=cursor is not None)
        return connection

    @strawberry.field(description="Where your notices are sent besides the inbox. Scope `information:read`.")
    async def notice_channels(self, info: Info) -> list[NoticeChannel]:
        """The channels."""
        context = own_context(info, Scope.INFORMATION_READ)
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
        context = own_context(info, Scope.LEDGER_READ)
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
        context = own_context(info, Scope.INFORMATION_READ)
        found = await asyncio.to_thread(
            context.services.notices.inbox.acknowledge,
            context.organization,
            str(input.id),
            context.officer,
            actor(context).at,
        )
        if found is None:
            return refused(AcknowledgeNoticePayload, not_found("id"))
        return done(AcknowledgeNoticePayload, notice=found)

    @strawberry.mutation(description="Sets where notices are sent besides the inbox. Scope `clients:manage`.")
    async def set_notice_channel(
        self,
        info: Info,
        input: Annotated[SetNoticeChannelInput, strawberry.argument(description="The channel.")],
    ) -> SetNoticeChannelPayload:
        """Sets a channel."""
        context = own_context(info, Scope.CLIENTS_MANAGE)
        try:
            made = await asyncio.to_thread(
                context.services.notices.channels.set,
                context.organization,
                input.kind,
                input.address,
                context.officer,
                actor(context).at,
            )
        except UnusableChannel as error:
            return refused(SetNoticeChannelPayload, Fault(error.field, UserErrorCode[error.code], str(error)))
        return done(SetNoticeChannelPayload, channel=made.channel, secret=made.secret)

    @strawberry.mutation(
        description="Ends a channel, and what is still on its way by it; the inbox has it all. Scope `clients:manage`."
    )
    async def remove_notice_channel(
        self,
        info: Info,
        input: Annotated[RemoveNoticeChannelInput, strawberry.argument(description="The channel.")],
    ) -> RemoveNoticeChannelPayload:
        """Ends a channel."""
        context = own_context(info, Scope.CLIENTS_MANAGE)
        removed = await asyncio.to_thread(context.services.notices.channels.remove, context.organization, input.kind)
        if not removed:
            return refused(RemoveNoticeChannelPayload, not_found("kind"), removed=False)
        return done(RemoveNoticeChannelPayload, removed=True)


class _Inbox(Page):
    """`NoticeConnection` as its resolver gives it; a notice's id is its cursor."""

    def __init__(self, page: InboxPage, waiting: int, *, entered: bool) -> None:
        super().__init__(page.notices, lambda notice: notice.id, more=page.more, entered=entered)
        self.unacknowledged_count = waiting
