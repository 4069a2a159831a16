"""What goes by mail, and how it is handed over."""

from __future__ import annotations

import email
import socket
import ssl
from email.message import Message

import pytest

from gateway.errors import DeliveryFault
from gateway.notices.deliveries import Delivery
from gateway.notices.mail import Mails
from gateway.settings import MailSection
from gateway.settings.secret import Surroundings
from gateway.store.engine import Store
from gateway.store.tables import ChannelKind, NoticeKind
from tests.notices.certified import Certified
from tests.notices.invented import START, Office, notice, put
from tests.notices.receivers import SmtpReceiver

SITE = "https://slt.example.org"


def section(port: int, **more: object) -> MailSection:
    written = {"host": "127.0.0.1", "port": port, "sender": "notices@slt.example.org", "security": "none", **more}
    return MailSection.model_validate(written, context=Surroundings({"WORD": "a-password"}, base=None))  # type: ignore[arg-type]  # no file is referred to


def delivery(*, carry: bool = True) -> Delivery:
    return Delivery(
        notice_id="a" * 32,
        channel=ChannelKind.MAIL,
        attempts=1,
        organization="plainfield-relief",
        address="desk@plainfield.example",
        salt=b"",
        at=START,
        kind=NoticeKind.RECORD_REFUTED,
        carry=carry,
        record="rec-canary",
        entry="entry-canary",
        facts={"originator": "canary"},
    )


def body(text: str) -> Message:
    return email.message_from_string(text)


async def test_a_notice_set_for_mail_goes_by_mail(store: Store, mail_server: SmtpReceiver) -> None:
    office, item = Office(store, {ChannelKind.MAIL: Mails(section(mail_server.port), SITE, 5.0)}), notice()
    made = office.channels.set("plainfield-relief", ChannelKind.MAIL, "desk@plainfield.example", "it-desk", START)
    assert made.secret is None
    put(store, item, notice("lakeside-medical"))
    assert await office.round() == 1
    mail = mail_server.next()
    assert "<desk@plainfield.example>" in mail.recipient
    assert item.id in mail.text
    assert mail_server.mails.empty()


async def test_a_mail_has_kind_time_and_id_and_nothing_of_a_record(mail_server: SmtpReceiver) -> None:
    await Mails(section(mail_server.port), SITE, 5.0).send(delivery(), START)
    text = mail_server.next().text
    assert "RECORD_REFUTED" in text
    assert "2026-05-04T08:00:00+00:00" in text
    assert "a" * 32 in text
    assert "canary" not in text
    assert body(text)["Auto-Submitted"] == "auto-generated"


async def test_what_may_not_leave_has_not_even_its_kind(mail_server: SmtpReceiver) -> None:
    await Mails(section(mail_server.port), SITE, 5.0).send(delivery(carry=False), START)
    text = mail_server.next().text
    assert "a" * 32 in text
    assert "REFUTED" not in text
    assert "canary" not in text


async def test_a_second_copy_can_be_known_for_one(mail_server: SmtpReceiver) -> None:
    mails = Mails(section(mail_server.port), SITE, 5.0)
    ids = set()
    for _ in range(2):
        await mails.send(delivery(), START)
        ids.add(body(mail_server.next().text)["Message-ID"])
    assert ids == {f"<{'a' * 32}@slt.example.org>"}


async def fault(mails: Mails) -> str:
    with pytest.raises(DeliveryFault) as caught:
        await mails.send(delivery(), START)
    return str(caught.value)


async def test_starttls_is_used_with_the_login_inside(certified: Certified) -> None:
    server, trusted = certified("localhost")
    with SmtpReceiver(server) as receiver:
        chosen = section(receiver.port, host="localhost", security="starttls", user="gateway", password={"env": "WORD"})
        await Mails(chosen, SITE, 5.0, trusted).send(delivery(), START)
        mail = receiver.next()
        assert mail.encrypted
        assert mail.login == ":gateway:a-password"
        assert "a-password" not in repr(chosen)
        assert await fault(Mails(chosen, SITE, 5.0)) == "UNREACHABLE"  # whose certificate is not trusted
        assert receiver.mails.empty()


async def test_a_server_without_starttls_gets_nothing(mail_server: SmtpReceiver) -> None:
    trusted = ssl.create_default_context()
    fails = await fault(Mails(section(mail_server.port, security="starttls"), SITE, 5.0, trusted))
    assert fails == "NOT_OFFERED_BY_SERVER"
    assert mail_server.mails.empty()


async def test_a_refused_recipient_and_an_absent_server_are_told_apart(mail_server: SmtpReceiver) -> None:
    mail_server.refuse = lambda _recipient: b"550 no such mailbox canary\r\n"
    assert await fault(Mails(section(mail_server.port), SITE, 5.0)) == "RECIPIENT_REFUSED"
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    assert await fault(Mails(section(port), SITE, 5.0)) == "UNREACHABLE"
