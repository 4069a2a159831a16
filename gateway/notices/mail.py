"""Delivery by mail: that there is a notice, of which kind and from when, and its id to look it up by. Nothing else."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from gateway.errors import DeliveryFault
from gateway.notices.deliveries import Delivery
from gateway.settings import MailSection


class Mails:
    """Sends by the operator's mail server (RFC 5321); `site` is the gateway's public URL, `seconds` for one step.

    `trusted`: the certificates to trust, else those of the system.
    """

    def __init__(self, settings: MailSection, site: str, seconds: float, trusted: ssl.SSLContext | None = None) -> None:
        self._settings = settings
        self._site = site
        self._seconds = seconds
        self._trusted = trusted or ssl.create_default_context()

    async def send(self, item: Delivery, now: datetime) -> None:
        """Returns when the server took the message; raises `DeliveryFault` for everything else."""
        message = written(item, self._settings.sender, self._site, now)
        try:
            await asyncio.to_thread(self._hand_over, message)
        except smtplib.SMTPResponseException as error:
            raise DeliveryFault(f"STATUS_{error.smtp_code}") from error
        except smtplib.SMTPNotSupportedError as error:
            raise DeliveryFault("NOT_OFFERED_BY_SERVER") from error
        except smtplib.SMTPRecipientsRefused as error:
            raise DeliveryFault("RECIPIENT_REFUSED") from error
        except (smtplib.SMTPException, OSError) as error:
            raise DeliveryFault("UNREACHABLE") from error

    def _hand_over(self, message: EmailMessage) -> None:
        chosen = self._settings
        if chosen.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                chosen.host, chosen.port, timeout=self._seconds, context=self._trusted
            )
        else:
            server = smtplib.SMTP(chosen.host, chosen.port, timeout=self._seconds)
        with server:
            if chosen.security == "starttls":
                server.starttls(context=self._trusted)
            if chosen.user is not None and chosen.password is not None:
                server.login(chosen.user, chosen.password.decode())
            server.send_message(message)


def written(item: Delivery, sender: str, site: str, now: datetime) -> EmailMessage:
    """The message. Every attempt has the same `Message-ID`, so that a second copy can be known for one."""
    message = EmailMessage()
    message["Subject"] = "A notice awaits you"
    message["From"] = sender
    message["To"] = item.address
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{item.notice_id}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no automatic answers
    kind = f"Kind: {item.kind.value}\n" if item.carry else ""
    message.set_content(
        f"A notice awaits your organization at {site}.\n\n"
        f"{kind}Time: {item.at.isoformat(timespec='seconds')}\nId: {item.notice_id}\n\n"
        "Look it up with your own access; this message holds nothing more on purpose.\n"
    )
    return message
