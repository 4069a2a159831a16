"""Delivery by webhook, signed after Standard Webhooks (https://github.com/standard-webhooks/standard-webhooks)."""

from __future__ import annotations

import asyncio
import hmac
import ssl
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from ipaddress import IPv6Address
from typing import Any, Final
from urllib.parse import SplitResult

import httpx
import msgspec

from connectors.client.addresses import Address
from gateway.errors import DeliveryFault
from gateway.notices.channels import signing_key
from gateway.notices.deliveries import Delivery
from gateway.notices.reach import Reach, port, split

# The type of a notice whose content does not leave.
AWAITING: Final = "notice.awaiting"


class Webhooks:
    """Posts notices. `key` is derived from the master secret; `seconds` is for one attempt, its name's look-up as well.

    `trusted`: the certificates to trust, else those of the public authorities.
    """

    def __init__(self, key: bytes, reach: Reach, seconds: float, trusted: ssl.SSLContext | None = None) -> None:
        self._key = key
        self._reach = reach
        self._seconds = seconds
        self._trusted = trusted or httpx.create_ssl_context(trust_env=False)

    async def send(self, item: Delivery, now: datetime) -> None:
        """Returns when the receiver answered 2xx; raises `DeliveryFault` for everything else."""
        parts = split(item.address)
        if parts is None:
            raise DeliveryFault("ADDRESS_NOT_PERMITTED")
        body = payload(item)
        headers = {
            "content-type": "application/json",
            **signed(signing_key(self._key, item.organization, item.salt), item.notice_id, now, body),
        }
        try:
            async with asyncio.timeout(self._seconds):
                status = await self._post(parts, body, headers)
        except TimeoutError as error:
            raise DeliveryFault("TOO_SLOW") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise DeliveryFault("UNREACHABLE") from error
        if not 200 <= status < 300:
            raise DeliveryFault(f"STATUS_{status}")  # a redirect too: it would lead to an address that nobody checked

    async def _post(self, parts: SplitResult, body: bytes, headers: Mapping[str, str]) -> int:
        addresses = await self._reach.resolve(parts)
        async with httpx.AsyncClient(
            verify=self._trusted, trust_env=False, follow_redirects=False, timeout=self._seconds
        ) as client:
            for address in addresses[:-1]:
                try:
                    return await _status(client, parts, address, body, headers)
                except httpx.ConnectError:
                    continue
            return await _status(client, parts, addresses[-1], body, headers)


async def _status(
    client: httpx.AsyncClient, parts: SplitResult, address: Address, body: bytes, headers: Mapping[str, str]
) -> int:
    """The answer's status. The connection goes to `address`, which was checked; the name is for TLS and `Host`."""
    literal = f"[{address}]" if isinstance(address, IPv6Address) else str(address)
    url = parts._replace(netloc=f"{literal}:{port(parts)}").geturl()
    host = parts.netloc.removesuffix(":443" if parts.scheme == "https" else ":80")
    request = client.build_request(
        "POST", url, content=body, headers={"host": host, **headers}, extensions={"sni_hostname": parts.hostname}
    )
    # What the receiver writes is of no interest, and may be without end.
    answer = await client.send(request, stream=True)
    await answer.aclose()
    return answer.status_code


def payload(item: Delivery) -> bytes:
    """The body: `type`, `timestamp` and `data`, as Standard Webhooks recommends; only id and time if it can't leave."""
    data: dict[str, Any] = {"id": item.notice_id, "at": item.at}
    if item.carry:
        data |= {"kind": item.kind.value, "record": item.record, "entry": item.entry, "facts": item.facts}
    kind = f"notice.{item.kind.value.lower()}" if item.carry else AWAITING
    return msgspec.json.encode({"type": kind, "timestamp": item.at, "data": data})


def signed(key: bytes, notice_id: str, now: datetime, body: bytes) -> Mapping[str, str]:
    """The three header fields. The id is the same for every attempt, the time is the attempt's (seconds)."""
    timestamp = str(int(now.timestamp()))
    signature = hmac.digest(key, b".".join((notice_id.encode(), timestamp.encode(), body)), sha256)
    return {
        "webhook-id": notice_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{b64encode(signature).decode()}",
    }
