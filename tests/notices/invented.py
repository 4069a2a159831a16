"""Invented notices, and the courier's work one round at a time with a clock of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any, Final

from gateway.notices.channels import Channels, ChannelSet
from gateway.notices.courier import Courier, Sender
from gateway.notices.deliveries import Deliveries
from gateway.notices.outbox import Notice, insert
from gateway.notices.reach import Reach
from gateway.notices.webhook import Webhooks
from gateway.store.engine import Store
from gateway.store.tables import ChannelKind, NoticeKind

START: Final = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
KEY: Final = b"k" * 64
LOOPBACK: Final = Reach([ip_network("127.0.0.0/8"), ip_network("::1")])
LEASE: Final = timedelta(seconds=70)
GIVE_UP: Final = timedelta(days=3)
KEEP = timedelta(days=100)


def notice(organization: str = "plainfield-relief", **changed: Any) -> Notice:
    """A recall of an invented record of Hillside Aid."""
    values: dict[str, Any] = {
        "at": START,
        "organization": organization,
        "kind": NoticeKind.RECORD_WITHDRAWN,
        "carry": True,
        "record": "rec-canary",
        "entry": "e" * 32,
        "about": "hillside-aid",
        "facts": {"originator": "hillside-aid", "groups": ["WHAT", "WHEN"]},
    }
    return Notice(**(values | changed))


def put(store: Store, *notices: Notice) -> None:
    with store.transaction() as session:
        insert(session, notices)


class Office:
    """Channels, deliveries and a courier over one store, at `now`."""

    def __init__(
        self, store: Store, senders: Mapping[ChannelKind, Sender] | None = None, reach: Reach = LOOPBACK
    ) -> None:
        self.now = START
        self.store = store
        self.channels = Channels(store, KEY, reach, mail=True)
        self.deliveries = Deliveries(store, lease=LEASE, give_up=GIVE_UP, keep=KEEP)
        chosen = {ChannelKind.WEBHOOK: Webhooks(KEY, reach, 5.0)} if senders is None else senders
        self.courier = Courier(self.deliveries, chosen, clock=lambda: self.now.timestamp())

    def webhook(self, url: str, organization: str = "plainfield-relief") -> ChannelSet:
        return self.channels.set(organization, ChannelKind.WEBHOOK, url, "it-desk", self.now)

    async def round(self, after: timedelta = timedelta(0)) -> int:
        """Sends what is due `after` that time; how many attempts that were."""
        self.now += after
        self.deliveries.route(self.now)
        due = self.deliveries.take(self.now, 100)
        for item in due:
            await self.courier.deliver(item)
        return len(due)
