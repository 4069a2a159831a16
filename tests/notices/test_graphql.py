"""Notices through the gateway's door: the documented operations, each organization for itself."""

from __future__ import annotations

import json
import re
from pathlib import Path

from graphql import build_schema, parse, validate

from gateway.identity.scopes import Scope
from gateway.schema.printing import printed_schema
from gateway.store.tables import NoticeKind
from tests.notices.invented import notice, put
from tests.notices.receivers import HttpReceiver
from tests.notices.served import Served
from tests.notices.test_webhook import sent

PAGE = (Path(__file__).parents[2] / "docs" / "notices.md").read_text("utf-8")
INBOX, ACKNOWLEDGE, RECALLS, CHOOSE = re.findall(r"```graphql\n(.*?)```", PAGE, re.S)
REMOVE = "mutation { removeNoticeChannel(input: { kind: WEBHOOK }) { removed userErrors { field code message } } }"
CHANNELS = "{ noticeChannels { kind address since setBy } }"
IDS = "query($first: Int, $after: String) { notices(first: $first, after: $after) { edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage endCursor } } }"


def test_the_documented_operations_are_valid() -> None:
    schema = build_schema(printed_schema())
    for operation in (INBOX, ACKNOWLEDGE, RECALLS, CHOOSE):
        assert not validate(schema, parse(operation))


def test_the_documentation_names_every_kind() -> None:
    assert not [kind.value for kind in NoticeKind if f"`{kind.value}`" not in PAGE]


def test_a_recall_is_read_acknowledged_and_seen_by_its_originator(served: Served) -> None:
    item = notice()
    put(served.store, item)
    recipient, originator = served.client("plainfield-relief"), served.client("hillside-aid")
    inbox = recipient.ask(INBOX)["notices"]
    assert inbox["unacknowledgedCount"] == 1
    assert inbox["nodes"] == [
        {
            "id": item.id,
            "at": "2026-05-04T08:00:00+00:00",
            "kind": "RECORD_WITHDRAWN",
            "record": "rec-canary",
            "facts": [
                {"name": "groups", "values": ["WHAT", "WHEN"]},
                {"name": "originator", "values": ["hillside-aid"]},
            ],
            "acknowledgedAt": None,
        }
    ]
    told = {"organization": "plainfield-relief", "kind": "RECORD_WITHDRAWN", "at": "2026-05-04T08:00:00+00:00"}
    assert originator.ask(RECALLS, {"record": "rec-canary"})["recalls"] == [{**told, "acknowledgedAt": None}]
    done = recipient.ask(ACKNOWLEDGE, {"id": item.id})["acknowledgeNotice"]
    assert done["userErrors"] == []
    assert done["notice"]["acknowledgedBy"] == recipient.client_id
    again = served.client("plainfield-relief").ask(ACKNOWLEDGE, {"id": item.id})["acknowledgeNotice"]
    assert again == done, "the first time is kept"
    assert recipient.ask(INBOX)["notices"]["nodes"] == []
    (seen,) = originator.ask(RECALLS, {"record": "rec-canary"})["recalls"]
    assert seen == {**told, "acknowledgedAt": done["notice"]["acknowledgedAt"]}


def test_another_organizations_notices_are_never_seen(served: Served) -> None:
    item = notice()
    put(served.store, item)
    other = served.client("lakeside-medical")
    before = other.post(INBOX)
    put(served.store, notice(), notice())
    assert other.post(INBOX) == before
    foreign, unknown, malformed = (other.post(ACKNOWLEDGE, {"id": id_}) for id_ in (item.id, "0" * 32, "no id"))
    assert foreign == unknown == malformed
    assert foreign["data"]["acknowledgeNotice"]["userErrors"][0]["code"] == "NOT_FOUND"
    cursors = [other.post(IDS, {"after": cursor}) for cursor in (item.id, "0" * 32, "nonsense")]
    assert cursors[0] == cursors[1] == cursors[2]
    assert cursors[0]["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    recalls = [other.post(RECALLS, {"record": record}) for record in ("rec-canary", "nonsense")]
    assert recalls[0] == recalls[1]


def test_pages_follow_each_other(served: Served) -> None:
    items = [notice() for _ in range(3)]
    put(served.store, *items)
    client = served.client("plainfield-relief")
    first = client.ask(IDS, {"first": 2})["notices"]
    assert (first["pageInfo"]["hasNextPage"], first["pageInfo"]["hasPreviousPage"]) == (True, False)
    last = client.ask(IDS, {"first": 2, "after": first["pageInfo"]["endCursor"]})["notices"]
    assert (last["pageInfo"]["hasNextPage"], last["pageInfo"]["hasPreviousPage"]) == (False, True)
    found = [edge["node"]["id"] for page in (first, last) for edge in page["edges"]]
    assert found == [item.id for item in reversed(items)]


def test_a_webhook_is_set_used_and_ended(served: Served, receiver: HttpReceiver) -> None:
    desk = served.client("plainfield-relief")
    chosen = CHOOSE.replace("https://receiver.example.org/slt", receiver.url)
    made = desk.ask(chosen)["setNoticeChannel"]
    assert made["userErrors"] == []
    (channel,) = desk.ask(CHANNELS)["noticeChannels"]
    assert channel == {**made["channel"], "setBy": desk.client_id}
    assert made["secret"] not in json.dumps(channel)
    item = notice()
    put(served.store, notice("lakeside-medical"), item)
    post = receiver.next()
    assert post.headers["webhook-id"] == item.id
    assert sent(post, made["secret"])
    assert desk.ask(REMOVE)["removeNoticeChannel"] == {"removed": True, "userErrors": []}
    assert desk.ask(REMOVE)["removeNoticeChannel"]["userErrors"][0]["code"] == "NOT_FOUND"
    assert desk.ask(CHANNELS)["noticeChannels"] == []


def test_what_can_not_be_set_is_told_by_field(served: Served) -> None:
    desk = served.client("plainfield-relief")
    refused = desk.ask(CHOOSE.replace("https://receiver.example.org/slt", "https://10.0.0.1/"))["setNoticeChannel"]
    assert (refused["channel"], refused["secret"]) == (None, None)
    assert [(error["field"], error["code"]) for error in refused["userErrors"]] == [
        ("address", "ADDRESS_NOT_PERMITTED")
    ]
    mail = CHOOSE.replace("WEBHOOK", "MAIL").replace("https://receiver.example.org/slt", "desk@plainfield.example")
    (error,) = desk.ask(mail)["setNoticeChannel"]["userErrors"]
    assert (error["field"], error["code"]) == ("kind", "MAIL_NOT_OFFERED")


def test_each_operation_needs_its_scope(served: Served) -> None:
    needed = {
        Scope.INFORMATION_READ: (INBOX, CHANNELS, ACKNOWLEDGE),
        Scope.LEDGER_READ: (RECALLS,),
        Scope.CLIENTS_MANAGE: (CHOOSE, REMOVE),
    }
    for scope, operations in needed.items():
        client = served.client("plainfield-relief", [item for item in Scope if item is not scope])
        for operation in operations:
            (error,) = client.post(operation, {"id": "0" * 32, "record": "0" * 32})["errors"]
            assert error["extensions"]["code"] == "FORBIDDEN", operation
            assert scope in error["message"]
