"""What leaves by webhook, how it is signed, and where it does not go."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

import pytest

from gateway.errors import DeliveryFault
from gateway.notices.deliveries import Delivery
from gateway.notices.reach import Reach
from gateway.notices.webhook import Webhooks
from gateway.store.engine import Store
from gateway.store.tables import ChannelKind, NoticeKind
from tests.notices.certified import Certified
from tests.notices.invented import KEY, LOOPBACK, START, Office, notice, put
from tests.notices.receivers import HttpReceiver, Post

DOCUMENTED = Path(__file__).parents[2] / "docs" / "notices.md"


def sent(post: Post, secret: str) -> bool:
    """Standard Webhooks: HMAC-SHA256 of `id.timestamp.body` under the secret's bytes, as `v1,` and base64."""
    signed = f"{post.headers['webhook-id']}.{post.headers['webhook-timestamp']}.".encode() + post.body
    digest = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256).digest()
    return post.headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"


async def test_a_notice_is_posted_with_its_content_and_signed(store: Store, receiver: HttpReceiver) -> None:
    office, item = Office(store), notice()
    secret = office.webhook(receiver.url).secret
    put(store, item)
    assert await office.round() == 1
    post = receiver.next()
    assert secret is not None
    assert sent(post, secret)
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
    assert (post.path, post.headers["content-type"]) == ("/hook", "application/json")
    assert post.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert post.headers["webhook-id"] == item.id
    assert int(post.headers["webhook-timestamp"]) == int(START.timestamp())
    assert json.loads(post.body) == {
        "type": "notice.record_withdrawn",
        "timestamp": "2026-05-04T08:00:00Z",
        "data": {
            "id": item.id,
            "at": "2026-05-04T08:00:00Z",
            "kind": "RECORD_WITHDRAWN",
            "record": "rec-canary",
            "entry": "e" * 32,
            "facts": {"originator": "hillside-aid", "groups": ["WHAT", "WHEN"]},
        },
    }


async def test_the_documented_check_takes_what_is_genuine_only(store: Store, receiver: HttpReceiver) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", DOCUMENTED.read_text("utf-8"), re.S)
    known: dict[str, Callable[..., bool]] = {}
    exec(compile(code, str(DOCUMENTED), "exec"), known)
    is_genuine = known["is_genuine"]
    office = Office(store)
    secret, other = office.webhook(receiver.url).secret, office.webhook("https://receiver.example", "lakeside").secret
    office.now = datetime.now(UTC)
    put(store, notice(at=office.now))
    await office.round()
    post = receiver.next()
    assert is_genuine(secret, post.headers, post.body)
    assert not is_genuine(secret, post.headers, post.body + b" ")
    assert not is_genuine(other, post.headers, post.body)
    assert not is_genuine(secret, {**post.headers, "webhook-id": "0" * 32}, post.body)
    late = str(int(office.now.timestamp()) - 600)
    assert not is_genuine(secret, {**post.headers, "webhook-timestamp": late}, post.body)


async def test_what_may_not_leave_does_not(store: Store, receiver: HttpReceiver) -> None:
    office, item = Office(store), notice(carry=False, facts={"why": "canary"})
    office.webhook(receiver.url)
    put(store, item)
    await office.round()
    post = receiver.next()
    assert json.loads(post.body) == {
        "type": "notice.awaiting",
        "timestamp": "2026-05-04T08:00:00Z",
        "data": {"id": item.id, "at": "2026-05-04T08:00:00Z"},
    }
    assert not {"canary", "WITHDRAWN", "withdrawn", "hillside"} & set(
        re.findall(r"\w+", f"{post.headers} {post.body!r}")
    )


async def test_setting_the_channel_again_ends_the_old_secret(store: Store, receiver: HttpReceiver) -> None:
    office = Office(store)
    old, new = office.webhook(receiver.url).secret, office.webhook(receiver.url).secret
    put(store, notice())
    await office.round()
    post = receiver.next()
    assert old is not None
    assert new is not None
    assert not sent(post, old)
    assert sent(post, new)


def delivery(url: str) -> Delivery:
    return Delivery(
        notice_id="a" * 32,
        channel=ChannelKind.WEBHOOK,
        attempts=1,
        organization="plainfield-relief",
        address=url,
        salt=b"s" * 16,
        at=START,
        kind=NoticeKind.RECORD_USED,
        carry=True,
        record=None,
        entry=None,
        facts={},
    )


async def fault(url: str, reach: Reach = LOOPBACK, seconds: float = 5.0, trusted: ssl.SSLContext | None = None) -> str:
    with pytest.raises(DeliveryFault) as caught:
        await Webhooks(KEY, reach, seconds, trusted).send(delivery(url), START)
    return str(caught.value)


@pytest.mark.parametrize("status", [302, 307, 308])
async def test_no_redirect_is_followed(receiver: HttpReceiver, status: int) -> None:
    with HttpReceiver() as elsewhere:
        receiver.statuses, receiver.location = [status], elsewhere.url
        assert await fault(receiver.url) == f"STATUS_{status}"
        assert elsewhere.posts.empty()


@pytest.mark.parametrize("status", [400, 410, 500, 503])
async def test_an_answer_other_than_2xx_is_a_fault(receiver: HttpReceiver, status: int) -> None:
    receiver.statuses = [status]
    assert await fault(receiver.url) == f"STATUS_{status}"


async def test_a_receiver_that_does_not_answer_in_time_is_given_no_more(receiver: HttpReceiver) -> None:
    receiver.hold.clear()
    assert await fault(receiver.url, seconds=0.3) == "TOO_SLOW"


async def test_a_private_address_is_refused_whether_written_or_behind_a_name(receiver: HttpReceiver) -> None:
    listed_elsewhere = Reach([ip_network("10.0.0.0/8")])
    for url in (receiver.url, f"https://127.0.0.1:{receiver.port}", f"https://localhost:{receiver.port}/hook"):
        assert await fault(url, listed_elsewhere) == "ADDRESS_NOT_PERMITTED"
    assert await fault(f"http://localhost:{receiver.port}/hook", Reach()) == "ADDRESS_NOT_PERMITTED"
    assert receiver.posts.empty()


async def test_a_name_that_leads_nowhere_is_a_fault() -> None:
    assert await fault("https://nowhere.invalid/hook") == "NAME_NOT_FOUND"


async def test_over_https_the_name_is_checked_though_the_connection_goes_to_the_address(
    certified: Certified,
) -> None:
    server, trusted = certified("localhost")
    with HttpReceiver(server) as receiver:
        url = f"https://localhost:{receiver.port}/hook"
        await Webhooks(KEY, LOOPBACK, 5.0, trusted).send(delivery(url), START)
        assert receiver.next().headers["host"] == f"localhost:{receiver.port}"
        assert await fault(url) == "UNREACHABLE"  # whose certificate is not trusted
        assert receiver.posts.empty()


async def test_a_certificate_for_another_name_is_refused(
    certified: Certified,
) -> None:
    server, trusted = certified("elsewhere.test")
    with HttpReceiver(server) as receiver:
        assert await fault(f"https://localhost:{receiver.port}/hook", trusted=trusted) == "UNREACHABLE"
        assert receiver.posts.empty()
