"""The room put together from the settings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final, NamedTuple

from gateway.keys import KeyPurpose, derive
from gateway.notices.channels import Channels
from gateway.notices.courier import Courier, Sender
from gateway.notices.deliveries import Deliveries
from gateway.notices.inbox import Inbox
from gateway.notices.mail import Mails
from gateway.notices.reach import Reach
from gateway.notices.webhook import Webhooks
from gateway.settings import NoticesSection
from gateway.store.engine import Store
from gateway.store.tables import ChannelKind

# How long a delivery is left to who took it, beyond its deadline.
_LEASE_MARGIN: Final = timedelta(seconds=60)


class Notices(NamedTuple):
    """What operations read and change, and what delivers."""

    inbox: Inbox
    channels: Channels
    courier: Courier


def build_notices(
    section: NoticesSection, store: Store, master: bytes, site: str, clock: Callable[[], float]
) -> Notices:
    """Notices over a migrated `store`; `site` is the gateway's public URL, `clock` gives seconds since the epoch."""
    key, reach, seconds = derive(master, KeyPurpose.WEBHOOKS), Reach(section.networks), section.deadline_seconds
    senders: dict[ChannelKind, Sender] = {ChannelKind.WEBHOOK: Webhooks(key, reach, seconds)}
    if section.mail is not None:
        senders[ChannelKind.MAIL] = Mails(section.mail, site, seconds)
    deliveries = Deliveries(
        store,
        lease=timedelta(seconds=seconds) + _LEASE_MARGIN,
        give_up=timedelta(days=section.give_up_days),
        keep=timedelta(days=section.keep_days),
    )
    return Notices(
        inbox=Inbox(store),
        channels=Channels(store, key, reach, mail=section.mail is not None),
        courier=Courier(deliveries, senders, clock=clock),
    )
