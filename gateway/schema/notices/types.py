"""The schema's types of notices, their channels, and recalls."""

from __future__ import annotations

from datetime import datetime

import strawberry

from gateway.notices.inbox import Received
from gateway.schema.paging import ListPage
from gateway.schema.payload import UserError
from gateway.schema.shared import plain
from gateway.store.tables import ChannelKind, NoticeKind


@strawberry.type(description="A fact that a notice tells.")
class NoticeFact:
    """A name and what stands under it."""

    name: str = plain("What it is about.")
    values: list[str] = plain("One value, or several.")


def _facts(root: strawberry.Parent[Received]) -> list[NoticeFact]:
    return [
        NoticeFact(name=name, values=[value] if isinstance(value, str) else list(value))  # type: ignore[call-arg]  # declared through `plain`
        for name, value in sorted(root.facts.items())
    ]


@strawberry.type(description="A notice to your organization.")
class Notice:
    """A notice."""

    id: strawberry.ID = plain("Its id, the same in webhooks and mail.")
    at: datetime = plain("When what it tells of happened.")
    kind: NoticeKind = plain("What it tells.")
    record: strawberry.ID | None = plain("The record concerned.")
    entry: strawberry.ID | None = plain("The entry in the disclosure ledger.")
    facts: list[NoticeFact] = plain("What else there is to know.", _facts)
    acknowledged_at: datetime | None = plain("When your organization acknowledged it first.")
    acknowledged_by: str | None = plain("Who did: a person, or the client where there was none.")


@strawberry.type(description="A page of your organization's notices, newest first.")
class NoticeConnection(ListPage[Notice]):
    """A connection."""

    unacknowledged_count: int = plain("How many of all your notices wait to be acknowledged.")


@strawberry.type(description="A way by which notices leave the gateway; the inbox is always there.")
class NoticeChannel:
    """A channel."""

    kind: ChannelKind = plain("Webhook or mail.")
    address: str = plain("The URL or the mail address.")
    since: datetime = plain("Since when.")
    set_by: str = plain("Who set it: a person, or the client where there was none.")


@strawberry.type(description="That an organization was told of a recall of a record of yours.")
class RecallNotice:
    """A recall's notice as the originator sees it."""

    organization: str = plain("Id of the organization.")
    kind: NoticeKind = plain("Why the record was recalled.")
    at: datetime = plain("When it was told.")
    acknowledged_at: datetime | None = plain("When it acknowledged; null until it does.")


@strawberry.input(description="Which notice to acknowledge.")
class AcknowledgeNoticeInput:
    """The input of `acknowledgeNotice`."""

    id: strawberry.ID = strawberry.field(description="The notice's id.")


@strawberry.input(description="A channel to set; it replaces the one of its kind.")
class SetNoticeChannelInput:
    """The input of `setNoticeChannel`."""

    kind: ChannelKind = strawberry.field(description="Webhook or mail.")
    address: str = strawberry.field(description="An https URL, or a mail address.")


@strawberry.input(description="A channel to end.")
class RemoveNoticeChannelInput:
    """The input of `removeNoticeChannel`."""

    kind: ChannelKind = strawberry.field(description="Webhook or mail.")


@strawberry.type(description="What came of acknowledging a notice.")
class AcknowledgeNoticePayload:
    """The payload of `acknowledgeNotice`."""

    notice: Notice | None = plain("The notice as it stands now.")
    user_errors: list[UserError] = plain("Why nothing was done; empty where it was.")


@strawberry.type(description="What came of setting a channel.")
class SetNoticeChannelPayload:
    """The payload of `setNoticeChannel`."""

    channel: NoticeChannel | None = plain("The channel as set.")
    secret: str | None = plain("What webhooks are signed with (Standard Webhooks); shown this once. Null for mail.")
    user_errors: list[UserError] = plain("Why nothing was done; empty where it was.")


@strawberry.type(description="What came of ending a channel.")
class RemoveNoticeChannelPayload:
    """The payload of `removeNoticeChannel`."""

    removed: bool = plain("Whether there was such a channel.")
    user_errors: list[UserError] = plain("Why nothing was done; empty where it was.")
