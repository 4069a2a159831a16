"""An originator tightens and takes back what it shared: the next request sees it, and those who saw it are told."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from tests.sharing.conftest import Shared, hidden

RESTRICTED = "record { id }"


def eventually(holds: Callable[[], bool]) -> bool:
    """Whether it came to hold; recalls are told by a thread of their own."""
    until = monotonic() + 20
    while not holds():
        if monotonic() > until:
            return False
    return True


def told(shared: Shared, label: str, kind: str, record: str) -> list[dict[str, object]]:
    return [item for item in shared.notices(label) if (item["kind"], item["record"]) == (kind, record)]


def of_known_category(shared: Shared, label: str) -> str:
    """One of the originator's own records, whole to it, of which `label` sees the category; which are, changes by the hour."""
    for node in shared.mine():
        own, seen = shared.seen("originator", node["id"]), shared.seen(label, node["id"])
        if own and seen and own["redactions"] == [] and seen["category"] is not None and "WHAT" not in hidden(seen):
            return str(node["id"])
    raise AssertionError("the demo shares no such record")


def test_a_restriction_holds_from_the_next_request_and_can_be_lifted(shared: Shared) -> None:
    id_ = of_known_category(shared, "ingo-elsewhere")
    before = shared.seen("ingo-elsewhere", id_)
    assert before is not None
    restriction = {"groups": ["WHAT"], "reason": "INTERNAL_CONFIDENTIALITY", "liftedFor": ["undss"]}
    payload = shared.act("originator", "setRestrictions", {"id": id_, "restrictions": [restriction]}, RESTRICTED)
    assert payload == {"record": {"id": id_}, "userErrors": []}
    after = shared.seen("ingo-elsewhere", id_)
    assert after is not None
    assert after["category"] is None
    assert {
        "group": "WHAT",
        "effect": "WITHHELD",
        "reason": "INTERNAL_CONFIDENTIALITY",
        "rules": ["4-restricted"],
    } in after["redactions"]
    lifted = shared.seen("dss-analyst", id_)
    assert lifted is not None
    assert lifted["category"] == before["category"]
    own = shared.seen("originator", id_)
    assert own is not None
    assert own["redactions"] == []

    assert eventually(lambda: bool(told(shared, "ingo-elsewhere", "RECORD_RESTRICTED", id_)))
    (recall,) = told(shared, "ingo-elsewhere", "RECORD_RESTRICTED", id_)
    assert recall["facts"] == [{"name": "groups", "values": ["WHAT"]}]
    assert not told(shared, "dss-analyst", "RECORD_RESTRICTED", id_)
    assert not told(shared, "originator", "RECORD_RESTRICTED", id_)

    shared.act("originator", "setRestrictions", {"id": id_, "restrictions": []}, RESTRICTED)
    again = shared.seen("ingo-elsewhere", id_)
    assert again is not None
    assert again["category"] == before["category"]


def test_a_restriction_can_begin_and_end(shared: Shared) -> None:
    id_ = of_known_category(shared, "ingo-elsewhere")
    to_come = {"groups": ["WHAT"], "from": "2199-01-01T00:00:00Z"}
    over = {"groups": ["WHAT"], "until": "2001-01-01T00:00:00Z"}
    shared.act("originator", "setRestrictions", {"id": id_, "restrictions": [to_come, over]}, RESTRICTED)
    seen = shared.seen("ingo-elsewhere", id_)
    assert seen is not None
    assert "WHAT" not in hidden(seen)


def test_what_is_withdrawn_is_gone_for_everyone_but_its_originator(shared: Shared) -> None:
    id_ = next(node["id"] for node in shared.mine() if shared.seen("ingo-in-area", node["id"]))
    assert shared.seen("ingo-in-area", id_)
    document = "mutation($input: WithdrawInput!) { withdraw(input: $input) { record { id } userErrors { code } } }"
    input_ = {"id": id_, "reason": "It was entered for the wrong day."}
    assert shared.ask("originator", document, {"input": input_})["withdraw"] == {
        "record": {"id": id_},
        "userErrors": [],
    }
    for label in ("ingo-in-area", "dss-analyst", "ingo-elsewhere", "ingo-applicant"):
        assert shared.seen(label, id_) is None, label
    listed = shared.ask("ingo-in-area", "{ incidents(first: 1000) { nodes { id } } }")["incidents"]["nodes"]
    assert id_ not in {node["id"] for node in listed}
    assert shared.seen("originator", id_) is not None

    assert eventually(lambda: bool(told(shared, "ingo-in-area", "RECORD_WITHDRAWN", id_)))
    assert not told(shared, "platform", "RECORD_WITHDRAWN", id_), "it was never shown it"
    (recall,) = told(shared, "ingo-in-area", "RECORD_WITHDRAWN", id_)
    assert recall["facts"] == [], "neither the reason nor anything of the record"
    acknowledged = shared.act("ingo-in-area", "acknowledgeNotice", {"id": recall["id"]}, "notice { id }")
    assert acknowledged["userErrors"] == []
    query = "query($of: ID!) { recalls(of: $of) { organization acknowledgedAt } }"
    recalls = shared.ask("originator", query, {"of": id_})["recalls"]
    assert {item["organization"] for item in recalls if item["acknowledgedAt"]} == {"northwind-aid"}
    assert shared.ask("ingo-in-area", query, {"of": id_})["recalls"] == []


def test_only_the_originator_speaks_of_its_records(shared: Shared) -> None:
    id_ = next(node["id"] for node in shared.mine() if shared.seen("dss-analyst", node["id"]))
    for mutation, input_ in (
        ("withdraw", {"id": id_, "reason": "?"}),
        ("setRestrictions", {"id": id_, "restrictions": [{"groups": ["WHAT"]}]}),
    ):
        payload = shared.act("dss-analyst", mutation, input_, RESTRICTED)
        assert payload["record"] is None
        assert [error["code"] for error in payload["userErrors"]] == ["NOT_ALLOWED"]
    assert shared.seen("dss-analyst", id_) is not None


def test_an_input_that_can_not_be_meant_is_refused_with_its_field(shared: Shared) -> None:
    id_ = shared.mine()[0]["id"]
    for input_, field in (
        ({"id": id_, "restrictions": [{"groups": []}]}, "restrictions"),
        ({"id": id_, "restrictions": [{"groups": ["ENVELOPE"]}]}, "restrictions"),
        ({"id": id_, "restrictions": [{"groups": ["WHAT"], "from": "2026-11-24T00:00:00"}]}, "restrictions"),
    ):
        payload = shared.act("originator", "setRestrictions", input_, RESTRICTED)
        assert [(error["field"], error["code"]) for error in payload["userErrors"]] == [(field, "BAD_USER_INPUT")]
    payload = shared.act("originator", "withdraw", {"id": id_, "reason": "  "}, RESTRICTED)
    assert payload["userErrors"][0]["field"] == "reason"
