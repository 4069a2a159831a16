"""Where each organization wants its notices besides the inbox: one webhook and one mail address at most. Blocks."""

from __future__ import annotations

import re
import secrets
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

import msgspec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from sqlmodel import Session, col, delete, func, select

from gateway.notices.reach import Reach
from gateway.store.engine import Store
from gateway.store.tables import ChannelKind, Notice, NoticeChannel, NoticeDelivery

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - the form's name, no secret
_SECRET_BYTES: Final = 32  # Standard Webhooks asks for 24 to 64
_SALT_BYTES: Final = 16
# One mailbox, in the characters that need no quoting (RFC 5321 section 4.1.2, without quoted strings and literals).
_MAILBOX: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)*[A-Za-z0-9-]{1,63}")
_LONGEST_MAILBOX: Final = 254
_NO_WEBHOOK: Final = (
    "`address` is no URL that notices may go to: give https://HOST[:PORT]/PATH on the public internet, without user, "
    "password or fragment"
)
_NO_MAIL: Final = "`kind`: this gateway sends no mail: set a webhook instead"
_NO_MAILBOX: Final = "`address` is no mail address: give one as NAME@HOST"


class UnusableChannel(ValueError):
    """A channel that can't be set: `field` of the input; `code` and message may be shown to whoever asked for it."""

    def __init__(self, field: str, code: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.code = code


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """A channel as its organization sees it."""

    kind: ChannelKind
    address: str
    since: datetime
    set_by: str


class ChannelSet(NamedTuple):
    """A channel just set, and for a webhook the secret it is signed with, shown this once."""

    channel: Channel
    secret: str | None


class Channels:
    """The channels in `store`. `key` is derived from the master secret; `mail`: whether the gateway sends mail."""

    def __init__(self, store: Store, key: bytes, reach: Reach, *, mail: bool) -> None:
        self._store = store
        self._key = key
        self._reach = reach
        self._mail = mail

    def of(self, organization: str) -> Sequence[Channel]:
        """The organization's channels; raises `StoreFault`."""
        query = select(NoticeChannel).where(NoticeChannel.organization == organization)
        with self._store.session() as session:
            return [_channel(row) for row in session.exec(query.order_by(col(NoticeChannel.kind))).all()]

    def set(self, organization: str, kind: ChannelKind, address: str, by: str, at: datetime) -> ChannelSet:
        """Sends what comes from now on, and what waits for a channel of this `kind`, to `address`, signed anew.

        Raises `UnusableChannel`, `StoreFault`.
        """
        self._check(kind, address)
        salt = secrets.token_bytes(_SALT_BYTES)

        def change(session: Session) -> NoticeChannel:
            row = session.get(NoticeChannel, (organization, kind))
            if row is None:
                newest = session.exec(select(func.max(Notice.sequence))).one() or 0
                row = NoticeChannel(
                    organization=organization, kind=kind, address="", since=at, set_by="", salt=b"", routed=newest
                )
            row.address, row.set_by, row.salt, row.since = address, by, salt, at
            session.add(row)
            return row

        with self._store.transaction() as session:
            channel = _channel(change(session))
        secret = signing_key(self._key, organization, salt) if kind is ChannelKind.WEBHOOK else None
        return ChannelSet(channel, None if secret is None else SECRET_PREFIX + b64encode(secret).decode())

    def remove(self, organization: str, kind: ChannelKind) -> bool:
        """Ends the channel and what is still on its way by it; whether there was one. Raises `StoreFault`."""
        own = select(Notice.id).where(Notice.organization == organization)
        waiting = delete(NoticeDelivery).where(
            col(NoticeDelivery.channel) == kind,
            col(NoticeDelivery.next_at).is_not(None),
            col(NoticeDelivery.notice_id).in_(own),
        )
        with self._store.transaction() as session:
            row = session.get(NoticeChannel, (organization, kind))
            if row is None:
                return False
            session.exec(waiting)
            session.delete(row)
        return True

    def _check(self, kind: ChannelKind, address: str) -> None:
        if kind is ChannelKind.WEBHOOK:
            if not self._reach.usable(address):
                raise UnusableChannel("address", "ADDRESS_NOT_PERMITTED", _NO_WEBHOOK)
        elif not self._mail:
            raise UnusableChannel("kind", "MAIL_NOT_OFFERED", _NO_MAIL)
        elif len(address) > _LONGEST_MAILBOX or not _MAILBOX.fullmatch(address):
            raise UnusableChannel("address", "ADDRESS_NOT_PERMITTED", _NO_MAILBOX)


def signing_key(key: bytes, organization: str, salt: bytes) -> bytes:
    """What the organization's webhooks are signed with: HKDF's second step over the derived `key` (RFC 5869)."""
    return HKDFExpand(SHA256(), _SECRET_BYTES, salt + organization.encode()).derive(key)


def _channel(row: NoticeChannel) -> Channel:
    return Channel(kind=row.kind, address=row.address, since=row.since, set_by=row.set_by)
